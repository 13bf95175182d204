"""The worker: does waiting jobs, carries texts and letters, and looks from time to time whom to remind.

Any number of workers may run side by side, in one process or in many.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from types import MappingProxyType
from typing import TYPE_CHECKING

from educore.errors import Conflict, Unavailable
from educore.messaging.entities import Channel, Delivery, Job
from educore.messaging.handlers import HANDLERS, TICKS, Handler
from educore.messaging.queues import DELIVERIES, DONE, JOBS, UNTRIED, Outcome, Queue, R, settle, still_mine, take
from educore.policy import PLATFORM
from educore.ports import Undelivered
from educore.where import where
from educore.work import UnitOfWork

if TYPE_CHECKING:
    from educore.education import Educore

log = logging.getLogger("educore.worker")
Errand = tuple[timedelta, "Callable[[Educore], object]"]
"""How often something is done that speaks to others, and what."""

LONGEST_PAUSE, MOST_DOUBLINGS = 60.0, 6
SPARE = timedelta(minutes=1)
"""What is not begun this long before the lease ends is left to the next worker."""


class Worker:
    """Works for a school: `run_once()` does what is due now, `run(stop)` goes on until it is told to stop.

    `handlers` say by its name what does a job, as the platform and in the transaction that marks it done. `batch` rows
    are taken at a time, texts are carried by `senders` threads, and when nothing was due it waits `poll` seconds.
    `errands` are done from time to time, outside any transaction, because they speak to others.
    """

    def __init__(
        self,
        school: Educore,
        *,
        handlers: Mapping[str, Handler] = HANDLERS,
        errands: Mapping[str, Errand] = MappingProxyType({}),
        batch: int = 40,
        senders: int = 8,
        poll: float = 2.0,
    ) -> None:
        self.school, self.handlers, self.errands = school, handlers, errands
        self.batch, self.senders, self.poll = batch, senders, poll
        self.stop = Event()
        self._next: dict[str, datetime] = {}

    def run(self, stop: Event) -> None:
        """Work until `stop` is set; whatever goes wrong is logged and tried again, after ever longer pauses."""
        self.stop, failures = stop, 0
        while not stop.is_set():
            pause = self.poll
            try:
                pause = 0 if self.run_once() else self.poll
                failures = 0
            except Unavailable:
                failures += 1
                log.warning("the database does not answer; the worker waits")
            except Exception:
                failures += 1
                log.exception("the worker failed and goes on")
            stop.wait(min(pause * 2 ** min(failures, MOST_DOUBLINGS), LONGEST_PAUSE))

    def run_once(self) -> int:
        """Do one batch of each kind of work that is due, and say how many rows were taken. Raises: Unavailable."""
        self._tick()
        jobs = self._take(JOBS)
        done = self._do_all(jobs)
        texts = self._take(DELIVERIES)
        sent = self._carry(texts)
        if jobs or texts:
            log.info("%d of %d jobs done, %d of %d texts sent", done, len(jobs), sent, len(texts))
        return len(jobs) + len(texts)

    # -- jobs ------------------------------------------------------------------------------------------

    def _do_all(self, jobs: list[Job]) -> int:
        """Do jobs until told to stop, which gives the rest back; says how many were done."""
        done = 0
        for place, job in enumerate(jobs):
            if self.stop.is_set():
                self._settle(JOBS, [(left, UNTRIED) for left in jobs[place:]])
                break
            done += self._do(job)
        return done

    def _do(self, job: Job) -> bool:
        """Do a job and mark it done in one transaction, so that what it does is done once."""
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
            self._settle(JOBS, [(job, Outcome(error=f"{type(error).__name__}: {reason}"))])
            return False
        return True

    # -- texts and letters -----------------------------------------------------------------------------

    def _carry(self, texts: list[Delivery]) -> int:
        """Send outside any transaction, then write down what became of it; says how many were sent."""
        if not texts:
            return 0
        with ThreadPoolExecutor(self.senders, thread_name_prefix="educore-sender") as pool:
            outcomes = list(zip(texts, pool.map(self._send, texts), strict=True))
        self._settle(DELIVERIES, outcomes)
        return sum(outcome.is_done for _, outcome in outcomes)

    def _send(self, text: Delivery) -> Outcome:
        now = self.school.ports.clock.now()
        if self.stop.is_set() or text.next_try_at is None or now > text.next_try_at - SPARE:
            return UNTRIED
        try:
            self._hand_over(text)
        except Undelivered as error:
            return Outcome(error=error.reason or "refused", for_good=error.for_good)
        except Exception as error:  # noqa: BLE001 - told by type only, as it may quote a secret of the carrier
            log.error("the carrier of text %d failed: %s", text.id, type(error).__name__)
            return Outcome(error=f"the carrier failed: {type(error).__name__}")
        return DONE

    def _hand_over(self, text: Delivery) -> None:
        ports, key = self.school.ports, f"educore-{text.id}-{text.created_at:%Y%m%d%H%M%S}"
        if text.channel is Channel.EMAIL:
            ports.mail.send(to=text.address, subject=text.subject, text=text.text, key=key)
        else:
            ports.sms.send(to=text.address, text=text.text, key=key)

    # -- both ------------------------------------------------------------------------------------------

    def _take(self, queue: Queue[R]) -> list[R]:
        """Rows to work on; where none is due, writers are not disturbed."""
        with self.school.work(PLATFORM, read_only=True) as uow:
            if not uow.find(queue.kind, queue.due(uow.ports.clock.now()), limit=1):
                return []
        with self.school.work(PLATFORM) as uow:
            return take(uow, queue, most=self.batch)

    def _settle(self, queue: Queue[R], outcomes: list[tuple[R, Outcome]]) -> None:
        with self.school.work(PLATFORM) as uow:
            settle(uow, queue, outcomes)

    def _tick(self) -> None:
        """Do what is done from time to time; a failure is logged and tried again the next time."""
        now = self.school.ports.clock.now()
        ticks: dict[str, Errand] = {n: (every, partial(_in_transaction, act)) for n, (every, act) in TICKS.items()}
        for name, (every, act) in {**ticks, **self.errands}.items():
            if now >= self._next.get(name, now):
                self._next[name] = now + every
                self._look(name, act)

    def _look(self, name: str, act: Callable[[Educore], object]) -> None:
        try:
            act(self.school)
        except Unavailable:
            raise
        except Conflict:
            log.debug("another worker does %s", name)
        except Undelivered as error:
            log.warning("%s was not sent: %s", name, error.reason)
        except Exception:
            log.exception("%s failed", name)


def _in_transaction(act: Callable[[UnitOfWork], object], school: Educore) -> None:
    with school.work(PLATFORM) as uow:
        act(uow)
