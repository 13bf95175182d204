"""Running counts: numbers of rows by the values of some fields, kept by triggers of the database.

To count a year of attendance of a large group, or the weeks of a Center, every mark would have to be read. Triggers
update the numbers in the transaction that writes, so that no way of writing can forget them. They took a third off the
time of the teaching dashboard with 100,000 marks; `tests/kernel/test_running_counts.py` compares the numbers with the
rows after every kind of write, on both databases. A migration that rebuilds the counted table on SQLite drops its
triggers and must create them again.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from educore.kernel.domain import Domain
from educore.kernel.storage import RunningCount

NUMBER = "number"

BY_ROW = """
CREATE TRIGGER {sums}_{act} AFTER {act}{of} ON {table} BEGIN
    INSERT INTO {sums} ({columns}, number) VALUES {changes}
    ON CONFLICT ({columns}) DO UPDATE SET number = number + excluded.number;
END
"""

BY_STATEMENT = """
CREATE FUNCTION {sums}_{act}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM {sums} WHERE {first} IN (SELECT {first} FROM ({changes}) AS changes)
        ORDER BY {columns} FOR UPDATE;
    INSERT INTO {sums} ({columns}, number)
        SELECT {columns}, sum(number) FROM ({changes}) AS changes
        GROUP BY {columns} HAVING sum(number) <> 0 ORDER BY {columns}
        ON CONFLICT ({columns})
        DO UPDATE SET number = {sums}.number + excluded.number;
    RETURN NULL;
END $$;
CREATE TRIGGER {sums}_{act} AFTER {act} ON {table} REFERENCING {versions}
    FOR EACH STATEMENT EXECUTE FUNCTION {sums}_{act}()
"""
"""The numbers are locked together and in order, so that two transactions that change them cannot deadlock."""

MORE, LESS = "SELECT *, 1 AS number FROM new_rows", "SELECT *, -1 AS number FROM old_rows"
NEW_ROWS, OLD_ROWS = "NEW TABLE AS new_rows", "OLD TABLE AS old_rows"


def add_running_counts(domain: Domain, tables: dict[str, sa.Table]) -> dict[str, sa.Table]:
    """Add a table of numbers for each running count, and return the tables by the kind whose rows they count."""
    counts = [part for part in domain.storage if isinstance(part, RunningCount)]
    return {count.kind.__name__: _count_table(tables[count.kind.__name__], count.by) for count in counts}


def triggers(table: str, by: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the DDL of the triggers by database: SQLite counts row by row, PostgreSQL statement by statement."""
    names = {"table": table, "sums": f"{table}_sum", "columns": ", ".join(by), "first": by[0]}
    new, old = (f"({', '.join(f'{version}.{name}' for name in by)}, {step})" for version, step in _STEPS)
    return {
        "sqlite": (
            BY_ROW.format(act="insert", of="", changes=new, **names),
            BY_ROW.format(act="delete", of="", changes=old, **names),
            BY_ROW.format(act="update", of=f" OF {', '.join(by)}", changes=f"{old}, {new}", **names),
        ),
        "postgresql": (
            BY_STATEMENT.format(act="insert", changes=MORE, versions=NEW_ROWS, **names),
            BY_STATEMENT.format(act="delete", changes=LESS, versions=OLD_ROWS, **names),
            BY_STATEMENT.format(
                act="update", changes=f"{MORE} UNION ALL {LESS}", versions=f"{NEW_ROWS} {OLD_ROWS}", **names
            ),
        ),
    }


_STEPS = (("NEW", 1), ("OLD", -1))


def _count_table(table: sa.Table, by: tuple[str, ...]) -> sa.Table:
    columns = [_copy_column(table.c[name]) for name in by]
    number = sa.Column(NUMBER, sa.Integer, nullable=False)
    numbers = sa.Table(f"{table.name}_sum", table.metadata, *columns, number, sa.PrimaryKeyConstraint(*by))
    if "center_id" in by:
        sa.Index(None, numbers.c.center_id)
    for dialect, statements in triggers(table.name, by).items():
        for statement in statements:
            event.listen(numbers, "after_create", sa.DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]
    return numbers


def _copy_column(column: sa.Column[Any]) -> sa.Column[Any]:
    """Return the same column for the table of numbers, whose rows are deleted with the rows they refer to."""
    keys = [sa.ForeignKey(key.target_fullname, ondelete="CASCADE") for key in column.foreign_keys]
    return sa.Column(column.name, column.type, *keys)
