"""A database by its URL: its store, the migrations of its tables, and its upkeep."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from educore.adapters.sql.engine import BUSY_SECONDS, LIMITS, open_engine
from educore.adapters.sql.failures import NewerDatabase, unavailable
from educore.adapters.sql.store import SqlStore, read_only_engine
from educore.adapters.sql.tables import Tables
from educore.extras import needs_extra
from educore.kernel.domain import Domain
from educore.kernel.errors import Unavailable

if TYPE_CHECKING:
    from alembic.config import Config

log: logging.Logger = logging.getLogger("educore")

MIGRATIONS = Path(__file__).parent / "migrations"
NEWER = "The database was changed by a newer version of educore (migration {}), and this version {}."
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
        self.tables: Tables = tables or Tables(domain)
        self.engine: sa.Engine = open_engine(url, pool_size=pool_size, patient=patient)
        self.store: SqlStore = SqlStore(self.engine, self.tables, patience=BUSY_SECONDS)

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
        with needs_extra("sql"):
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

    def missing_tables(self) -> list[str]:
        """Return the tables of the domain that the database lacks, also those of added contexts. Raises: Unavailable.

        No migration of educore creates the tables of added contexts.
        """
        with unavailable(), self.engine.connect().execution_options(read_only=True) as connection:
            return sorted(self.tables.metadata.tables.keys() - set(sa.inspect(connection).get_table_names()))

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
                read_only_engine(self.engine).connect() as connection,  # VACUUM runs outside of transactions only
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
