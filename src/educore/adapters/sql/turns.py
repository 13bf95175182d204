"""Turns: the threads of a process that write to a SQLite file queue for its lock, first come, first served.

SQLite has no queue. Whoever finds the file locked sleeps and looks again, ever more rarely, so that one who writes in a
loop, as an import does, overtakes those who wait: some of them for seconds, although each batch takes a tenth of one.
In a queue nobody waits for longer than those before them need. Other processes still meet at the file's own lock.
"""

from __future__ import annotations

from collections import deque
from threading import Event, Lock


class Turns:
    """A fair lock: `take` waits in a queue, `give` lets the first of it go on, from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._queue: deque[Event] = deque()
        self._is_taken = False

    def take(self, *, timeout: float) -> bool:
        """Wait for a turn for so many seconds at most, and return whether it came."""
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = Event()
            self._queue.append(mine)
        if mine.wait(timeout):
            return True
        with self._lock:
            if mine.is_set():  # it came at the last moment
                return True
            self._queue.remove(mine)
            return False

    def give(self) -> None:
        """End a turn: the next one's begins."""
        with self._lock:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._is_taken = False
