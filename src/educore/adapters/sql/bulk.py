"""Bulk writes: any number of rows in one statement whose text does not depend on the number.

The usual INSERT ... VALUES has a parameter for each value of each row. For 300 rows of 8 columns a driver takes longer
over the 2,400 parameters than the database over the rows, and each number of rows is a new text to build, parse and
plan. Here all rows are one parameter, a JSON text with a list for each row, and the database takes it apart
(`json_each` in SQLite, `jsonb_array_elements` in PostgreSQL). What all rows of a class have in common, such as the
Center, the lesson and the moment, is not in the list but one parameter more. On PostgreSQL an API stores 300 marks
about twice as often in a second as with Django and its `bulk_create` (docs/performance.md).

`ORDER BY` the position in the list makes ids rise in the order of the rows; the store relies on it, as SQLAlchemy does.
Tests: test_bulk_writes (every value comes back as it went in, in its place), test_speed (the text is always the same).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from educore.adapters.sql.prepared import Prepared, parameter
from educore.adapters.sql.types import Instant, JsonText, json_writer
from educore.kernel.entity import Entity

ROWS = "rows"
SHARED = "shared_"
"""Prefix of the parameters for what all rows have in common."""
TEXTS = 16
"""The texts kept for each table and verb, one for each set of columns that rows have in common."""
Columns = tuple[sa.Column[Any], ...]
ColumnNames = frozenset[str]


class BulkStatements:
    """The statements for many rows of one table, with their parameters."""

    def __init__(self, table: sa.Table, dialect: sa.Dialect) -> None:
        self.table, self.dialect, self.columns = table, dialect, tuple(table.c)
        self.new_columns = tuple(column for column in table.c if column.name != "id")
        self._insert, self._update = lru_cache(TEXTS)(self._build_insert), lru_cache(TEXTS)(self._build_update)

    def insert(self, entities: Sequence[Entity]) -> tuple[Prepared, dict[str, Any]]:
        """Return the statement that stores rows without ids and returns the new ids, and its parameters.

        The ids rise in the order of the rows.
        """
        given, shared = self._values(entities, self.new_columns)
        return self._insert(frozenset(shared)), self._parameters(len(entities), given, shared)

    def update(self, entities: Sequence[Entity]) -> tuple[Prepared, dict[str, Any]]:
        """Return the statement that stores new values in all columns of the rows with these ids, and its parameters."""
        given, shared = self._values(entities, self.columns)
        return self._update(frozenset(shared)), self._parameters(len(entities), given, shared)

    def _build_insert(self, shared: ColumnNames) -> Prepared:
        names, rows = [column.name for column in self.new_columns], self._rows(self.new_columns, shared)
        return Prepared(sa.insert(self.table).from_select(names, rows).returning(self.table.c.id), self.dialect)

    def _build_update(self, shared: ColumnNames) -> Prepared:
        rows = self._rows(self.columns, shared, in_order=False).subquery("given")
        values = {column.name: rows.c[column.name] for column in self.new_columns}
        return Prepared(sa.update(self.table).where(self.table.c.id == rows.c.id).values(values), self.dialect)

    def _values(
        self, entities: Sequence[Entity], columns: Columns
    ) -> tuple[dict[str, Sequence[Any]], dict[str, Sequence[Any]]]:
        """Return the values of the columns that differ from row to row, and apart from them those of the others.

        Only references and instants are looked at: rows that are written together often have them in common.
        """
        # The extra "id" makes the getter return a tuple even for a table with one other column.
        _, *given = zip(*map(itemgetter("id", *(column.name for column in columns)), map(vars, entities)), strict=True)
        differing: dict[str, Sequence[Any]] = {}
        shared: dict[str, Sequence[Any]] = {}
        for column, values in zip(columns, given, strict=True):
            is_shared = _may_be_shared(column) and values.count(values[0]) == len(values)
            (shared if is_shared else differing)[column.name] = values
        return differing, shared

    def _parameters(
        self, count: int, differing: Mapping[str, Sequence[Any]], shared: Mapping[str, Sequence[Any]]
    ) -> dict[str, Any]:
        written = [self._write(self.table.c[name], values) for name, values in differing.items()]
        rows = list(zip(*written, strict=True)) if written else [()] * count
        return {
            ROWS: json.dumps(rows, ensure_ascii=False, default=str),
            **{SHARED + name: values[0] for name, values in shared.items()},
        }

    def _write(self, column: sa.Column[Any], values: Sequence[Any]) -> Sequence[Any]:
        """Return the values of one column for the driver; a value that many rows share is written once."""
        if (write := json_writer(column.type, self.dialect)) is None:
            return values
        if isinstance(column.type, JsonText):  # it may hold lists, which no set can
            return [write(value) for value in values]
        written = {value: write(value) for value in set(values)}
        return [written[value] for value in values]

    def _rows(self, columns: Columns, shared: ColumnNames, *, in_order: bool = True) -> sa.Select[Any]:
        """Return a SELECT of the rows in the parameters."""
        rows = parameter(ROWS, sa.Text())
        if self.dialect.name == "postgresql":
            elements = sa.func.jsonb_array_elements(sa.cast(rows, JSONB))
            given = elements.table_valued("value", with_ordinality="key").render_derived("given")
        else:
            given = sa.func.json_each(rows).table_valued("key", "value", name="given")
        cells, at = [], 0
        for column in columns:
            if column.name in shared:
                cell: Any = parameter(SHARED + column.name, column.type)
            else:
                cell, at = self._cell(given.c.value, at, column), at + 1
            cells.append(cell.label(column.name))
        selected = sa.select(*cells).select_from(given)  # named also if the rows have all values in common
        return selected.order_by(given.c.key) if in_order else selected

    def _cell(self, row: Any, at: int, column: sa.Column[Any]) -> Any:
        """Return a cell; PostgreSQL casts it to the type of its column, but not a text, which a cast may cut off."""
        if self.dialect.name != "postgresql":
            return sa.func.json_extract(row, sa.literal_column(f"'$[{at}]'"))
        text = row.op("->>")(sa.literal_column(str(at)))
        return text if isinstance(column.type, sa.String) else sa.cast(text, column.type)


def _may_be_shared(column: sa.Column[Any]) -> bool:
    return column.name != "id" and (bool(column.foreign_keys) or isinstance(column.type, Instant))
