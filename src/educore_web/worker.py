"""The worker that sends and reminds, in a thread of the server or in a process of its own."""

from __future__ import annotations

import signal
from threading import Event, Thread

from educore import Educore, Worker

GRACE_SECONDS = 30.0
"""How long a batch may take to end."""


class BackgroundWorker:
    """A worker in a thread. What it has not begun when it is stopped goes back to be taken by another."""

    def __init__(self, school: Educore) -> None:
        self._stop = Event()
        self._thread = Thread(target=Worker(school).run, args=(self._stop,), name="educore-worker", daemon=True)

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
