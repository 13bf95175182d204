"""Rows that wait for a worker: how one takes some so that no other does, and what becomes of them afterwards.

Taking is a transaction of its own: it counts the attempt and moves `next_try_at` on by the lease. The number of the
attempt is the receipt: whoever comes back with an older one has lost the row to somebody else. A worker that dies
leaves its rows to be taken again when the lease ends, and they are given up like any other after too many attempts.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar

from educore.kernel.conditions import Where, where
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Channel, Delivery, DeliveryStatus, Job, JobStatus
from educore.values import is_storable

log = logging.getLogger("educore.worker")
R = TypeVar("R", Job, Delivery)
LONGER, SPREAD = 4, 0.2
"""Growth and spread of the pauses between tries.

Each pause is `LONGER` times as long as the one before, and is lengthened or shortened by up to a share of `SPREAD`.
"""

SHORTEST = timedelta(seconds=1)
"""Difference between clocks that is tolerated before a row counts as stranded."""

ABANDONED = "whoever took it did not come back"
LONGEST_ERROR = 500


@dataclass(frozen=True)
class Queue(Generic[R]):
    """A queue of rows of one kind that wait for a worker.

    `tries` is how often a row is tried, `pause` the first pause between tries, `lease` how long a worker may keep a
    row. `channel` restricts texts to those of one channel.
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
        """The rows that may be taken."""
        return self._those(next_try_at__lte=now)

    def stranded(self, now: datetime) -> Where:
        """Return the condition for rows that wait longer than is possible, because the clock was set back."""
        later = self._those(next_try_at__gte=now + SHORTEST)
        return later & reduce(or_, (self._overdue(attempts, now) for attempts in range(self.tries + 1)))

    def pause_after(self, attempts: int) -> timedelta:
        """Return the pause after the given number of attempts (one or more), before it is spread."""
        return self.pause * int(LONGER ** (attempts - 1))

    def longest_wait(self, attempts: int) -> timedelta:
        """Return the longest wait of a row after the given number of attempts: for its worker or its next try."""
        pause = self.pause_after(attempts) * (1 + SPREAD) if 0 < attempts < self.tries else timedelta()
        return max(self.lease, pause) if attempts else timedelta()

    def _overdue(self, attempts: int, now: datetime) -> Where:
        return where(attempts=attempts, next_try_at__gte=now + self.longest_wait(attempts) + SHORTEST)

    def _those(self, **more: Any) -> Where:
        only = {} if self.channel is None else {"channel": self.channel}
        return where(status=self.waiting, **only, **more)


JOBS = Queue(
    Job,
    JobStatus.WAITING,
    JobStatus.DONE,
    JobStatus.FAILED,
    tries=8,
    pause=timedelta(seconds=5),
    lease=timedelta(minutes=2),
)
"""Jobs are tried for seven to eight hours."""

DELIVERIES = Queue(
    Delivery,
    DeliveryStatus.QUEUED,
    DeliveryStatus.SENT,
    DeliveryStatus.FAILED,
    tries=6,
    pause=timedelta(minutes=1),
    lease=timedelta(minutes=10),
)
"""Texts are tried for about six hours. The lease outlasts a batch even where every carrier keeps silent."""

TEXTS, LETTERS = replace(DELIVERIES, channel=Channel.SMS), replace(DELIVERIES, channel=Channel.EMAIL)


@dataclass(frozen=True)
class Outcome:
    """What became of a row that was taken: done, failed with a reason, or never tried."""

    is_done: bool = False
    error: str = ""
    for_good: bool = False

    @property
    def is_untried(self) -> bool:
        """Whether the row goes back as it was."""
        return not self.is_done and not self.error


DONE, UNTRIED = Outcome(is_done=True), Outcome()


def claim(uow: UnitOfWork, queue: Queue[R], *, most: int) -> list[R]:
    """Take due rows, the longest due first; those taken too often without a word are given up.

    Workers that take at once take different rows: the second waits for the first to commit, and then finds them
    moved on. One statement more for each number of attempts among them, however many rows.
    """
    now = uow.ports.clock.now()
    found = uow.find(queue.kind, queue.due(now), order=("next_try_at",), limit=most, lock=True)
    _give_up(uow, queue, [row for row in found if row.attempts >= queue.tries])
    taken = []
    for attempts in sorted({row.attempts for row in found if row.attempts < queue.tries}):
        these = [row for row in found if row.attempts == attempts]
        receipt: dict[str, Any] = {"attempts": attempts + 1, "next_try_at": now + queue.lease}
        uow.change_all(queue.kind, where(id__in=[row.id for row in these]), **receipt)
        taken += [row.change(**receipt) for row in these]
    return taken


