"""Bulk inserts of generated rows, past the unit of work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from educore import Entity
from educore.adapters.sql import Database
from educore.values import Value

Row = Mapping[str, Any]


class BulkWriter:
    """A writer of rows that have their ids already. Only the constraints of the database apply, no policy or use case.

    Each row has a value for every column. Write a row after the rows that it refers to.
    """

    def __init__(self, database: Database, connection: sa.Connection) -> None:
        self._tables, self._connection = database.tables, connection
        if connection.dialect.name == "postgresql":  # plans made while the tables were small would scan them whole
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        self._ids: dict[type[Entity], int] = {}

    def take_ids(self, kind: type[Entity], count: int) -> range:
        """Reserve ids that no row has yet."""
        if kind not in self._ids:
            last = sa.select(sa.func.coalesce(sa.func.max(self._tables.of(kind).c.id), 0))
            self._ids[kind] = self._connection.execute(last).scalar_one() + 1
        first = self._ids[kind]
        self._ids[kind] += count
        return range(first, first + count)

    def write(self, kind: type[Entity], rows: Iterable[Row]) -> None:
        """Insert the rows: with COPY on PostgreSQL, with one prepared statement elsewhere."""
        if not (values := list(rows)):
            return
        table = self._tables.of(kind)
        if self._connection.dialect.name != "postgresql":
            self._connection.execute(sa.insert(table), values)
            return
        names = ", ".join(f'"{name}"' for name in values[0])
        structured = any(isinstance(value, Value) for value in values[0].values())
        driver: Any = self._connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in values:
                copy.write_row(tuple(map(_as_copied, row.values())) if structured else tuple(row.values()))

    def finish(self) -> None:
        """Set the sequences of PostgreSQL to the last ids that were used."""
        if self._connection.dialect.name == "postgresql":
            for kind in self._ids:
                table = self._tables.of(kind)
                sequence = sa.func.pg_get_serial_sequence(table.name, "id")
                last = sa.select(sa.func.max(table.c.id)).scalar_subquery()
                self._connection.execute(sa.select(sa.func.setval(sequence, last)))


def _as_copied(value: Any) -> Any:
    """Return the value as COPY takes it: a structured one as JSON."""
    return value.model_dump_json() if isinstance(value, Value) else value
