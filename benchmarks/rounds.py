"""Rounds A B C A B C, so that other work of the machine disturbs all programs alike; the median counts."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.client import Load, load
from benchmarks.operations import OPERATIONS, Measured, pages, token_for
from benchmarks.reset import Written
from benchmarks.same import differences
from benchmarks.scenario import Scenario
from benchmarks.servers import CONTENDERS, DRF, DRF_WITH_ARGON, OURS, Served, memory_of_worker, serving
from educore import EDUCATION, Role
from educore.adapters.sql import Database

SECRET = "signs the tokens of the benchmark and of nothing else"  # noqa: S105 - of made-up data


@dataclass(frozen=True)
class Pace:
    """The seconds of each measurement, the number of rounds, and the seconds of the warm-up."""

    seconds: float
    rounds: int
    warm_up: float


QUICK, THOROUGH = Pace(0.4, 3, warm_up=0.2), Pace(2.0, 5, warm_up=0.5)


def compare(
    database: str, scenario: Scenario, pace: Pace, *, say: Callable[[str], None], only: Sequence[str] = ()
) -> dict[str, Any]:
    """Measure every operation on every program that has it. Raises: ValueError if answers differ."""
    tokens = {role: token_for(scenario, SECRET, role) for role in scenario.sign_ins}
    server_core, client_core = cores()
    with ExitStack() as stack:
        opened = Database(database, EDUCATION)
        stack.callback(opened.close)
        written = Written(opened)
        first, token = next(pages(scenario)), tokens[Role.DIRECTOR]
        servers = [
            stack.enter_context(
                serving(contender, database=database, secret=SECRET, first=first, token=token, core=server_core)
            )
            for contender in CONTENDERS
        ]
        if found := differences(servers, scenario, tokens):
            raise ValueError("the answers differ:\n" + "\n".join(found))
        written.take_back()
        chosen = [operation for operation in OPERATIONS if not only or operation.name in only]
        measured, memory = {}, {}
        with pinned(client_core):
            for operation in chosen:
                who = [server for server in servers if operation.name in server.contender.does]
                measured[operation.name] = _measure(operation, who, scenario, token, pace, written)
                memory[operation.name] = {server.contender.name: memory_of_worker(server.pid) for server in servers}
                say(f"{operation.words}: {_in_words(measured[operation.name])}")
        if "create" in measured:
            alike = measured["create"].pop(DRF_WITH_ARGON.name)
            measured["create_same_hash"] = {OURS.name: measured["create"][OURS.name], DRF.name: alike}
        return {"operations": measured, "memory_mb": memory}


def _measure(
    operation: Measured, servers: Sequence[Served], scenario: Scenario, token: str, pace: Pace, written: Written
) -> dict[str, dict[str, float]]:
    def measured(server: Served, seconds: float) -> Load:
        found = _load(operation, server, scenario, token, seconds)
        if operation.writes:
            written.take_back()
        return found

    for server in servers:
        measured(server, pace.warm_up)
    loads: dict[str, list[Load]] = {server.contender.name: [] for server in servers}
    for _ in range(pace.rounds):
        for server in servers:
            loads[server.contender.name].append(measured(server, pace.seconds))
    return {name: _middle(found) for name, found in loads.items()}


def _load(operation: Measured, server: Served, scenario: Scenario, token: str, seconds: float) -> Load:
    requests = (call.as_bytes(host=server.host, token=token) for call in operation.calls(scenario))
    found = load(server.port, requests, seconds=seconds)
    if found.failures:
        raise ValueError(f"{server.contender.words}, {operation.words}: {found.failures[0]!r}")
    return found


def _middle(loads: Sequence[Load]) -> dict[str, float]:
    return {
        "per_second": round(statistics.median(found.per_second for found in loads), 1),
        "median_ms": round(statistics.median(found.median_ms for found in loads), 2),
        "p95_ms": round(statistics.median(found.p95_ms for found in loads), 2),
        "lowest": round(min(found.per_second for found in loads), 1),
        "highest": round(max(found.per_second for found in loads), 1),
    }


def _in_words(measured: dict[str, dict[str, float]]) -> str:
    return ", ".join(f"{name} {found['per_second']:.0f}/s" for name, found in measured.items())


def ratios(operations: dict[str, dict[str, dict[str, float]]]) -> dict[str, float]:
    """Return our answers per second divided by those of each other program, by operation: `list_vs_drf`."""
    return {
        f"{name}_vs_{other}": round(found["educore"]["per_second"] / them["per_second"], 2)
        for name, found in operations.items()
        for other, them in found.items()
        if other != "educore"
    }


def cores() -> tuple[int | None, int | None]:
    """Return a core for the server and one for the client, or None if the machine or system has no choice."""
    if not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2:
        return None, None
    first, second, *_ = sorted(os.sched_getaffinity(0))
    return first, second


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Run the block on one core."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
