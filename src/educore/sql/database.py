"""Where the data lives: a URL, an engine tuned for its kind, and the migrations that keep its tables right."""

from __future__ import annotations

import select
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event

from educore.domain import Domain
from educore.education import EDUCATION
from educore.errors import Unavailable
from educore.sql.store import STATEMENTS_KEPT, SqlStore, unavailable
from educore.sql.tables import Tables

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
ROWS_LOOKED_AT = 100_000
"""Of each index, to guess how many rows its values have; so that looking takes little time however large the tables."""
UPGRADE_LOCK = 0x65647563  # "educ"


class Database:
    """A database by URL: `sqlite:///school.db`, `postgresql://user@host/name` (psycopg 3)."""

    def __init__(
        self, url: str, domain: Domain = EDUCATION, *, tables: Tables | None = None, pool_size: int = 10
    ) -> None:
        self.url = url
        self.tables = tables or Tables(domain)
        self.engine = sa.create_engine(url, query_cache_size=STATEMENTS_KEPT, **_connecting(url, pool_size))
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            event.listen(self.engine, "checkout", _refuse_the_gone)
        self.store = SqlStore(self.engine, self.tables)

    def upgrade(self) -> None:
        """Bring the tables up to date, making them where there are none; servers starting at once take turns."""
        if self.pending() is None:
            if self.engine.dialect.name == "sqlite":  # others look by themselves from time to time
                self.look_over()
            return
        from alembic import command  # ten megabytes that a database which is up to date does not need

        with unavailable(), self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(UPGRADE_LOCK)))
            command.upgrade(self._alembic(connection), "head")

    def pending(self) -> str | None:
        """The migration the database lacks, or None when it is up to date. Raises: Unavailable."""
        newest = max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]
        with unavailable(), self.engine.connect().execution_options(read_only=True) as connection:
            is_there = sa.inspect(connection).has_table("alembic_version")
            present = connection.scalar(sa.text("SELECT version_num FROM alembic_version")) if is_there else None
        return None if present == newest else newest

    def look_over(self) -> None:
        """Have the database find out how much there is of what, after many rows were added at once."""
        if self.engine.dialect.name == "postgresql":
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
        else:
            with unavailable(), self.engine.begin() as connection:
                connection.exec_driver_sql(f"PRAGMA analysis_limit = {ROWS_LOOKED_AT}")
                connection.exec_driver_sql("ANALYZE")

    def create_all(self) -> None:
        """Make the tables without migrations: for tests and throw-away databases."""
        self.tables.metadata.create_all(self.engine)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _alembic(self, connection: sa.Connection) -> Config:
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes.update(connection=connection, metadata=self.tables.metadata)
        return config


def _connecting(url: str, pool_size: int) -> dict[str, Any]:
    """How connections are made and kept."""
    pool = {"pool_size": pool_size, "max_overflow": pool_size}
    where = sa.make_url(url)
    if where.get_backend_name() != "sqlite":
        return {**pool, "connect_args": {"connect_timeout": 5}}
    if where.database in (None, "", ":memory:"):
        return {"poolclass": sa.StaticPool, "connect_args": {"check_same_thread": False}}
    return {**pool, "connect_args": {"timeout": BUSY_SECONDS}}


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    """Foreign keys, a log that lets readers go on while one writes, and lower() for every alphabet.

    A commit waits until the disk has it, so that neither a killed process nor a power failure undoes it.
    """
    connection.isolation_level = None
    connection.create_function(
        "lower", 1, lambda text: text.lower() if isinstance(text, str) else text, deterministic=True
    )
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _refuse_the_gone(connection: Any, record: Any, proxy: Any) -> None:
    """Have a connection replaced whose server has gone: it said so, or hung up. Asking it would take a round trip."""
    if connection.closed or _has_word(connection.fileno()):
        raise sa.exc.DisconnectionError


def _has_word(descriptor: int) -> bool:
    """Whether something waits to be read: on an idle connection a farewell."""
    if not hasattr(select, "poll"):
        return bool(select.select([descriptor], [], [], 0)[0])
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(0))


def _begin_sqlite(connection: sa.Connection) -> None:
    """Writers queue at the start: a reader that turns writer half-way would fail instead of waiting."""
    read_only = connection.get_execution_options().get("read_only", False)
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute("BEGIN" if read_only else "BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:  # it does not pass through SQLAlchemy, which would wrap it
        raise Unavailable() from error
