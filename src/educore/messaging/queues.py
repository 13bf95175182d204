"""The queues of jobs, SMS and mail: how often a row is tried, how long a worker may keep it, and the retry pauses."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar

from educore.kernel.conditions import Where, where
from educore.messaging.entities import Channel, Delivery, DeliveryStatus, Job, JobStatus

R = TypeVar("R", Job, Delivery)
GROWTH, SPREAD = 4, 0.2
"""Growth and spread of the retry pauses.

Each pause is `GROWTH` times as long as the one before, and is lengthened or shortened by up to a share of `SPREAD`.
"""

CLOCK_TOLERANCE = timedelta(seconds=1)
"""Difference between clocks that is tolerated before a row counts as stranded."""


@dataclass(frozen=True)
class Queue(Generic[R]):
    """A queue of rows of one kind that wait for a worker.

    `tries` is how often a row is tried, `pause` the first pause between tries, `lease` how long a worker may keep a
    row. `channel` restricts deliveries to those of one channel.
    """

    kind: type[R]
    waiting: StrEnum
    done: StrEnum
    failed: StrEnum
    tries: int
    pause: timedelta
    lease: timedelta
    channel: Channel | None = None

    def due(self, now: datetime) -> Where:
        """Return the condition for rows that a worker may claim."""
        return self._waiting_rows(next_try_at__lte=now)

    def stranded(self, now: datetime) -> Where:
        """Return the condition for rows that wait longer than is possible, because the clock was set back."""
        later = self._waiting_rows(next_try_at__gte=now + CLOCK_TOLERANCE)
        return later & reduce(or_, (self._waits_too_long(attempts, now) for attempts in range(self.tries + 1)))

    def pause_after(self, attempts: int) -> timedelta:
        """Return the pause after the given number of attempts (one or more), before it is spread."""
        return self.pause * int(GROWTH ** (attempts - 1))

    def longest_wait(self, attempts: int) -> timedelta:
        """Return the longest wait of a row after the given number of attempts: for its worker or its next try."""
        pause = self.pause_after(attempts) * (1 + SPREAD) if 0 < attempts < self.tries else timedelta()
        return max(self.lease, pause) if attempts else timedelta()

    def _waits_too_long(self, attempts: int, now: datetime) -> Where:
        latest = now + self.longest_wait(attempts) + CLOCK_TOLERANCE
        return where(attempts=attempts, next_try_at__gte=latest)

    def _waiting_rows(self, **fields: Any) -> Where:
        of_channel = {} if self.channel is None else {"channel": self.channel}
        return where(status=self.waiting, **of_channel, **fields)


JOB_QUEUE = Queue(
    Job,
    JobStatus.WAITING,
    JobStatus.DONE,
    JobStatus.FAILED,
    tries=8,
    pause=timedelta(seconds=5),
    lease=timedelta(minutes=2),
)
"""Jobs are tried for seven to eight hours."""

DELIVERY_QUEUE = Queue(
    Delivery,
    DeliveryStatus.QUEUED,
    DeliveryStatus.SENT,
    DeliveryStatus.FAILED,
    tries=6,
    pause=timedelta(minutes=1),
    lease=timedelta(minutes=10),
)
"""Deliveries are tried for about six hours. The lease outlasts a batch even if no gateway answers."""

SMS_QUEUE, MAIL_QUEUE = replace(DELIVERY_QUEUE, channel=Channel.SMS), replace(DELIVERY_QUEUE, channel=Channel.EMAIL)


def pause_after(queue: Queue[R], row: R) -> timedelta:
    """Return the pause after the last attempt of a row: longer each time, and different for each row.

    The spread is computed from the row, so that rows that failed together are not tried together again.
    """
    share = zlib.crc32(f"{queue.kind.__name__}:{row.id}:{row.attempts}".encode()) / 2**32
    return queue.pause_after(row.attempts) * (1 + SPREAD * (2 * share - 1))
