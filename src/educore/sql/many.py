"""Many rows in one statement whose text is the same for any number of them, so that it is built and parsed only once.

PostgreSQL is handed an array for each column, SQLite one JSON text with a list for each row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from educore.entity import Entity

ROWS = "rows"
Columns = tuple[sa.Column[Any], ...]


class Many:
    """The statements for many rows of one table, and their parameters."""

    def __init__(self, table: sa.Table, dialect: sa.Dialect) -> None:
        self.dialect, self.columns = dialect, tuple(table.c)
        self.new_columns = tuple(column for column in table.c if column.name != "id")
        names = [column.name for column in self.new_columns]
        new = self._rows(self.new_columns, in_order=True)
        self.insert = sa.insert(table).from_select(names, new).returning(table.c.id)
        """Inserts rows without ids; gives the new ids, which rise in the order of the rows."""
        rows = self._rows(self.columns, in_order=False).subquery("given")
        self.replace = sa.update(table).where(table.c.id == rows.c.id).values({name: rows.c[name] for name in names})
        """Gives rows that are there, found by their ids, all their values anew."""

    def packed(self, entities: Sequence[Entity], *, with_ids: bool) -> dict[str, Any]:
        """The parameters of such a statement."""
        columns = self.columns if with_ids else self.new_columns
        given = [vars(entity) for entity in entities]
        if self.dialect.name == "postgresql":
            return {_slot(column): [row[column.name] for row in given] for column in columns}
        written = [(column.name, self._to_json(column)) for column in columns]
        rows = [[make(row[name]) if make else row[name] for name, make in written] for row in given]
        return {ROWS: json.dumps(rows, ensure_ascii=False)}

    def _rows(self, columns: Columns, *, in_order: bool) -> sa.Select[Any]:
        """The rows of the parameters, as a SELECT gives them."""
        if self.dialect.name == "postgresql":
            slots = [sa.bindparam(_slot(column), type_=ARRAY(column.type)) for column in columns]
            named = [sa.column(column.name, column.type) for column in columns]
            given = sa.func.unnest(*slots).table_valued(*named, with_ordinality="place").render_derived("given")
            values, place = [given.c[column.name] for column in columns], given.c["place"]
        else:
            given = sa.func.json_each(sa.bindparam(ROWS, type_=sa.Text())).table_valued("key", "value", name="given")
            cells = [sa.func.json_extract(given.c.value, sa.literal_column(f"'$[{at}]'")) for at in range(len(columns))]
            values, place = [cell.label(column.name) for cell, column in zip(cells, columns, strict=True)], given.c.key
        return sa.select(*values).order_by(place) if in_order else sa.select(*values)

    def _to_json(self, column: sa.Column[Any]) -> Callable[[Any], Any] | None:
        """How a value of the column is made what the driver would be given; None where it is that already."""
        return column.type.dialect_impl(self.dialect).bind_processor(self.dialect)


def _slot(column: sa.Column[Any]) -> str:
    return f"all_{column.name}"
