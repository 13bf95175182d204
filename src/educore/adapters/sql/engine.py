"""Engines tuned for SQLite and PostgreSQL: time limits, permissions of files, and the begin of transactions."""

from __future__ import annotations

import select
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from educore.adapters.private_files import create_empty_file, restrict_access
from educore.adapters.sql.failures import hide_values, may_work_later
from educore.adapters.sql.store import CACHED_STATEMENTS
from educore.extras import needs_extra
from educore.kernel.errors import Unavailable
from educore.values import fold_text

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


def open_engine(url: str, *, pool_size: int, patient: bool) -> sa.Engine:
    """Return an engine for the URL. With `patient` only waiting for locks is limited on PostgreSQL."""
    with needs_extra("sql"):  # it imports the driver
        options = _engine_options(url, pool_size, patient)
        engine = sa.create_engine(url, query_cache_size=CACHED_STATEMENTS, hide_parameters=True, **options)
    event.listen(engine, "handle_error", hide_values)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", _restrict_database_file)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "checkout", _replace_dead_connection)
        event.listen(engine, "begin", _begin_patiently if _may_set_lock_timeout(engine.url) else _begin)
    return engine


def _engine_options(url: str, pool_size: int, patient: bool) -> dict[str, Any]:
    """Return the arguments of `create_engine` about connections and their pool."""
    pool: dict[str, Any] = {"pool_size": pool_size, "max_overflow": pool_size}
    address = sa.make_url(url)
    if address.get_backend_name() != "sqlite":
        from educore.adapters.sql.postgres_cursor import LeanCursor  # only here, because it imports the driver

        arguments = {**_postgres_arguments(address, patient), "cursor_factory": LeanCursor}
        driver = {"paramstyle": "numeric_dollar", "isolation_level": "AUTOCOMMIT"}
        return {**pool, **driver, "connect_args": arguments}
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


def _may_set_lock_timeout(url: sa.URL) -> bool:
    return "lock_timeout" not in str(url.query.get("options", ""))


# The driver is in autocommit mode and sends nothing by itself: a unit of work that only reads needs no transaction, and
# one that writes begins it and sets its limit in one round trip.
def _begin(connection: sa.Connection, setting: str = "") -> None:
    """Begin a transaction, unless the unit of work only reads. Raises: Unavailable."""
    options = connection.get_execution_options()
    if options.get("read_only", False) or options.get("isolation_level") == "AUTOCOMMIT":
        return
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(f"BEGIN{setting}", prepare=False)
    except connection.dialect.loaded_dbapi.Error as error:  # it does not pass through SQLAlchemy, which would wrap it
        raise Unavailable() from error


def _begin_patiently(connection: sa.Connection) -> None:
    """Begin a transaction that waits `BUSY_SECONDS` for locks, as on SQLite. Raises: Unavailable."""
    _begin(connection, f"; SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")


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
    """Switch on foreign keys and the write-ahead log, and define lower() for every alphabet, and fold_text().

    With the log, readers go on while one connection writes. A commit waits until the disk has it, so that neither a
    killed process nor a power failure undoes it.
    """
    connection.isolation_level = None
    for name, function in {"lower": str.lower, "fold_text": fold_text}.items():
        connection.create_function(name, 1, partial(_apply_to_text, function), deterministic=True)
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _apply_to_text(function: Callable[[str], str], value: Any) -> Any:
    return function(value) if isinstance(value, str) else value


# The usual `pool_pre_ping` sends a statement before each use of a pooled connection, a round trip for every unit of
# work. Here the socket is polled instead, which needs no answer: a server that shuts down or ends a connection sends a
# last message or closes the socket, and on an idle connection nothing else can be waiting to be read. A server that
# vanished without a word is found by the `HEARTBEAT` of TCP. The poll was introduced together with autocommit for
# readers; the two left three round trips of seven (docs/decisions/0018-speed.md). Tests: test_sql_store (the
# server ends a pooled connection, the next unit of work still runs).
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
