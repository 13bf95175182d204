"""The worker: does waiting jobs, carries texts and letters, and looks from time to time whom to remind.

Any number of workers may run side by side, in one process or in many.
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
from educore.messaging.queues import LETTERS, TEXTS

log = logging.getLogger("educore.worker")
ExternalTask = tuple[timedelta, "Callable[[Educore], object]"]
"""An interval, and a function to call at that interval outside any transaction, because it talks to other systems."""
NO_EXTERNAL_TASKS: Mapping[str, ExternalTask] = MappingProxyType({})

LONGEST_PAUSE, MOST_DOUBLINGS = 60.0, 6


class Worker:
    """Worker of a school: `run_once()` does what is due now, `run(stop)` goes on until it is stopped.

    `handlers` maps the name of a job to the function that does it, as the platform and in the transaction that marks
    it done. The worker takes `batch` rows at a time, sends the texts of each channel in `senders` threads, and waits
    `poll` seconds when nothing was due. When stopped, it waits `grace` seconds for what is being sent and leaves the
    rest to another worker. `external_tasks` are done at intervals, outside any transaction, because they talk to other
    systems.
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
        self.school, self.external_tasks, self.poll = school, external_tasks, poll
        self.stop = Event()
        self._jobs = JobConsumer(school, school.domain.jobs if handlers is None else handlers, batch)
        self._channels = [DeliveryConsumer(school, queue, batch, senders, grace) for queue in (TEXTS, LETTERS)]
        self._next: dict[str, datetime] = {}

    def run(self, stop: Event) -> None:
        """Work until `stop` is set, each channel in a thread of its own, so that none waits for another."""
        self.stop = stop
        loops = [run_in_background(partial(self.repeat, act), name="educore-worker-loop") for act in self.rounds()]
        for loop in loops:
            loop.result()

    def rounds(self) -> list[Callable[[], int]]:
        """Return the functions to run in parallel; each does one batch and returns how many rows were taken."""
        external_tasks = [self._run_external_tasks] if self.external_tasks else []
        return [
            self._look_and_do_jobs,
            *(partial(channel.consume, self.stop) for channel in self._channels),
            *external_tasks,
        ]

    def repeat(self, act: Callable[[], int]) -> None:
        """Call a function until `stop` is set; errors are logged, and it is called again after ever longer pauses."""
        failures = 0
        while not self.stop.is_set():
            pause = self.poll
            try:
                pause = 0 if act() else self.poll
                failures = 0
            except Unavailable:
                failures += 1
                log.warning("the database does not answer; the worker waits")
            except Exception:
                failures += 1
                log.exception("the worker failed and goes on")
            self.stop.wait(min(pause * 2 ** min(failures, MOST_DOUBLINGS), LONGEST_PAUSE))

    def run_once(self) -> int:
        """Do one batch of each kind of work that is due, and say how many rows were taken. Raises: Unavailable."""
        return sum(act() for act in self.rounds())

    def _look_and_do_jobs(self) -> int:
        self._do_due(
            {name: (every, partial(_in_transaction, act)) for name, (every, act) in self.school.domain.periodic.items()}
        )
        return self._jobs.consume(self.stop)

    def _run_external_tasks(self) -> int:
        self._do_due(self.external_tasks)
        return 0

    def _do_due(self, acts: Mapping[str, ExternalTask]) -> None:
        """Do the periodic work that is due; a failure is logged, and the work is tried again the next time.

        Work planned for later than one interval from now is done now, because the clock was set back since.
        """
        now = self.school.ports.clock.now()
        for name, (every, act) in acts.items():
            if not now < self._next.get(name, now) <= now + every:
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
