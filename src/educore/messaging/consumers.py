"""Consumers of the queues: one for jobs, and one for each channel of deliveries."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

from educore.kernel.application import Educore
from educore.kernel.background import run_in_background
from educore.kernel.conditions import where
from educore.kernel.errors import Unavailable
from educore.kernel.policy import PLATFORM
from educore.kernel.ports import Undelivered
from educore.messaging.entities import Channel, Delivery, Job
from educore.messaging.handlers import Handler
from educore.messaging.leases import DONE, UNTRIED, Outcome, claim, complete, holds_lease
from educore.messaging.queues import JOB_QUEUE, Queue, R

log: logging.Logger = logging.getLogger("educore.worker")
RESERVE = timedelta(minutes=1)
"""Time that must be left of the lease to begin a row; otherwise the row is left to the next worker."""
STOP_CHECK_SECONDS = 0.2
"""Seconds between checks of `stop` while senders are at work."""


@dataclass(frozen=True)
class JobConsumer:
    """A consumer that does jobs one after the other, each in the transaction that marks it as done.

    Jobs that it has not begun when it is stopped go back to the queue.
    """

    school: Educore
    handlers: Mapping[str, Handler]
    batch: int

    def consume(self, stop: Event) -> int:
        """Do one batch of the due jobs, and return how many were claimed. Raises: Unavailable."""
        jobs = claim_due(self.school, JOB_QUEUE, most=self.batch)
        done = self._do_all(jobs, stop)
        if jobs:
            log.info("%d of %d jobs done", done, len(jobs))
        return len(jobs)

    def _do_all(self, jobs: list[Job], stop: Event) -> int:
        """Do jobs until `stop` is set, then return the rest to the queue; return how many were done."""
        done = 0
        for position, job in enumerate(jobs):
            if stop.is_set():
                record_outcomes(self.school, JOB_QUEUE, [(left, UNTRIED) for left in jobs[position:]])
                break
            done += self._do(job)
        return done

    def _do(self, job: Job) -> bool:
        """Do a job and mark it as done in one transaction, so that its effects happen once; return whether it was."""
        try:
            with self.school.work(PLATFORM) as uow:
                if not holds_lease(uow, job):
                    return False
                self.handlers[job.name](uow, job)
                uow.change_all(Job, where(id=job.id), {"status": JOB_QUEUE.done, "next_try_at": None, "error": ""})
        except Unavailable:
            raise
        except Exception as error:
            log.exception("job %d, %s, failed", job.id, job.name)
            reason = str(error).partition("\n")[0]  # the first line of a database error, without the statement
            record_outcomes(self.school, JOB_QUEUE, [(job, Outcome(error=f"{type(error).__name__}: {reason}"))])
            return False
        return True


@dataclass(frozen=True)
class DeliveryConsumer:
    """A consumer that sends the messages of one channel, several at a time, and then records the outcomes.

    No transaction is open while it sends. When stopped, it waits `grace` seconds for the messages that are being sent.
    A message that takes longer is left to another worker, which claims it when the lease has ended.
    """

    school: Educore
    queue: Queue[Delivery]
    batch: int
    senders: int
    grace: float

    def consume(self, stop: Event) -> int:
        """Send one batch of the due messages, and return how many were claimed. Raises: Unavailable."""
        deliveries = claim_due(self.school, self.queue, most=self.batch)
        if not deliveries:
            return 0
        outcomes = self._send_all(deliveries, stop)
        record_outcomes(self.school, self.queue, outcomes)
        sent, noun = sum(outcome.is_done for _, outcome in outcomes), NOUNS[self.queue.channel]
        log.info("%d of %d %s sent", sent, len(deliveries), noun)
        if len(outcomes) < len(deliveries):
            log.warning("%d %s are still being sent; the next worker takes them", len(deliveries) - len(outcomes), noun)
        return len(deliveries)

    def _send_all(self, deliveries: Sequence[Delivery], stop: Event) -> list[tuple[Delivery, Outcome]]:
        """Send messages and return their outcomes, without those still being sent when the grace period ends."""
        waiting, outcomes = deque(deliveries), dict[int, Outcome]()

        def send_waiting() -> None:
            while (delivery := _next(waiting)) is not None:
                outcomes[delivery.id] = self._send(delivery, stop)

        senders = [run_in_background(send_waiting, name="educore-sender") for _ in deliveries[: self.senders]]
        _wait(senders, stop, grace=self.grace)
        for sender in senders:
            if sender.done():
                sender.result()  # raises the errors of this code; errors of gateways are outcomes
        while (delivery := _next(waiting)) is not None:
            outcomes[delivery.id] = UNTRIED
        known = dict(outcomes)  # a copy, because senders that hang may still add outcomes
        return [(delivery, known[delivery.id]) for delivery in deliveries if delivery.id in known]

    def _send(self, delivery: Delivery, stop: Event) -> Outcome:
        if stop.is_set() or not self._has_time_for(delivery):
            return UNTRIED
        try:
            self._hand_over(delivery)
        except Undelivered as error:
            return Outcome(error=error.reason or "refused", is_permanent=error.is_permanent)
        except Exception as error:  # noqa: BLE001 - only the type is reported, because the text may contain a secret
            log.error("the carrier of text %d failed: %s", delivery.id, type(error).__name__)
            return Outcome(error=f"the carrier failed: {type(error).__name__}")
        return DONE

    def _has_time_for(self, delivery: Delivery) -> bool:
        """Return whether enough of the lease is left to send a message.

        If it was claimed in the future (the clock was set back since), this is unknown, and the answer is no.
        """
        end, now = delivery.next_try_at, self.school.ports.clock.now()
        return end is not None and end - self.queue.lease <= now <= end - RESERVE

    def _hand_over(self, delivery: Delivery) -> None:
        ports, key = self.school.ports, f"educore-{delivery.id}-{delivery.created_at:%Y%m%d%H%M%S}"
        if delivery.channel is Channel.EMAIL:
            ports.mail.send(to=delivery.address, subject=delivery.subject, text=delivery.text, key=key)
        else:
            ports.sms.send(to=delivery.address, text=delivery.text, key=key)


NOUNS: dict[Channel | None, str] = {Channel.SMS: "SMS", Channel.EMAIL: "mails"}


def claim_due(school: Educore, queue: Queue[R], *, most: int) -> list[R]:
    """Claim rows to work on; if none is due, nothing is locked and other writers do not wait. Raises: Unavailable."""
    with school.work(PLATFORM, read_only=True) as uow:
        if not uow.find(queue.kind, queue.due(uow.ports.clock.now()), limit=1):
            return []
    with school.work(PLATFORM) as uow:
        return claim(uow, queue, most=most)


def record_outcomes(school: Educore, queue: Queue[R], outcomes: Sequence[tuple[R, Outcome]]) -> None:
    """Record the outcomes of claimed rows in a transaction of their own. Raises: Unavailable."""
    with school.work(PLATFORM) as uow:
        complete(uow, queue, outcomes)


def _next(waiting: deque[Delivery]) -> Delivery | None:
    """Return the next delivery, or None at the end; safe to call from several threads."""
    try:
        return waiting.popleft()
    except IndexError:
        return None


def _wait(senders: Sequence[Future[None]], stop: Event, *, grace: float) -> None:
    """Wait until all senders are done, or until `grace` seconds (at most) after `stop` is set."""
    busy, end = set(senders), float("inf")
    while busy and (left := end - time.monotonic()) > 0:
        busy = wait(busy, timeout=min(STOP_CHECK_SECONDS, left)).not_done
        if stop.is_set():
            end = min(end, time.monotonic() + grace)
