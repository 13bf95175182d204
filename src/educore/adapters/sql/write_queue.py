"""The write queue: threads of a process that write to a SQLite file get its lock in the order in which they ask for it.

SQLite has no queue. A writer that finds the file locked sleeps and looks again, ever more rarely, so a thread that
writes in a loop, as an import does, overtakes those who wait: some of them waited for seconds, although each batch of
the import takes a tenth of one. In a queue no thread waits for longer than those before it need. Other processes still
compete for the file's own lock. Tests: test_write_queue.
"""

from __future__ import annotations

from collections import deque
from threading import Event, Lock


class WriteQueue:
    """A fair lock (first in, first out). Unlike `threading.Lock` it may be released by any thread.

    That matters because the garbage collector releases a transaction that was never ended.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[Event] = deque()
        self._is_held = False

    def acquire(self, *, timeout: float) -> bool:
        """Wait for the lock for at most `timeout` seconds, and return whether it was acquired."""
        with self._lock:
            if not self._is_held:
                self._is_held = True
                return True
            granted = Event()
            self._waiting.append(granted)
        if granted.wait(timeout):
            return True
        with self._lock:
            if granted.is_set():  # between the timeout and this line
                return True
            self._waiting.remove(granted)
            return False

    def release(self) -> None:
        """Give the lock to the thread that has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_held = False
