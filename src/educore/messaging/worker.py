"""The worker: does jobs, sends SMS and mail, and runs periodic tasks.

Any number of workers can run side by side, in one process or in many; `educore.messaging.leases` explains why.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from types import MappingProxyType

from educore.kernel.application import Educore
from educore.kernel.background import run_in_background
from educore.kernel.context import JobHandler
from educore.kernel.errors import Conflict, Unavailable
from educore.kernel.policy import PLATFORM
from educore.kernel.ports import Undelivered
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.consumers import DeliveryConsumer, JobConsumer
from educore.messaging.queues import MAIL_QUEUE, SMS_QUEUE

log: logging.Logger = logging.getLogger("educore.worker")
ExternalTask = tuple[timedelta, "Callable[[Educore], object]"]
"""An interval, and a function to call at that interval outside any transaction, because it talks to other systems."""
NO_EXTERNAL_TASKS: Mapping[str, ExternalTask] = MappingProxyType({})

MAX_PAUSE, MAX_DOUBLINGS = 60.0, 6
"""Limits of the pause after failures, in seconds and in doublings."""


class Worker:
    """A worker of a platform: `run_once()` does what is due now, `run(stop)` continues until it is stopped.

    `handlers` maps the name of a job to the function that does it, as the platform and in the transaction that marks
    the job as done. The worker claims `batch` rows at a time, sends the messages of each channel in `senders` threads,
    and waits `poll` seconds if nothing was due. When stopped, it waits `grace` seconds for the messages that are being
    sent and leaves the rest to another worker. `external_tasks` run at intervals, outside any transaction, because
    they talk to other systems.
    """

    def __init__(
        self,
        school: Educore,
        *,
        handlers: Mapping[str, JobHandler] | None = None,
        external_tasks: Mapping[str, ExternalTask] = NO_EXTERNAL_TASKS,
        batch: int = 40,
        senders: int = 8,
        poll: float = 2.0,
        grace: float = 10.0,
    ) -> None:
        self.school = school
        self.external_tasks = external_tasks
        self.poll = poll
        self.stop = Event()
        self._jobs = JobConsumer(school, school.domain.jobs if handlers is None else handlers, batch)
        self._channels = [DeliveryConsumer(school, queue, batch, senders, grace) for queue in (SMS_QUEUE, MAIL_QUEUE)]
        self._next: dict[str, datetime] = {}

    def run(self, stop: Event) -> None:
        """Work until `stop` is set, each channel in a thread of its own, so that none waits for another."""
        self.stop = stop
        loops = [run_in_background(partial(self.repeat, step), name="educore-worker-loop") for step in self.steps()]
        for loop in loops:
            loop.result()

    def steps(self) -> list[Callable[[], int]]:
        """Return the functions to run in parallel; each does one batch and returns how many rows it claimed."""
        external_tasks = [self._run_external_tasks] if self.external_tasks else []
        return [
            self._run_tasks_and_jobs,
            *(partial(channel.consume, self.stop) for channel in self._channels),
            *external_tasks,
        ]

    def repeat(self, step: Callable[[], int]) -> None:
        """Call a function until `stop` is set; errors are logged, and each error in a row doubles the pause."""
        failures = 0
        while not self.stop.is_set():
            pause = self.poll
            try:
                pause = 0 if step() else self.poll
                failures = 0
            except Unavailable:
                failures += 1
                log.warning("the database does not answer; the worker waits")
            except Exception:
                failures += 1
                log.exception("the worker failed and goes on")
            self.stop.wait(min(pause * 2 ** min(failures, MAX_DOUBLINGS), MAX_PAUSE))

    def run_once(self) -> int:
        """Do one batch of each kind of due work, and return how many rows were claimed. Raises: Unavailable."""
        return sum(step() for step in self.steps())

    def _run_tasks_and_jobs(self) -> int:
        periodic = self.school.domain.periodic.items()
        self._run_due({name: (interval, partial(_in_transaction, task)) for name, (interval, task) in periodic})
        return self._jobs.consume(self.stop)

    def _run_external_tasks(self) -> int:
        self._run_due(self.external_tasks)
        return 0

    def _run_due(self, tasks: Mapping[str, ExternalTask]) -> None:
        """Run the tasks that are due; a failure is logged, and the task runs again after its interval.

        A task planned for later than one interval from now runs now, because the clock was set back since.
        """
        now = self.school.ports.clock.now()
        for name, (interval, task) in tasks.items():
            if not now < self._next.get(name, now) <= now + interval:
                self._next[name] = now + interval
                self._run_task(name, task)

    def _run_task(self, name: str, task: Callable[[Educore], object]) -> None:
        try:
            task(self.school)
        except Unavailable:
            raise
        except Conflict:
            log.debug("another worker does %s", name)
        except Undelivered as error:
            log.warning("%s was not sent: %s", name, error.reason)
        except Exception:
            log.exception("%s failed", name)


def _in_transaction(task: Callable[[UnitOfWork], object], school: Educore) -> None:
    with school.work(PLATFORM) as uow:
        task(uow)
