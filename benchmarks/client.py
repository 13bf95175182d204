"""A light client, so that the server is the limit: raw bytes over connections that stay open."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import uvloop

CONNECTIONS = 16


@dataclass
class Load:
    """The result of a measurement; latencies in seconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failures: list[bytes] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    @property
    def median_ms(self) -> float:
        """The median latency."""
        return statistics.median(self.latencies) * 1000

    @property
    def p95_ms(self) -> float:
        """The 95th percentile of the latency."""
        return statistics.quantiles(self.latencies, n=20)[-1] * 1000


def load(port: int, requests: Iterator[bytes], *, seconds: float) -> Load:
    """Send requests for some seconds or until there are no more. A connection sends the next after each answer."""
    return uvloop.run(_load(port, requests, seconds))


async def _load(port: int, requests: Iterator[bytes], seconds: float) -> Load:
    loop, found = asyncio.get_running_loop(), Load()
    begun = time.perf_counter()
    until = begun + seconds
    talks = []
    for _ in range(CONNECTIONS):
        _, talk = await loop.create_connection(lambda: _Talk(requests, until, found), "127.0.0.1", port)
        talks.append(talk)
    for talk in talks:
        talk.ask()
    await asyncio.gather(*(talk.over for talk in talks))
    found.seconds = time.perf_counter() - begun
    return found


class _Talk(asyncio.Protocol):
    """One connection: sends a request, waits for the whole answer, sends the next."""

    def __init__(self, requests: Iterator[bytes], until: float, found: Load) -> None:
        self.requests, self.until, self.found = requests, until, found
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.received, self.missing, self.asked = b"", -1, 0.0
        self.has_ended = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def ask(self) -> None:
        """Send the next request, unless the time is over or there is none."""
        request = next(self.requests, None) if time.perf_counter() < self.until else None
        if request is None:
            self.has_ended = True
            self.transport.close()
            return
        self.received, self.missing, self.asked = b"", -1, time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.missing < 0:
            head = self.received.find(b"\r\n\r\n")
            if head < 0:
                return
            self.missing = head + 4 + _length(self.received[:head])
        if len(self.received) >= self.missing:
            self.found.latencies.append(time.perf_counter() - self.asked)
            if self.received[9:10] != b"2":
                self.found.failures.append(self.received)
            self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.has_ended:
            self.found.failures.append(str(error or "hung up").encode())
        if not self.over.done():
            self.over.set_result(None)


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0])
