"""Where the data lives: a URL, an engine tuned for its kind, and the migrations that keep its tables right."""

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

from educore.domain import Domain
from educore.education import EDUCATION
from educore.errors import Unavailable
from educore.private import make_unopened, narrow
from educore.sql.failures import NewerDatabase, hide_values, may_work_later, unavailable
from educore.sql.store import STATEMENTS_KEPT, SqlStore
from educore.sql.tables import Tables

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger("educore")

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
"""How long anybody waits for a lock: for that of the file on SQLite, for those of rows and tables on PostgreSQL."""
STATEMENT_SECONDS = 2 * BUSY_SECONDS
"""How long one statement may take on PostgreSQL, waiting for locks included."""
READER_SECONDS = 3
"""How long those wait for a lock on PostgreSQL who only read. None but a change of a table's form makes them wait, and
if they waited as long as writers, a few dozen of them would hold every thread for minutes."""
IDLE_SECONDS = 4 * BUSY_SECONDS
"""How long a transaction may stay open on PostgreSQL while nothing is asked in it, as when its process hangs."""
LIMITS = {
    "lock_timeout": READER_SECONDS,
    "statement_timeout": STATEMENT_SECONDS,
    "idle_in_transaction_session_timeout": IDLE_SECONDS,
}
"""What PostgreSQL gives up by itself, in seconds: whoever asked is told to ask again."""
NEWER = "The database was changed by a newer version of educore (migration {}), and this version {}."
HEARTBEAT = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": BUSY_SECONDS * 1000,
}
"""How a PostgreSQL is noticed that went away without a word; the last in milliseconds, as the driver wants it."""
ROWS_LOOKED_AT = 100_000
"""Of each index, to guess how many rows its values have; so that looking takes little time however large the tables."""
UPGRADE_LOCK = 0x65647563  # "educ"


