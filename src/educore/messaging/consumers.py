"""Consumers of waiting rows: one for jobs, and one for each channel of texts."""

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
from educore.messaging.queues import DONE, JOBS, UNTRIED, Outcome, Queue, R, claim, settle, still_mine

log = logging.getLogger("educore.worker")
SPARE = timedelta(minutes=1)
"""Time that must be left of the lease to begin a row; otherwise the row is left to the next worker."""
LOOKS_UP_EVERY = 0.2
"""Seconds between checks for `stop` while senders are at work."""


@dataclass(frozen=True)
class JobConsumer:
    """A consumer that does jobs one after the other, each in the transaction that marks it done.

    Jobs that it has not begun when it is stopped are given back.
    """

    school: Educore
    handlers: Mapping[str, Handler]
    batch: int

    def consume(self, stop: Event) -> int:
        """Do one batch of the jobs that are due, and return how many rows were taken. Raises: Unavailable."""
        jobs = take_due(self.school, JOBS, most=self.batch)
        done = self._do_all(jobs, stop)
        if jobs:
            log.info("%d of %d jobs done", done, len(jobs))
        return len(jobs)

    def _do_all(self, jobs: list[Job], stop: Event) -> int:
        """Do jobs until `stop` is set, then give the rest back; return how many were done."""
        done = 0
        for place, job in enumerate(jobs):
            if stop.is_set():
                write_down(self.school, JOBS, [(left, UNTRIED) for left in jobs[place:]])
                break
            done += self._do(job)
        return done

    def _do(self, job: Job) -> bool:
        """Do a job and mark it done in one transaction, so that its effects happen once. Return whether it was done."""
        try:
            with self.school.work(PLATFORM) as uow:
                if not still_mine(uow, job):
                    return False
                self.handlers[job.name](uow, job)
                uow.change_all(Job, where(id=job.id), status=JOBS.done, next_try_at=None, error="")
        except Unavailable:
            raise
        except Exception as error:
            log.exception("job %d, %s, failed", job.id, job.name)
            reason = str(error).partition("\n")[0]  # of the database only what it says, not the statement
            write_down(self.school, JOBS, [(job, Outcome(error=f"{type(error).__name__}: {reason}"))])
            return False
        return True


@dataclass(frozen=True)
class DeliveryConsumer:
    """A consumer that sends the texts of one channel, several at a time, and then records the outcomes.

    No transaction is open while it sends. When stopped, it waits `grace` seconds for the texts that are being sent. A
    text that takes longer is left to another worker, which takes it when the lease has ended.
    """

    school: Educore
    queue: Queue[Delivery]
    batch: int
    senders: int
    grace: float

    def consume(self, stop: Event) -> int:
        """Send one batch of the texts that are due, and return how many rows were taken. Raises: Unavailable."""
        texts = take_due(self.school, self.queue, most=self.batch)
        if not texts:
            return 0
        outcomes = self._send_all(texts, stop)
        write_down(self.school, self.queue, outcomes)
        sent, what = sum(outcome.is_done for _, outcome in outcomes), NAMES[self.queue.channel]
        log.info("%d of %d %s sent", sent, len(texts), what)
        if len(outcomes) < len(texts):
            log.warning("%d %s are still on their way and left to the next worker", len(texts) - len(outcomes), what)
        return len(texts)

    def _send_all(self, texts: Sequence[Delivery], stop: Event) -> list[tuple[Delivery, Outcome]]:
        """Send texts and return their outcomes, without those still being sent when the grace period ends."""
        waiting, outcomes = deque(texts), dict[int, Outcome]()

        def send_rest() -> None:
            while (text := _next(waiting)) is not None:
                outcomes[text.id] = self._send(text, stop)

        senders = [run_in_background(send_rest, name="educore-sender") for _ in texts[: self.senders]]
        _wait(senders, stop, grace=self.grace)
        for sender in senders:
            if sender.done():
                sender.result()  # a fault of our own is not kept quiet
        while (text := _next(waiting)) is not None:
            outcomes[text.id] = UNTRIED
        known = dict(outcomes)  # those that hang may come back while this is written down
        return [(text, known[text.id]) for text in texts if text.id in known]

    def _send(self, text: Delivery, stop: Event) -> Outcome:
        if stop.is_set() or not self._has_time_for(text):
            return UNTRIED
        try:
            self._hand_over(text)
        except Undelivered as error:
            return Outcome(error=error.reason or "refused", for_good=error.is_permanent)
        except Exception as error:  # noqa: BLE001 - told by type only, as it may quote a secret of the carrier
            log.error("the carrier of text %d failed: %s", text.id, type(error).__name__)
            return Outcome(error=f"the carrier failed: {type(error).__name__}")
        return DONE

    def _has_time_for(self, text: Delivery) -> bool:
        """Return whether enough of the lease is left to send a text.

        If the text was taken in the future (the clock was set back since), this is unknown, and the answer is no.
        """
        end, now = text.next_try_at, self.school.ports.clock.now()
        return end is not None and end - self.queue.lease <= now <= end - SPARE

    def _hand_over(self, text: Delivery) -> None:
        ports, key = self.school.ports, f"educore-{text.id}-{text.created_at:%Y%m%d%H%M%S}"
        if text.channel is Channel.EMAIL:
            ports.mail.send(to=text.address, subject=text.subject, text=text.text, key=key)
        else:
            ports.sms.send(to=text.address, text=text.text, key=key)


NAMES: dict[Channel | None, str] = {Channel.SMS: "texts", Channel.EMAIL: "letters"}


def take_due(school: Educore, queue: Queue[R], *, most: int) -> list[R]:
    """Take rows to work on; if none is due, nothing is locked and writers do not wait. Raises: Unavailable."""
    with school.work(PLATFORM, read_only=True) as uow:
        if not uow.find(queue.kind, queue.due(uow.ports.clock.now()), limit=1):
            return []
    with school.work(PLATFORM) as uow:
        return claim(uow, queue, most=most)


def write_down(school: Educore, queue: Queue[R], outcomes: Sequence[tuple[R, Outcome]]) -> None:
    """Record the outcomes of taken rows. Raises: Unavailable."""
    with school.work(PLATFORM) as uow:
        settle(uow, queue, outcomes)


def _next(waiting: deque[Delivery]) -> Delivery | None:
    """Return the next text, or None at the end; senders may call this at the same time, and no text is given twice."""
    try:
        return waiting.popleft()
    except IndexError:
        return None


def _wait(senders: Sequence[Future[None]], stop: Event, *, grace: float) -> None:
    """Wait until all senders are done, or until `grace` seconds (at most) after `stop` is set."""
    busy, end = set(senders), float("inf")
    while busy and (left := end - time.monotonic()) > 0:
        busy = wait(busy, timeout=min(LOOKS_UP_EVERY, left)).not_done
        if stop.is_set():
            end = min(end, time.monotonic() + grace)
