"""Limits of requests that hold for several server processes on one database."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from educore import EDUCATION, Educore, FixedClock, Shape, Unavailable
from educore.adapters.sql import Database, RequestCounts
from educore.organization import Branch
from educore.values import Name
from educore_web.app import compose
from educore_web.rest import application, shared_windows
from educore_web.rest.application import Api
from educore_web.rest.bodies import Body
from educore_web.rest.quota import Quota
from educore_web.rest.rate_limits import RateLimits
from educore_web.rest.shared_windows import SharedCounts, SharedWindows
from educore_web.rest.spec import ApiSpec
from educore_web.rest.threads import Threads
from support.lockers.api import CodeDialect
from support.web.client import Answer, AsgiConnection
from support.web.running_platform import open_test_platform, sign_in_person

END = datetime(2024, 1, 1, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)


class BranchIn(Body, of=Branch):
    """A branch."""

    name: Name


class BranchOut(Shape, of=Branch):
    """A branch."""

    id: int


SPEC = ApiSpec(
    "limited",
    title="Limited",
    prefix="/limited",
    base="/v1",
    dialect=CodeDialect(),
    examples={},
    rate_limits=RateLimits(signed_in=20, strangers=3, uploads=2, bulk=2),
)
OPERATIONS = [SPEC.list("/branches/", BranchOut), SPEC.create("/bulk/", Branch, BranchIn, BranchOut, quota=Quota.BULK)]


class Server:
    """One of several processes on one database, and somebody signed in."""

    def __init__(self, app: Any, token: str, windows: SharedWindows | None = None) -> None:
        self.wire, self.token, self.windows = AsgiConnection(app), token, windows

    def ask(self, *, as_stranger: bool = False) -> Answer:
        """Ask for the branches."""
        headers = {} if as_stranger else {"authorization": f"Bearer {self.token}"}
        return self.wire.send("GET", "/v1/branches/", headers=headers)

    def create(self, name: str, *, as_stranger: bool = False) -> Answer:
        """Create a branch with the operation on many rows."""
        headers = {"content-type": "application/json"} | (
            {} if as_stranger else {"authorization": f"Bearer {self.token}"}
        )
        return self.wire.send("POST", "/v1/bulk/", headers=headers, content=json.dumps({"name": name}).encode())

    def exchange(self) -> None:
        """Do what happens once a second."""
        assert self.windows is not None
        self.wire.runner.run(self.windows.exchange())


def left(answer: Answer) -> int:
    """Return how many requests are left."""
    return int(answer.headers["x-ratelimit-remaining"])


@pytest.fixture
def open_servers(
    filled_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., list[Server]]]:
    """Two servers on one database: `open_servers(workers=2)`."""
    made: list[SharedWindows] = []
    platforms, servers = [], list[Server]()

    def keep(*arguments: Any) -> SharedWindows:
        made.append(SharedWindows(*arguments))
        return made[-1]

    monkeypatch.setattr(application, "SharedWindows", keep)

    def open_them(*, workers: int) -> list[Server]:
        url = filled_database.engine.url.render_as_string(hide_password=False)
        for _ in range(2):
            opened = open_test_platform(url, tmp_path, FixedClock(), api=SPEC.name, workers=workers)
            platforms.append(opened)
            token = sign_in_person(opened.school, "dilshod").access
            app = compose(opened, apis={SPEC.name: (SPEC, OPERATIONS)})
            servers.append(Server(app, token, made[-1] if made else None))
        return servers

    yield open_them
    for server in servers:
        server.wire.close()
    for platform in platforms:
        platform.database.close()


def test_requests_to_all_servers_count_together_after_a_second(open_servers: Callable[..., list[Server]]) -> None:
    first, second = open_servers(workers=2)
    assert [left(first.ask()) for _ in range(11)] == list(range(19, 8, -1))
    assert [left(second.ask()) for _ in range(4)] == [19, 18, 17, 16]  # it has not heard of the others yet
    first.exchange()
    second.exchange()
    assert left(second.ask()) == 20 - 11 - 5
    second.exchange()
    assert left(first.ask()) == 20 - 12
    first.exchange()
    assert [left(first.ask()) for _ in range(3)] == [2, 1, 0]
    assert first.ask().status_code == 429
    first.exchange()
    assert second.ask().status_code == 200
    second.exchange()
    assert second.ask().status_code == 429
    assert left(second.ask(as_stranger=True)) == 2


def test_operations_on_many_rows_count_together_at_once(open_servers: Callable[..., list[Server]]) -> None:
    first, second = open_servers(workers=2)
    answers = [server.create(f"Branch {number}") for number, server in enumerate([first, second, first, second])]
    assert [answer.status_code for answer in answers] == [201, 201, 429, 429]
    assert [left(answer) for answer in answers] == [1, 0, 0, 0]


def test_a_server_alone_counts_by_itself_and_runs_no_statement(
    open_servers: Callable[..., list[Server]], filled_database: Database
) -> None:
    first, second = open_servers(workers=1)
    assert [server.create(f"Branch {number}").status_code for number, server in enumerate([first, second] * 2)] == [
        201
    ] * 4
    assert count_rows(filled_database) == 0


def test_strangers_write_nothing_at_once(open_servers: Callable[..., list[Server]], filled_database: Database) -> None:
    first, _ = open_servers(workers=2)
    assert [first.create("Branch", as_stranger=True).status_code for _ in range(3)] == [401, 401, 429]
    assert count_rows(filled_database) == 0
    first.exchange()
    assert count_rows(filled_database) == 2  # for all their requests, and for those on many rows


def count_rows(database: Database) -> int:
    """Return the number of counts in the database."""
    with database.engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(database.tables.request_counts)) or 0


# -- the counts in the database ------------------------------------------------------------------------


def test_counts_are_added_up_and_forgotten(database: Database) -> None:
    counts = RequestCounts(database.store)
    assert counts.add({"a": 2, "b": 1}, ends_at=END) == {"a": 2, "b": 1}
    assert counts.add({"c": 1, "a": 3}, ends_at=END) == {"a": 5, "c": 1}
    assert counts.add({"a": 1}, ends_at=END + HOUR) == {"a": 1}
    counts.forget(ended_by=END)
    assert counts.add({"a": 1}, ends_at=END) == {"a": 1}
    assert counts.add({"a": 1}, ends_at=END + HOUR) == {"a": 2}
    assert counts.add({}, ends_at=END) == {}


def test_many_callers_are_added_in_several_statements(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("educore.adapters.sql.request_counts.ROWS_AT_ONCE", 2)
    numbers = {str(number): number for number in range(1, 6)}
    counts = RequestCounts(database.store)
    assert counts.add(numbers, ends_at=END) == numbers
    assert counts.add(numbers, ends_at=END) == {caller: 2 * number for caller, number in numbers.items()}


def test_a_transaction_that_fails_is_undone_and_lets_others_write(database: Database) -> None:
    counts = RequestCounts(database.store)
    with pytest.raises(sa.exc.StatementError):
        counts.add({"a": 1}, ends_at=datetime(2024, 1, 1))  # noqa: DTZ001 - a time without zone
    assert counts.add({"a": 1}, ends_at=END) == {"a": 1}


def test_a_database_that_is_down_is_unavailable() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none", EDUCATION)
    with pytest.raises(Unavailable):
        RequestCounts(database.store).add({"a": 1}, ends_at=END)


# -- an exchange ---------------------------------------------------------------------------------------


class StandInCounts:
    """Counts in memory; `error` is raised instead, as by a database that is down."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.error: Exception | None = None
        self.forgotten: list[datetime] = []
        self.loop: asyncio.AbstractEventLoop | None = None
        self.used = asyncio.Event()

    def add(self, numbers: Mapping[str, int], *, ends_at: datetime) -> dict[str, int]:
        """Add the numbers."""
        if self.error is not None:
            raise self.error
        for key, number in numbers.items():
            self.counts[key] = self.counts.get(key, 0) + number
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self.used.set)
        return {key: self.counts[key] for key in numbers}

    def forget(self, *, ended_by: datetime) -> None:
        """Remember when."""
        self.forgotten.append(ended_by)