class Database:
    """A database by URL: `sqlite:///school.db`, `postgresql://user@host/name` (psycopg 3).

    On PostgreSQL a statement or a wait that takes longer than the `LIMITS` is cancelled and raises Unavailable. With
    `patient` only waiting for locks is limited: for a person at a terminal who knows that it takes long.
    """

    def __init__(
        self,
        url: str,
        domain: Domain = EDUCATION,
        *,
        tables: Tables | None = None,
        pool_size: int = 10,
        patient: bool = False,
    ) -> None:
        self.url = url
        self.tables = tables or Tables(domain)
        self.engine = sa.create_engine(
            url, query_cache_size=STATEMENTS_KEPT, hide_parameters=True, **_connecting(url, pool_size, patient)
        )
        event.listen(self.engine, "handle_error", hide_values)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "do_connect", _keep_private)
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            event.listen(self.engine, "checkout", _refuse_the_gone)
            if not _names_lock_timeout(self.engine.url):
                event.listen(self.engine, "begin", _let_writers_wait)
        self.store = SqlStore(self.engine, self.tables, patience=BUSY_SECONDS)

    def upgrade(self) -> None:
        """Bring the tables up to date, making them where there are none; servers starting at once take turns.

        Raises: Unavailable, also where a newer version has made tables that this one cannot use.
        """
        revision = self.revision()
        if self.is_newer(revision):
            if misfits := self.misfits():
                raise Unavailable() from NewerDatabase(NEWER.format(revision, f"cannot work with it: {misfits[0]}"))
            log.warning(NEWER.format(revision, "can still work with it"))
        if revision == self.newest or self.is_newer(revision):
            if self.engine.dialect.name == "sqlite":  # others look by themselves from time to time
                self.look_over()
            return
        from alembic import command  # ten megabytes that a database which is up to date does not need

        with unavailable(), self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                for limit in LIMITS:  # another server may be at it for long
                    connection.exec_driver_sql(f"SET LOCAL {limit} = 0")
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(UPGRADE_LOCK)))
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")  # or others wait behind us
            command.upgrade(self._alembic(connection), "head")

    def pending(self) -> str | None:
        """The migration the database lacks, or None when it has all that there are here. Raises: Unavailable."""
        revision = self.revision()
        return None if revision == self.newest or self.is_newer(revision) else self.newest

    def revision(self) -> str | None:
        """The last migration the database has, or None when it has none. Raises: Unavailable."""
        with unavailable(), self.engine.connect().execution_options(read_only=True) as connection:
            is_there = sa.inspect(connection).has_table("alembic_version")
            return connection.scalar(sa.text("SELECT version_num FROM alembic_version")) if is_there else None

    @cached_property
    def revisions(self) -> tuple[str, ...]:
        """The migrations there are here, the oldest first."""
        return tuple(sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")))

    @property
    def newest(self) -> str:
        """The last migration there is here."""
        return self.revisions[-1]

    def is_newer(self, revision: str | None) -> bool:
        """Whether a migration is one that only a newer version has."""
        return revision is not None and revision not in self.revisions

    def misfits(self) -> list[str]:
        """What a database of a newer version lacks of what this version reads, or wants of what this one writes.

        With none of it, old servers go on beside new ones until they are replaced too. Raises: Unavailable.
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

    def fault(self) -> str | None:
        """What SQLite finds damaged in its file, or None; PostgreSQL looks after its own. Raises: Unavailable."""
        if self.engine.dialect.name != "sqlite":
            return None
        with unavailable(), closing(self.engine.raw_connection()) as connection:
            (found,) = connection.cursor().execute("PRAGMA quick_check(1)").fetchone()
        return None if found == "ok" else str(found).strip().splitlines()[-1]

    def look_over(self) -> None:
        """Have the database find out how much there is of what, after many rows were added at once."""
        if self.engine.dialect.name == "postgresql":
            with (
                unavailable(),
                self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
                _without_hurry(connection),
            ):
                connection.exec_driver_sql("VACUUM ANALYZE")
        else:
            with unavailable(), self.engine.begin() as connection:
                connection.exec_driver_sql(f"PRAGMA analysis_limit = {ROWS_LOOKED_AT}")
                connection.exec_driver_sql("ANALYZE")

    def create_all(self) -> None:
        """Make the tables without migrations: for tests and throw-away databases."""
        self.tables.metadata.create_all(self.engine)

    def close(self) -> None:
        """Close every connection; a transaction that nobody has ended keeps no turn."""
        self.engine.dispose()
        self.store.begin_turns()

    def _alembic(self, connection: sa.Connection) -> Config:
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes.update(connection=connection, metadata=self.tables.metadata)
        return config


def _fills_itself(column: Mapping[str, Any]) -> bool:
    """Whether a new row need not say what goes into a column."""
    return any(column.get(way) is not None for way in ("default", "identity", "computed"))


@contextmanager
def _without_hurry(connection: sa.Connection) -> Iterator[None]:
    """Lift PostgreSQL's limit of a statement for what may take as long as it takes."""
    connection.exec_driver_sql("SET statement_timeout = 0")
    try:
        yield
    finally:
        connection.exec_driver_sql("RESET statement_timeout")


def _connecting(url: str, pool_size: int, patient: bool) -> dict[str, Any]:
    """How connections are made and kept."""
    pool = {"pool_size": pool_size, "max_overflow": pool_size}
    where = sa.make_url(url)
    if where.get_backend_name() != "sqlite":
        return {**pool, "connect_args": _postgres_arguments(where, patient)}
    if where.database in (None, "", ":memory:"):
        return {"poolclass": sa.StaticPool, "connect_args": {"check_same_thread": False}}
    return {**pool, "connect_args": {"timeout": BUSY_SECONDS}}


def _postgres_arguments(url: sa.URL, patient: bool) -> dict[str, Any]:
    """What goes with each connection; whatever the URL itself says of it wins."""
    limits = {"lock_timeout": LIMITS["lock_timeout"]} if patient else LIMITS
    ours = [f"-c {name}={seconds}s" for name, seconds in limits.items()]
    theirs = url.query.get("options", ())
    options = " ".join([*ours, *([theirs] if isinstance(theirs, str) else theirs)])
    return {**{name: value for name, value in HEARTBEAT.items() if name not in url.query}, "options": options}


def _names_lock_timeout(url: sa.URL) -> bool:
    return "lock_timeout" in str(url.query.get("options", ""))


def _let_writers_wait(connection: sa.Connection) -> None:
    """Have a transaction wait for locks as long as one on SQLite; who only reads opens none, so it stays with less."""
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        return
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
    except connection.dialect.loaded_dbapi.Error as error:  # it does not pass through SQLAlchemy, which would wrap it
        raise Unavailable() from error


def _keep_private(dialect: sa.Dialect, record: Any, args: list[Any], given: dict[str, Any]) -> None:
    """Let nobody else read the file: made before SQLite makes it, which gives its log the same permissions."""
    path = Path(str(args[0]))
    if str(path) == ":memory:" or given.get("uri"):
        return
    with suppress(OSError):  # SQLite says it better
        make_unopened(path)
    for part in ("", "-wal", "-shm"):
        narrow(Path(f"{path}{part}"))


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
    except sqlite3.Error as error:  # it does not pass through SQLAlchemy, which would wrap it
        if not may_work_later(error):
            raise
        raise Unavailable() from error
