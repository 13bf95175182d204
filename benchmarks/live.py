"""Live messages: many idle sockets at one server, and some messages a second from another process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

from websockets.asyncio.client import ClientConnection, connect

from educore import Educore, Role, memory_ports
from educore.adapters.clock import SystemClock
from educore.adapters.sql import Database, PostgresCarrier
from educore.adapters.tokens import JwtTokens
from educore.messaging import NotificationType, notify
from educore.people import register_staff, sign_in
from support.cast import PASSWORD, ROOT, account
from support.real_server import SECRET, run_server
from support.school_cast import School, create_school

PEOPLE, SOCKETS_EACH = 50, 10
MESSAGES_A_SECOND, SECONDS = 50, 10
PATIENCE = 30


def measure(database: Database, folder: Path, *, say: Callable[[str], None]) -> dict[str, float]:
    """Print and return the latencies in milliseconds, and the growth of the server's memory in megabytes."""
    database.upgrade()
    clock = SystemClock()
    school = Educore(database.store, replace(memory_ports(clock), tokens=JwtTokens(SECRET, clock)))
    if database.engine.dialect.name == "postgresql":
        school.ports = replace(school.ports, carrier=PostgresCarrier(database.url))
    people = create_school(school, ROOT)
    readers = _register(school, people)
    with run_server(database.url, folder, worker="false") as server:
        url, process = f"ws://127.0.0.1:{server.port}/madrasti/ws/notifications", server.process.pid
        found = asyncio.run(_measure(school, people, readers, url, process))
    if isinstance(school.ports.carrier, PostgresCarrier):
        school.ports.carrier.close()
    say(f"{PEOPLE * SOCKETS_EACH} sockets, {MESSAGES_A_SECOND} messages a second for {SECONDS} seconds")
    for name, value in found.items():
        say(f"{name}: {value:.1f}")
    return found


def _register(school: Educore, people: School) -> dict[int, str]:
    """Return the access tokens of new people, by their user ids."""
    names = [f"reader{number}" for number in range(PEOPLE)]
    with school.work(people.director) as uow:
        members = [register_staff(uow, account=account(name), role=Role.DRIVER) for name in names]
    tokens = [sign_in(school, username=name, password=PASSWORD).access for name in names]
    return {member.user_id: token for member, token in zip(members, tokens, strict=True)}


async def _measure(school: Educore, people: School, tokens: dict[int, str], url: str, process: int) -> dict[str, float]:
    took: list[float] = []
    begun: dict[str, float] = {}
    async with AsyncExitStack() as stack:
        for user_id, token in tokens.items():
            headers = {"Authorization": f"Bearer {token}"}
            for _ in range(SOCKETS_EACH):
                line = await stack.enter_async_context(
                    connect(f"{url}/{user_id}/", additional_headers=headers, proxy=None, ping_interval=None)
                )
                stack.callback(asyncio.create_task(_listen(line, begun, took)).cancel)
        before = _memory(process)
        users = list(tokens)
        for number in range(MESSAGES_A_SECOND * SECONDS):
            start = time.perf_counter()
            begun[str(number)] = start
            await asyncio.to_thread(_tell, school, people, users[number % PEOPLE], str(number))
            await asyncio.sleep(max(0.0, 1 / MESSAGES_A_SECOND - (time.perf_counter() - start)))
        expected, end = len(begun) * SOCKETS_EACH, time.monotonic() + PATIENCE
        while len(took) < expected and time.monotonic() < end:
            await asyncio.sleep(0.05)
        grown = _memory(process) - before
    return {
        "received of expected, %": 100 * len(took) / expected,
        "median ms": 1000 * median(took),
        "p95 ms": 1000 * quantiles(took, n=20)[-1],
        "server grew by MB": grown,
    }


async def _listen(line: ClientConnection, begun: dict[str, float], took: list[float]) -> None:
    async for text in line:
        number = str(text).partition('"message":"')[2].partition('"')[0]
        took.append(time.perf_counter() - begun[number])


def _tell(school: Educore, people: School, user_id: int, text: str) -> None:
    with school.work(ROOT) as uow:
        notify(
            uow, [user_id], center_id=people.center.id, kind=NotificationType.SYSTEM, title="Benchmark", message=text
        )


def _memory(process: int) -> float:
    """Return the resident memory of a process in megabytes."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
