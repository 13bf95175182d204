"""Large numbers of rows, remembered."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from time import monotonic

LARGE = 10_000
"""From how many rows on a count that may be rough is remembered."""
SECONDS_KEPT, MOST_KEPT = 60, 1000


class LargeCounts:
    """Numbers of rows that took long to count, and matter little to the last row: known for a minute."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now, self._keeping = now, Lock()
        self._known: dict[Hashable, tuple[float, int]] = {}

    def get(self, key: Hashable) -> int | None:
        """The number, unless it is unknown or too old."""
        until, number = self._known.get(key, (0.0, None))
        return number if self._now() < until else None

    def keep(self, key: Hashable, number: int) -> int:
        """The number, remembered if it is large; the oldest is forgotten when there are too many."""
        if number >= LARGE:
            with self._keeping:
                if len(self._known) >= MOST_KEPT:
                    del self._known[next(iter(self._known))]
                self._known[key] = (self._now() + SECONDS_KEPT, number)
        return number
