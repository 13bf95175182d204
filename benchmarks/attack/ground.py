"""The targets of the attacks: a real server for each, over a database with the test people."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from educore import EDUCATION
from educore.adapters.passwords import Argon2Passwords
from educore.adapters.sql import Database
from educore.identity import User
from support.cast import PASSWORD
from support.postgres import PostgresServer
from support.real_server import Connection, Server, create_cast_database, run_server

NAMES = ("rustam", "dilshod", "malika", "aziza", "timur", "sardor")


@dataclass(frozen=True)
class Site:
    """A database with the test people, copied for each attack, and tokens that are valid in every copy."""

    kind: str
    folder: Path
    tokens: dict[str, str]
    copy: Callable[[], str]


def _found(database: Database) -> dict[str, str]:
    """Create the Center of the test people. Return their tokens, and store passwords that a real server can check."""
    tokens = create_cast_database(database, *NAMES)
    with database.engine.begin() as connection:
        users = database.tables.of(User)
        connection.execute(sa.update(users).values(password_hash=Argon2Passwords().hash(PASSWORD)))
    return tokens


@dataclass
class Ground:
    """A running server, its database, and a function that starts it again."""

    site: Site
    url: str
    folder: Path
    server: Server
    start: Callable[[], None]

    @property
    def port(self) -> int:
        """The port of the server."""
        return self.server.port

    @property
    def pid(self) -> int:
        """The id of its first process."""
        return self.server.process.pid

    def line(self, name: str | None = None) -> Connection:
        """Open a connection as one of the test people, or without a token."""
        return self.server.line(None if name is None else self.site.tokens[name])


@contextmanager
def sqlite_site(folder: Path) -> Iterator[Site]:
    """Yield the test people in a SQLite file."""
    template = folder / "template.db"
    database = Database(f"sqlite:///{template}", EDUCATION)
    tokens = _found(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()

    def copy() -> str:
        path = Path(tempfile.mkdtemp(dir=folder)) / "school.db"
        shutil.copyfile(template, path)
        return f"sqlite:///{path}"

    yield Site("sqlite", folder, tokens, copy)


@contextmanager
def postgres_site(folder: Path, postgres: PostgresServer) -> Iterator[Site]:
    """Yield the test people in a PostgreSQL database."""
    name = postgres.create()
    database = Database(postgres.at(name), EDUCATION)
    tokens = _found(database)
    database.close()
    yield Site("postgresql", folder, tokens, lambda: postgres.at(postgres.create(template=name)))


@contextmanager
def running(site: Site, *, url: str | None = None, **settings: str) -> Iterator[Ground]:
    """Run a server over a copy of the database, or over the one at `url`."""
    url, folder = url or site.copy(), Path(tempfile.mkdtemp(dir=site.folder))
    opened = []

    def start() -> None:
        opened.append(run_server(url, folder, **settings))
        ground.server = opened[-1].__enter__()

    ground = Ground(site, url, folder, None, start)  # type: ignore[arg-type]  # it is started at once
    start()
    try:
        yield ground
    finally:
        if ground.server.process.poll() is None:
            ground.server.kill()
        for one in opened:
            one.__exit__(None, None, None)


def end(ground: Ground, *, within: float) -> bool:
    """Stop the server with SIGTERM. Return whether it ended in time."""
    ground.server.process.send_signal(signal.SIGTERM)
    try:
        ground.server.process.wait(within)
    except subprocess.TimeoutExpired:
        return False
    return True
