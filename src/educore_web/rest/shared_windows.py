"""Limits that hold for all server processes on one database together.

A request is counted in its process, without a statement. Once a second a process adds what it has counted to the counts
in the database, in one statement, and learns what the others have counted for the same callers. So a limit may be late
by that second. Operations on many rows and uploads are few and costly: they are counted in the database at once. While
the database does not answer, each process counts alone, and adds its counts later.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import Executor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from educore import Unavailable
from educore_web.rest.rate_limits import WindowCounts, is_account
from educore_web.runtime.outages import log_outage

log = logging.getLogger("educore")

PAUSE_SECONDS = 1.0


class SharedCounts(Protocol):
    """Counts that all processes share, by key and by the end of their window."""

    def add(self, numbers: Mapping[str, int], *, ends_at: datetime) -> dict[str, int]:
        """Add the numbers to the counts of their keys, and return these counts. Raises: Unavailable."""
        ...

    def forget(self, *, ended_by: datetime) -> None:
        """Delete the counts of the windows that ended at that time or before. Raises: Unavailable."""
        ...


@dataclass
class SharedWindows:
    """The counts of this process and, as of the last exchange, those of the others.

    `name` keeps the callers of one API apart from those of another, `seconds` is the length of a window. Statements run
    in `pool`.
    """

    shared: SharedCounts
    name: str
    seconds: int
    pool: Executor
    _own: WindowCounts = field(default_factory=WindowCounts)
    _others: dict[str, int] = field(default_factory=dict)
    _unsent: dict[str, int] = field(default_factory=dict)
    """The numbers that this process has counted since the last exchange."""
    _tidied: int = 0
    """The start of the window in which older ones were last deleted."""

    def add(self, key: str, *, start: int) -> int:
        """Count one more and return the number."""
        if self._own.begin(start):
            self._others, self._unsent = {}, {}
        key = self._own.bounded(key)
        self._unsent[key] = self._unsent.get(key, 0) + 1
        return self._own.add(key, start=start) + self._others.get(key, 0)

    async def add_exactly(self, key: str, *, start: int) -> int:
        """Count one more in the database and return the number.

        Strangers count here: they are refused anyway, and must not make the database write.
        """
        counts = await self._share({key: 1}, start) if is_account(key) else None
        return self.add(key, start=start) if counts is None else counts[key]

    async def exchange(self) -> None:
        """Send what was counted since the last exchange, and learn what the others have counted."""
        start, sent, self._unsent = self._own.start, self._unsent, {}
        own = {key: self._own.counts[key] for key in sent}
        counts = await self._share(sent, start) if sent else {}
        if start != self._own.start:  # a new window has begun meanwhile
            return
        if counts is None:
            self._unsent = {key: sent.get(key, 0) + self._unsent.get(key, 0) for key in sent | self._unsent}
        else:
            self._others |= {key: count - own[key] for key, count in counts.items()}

    @asynccontextmanager
    async def exchanging(self) -> AsyncIterator[None]:
        """Exchange counts every second, for the lifetime of an application."""
        task = asyncio.create_task(self._keep_exchanging())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _keep_exchanging(self) -> None:
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            await self.exchange()

    async def _share(self, numbers: Mapping[str, int], start: int) -> dict[str, int] | None:
        """Add numbers to the shared counts and return these, None if the database does not answer."""
        run = asyncio.get_running_loop().run_in_executor
        try:
            return await run(self.pool, partial(self._add, numbers, start))
        except Unavailable as error:
            log_outage(error)
        except Exception:
            log.exception("the counts of requests cannot be shared")
        return None

    def _add(self, numbers: Mapping[str, int], start: int) -> dict[str, int]:
        if start != self._tidied:
            self.shared.forget(ended_by=datetime.fromtimestamp(start, UTC))
            self._tidied = start
        digests = {key: self._digest(key) for key in numbers}
        ends_at = datetime.fromtimestamp(start + self.seconds, UTC)
        counts = self.shared.add({digests[key]: number for key, number in numbers.items()}, ends_at=ends_at)
        return {key: counts[digest] for key, digest in digests.items()}

    def _digest(self, key: str) -> str:
        """Return the key in the database, which thus holds no addresses."""
        return hashlib.sha256(f"{self.name}:{self.seconds}:{key}".encode()).hexdigest()
