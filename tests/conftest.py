"""The stores every test can have, and the cast that lives in them.

Each test gets a store of its own, copied from one that was filled once per test run and worker.
"""

from __future__ import annotations

import gc
import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

import support.bytecode_cache  # noqa: F401 - before anything that is to be kept
from educore import EDUCATION, Educore, FixedClock, MemoryStore, Ports, memory_ports
from educore.adapters.sql import Database, Tables
from educore.kernel.store import Store
from support.cast import World, copy_store, create_cast
from support.postgres import PostgresServer, running_postgres
from support.slow_work_guard import SlowWorkGuard, guard_slow_work

settings.register_profile("educore", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("educore")

GOLDEN = Path(__file__).parent / "golden"
DATABASES = ("sqlite", "postgresql")
STORES = ("memory", *DATABASES)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --update-golden` writes golden files anew instead of comparing them."""
    parser.addoption("--update-golden", action="store_true", help="write golden files instead of comparing them")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`pytest -m golden` runs the tests that compare with committed files, and only those.

    What takes longest begins first, so that no worker still does it when the others have nothing left to do.
    """
    for item in items:
        if "golden" in getattr(item, "fixturenames", ()):
            item.add_marker("golden")
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: nobody needs to search them for garbage, and anything less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with a committed file: `golden(path, text)`."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")
        committed = path.read_text(encoding="utf-8") if path.exists() else ""
        assert text == committed, f"{path.name} differs; if that is right, run pytest --update-golden and read the diff"

    return compare


# -- databases -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for this worker."""
    with running_postgres() as server:
        yield server


OpenDatabase = Callable[..., Database]


@dataclass(frozen=True)
class Templates:
    """Databases prepared once, to be copied: one with empty tables and one with the cast.

    An engine knows the statements it has run before, and most tests run the same ones: so the engines stay, and only
    what lies behind their addresses is new for each test.
    """

    folder: Path
    server: Callable[[], PostgresServer]
    tables: Tables
    idle: dict[str, list[Database]] = field(default_factory=lambda: {kind: [] for kind in DATABASES})
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @contextmanager
    def opener(self) -> Iterator[OpenDatabase]:
        """What opens copies, which are thrown away at the end."""
        opened: list[tuple[str, Database]] = []

        def open_it(kind: str, *, filled: bool = False) -> Database:
            database = self.idle[kind].pop() if self.idle[kind] else self._new(kind)
            opened.append((kind, database))
            self._fill(database, filled)
            return database

        yield open_it
        for kind, database in opened:
            database.close()
            self._throw_away(database)
            self.idle[kind].append(database)

    def _new(self, kind: str) -> Database:
        """An engine with an address of its own, behind which there is nothing yet."""
        if kind == "postgresql":
            return Database(self.server().at(self.server().new_name()), EDUCATION, tables=self.tables)
        database = Database(
            f"sqlite:///{self.folder / f'school{next(self.numbers)}.db'}", EDUCATION, tables=self.tables
        )
        sa.event.listen(database.engine, "connect", _never_wait_for_the_disk)
        return database

    def _fill(self, database: Database, filled: bool) -> None:
        place = str(database.engine.url.database)
        if database.engine.dialect.name == "sqlite":
            shutil.copyfile(self._sqlite(filled), place)
        else:
            self.server().create(place, template=self._postgres(filled))

    def _throw_away(self, database: Database) -> None:
        place = str(database.engine.url.database)
        if database.engine.dialect.name == "sqlite":
            for part in ("", "-wal", "-shm"):
                Path(f"{place}{part}").unlink(missing_ok=True)
        else:
            self.server().drop(place)

    def _sqlite(self, filled: bool) -> Path:
        path = self.folder / f"{'cast' if filled else 'empty'}.db"
        if not path.exists():
            database = Database(f"sqlite:///{path}", EDUCATION)
            _fill(database, filled)
            with database.engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            database.close()
        return path

    def _postgres(self, filled: bool) -> str:
        note = self.folder / f"{'cast' if filled else 'empty'}.name"
        if not note.exists():
            note.write_text(self.server().template(lambda database: _fill(database, filled)))
        return note.read_text()


def _never_wait_for_the_disk(connection: Any, record: Any) -> None:
    """Nobody needs this data after a crash."""
    connection.execute("PRAGMA synchronous = OFF")


def _fill(database: Database, filled: bool) -> None:
    database.create_all()
    if filled:
        create_cast(database.store)


@pytest.fixture(scope="session")
def templates(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """The prepared databases of this worker; PostgreSQL starts when the first test needs it."""
    folder = tmp_path_factory.mktemp("templates")
    return Templates(folder, lambda: request.getfixturevalue("postgres"), Tables(EDUCATION))


@pytest.fixture
def open_database(templates: Templates) -> Iterator[OpenDatabase]:
    """Opens databases of this test's own: `open_database("sqlite", filled=True)`."""
    with templates.opener() as open_it:
        yield open_it


@pytest.fixture(scope="module")
def open_lasting_database(templates: Templates) -> Iterator[OpenDatabase]:
    """Opens databases that all tests of a module share; whoever writes there takes it back."""
    with templates.opener() as open_it:
        yield open_it


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, open_database: OpenDatabase) -> Database:
    """An empty database: a SQLite file, then PostgreSQL."""
    return open_database(request.param)


@pytest.fixture(params=DATABASES)
def filled_database(request: pytest.FixtureRequest, open_database: OpenDatabase) -> Database:
    """A database with the cast: a SQLite file, then PostgreSQL."""
    return open_database(request.param, filled=True)


# -- stores and schools --------------------------------------------------------------------------------


@pytest.fixture(params=STORES)
def empty_store(request: pytest.FixtureRequest, open_database: OpenDatabase) -> Store:
    """A store with nothing in it: in memory, then SQLite, then PostgreSQL."""
    return MemoryStore(EDUCATION) if request.param == "memory" else open_database(request.param).store


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, open_database: OpenDatabase, memory_store: MemoryStore) -> Store:
    """A store with the cast: in memory, then SQLite, then PostgreSQL."""
    return memory_store if request.param == "memory" else open_database(request.param, filled=True).store


@pytest.fixture(scope="session")
def cast_in_memory() -> tuple[MemoryStore, World]:
    """The cast, and a store in memory that no test may write to."""
    store = MemoryStore(EDUCATION)
    return store, create_cast(store)


@pytest.fixture
def memory_store(cast_in_memory: tuple[MemoryStore, World]) -> MemoryStore:
    """A store in memory with the cast."""
    return copy_store(cast_in_memory[0])


@pytest.fixture
def world(cast_in_memory: tuple[MemoryStore, World]) -> World:
    """The cast; ids are the same in every store."""
    return cast_in_memory[1]


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still at 10:00 UTC on the first of January 2024, until a test lets time pass."""
    return FixedClock()


@pytest.fixture
def events() -> list[object]:
    """What was published."""
    return []


@pytest.fixture
def ports(clock: FixedClock, events: list[object]) -> Ports:
    """Ports that touch nothing outside the process."""
    return replace(memory_ports(clock), publish=events.append)


@pytest.fixture
def school(store: Store, ports: Ports) -> Educore:
    """Both towns, in each of the stores in turn."""
    return Educore(store, ports)


@pytest.fixture
def school_in_memory(memory_store: MemoryStore, ports: Ports) -> Educore:
    """Both towns, in memory only: for what does not depend on the store."""
    return Educore(memory_store, ports)


# -- nothing slow inside a transaction -----------------------------------------------------------------


@pytest.fixture(scope="session")
def slow_work() -> Iterator[SlowWorkGuard]:
    """Fails whatever hashes, stores, sends or parses while a write transaction is open."""
    with guard_slow_work() as watch:
        yield watch


@pytest.fixture(autouse=True)
def nothing_slow_inside(slow_work: SlowWorkGuard) -> Iterator[None]:
    """Every test is watched, whichever edge it comes in by; an answer 500 would hide what was caught."""
    slow_work.caught.clear()
    slow_work.open.clear()
    yield
    assert slow_work.caught == []
