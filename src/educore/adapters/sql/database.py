"""A database by its URL: the engine, tuned for SQLite or PostgreSQL, and the migrations of its tables."""

from __future__ import annotations

import logging
import select
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event

from educore.adapters.private_files import create_empty_file, restrict_access
from educore.adapters.sql.failures import NewerDatabase, hide_values, may_work_later, unavailable
from educore.adapters.sql.store import CACHED_STATEMENTS, SqlStore
from educore.adapters.sql.tables import Tables
from educore.kernel.domain import Domain
from educore.kernel.errors import Unavailable

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger("educore")

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
"""Seconds a writer waits for a lock: of the file on SQLite, of rows and tables on PostgreSQL.

On SQLite readers wait as long; on PostgreSQL they wait for `READER_SECONDS`.
"""
STATEMENT_SECONDS = 2 * BUSY_SECONDS
"""Seconds one statement may take on PostgreSQL, waiting for locks included."""
READER_SECONDS = 3
"""Seconds a read-only request waits for a lock on PostgreSQL.

Only a schema change (ALTER TABLE) makes readers wait. If they waited as long as writers, a few dozen of them would
occupy every thread for minutes.
"""
IDLE_SECONDS = 4 * BUSY_SECONDS
"""Seconds a transaction may stay open on PostgreSQL without running a statement, as when its process hangs."""
LIMITS = {
    "lock_timeout": READER_SECONDS,
    "statement_timeout": STATEMENT_SECONDS,
    "idle_in_transaction_session_timeout": IDLE_SECONDS,
}
"""Limits in seconds that PostgreSQL enforces itself. Going over one raises Unavailable, so the client can retry."""
NEWER = "The database was changed by a newer version of educore (migration {}), and this version {}."
HEARTBEAT = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": BUSY_SECONDS * 1000,
}
"""Connection options that detect a PostgreSQL server which disappeared without closing the connection.

Times are in seconds; only `tcp_user_timeout` is in milliseconds, as the driver expects.
"""
ANALYZED_ROWS = 100_000
"""The rows of each index that SQLite reads for its statistics, so that ANALYZE is quick for tables of any size."""
UPGRADE_LOCK = 0x65647563  # "educ"


