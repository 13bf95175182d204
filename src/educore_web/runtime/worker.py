"""The worker that sends messages and reminders, in a thread of the server or in a process of its own."""

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
from educore_web.runtime.unused_uploads import INTERVAL, delete_unused_uploads
from educore_web.settings import Settings

log = logging.getLogger("educore.worker")
GRACE_SECONDS = 10.0
"""Seconds that work in progress may take after the worker is told to stop."""
RECORD_SECONDS = 5.0
"""Further seconds in which the worker records the results of that work."""
RECOVERY_INTERVAL = timedelta(seconds=30)


class BackgroundWorker:
    """A worker in a thread. When it is stopped, work that it has not begun is left to another worker."""

    def __init__(
        self,
        school: Educore,
        *,
        external_tasks: Mapping[str, ExternalTask] = NO_EXTERNAL_TASKS,
        grace: float = GRACE_SECONDS,
    ) -> None:
        self._stop, self._grace = Event(), grace
        run = Worker(school, external_tasks=external_tasks, grace=grace).run
        self._thread = Thread(target=run, args=(self._stop,), name="educore-worker", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Tell the worker to stop, and wait for `grace`. Work that hangs longer does not keep the process alive."""
        self._stop.set()
        self._thread.join(self._grace + RECORD_SECONDS)
        if self._thread.is_alive():
            log.warning("the worker did not stop in time; its work is left to the next worker")

    def wait_for_signal(self) -> None:
        """Work until the process receives SIGINT (Ctrl+C) or SIGTERM, then stop within the grace."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, frame: self._stop.set())
        while self._thread.is_alive() and not self._stop.is_set():
            self._thread.join(0.5)
        self.stop()


def build_external_tasks(settings: Settings) -> dict[str, ExternalTask]:
    """Return the regular tasks of a worker: recovering imports that died, and those that the settings ask for."""
    external_tasks: dict[str, ExternalTask] = {
        "imports that died": (RECOVERY_INTERVAL, recover_imports),
        "uploads that nobody used": (INTERVAL, delete_unused_uploads),
    }
    if settings.audit_mail is not None:
        external_tasks["the digest of the audit trail"] = DIGEST_INTERVAL, partial(mail_digest, to=settings.audit_mail)
    return external_tasks
