"""The count cache: large numbers of rows, remembered for a minute.

Counting a million rows takes longer than everything else on a page, and no reader needs the last digit of a page count.
So lists ask for `cached=True`, and a number of `LARGE` or more may be `SECONDS` old. The key is the condition with the
actor's scope in it, so a number is never shared across what actors may see. Each process has its own cache: two
workers may show different numbers for up to a minute. Tests: test_speed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from time import monotonic

LARGE = 10_000
"""Smaller counts are always exact."""
SECONDS, MOST_ENTRIES = 60, 1000


class CountCache:
    """Remembers counts of `LARGE` rows and more for `SECONDS`, and not more than `MOST_ENTRIES` of them."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now, self._lock = now, Lock()
        self._entries: dict[Hashable, tuple[float, int]] = {}

    def get(self, key: Hashable) -> int | None:
        """Return the count, None if it is unknown or too old."""
        end, count = self._entries.get(key, (0.0, None))
        return count if self._now() < end else None

    def put(self, key: Hashable, count: int) -> int:
        """Remember the count if it is large, and return it; the oldest entry goes if there are too many."""
        if count >= LARGE:
            with self._lock:
                if len(self._entries) >= MOST_ENTRIES:
                    del self._entries[next(iter(self._entries))]
                self._entries[key] = (self._now() + SECONDS, count)
        return count