class Database:
    """A database by URL: `sqlite:///school.db`, `postgresql://user@host/name` (psycopg 3).

    On PostgreSQL a statement or a wait that takes longer than the `LIMITS` is cancelled and raises Unavailable. With
    `patient` only waiting for locks is limited: for commands at a terminal, which may take long.
    """

    def __init__(
        self, url: str, domain: Domain, *, tables: Tables | None = None, pool_size: int = 10, patient: bool = False
    ) -> None:
        self.url = url
        self.tables = tables or Tables(domain)
        self.engine = sa.create_engine(
            url, query_cache_size=CACHED_STATEMENTS, hide_parameters=True, **_engine_options(url, pool_size, patient)
        )
        event.listen(self.engine, "handle_error", hide_values)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "do_connect", _restrict_database_file)
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            event.listen(self.engine, "checkout", _replace_dead_connection)
            if not _names_lock_timeout(self.engine.url):
                event.listen(self.engine, "begin", _let_writers_wait)
        self.store = SqlStore(self.engine, self.tables, patience=BUSY_SECONDS)

    def upgrade(self) -> None:
        """Migrate the tables to the newest version, creating them if needed; servers that start together take turns.

        Raises: Unavailable, also if a newer version has changed the tables so that this version cannot use them.
        """
        revision = self.revision()
        if self.is_newer(revision):
            if columns := self.incompatible_columns():
                raise Unavailable() from NewerDatabase(NEWER.format(revision, f"cannot work with it: {columns[0]}"))
            log.warning(NEWER.format(revision, "can still work with it"))
        if revision == self.newest or self.is_newer(revision):
            if self.engine.dialect.name == "sqlite":  # PostgreSQL analyzes by itself
                self.analyze()
            return
        from alembic import command  # ten megabytes that a database which is up to date does not need

        with unavailable(), self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                for limit in LIMITS:  # another server may be migrating, which may take long
                    connection.exec_driver_sql(f"SET LOCAL {limit} = 0")
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(UPGRADE_LOCK)))
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")  # or others wait behind us
            command.upgrade(self._alembic(connection), "head")

    def pending_migration(self) -> str | None:
        """Return the newest migration if the database still lacks it, None if it is up to date or newer.

        Raises: Unavailable.
        """
        revision = self.revision()
        return None if revision == self.newest or self.is_newer(revision) else self.newest

    def revision(self) -> str | None:
        """Return the last migration applied to the database, None if there is none. Raises: Unavailable."""
        with unavailable(), self.engine.connect().execution_options(read_only=True) as connection:
            is_there = sa.inspect(connection).has_table("alembic_version")
            return connection.scalar(sa.text("SELECT version_num FROM alembic_version")) if is_there else None

    @cached_property
    def revisions(self) -> tuple[str, ...]:
        """All migrations that this version of the program knows, the oldest first."""
        return tuple(sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")))

    @property
    def newest(self) -> str:
        """The newest migration that this version of the program knows."""
        return self.revisions[-1]

    def is_newer(self, revision: str | None) -> bool:
        """Return whether a migration is known only to a newer version of the program."""
        return revision is not None and revision not in self.revisions

    def incompatible_columns(self) -> list[str]:
        """Return the columns, as "table.column", that keep this version from using a newer version's database.

        They are columns that this version reads and the database lacks, and columns that need a value which this
        version does not write. If there are none, old servers can run beside new ones until they are replaced too.
        Raises: Unavailable.
        """
        found = []
        with unavailable(), self.engine.connect().execution_options(read_only=True) as connection:
            columns = sa.inspect(connection).get_multi_columns(filter_names=list(self.tables.metadata.tables))
        for table in self.tables.metadata.tables.values():
            present = {column["name"]: column for column in columns.get((None, table.name), [])}
            found += [f"{table.name}.{column.name}" for column in table.columns if column.name not in present]
            found += [
                f"{table.name}.{name}"
                for name, column in present.items()
                if name not in table.columns and not column["nullable"] and not _fills_itself(column)
            ]
        return sorted(found)

    def find_damage(self) -> str | None:
        """Return a description of damage in a SQLite file, None if there is none.

        Always None on PostgreSQL, which checks its own files. Raises: Unavailable.
        """
        if self.engine.dialect.name != "sqlite":
            return None
        with unavailable(), closing(self.engine.raw_connection()) as connection:
            (found,) = connection.cursor().execute("PRAGMA quick_check(1)").fetchone()
        return None if found == "ok" else str(found).strip().splitlines()[-1]

    def analyze(self) -> None:
        """Renew the statistics of the query planner, after many rows were added at once. Raises: Unavailable."""
        if self.engine.dialect.name == "postgresql":
            with (
                unavailable(),
                self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
                _unlimited_statements(connection),
            ):
                connection.exec_driver_sql("VACUUM ANALYZE")
        else:
            with unavailable(), self.engine.begin() as connection:
                connection.exec_driver_sql(f"PRAGMA analysis_limit = {ANALYZED_ROWS}")
                connection.exec_driver_sql("ANALYZE")

    def create_all(self) -> None:
        """Create the tables without migrations: for tests and throw-away databases."""
        self.tables.metadata.create_all(self.engine)

    def close(self) -> None:
        """Close every connection. Writers no longer wait for a transaction that was never ended."""
        self.engine.dispose()
        self.store.reset_write_queue()

    def _alembic(self, connection: sa.Connection) -> Config:
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes.update(connection=connection, metadata=self.tables.metadata)
        return config


def _fills_itself(column: Mapping[str, Any]) -> bool:
    """Return whether the database itself can fill the column of a new row."""
    return any(column.get(way) is not None for way in ("default", "identity", "computed"))


@contextmanager
def _unlimited_statements(connection: sa.Connection) -> Iterator[None]:
    """Switch off PostgreSQL's time limit per statement inside the `with` block, for work that may take long."""
    connection.exec_driver_sql("SET statement_timeout = 0")
    try:
        yield
    finally:
        connection.exec_driver_sql("RESET statement_timeout")


def _engine_options(url: str, pool_size: int, patient: bool) -> dict[str, Any]:
    """Return the arguments of `create_engine` about connections and their pool."""
    pool = {"pool_size": pool_size, "max_overflow": pool_size}
    address = sa.make_url(url)
    if address.get_backend_name() != "sqlite":
        return {**pool, "connect_args": _postgres_arguments(address, patient)}
    if address.database in (None, "", ":memory:"):
        return {"poolclass": sa.StaticPool, "connect_args": {"check_same_thread": False}}
    return {**pool, "connect_args": {"timeout": BUSY_SECONDS}}


def _postgres_arguments(url: sa.URL, patient: bool) -> dict[str, Any]:
    """Return the arguments for each new connection; settings in the URL take precedence."""
    limits = {"lock_timeout": LIMITS["lock_timeout"]} if patient else LIMITS
    defaults = [f"-c {name}={seconds}s" for name, seconds in limits.items()]
    requested = url.query.get("options", ())
    options = " ".join([*defaults, *([requested] if isinstance(requested, str) else requested)])
    return {**{name: value for name, value in HEARTBEAT.items() if name not in url.query}, "options": options}


def _names_lock_timeout(url: sa.URL) -> bool:
    return "lock_timeout" in str(url.query.get("options", ""))


def _let_writers_wait(connection: sa.Connection) -> None:
    """Let a transaction wait `BUSY_SECONDS` for locks, as on SQLite.

    Read-only requests run in autocommit mode, without a transaction, so they keep the shorter limit.
    """
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        return
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
    except connection.dialect.loaded_dbapi.Error as error:  # it does not pass through SQLAlchemy, which would wrap it
        raise Unavailable() from error


def _restrict_database_file(dialect: sa.Dialect, record: Any, args: list[Any], given: dict[str, Any]) -> None:
    """Make the database file readable only by the user of this process.

    The file is created before SQLite would create it; SQLite then gives its log files the same permissions.
    """
    path = Path(str(args[0]))
    if str(path) == ":memory:" or given.get("uri"):
        return
    with suppress(OSError):  # SQLite then reports the problem
        create_empty_file(path)
    for part in ("", "-wal", "-shm"):
        restrict_access(Path(f"{path}{part}"))


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    """Switch on foreign keys and the write-ahead log, and define lower() for every alphabet.

    With the log, readers go on while one connection writes. A commit waits until the disk has it, so that neither a
    killed process nor a power failure undoes it.
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


# The usual `pool_pre_ping` sends a statement before each use of a pooled connection, a round trip for every unit of
# work. Here the socket is polled instead, which needs no answer: a server that shuts down or ends a connection sends a
# last message or closes the socket, and on an idle connection nothing else can be waiting to be read. A server that
# vanished without a word is found by the `HEARTBEAT` of TCP. The poll was introduced together with autocommit for
# readers; the two left three round trips of seven (docs/decisions/0018-speed.md). Tests: test_failures.
def _replace_dead_connection(connection: Any, record: Any, proxy: Any) -> None:
    """Make the pool replace a connection whose server has closed it. Raises: DisconnectionError, for the pool."""
    if connection.closed or _has_pending_data(connection.fileno()):
        raise sa.exc.DisconnectionError


def _has_pending_data(descriptor: int) -> bool:
    """Return whether the socket has unread data, which on an idle connection means that the server closed it."""
    if not hasattr(select, "poll"):
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _begin_sqlite(connection: sa.Connection) -> None:
    """Begin a transaction that takes the write lock at once, unless it only reads.

    A reader that began to write halfway would fail, because SQLite does not let it wait for another writer.
    """
    read_only = connection.get_execution_options().get("read_only", False)
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute("BEGIN" if read_only else "BEGIN IMMEDIATE")
    except sqlite3.Error as error:  # it does not pass through SQLAlchemy, which would wrap it
        if not may_work_later(error):
            raise
        raise Unavailable() from error
