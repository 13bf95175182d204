"""The worker that sends and reminds, in a thread of the server or in a process of its own."""

from __future__ import annotations

import logging
import signal
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from threading import Event, Thread

from educore import Educore
from educore.audit import mail_digest
from educore.audit.daily_mail import DIGEST_INTERVAL
from educore.imports import recover_imports
from educore.messaging import Worker
from educore.messaging.worker import NO_EXTERNAL_TASKS, ExternalTask
from educore_web.settings import Settings

log = logging.getLogger("educore.worker")
GRACE_SECONDS = 10.0
"""Seconds that work in progress may take after the worker is told to stop."""
TO_WRITE_DOWN = 5.0
"""Further seconds in which the worker records the results of that work."""
RECOVER_EVERY = timedelta(seconds=30)


class BackgroundWorker:
    """A worker in a thread. What it has not begun when it is stopped goes back to be taken by another."""

    def __init__(
        self,
        school: Educore,
        *,
        external_tasks: Mapping[str, ExternalTask] = NO_EXTERNAL_TASKS,
        grace: float = GRACE_SECONDS,
    ) -> None:
        self._stop, self._grace = Event(), grace
        work = Worker(school, external_tasks=external_tasks, grace=grace).run
        self._thread = Thread(target=work, args=(self._stop,), name="educore-worker", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Tell the worker to stop and wait for its grace; work that hangs longer does not keep the process alive."""
        self._stop.set()
        self._thread.join(self._grace + TO_WRITE_DOWN)
        if self._thread.is_alive():
            log.warning("the worker does not come to an end; what it has taken is left to the next one")

    def wait_for_signal(self) -> None:
        """Work until the process receives SIGINT (Ctrl+C) or SIGTERM, then stop within the grace."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, frame: self._stop.set())
        while self._thread.is_alive() and not self._stop.is_set():
            self._thread.join(0.5)
        self.stop()


def build_external_tasks(settings: Settings) -> dict[str, ExternalTask]:
    """Return the regular tasks of a worker: recovering imports that died, and those that the settings ask for."""
    external_tasks: dict[str, ExternalTask] = {"imports that died": (RECOVER_EVERY, recover_imports)}
    if settings.audit_mail is not None:
        external_tasks["the digest of the audit trail"] = DIGEST_INTERVAL, partial(mail_digest, to=settings.audit_mail)
    return external_tasks
