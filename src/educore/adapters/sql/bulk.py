"""Many rows in one statement whose text is the same for any number of them, so that it is built and parsed only once.

They are handed over as one JSON text with a list for each row.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from educore.adapters.sql.types import to_json
from educore.kernel.entity import Entity

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
        written = [(column.name, to_json(column.type, self.dialect)) for column in columns]
        rows = [[make(row[name]) if make else row[name] for name, make in written] for row in map(vars, entities)]
        return {ROWS: json.dumps(rows, ensure_ascii=False, default=str)}

    def _rows(self, columns: Columns, *, in_order: bool) -> sa.Select[Any]:
        """The rows of the parameters, as a SELECT gives them."""
        rows = sa.bindparam(ROWS, type_=sa.Text())
        if self.dialect.name == "postgresql":
            elements = sa.func.jsonb_array_elements(sa.cast(rows, JSONB))
            given = elements.table_valued("value", with_ordinality="key").render_derived("given")
            cells = [_cell(given.c.value, at, column) for at, column in enumerate(columns)]
        else:
            given = sa.func.json_each(rows).table_valued("key", "value", name="given")
            cells = [sa.func.json_extract(given.c.value, sa.literal_column(f"'$[{at}]'")) for at in range(len(columns))]
        named = (cell.label(column.name) for cell, column in zip(cells, columns, strict=True))
        return sa.select(*named).order_by(given.c.key) if in_order else sa.select(*named)


def _cell(row: Any, at: int, column: sa.Column[Any]) -> Any:
    """A value on PostgreSQL, which gives text; a text is left as it is, for a cast would cut off what is too long."""
    text = row.op("->>")(sa.literal_column(str(at)))
    return text if isinstance(column.type, sa.String) else sa.cast(text, column.type)
