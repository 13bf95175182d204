"""The worker that sends and reminds, in a thread of the server or in a process of its own."""

from __future__ import annotations

import signal
from functools import partial
from threading import Event, Thread

from educore import Educore, Worker, mail_digest
from educore.messaging.digest import LOOK_EVERY
from educore.messaging.worker import Errand
from educore_web.settings import Settings

GRACE_SECONDS = 30.0
"""How long a batch may take to end."""


class BackgroundWorker:
    """A worker in a thread. What it has not begun when it is stopped goes back to be taken by another."""

    def __init__(self, school: Educore, settings: Settings) -> None:
        self._stop = Event()
        worker = Worker(school, errands=errands_of(settings))
        self._thread = Thread(target=worker.run, args=(self._stop,), name="educore-worker", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Tell it to stop, and wait until it has finished what it is at."""
        self._stop.set()
        self._thread.join(GRACE_SECONDS)

    def wait_for_signal(self) -> None:
        """Work until the process is told to end by Ctrl+C or SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, frame: self._stop.set())
        while self._thread.is_alive():
            self._thread.join(1)


def errands_of(settings: Settings) -> dict[str, Errand]:
    """What the settings ask a worker to do besides."""
    if settings.audit_mail is None:
        return {}
    return {"the digest of the audit trail": (LOOK_EVERY, partial(mail_digest, to=settings.audit_mail))}
