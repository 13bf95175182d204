"""A SQLite file as it was at a moment, to compare with and to go back to."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

NUMBERS = "sqlite_sequence"
"""The table with the ids that were given last."""


class SqliteSnapshot:
    """The rows of a SQLite file at a moment.

    `restore` puts back the rows of the tables that changed. Copying the file back would take as long as ten requests:
    all its connections would have to read the schema and to prepare each statement anew. It is done only where
    the schema itself has changed.
    """

    def __init__(self, path: Path | str) -> None:
        self._whole = sqlite3.connect(":memory:", check_same_thread=False)
        with closing(sqlite3.connect(path)) as source:
            source.backup(self._whole)
        self._rows = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._rows.execute("ATTACH ? AS live", (str(path),))
        self._rows.execute("PRAGMA live.synchronous = OFF")
        found = self._rows.execute("SELECT name FROM live.sqlite_schema WHERE type = 'table'")
        tables = [name for (name,) in found]
        for table in tables:
            self._rows.execute(f"CREATE TABLE was_{table} AS SELECT * FROM live.{table}")
        self._differing = " UNION ALL ".join(map(_differs, tables))
        self._schema, self._version = self._pragma("schema_version"), self._pragma("data_version")

    def changed(self) -> list[str]:
        """The tables whose rows are not as they were."""
        if self._pragma("data_version") == self._version:
            return []
        return [name for (name,) in self._rows.execute(self._differing)]

    def restore(self) -> None:
        """Make the file as it was."""
        if self._pragma("data_version") == self._version:
            return
        if self._pragma("schema_version") == self._schema:
            self._restore_rows(self.changed())
        else:
            with closing(sqlite3.connect(self._path())) as target:
                self._whole.backup(target)
            self._schema = self._pragma("schema_version")
        self._version = self._pragma("data_version")

    def close(self) -> None:
        """Forget the rows."""
        self._whole.close()
        self._rows.close()

    def _restore_rows(self, tables: list[str]) -> None:
        self._rows.execute("BEGIN IMMEDIATE")
        for table in sorted({*tables, NUMBERS}, key=NUMBERS.__eq__):  # the numbers last: inserting changes them
            self._rows.execute(f"DELETE FROM live.{table}")
            self._rows.execute(f"INSERT INTO live.{table} SELECT * FROM was_{table}")
        self._rows.execute("COMMIT")

    def _pragma(self, name: str) -> int:
        return int(self._rows.execute(f"PRAGMA live.{name}").fetchone()[0])

    def _path(self) -> str:
        return next(path for _, name, path in self._rows.execute("PRAGMA database_list") if name == "live")


def _differs(table: str) -> str:
    """A query for the name of a table if it is not as it was: other rows, or fewer. No row stands in it twice."""
    counts = f"(SELECT count(*) FROM live.{table}) <> (SELECT count(*) FROM was_{table})"
    return f"SELECT '{table}' WHERE {counts} OR EXISTS (SELECT * FROM live.{table} EXCEPT SELECT * FROM was_{table})"
