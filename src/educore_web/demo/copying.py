"""Writing rows straight into the tables, thousands at a time: for what a program has made up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from educore import Entity
from educore.adapters.sql import Database

Row = Mapping[str, Any]


class BulkWriter:
    """Writes rows that have their ids already, past policies and use cases; the database still checks its own rules.

    Each row gives a value for every column. Rows must come after those they refer to.
    """

    def __init__(self, database: Database, connection: sa.Connection) -> None:
        self._tables, self._connection = database.tables, connection
        if connection.dialect.name == "postgresql":  # or it would go on looking through tables that were small at first
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        self._ids: dict[type[Entity], int] = {}

    def take_ids(self, kind: type[Entity], count: int) -> range:
        """Ids that no row has yet."""
        if kind not in self._ids:
            last = sa.select(sa.func.coalesce(sa.func.max(self._tables.of(kind).c.id), 0))
            self._ids[kind] = self._connection.execute(last).scalar_one() + 1
        first = self._ids[kind]
        self._ids[kind] += count
        return range(first, first + count)

    def write(self, kind: type[Entity], rows: Iterable[Row]) -> None:
        """Add the rows: by COPY on PostgreSQL, by one prepared statement elsewhere."""
        if not (given := list(rows)):
            return
        table = self._tables.of(kind)
        if self._connection.dialect.name != "postgresql":
            self._connection.execute(sa.insert(table), given)
            return
        names = ", ".join(f'"{name}"' for name in given[0])
        driver: Any = self._connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in given:
                copy.write_row(tuple(row.values()))

    def finish(self) -> None:
        """Let the database number on from here."""
        if self._connection.dialect.name == "postgresql":
            for kind in self._ids:
                table = self._tables.of(kind)
                sequence = sa.func.pg_get_serial_sequence(table.name, "id")
                last = sa.select(sa.func.max(table.c.id)).scalar_subquery()
                self._connection.execute(sa.select(sa.func.setval(sequence, last)))