def still_mine(uow: UnitOfWork, row: R) -> bool:
    """Whether nobody else has taken the row meanwhile; it is locked until the end."""
    kind = type(row)
    return bool(uow.find(kind, where(id=row.id, attempts=row.attempts, status=row.status), lock=True))


def settle(uow: UnitOfWork, queue: Queue[R], outcomes: Sequence[tuple[R, Outcome]]) -> None:
    """Write down what became of taken rows: two statements, and two for each Center of which something failed.

    What is done is done, whoever has the row now; any other outcome counts only from who still has it.
    """
    these = where(id__in={row.id for row, _ in outcomes})
    present = {row.id: row for row in uow.find(queue.kind, these, lock=True)}
    now = uow.ports.clock.now()
    done = [row.id for row, outcome in outcomes if outcome.is_done]
    if done:
        sent: dict[str, Any] = {"sent_at": now} if queue.kind is Delivery else {}
        unsaid: dict[str, Any] = {"next_try_at": None, "error": ""}
        uow.change_all(queue.kind, where(id__in=done), status=queue.done, **unsaid, **sent)
    by_center: dict[int | None, dict[int, Mapping[str, Any]]] = {}
    for row, outcome in outcomes:
        found = present.get(row.id)
        if not outcome.is_done and found is not None and _is_same_take(queue, row, found):
            by_center.setdefault(row.center_id, {})[row.id] = _after(queue, row, outcome, now)
    for changes in by_center.values():
        _tell_given_up(queue, uow.change_each(queue.kind, changes))


def rescue_stranded(uow: UnitOfWork) -> int:
    """Bring back rows that wait for a time far ahead because the clock was set back, and return how many there were.

    Rows that were never tried are due now. Rows that a worker may have at hand get a new lease from now on, so that
    no text is sent twice.
    """
    now, rescued = uow.ports.clock.now(), 0
    for queue in (JOBS, DELIVERIES):
        stranded = queue.stranded(now)
        rescued += uow.change_all(queue.kind, stranded & where(attempts=0), next_try_at=now)
        rescued += uow.change_all(queue.kind, stranded & where(attempts__gte=1), next_try_at=now + queue.lease)
    return rescued


def pause_after(queue: Queue[R], row: R) -> timedelta:
    """How long to wait after the attempt: each pause longer than the last, and not the same for everybody.

    What looks random is made from the row, so that many rows that failed together come back one by one.
    """
    share = zlib.crc32(f"{queue.kind.__name__}:{row.id}:{row.attempts}".encode()) / 2**32
    return queue.pause_after(row.attempts) * (1 + SPREAD * (2 * share - 1))


def tidy(text: str) -> str:
    """A reason as it can be stored: one line, not too long."""
    line = " ".join(text.split())
    return (line if is_storable(line) else ascii(line))[:LONGEST_ERROR]


def _is_same_take(queue: Queue[R], row: R, found: R) -> bool:
    return found.status == queue.waiting and found.attempts == row.attempts


def _after(queue: Queue[R], row: R, outcome: Outcome, now: datetime) -> Mapping[str, Any]:
    if outcome.is_untried:
        return {"attempts": row.attempts - 1, "next_try_at": now}
    error = tidy(outcome.error)
    if outcome.for_good or row.attempts >= queue.tries:
        return {"status": queue.failed, "next_try_at": None, "error": error}
    return {"error": error, "next_try_at": now + pause_after(queue, row)}


def _give_up(uow: UnitOfWork, queue: Queue[R], worn: Sequence[R]) -> None:
    """Fail what was taken as often as may be, each time by somebody who never came back."""
    if worn:
        these = where(id__in=[row.id for row in worn])
        uow.change_all(queue.kind, these & where(error=""), error=ABANDONED)
        uow.change_all(queue.kind, these, status=queue.failed, next_try_at=None)
        _tell_given_up(queue, [row.change(status=queue.failed, error=row.error or ABANDONED) for row in worn])


def _tell_given_up(queue: Queue[R], rows: Sequence[R]) -> None:
    for row in rows:
        if row.status == queue.failed:
            log.error("%s %d is given up after %d attempts: %s", queue.kind.__name__, row.id, row.attempts, row.error)
