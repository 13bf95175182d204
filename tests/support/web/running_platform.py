"""The whole platform over one SQLite file with the cast in it, reset before every test."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import SecretStr

from educore import Actor, Educore, FixedClock
from educore.adapters.local_files import LocalFiles
from educore.adapters.local_uploads import LocalUploads
from educore.adapters.memory import PlainPasswords
from educore.adapters.sql import Database
from educore.adapters.tokens import JwtTokens
from educore.people import sign_in
from educore_web.app import APIS, Apis, compose
from educore_web.public.dispatcher import Dispatcher
from educore_web.rest.rate_limits import RateLimits
from educore_web.runtime.platform import Platform, open_platform
from educore_web.settings import Settings
from support.cast import PASSWORD, World
from support.sqlite_snapshot import NUMBERS, SqliteSnapshot
from support.web.client import AsgiConnection, Client
from support.web.extra_rows import ExtraRows, add_extra_rows
from support.web.school_rows import Schools, add_schools

SECRET = "forty characters that nobody else knows!"
COUNTED = ("password_attempts", NUMBERS)
"""What counts tries stays when the request that tried is refused, and so may the ids that it took."""
Rows = dict[str, list[tuple[Any, ...]]]


ENDLESS = RateLimits(*[1_000_000_000] * 5)


@dataclass(frozen=True)
class TokenPair:
    """Two tokens of somebody."""

    access: str
    refresh: str


def open_test_platform(database_url: str, files: Path, clock: FixedClock, **settings: Any) -> Platform:
    """The platform as the server opens it, except for quick passwords and a clock that stands still."""
    given = {"secret": SecretStr(SECRET), "public_url": "http://school.test", "pool_size": 2}
    given |= {"sign_up_center": "casablanca"} | settings
    opened = open_platform(Settings(database=database_url, files=files, **given))
    kept = LocalFiles(files, base_url=given["public_url"], secret=SECRET, clock=clock)
    uploads = LocalUploads(base_url=given["public_url"], secret=SECRET, clock=clock)
    ports = replace(
        opened.school.ports,
        clock=clock,
        passwords=PlainPasswords(),
        tokens=JwtTokens(SECRET, clock),
        files=kept,
        uploads=uploads,
    )
    return replace(opened, school=Educore(opened.database.store, ports), files=kept, uploads=uploads)


def without_limits() -> Apis:
    """Every API, with limits of requests that no test reaches: here all of them come from one address."""
    found = {}
    for name, (spec, operations) in APIS.items():
        patient = copy(spec)
        patient.rate_limits = spec.rate_limits and ENDLESS
        found[name] = (patient, operations)
    return found


def sign_in_person(school: Educore, name: str) -> TokenPair:
    """Sign somebody of the cast in."""
    signed = sign_in(school, username=name, password=PASSWORD)
    return TokenPair(signed.access, signed.refresh)


class RunningPlatform:
    """A platform with the cast and everybody signed in; `reset` undoes whatever a test did."""

    def __init__(self, platform: Platform, clock: FixedClock, world: World) -> None:
        self.platform, self.clock, self.world = platform, clock, world
        self.app: Dispatcher = compose(platform, apis=without_limits())
        self.wire = AsgiConnection(self.app)
        self.extras: ExtraRows = add_extra_rows(platform.school, world)
        self.schools: Schools = add_schools(platform.school, world)
        names = [*world.everybody(), *self.extras.people, *self.schools.people]
        self.tokens = {name: sign_in_person(platform.school, name) for name in names}
        self.extras.apply_blocks(platform.school)
        self.schools.apply_blocks(platform.school)
        self._start, self._snapshots = clock.time, list[SqliteSnapshot]()
        self._pristine = self._snapshot()
        self.before: Rows = self.rows()

    def reset(self) -> None:
        """Make everything as it was."""
        self.clock.time = self._start
        self._pristine.restore()
        shutil.rmtree(self.platform.settings.files, ignore_errors=True)

    def snapshot(self) -> Callable[[], None]:
        """Remember everything as it is now; what it gives makes everything so again."""
        return self._snapshot().restore

    def close(self) -> None:
        """Let go of everything."""
        self.wire.close()
        for snapshot in self._snapshots:
            snapshot.close()
        self.platform.database.close()

    # -- who calls -------------------------------------------------------------------------------------

    def client(self, name: str | None = None) -> Client:
        """A client signed in as somebody of the cast; without a name, nobody."""
        return self.with_token(self.tokens[name].access if name else None)

    def actor(self, name: str) -> Actor:
        """Somebody of the cast, as the domain knows them."""
        return (self.world.everybody() | self.schools.everybody())[name]

    def with_token(self, token: str | None) -> Client:
        """A client with any token."""
        return Client(self.wire, token)

    def expired(self, name: str) -> Client:
        """Somebody whose access token has run out."""
        tokens = self.platform.school.ports.tokens
        claims = tokens.read(self.tokens[name].access)
        return self.with_token(tokens.sign(claims, timedelta(seconds=-1)))

    # -- what is stored --------------------------------------------------------------------------------

    def rows(self, tables: Collection[str] = ()) -> Rows:
        """Every row of some tables, or of every table."""
        names = tables or [table.name for table in self.platform.database.tables.tables.values()]
        with self._driver() as driver:
            return {name: driver.execute(f"SELECT * FROM {name} ORDER BY id").fetchall() for name in names}

    def changed(self) -> list[str]:
        """The tables in which something is not as it was when the test began, except for counted tries."""
        return [name for name in self._pristine.changed() if name not in COUNTED]

    def fields_of(self, table: str) -> list[str]:
        """The names of what a row of a table holds, in its order."""
        return list(self.platform.database.tables.metadata.tables[table].c.keys())

    def rows_of(self, center_id: int, rows: Rows) -> set[tuple[str, tuple[Any, ...]]]:
        """The rows that belong to one center, each with its table."""
        found = set()
        for table, stored in rows.items():
            owner, fields = "id" if table == "center" else "center_id", self.fields_of(table)
            if owner in fields:
                place = fields.index(owner)
                found |= {(table, row) for row in stored if row[place] == center_id}
        return found

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Collects the statements that reach the database."""
        seen: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            seen.append(statement)

        engine = self.platform.database.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)

    def _snapshot(self) -> SqliteSnapshot:
        """The rows as they are now, kept until the platform closes."""
        self._snapshots.append(SqliteSnapshot(self.platform.database.engine.url.database or ""))
        return self._snapshots[-1]

    @contextmanager
    def _driver(self) -> Iterator[sqlite3.Connection]:
        raw = self.platform.database.engine.raw_connection()
        try:
            driver: Any = raw.driver_connection
            yield driver
        finally:
            raw.close()


def disable_fsync(database: Database) -> None:
    """Do not wait for the disk: nobody needs this data after a crash."""

    @sa.event.listens_for(database.engine, "connect")
    def _no_waiting(connection: sqlite3.Connection, record: Any) -> None:
        connection.execute("PRAGMA synchronous = OFF")
