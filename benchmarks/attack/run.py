"""The list of attacks. Each runs on a server of its own, while other clients measure their waiting times."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from benchmarks.attack import loads, requests
from benchmarks.attack.ground import Ground, Site, postgres_site, running, sqlite_site
from benchmarks.attack.watch import Watch, watched
from benchmarks.attack.workbooks import BOMBS
from support.postgres import PostgresServer

LIMIT = 60.0
"""Seconds after which an attack is aborted and its server killed."""
HEALTH, LIST, GROWTH = 0.2, 2.0, 200.0
"""Targets: seconds until `/health` and a list of students answer, and megabytes of memory."""
BOTH = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Attack:
    """An attack, its databases, and the targets in seconds for other clients; None means no target."""

    name: str
    act: Callable[[Ground], list[str]]
    databases: Sequence[str] = ("sqlite",)
    start: Callable[[Site], AbstractContextManager[Ground]] = running
    health: float | None = HEALTH
    list: float | None = LIST


ATTACKS: tuple[Attack, ...] = (
    *(Attack(f"B2 {name}", partial(requests.send_body, name=name)) for name in requests.BODIES),
    *(Attack(f"M10 {name}", partial(requests.send_header, name=name)) for name in requests.HEADERS),
    Attack("M11 40 unfinished bodies", requests.leave_bodies_unfinished),
    Attack("M11 5,000 half-open connections", requests.leave_connections_open),
    Attack("M9 100 right sign-ins at once", loads.sign_in_at_once, BOTH),
    Attack("M1b writers without a token while writing is locked", loads.write_without_token),
    *(Attack(f"M2 workbook, {name}", partial(loads.upload, name=name)) for name in BOMBS),
    Attack("M1a 2,000 students come in beside 12 teachers", loads.import_beside_teachers, BOTH),
    Attack("M7 a locked table", loads.lock_a_table, ("postgresql",), list=None),
    Attack(
        "M4 a mail server that drips, and SIGTERM",
        loads.write_to_those_who_hang,
        start=loads.beside_dripping_mail,
        health=None,
        list=None,
    ),
    Attack("kill -9 while people pay", loads.kill_while_they_pay, BOTH, health=None, list=None),
    Attack("a full disk", loads.pay_on_a_full_disk, start=loads.on_a_small_disk, health=None, list=None),
)


@dataclass(frozen=True)
class Result:
    """The result of an attack. `misses` are the missed targets; `skipped` is the reason why it did not run."""

    attack: str
    database: str
    health_seconds: float = 0.0
    list_seconds: float = 0.0
    growth_megabytes: float = 0.0
    misses: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def verdict(self) -> str:
        """The result in a few words."""
        return f"skipped: {self.skipped}" if self.skipped else "; ".join(self.misses) or "holds"


def attack_all(postgres: PostgresServer, *, only: str = "", database: str | None = None) -> list[Result]:
    """Run every attack whose name contains `only`, and print a line for each."""
    print(f"{'':<54} {'database':<11}{'/health':>9}{'list':>9}{'memory':>10}  verdict", flush=True)
    results = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        opened: dict[str, Site] = {}
        for attack, name in _chosen(only, database):
            if name not in opened:
                site = sqlite_site(Path(folder)) if name == "sqlite" else postgres_site(Path(folder), postgres)
                opened[name] = stack.enter_context(site)
            results.append(make(attack, opened[name]))
            _print(results[-1])
    missed = sum(bool(result.misses) for result in results)
    print(f"\n{len(results) - missed} of {len(results)} attacks are withstood or skipped, {missed} are not")
    return results


def _chosen(only: str, database: str | None) -> Iterator[tuple[Attack, str]]:
    for attack in ATTACKS:
        if only.lower() in attack.name.lower():
            yield from ((attack, name) for name in attack.databases if database in (None, name))


def as_json(results: Sequence[Result]) -> dict[str, list[dict[str, object]]]:
    """Return the results in the form of the JSON file."""
    return {"attacks": [asdict(result) for result in results]}


def make(attack: Attack, site: Site) -> Result:
    """Run one attack on a server of its own."""
    misses: list[str] = []
    watch = Watch()
    try:
        with (
            attack.start(site) as ground,
            _broken_off(ground, misses),
            watched(ground.port, ground.pid, token=site.tokens["dilshod"]) as watch,
        ):
            misses += attack.act(ground)
    except loads.Skipped as reason:
        return Result(attack.name, site.kind, skipped=str(reason))
    except Exception as error:  # noqa: BLE001 - a server that was killed breaks whatever spoke to it
        misses.append(" ".join(f"it ended with {type(error).__name__}: {error}".split())[:200])
    misses += [f"/health after {watch.health:.1f} s"] if attack.health and watch.health > attack.health else []
    misses += [f"a list after {watch.students:.1f} s"] if attack.list and watch.students > attack.list else []
    misses += [f"{watch.growth:.0f} MB more"] if watch.growth > GROWTH else []
    figures = round(watch.health, 2), round(watch.students, 2), round(watch.growth)
    return Result(attack.name, site.kind, *figures, tuple(misses))


@contextmanager
def _broken_off(ground: Ground, misses: list[str]) -> Iterator[None]:
    """Kill the server if the attack takes too long."""

    def break_off() -> None:
        misses.append(f"broken off after {LIMIT:.0f} s")
        ground.server.kill()

    timer = threading.Timer(LIMIT, break_off)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _print(result: Result) -> None:
    waits = f"{result.health_seconds:>7.2f} s{result.list_seconds:>7.2f} s{result.growth_megabytes:>7.0f} MB"
    print(f"{result.attack:<54} {result.database:<11}{waits}  {result.verdict}", flush=True)
