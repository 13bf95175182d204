"""The pace of an import: the size of its batches, and the pauses between them."""

from __future__ import annotations

import time

FIRST_BATCH, LARGEST_BATCH = 8, 50


class Pace:
    """The size of batches, adapted so that a transaction takes about 0.1 seconds on any machine and database."""

    LONGEST = 0.1
    REST = 0.1
    timer = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)

    def __init__(self) -> None:
        self.size, self._started_at = FIRST_BATCH, 0.0

    def begin(self) -> None:
        """Start the clock of a transaction."""
        self._started_at = self.timer()

    @property
    def is_over(self) -> bool:
        """Return whether the transaction has used its time."""
        return self.timer() - self._started_at >= self.LONGEST

    def learn(self, done: int) -> None:
        """Set the size of the next batch from what the last transaction did (`done`) and how long it took."""
        took = max(self.timer() - self._started_at, 0.001)
        self.size = max(1, min(int(done * self.LONGEST / took), 2 * self.size, LARGEST_BATCH))

    def rest(self) -> None:
        """Sleep, so that others can write: a process that waits for SQLite's lock asks for it ten times a second."""
        self.sleep(self.REST)