def windows(shared: SharedCounts) -> SharedWindows:
    """Return the windows of one process."""
    return SharedWindows(shared, "limited", 3600, ThreadPoolExecutor(1))


@pytest.mark.parametrize("error", [Unavailable(), RuntimeError("anything")])
def test_while_the_database_is_down_each_process_counts_alone(error: Exception) -> None:
    shared = StandInCounts()
    first, second = windows(shared), windows(shared)

    async def count() -> None:
        shared.error = error
        assert [first.add("user:1", start=0), first.add("user:1", start=0)] == [1, 2]
        await first.exchange()
        assert [first.add("user:1", start=0), await first.add_exactly("user:1:bulk", start=0)] == [3, 1]
        shared.error = None
        assert second.add("user:1", start=0) == 1
        await first.exchange()
        await second.exchange()
        assert [second.add("user:1", start=0), await second.add_exactly("user:1:bulk", start=0)] == [5, 2]

    asyncio.run(count())


def test_a_new_window_begins_with_nothing_and_deletes_old_ones_once() -> None:
    shared = StandInCounts()
    first = windows(shared)

    async def count() -> None:
        for start in (3600, 7200):
            assert [first.add("user:1", start=start), first.add("user:1", start=start)] == [1, 2]
            shared.counts.clear()
            for _ in range(2):
                await first.exchange()
                first.add("user:1", start=start)

    asyncio.run(count())
    assert shared.forgotten == [datetime.fromtimestamp(start, UTC) for start in (3600, 7200)]


def test_a_window_that_ends_during_an_exchange_is_not_counted_in_the_next() -> None:
    shared = StandInCounts()
    first, second = windows(shared), windows(shared)

    async def count() -> None:
        second.add("user:1", start=0)
        await second.exchange()
        first.add("user:1", start=0)
        exchange = asyncio.create_task(first.exchange())
        await asyncio.sleep(0)  # it has begun
        assert first.add("user:1", start=3600) == 1
        await exchange
        assert first.add("user:1", start=3600) == 2

    asyncio.run(count())


def test_nothing_new_needs_no_statement() -> None:
    shared = StandInCounts()
    shared.error = AssertionError("a statement")
    asyncio.run(windows(shared).exchange())
    assert shared.forgotten == []


def test_what_the_database_holds_names_nobody() -> None:
    shared = StandInCounts()
    first = windows(shared)
    first.add("address:192.0.2.7", start=0)
    asyncio.run(first.exchange())
    assert [re.fullmatch("[0-9a-f]{64}", key) is None for key in shared.counts] == [False]


def test_a_server_exchanges_counts_while_it_runs(school_in_memory: Educore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_windows, "PAUSE_SECONDS", 0)
    shared = StandInCounts()
    api = Api(
        SPEC,
        OPERATIONS,
        school_in_memory,
        threads=Threads(2),
        max_body_megabytes=1,
        public_url="http://school.test",
        shared_counts=shared,
    )
    app = api.served(at="")
    wire = AsgiConnection(app)

    async def run() -> None:
        shared.loop = asyncio.get_running_loop()
        async with app.running():
            await wire.send_beside("GET", "/v1/branches/")
            await asyncio.wait_for(shared.used.wait(), 10)

    wire.runner.run(run())
    wire.close()
    assert list(shared.counts.values()) == [1]
