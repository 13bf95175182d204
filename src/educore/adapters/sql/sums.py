"""Marks of attendance counted beforehand: how often each status was given in each session.

To count a year of a large group, or the weeks of a Center, every mark would have to be read. Triggers keep the
numbers, in the transaction of whoever marks, corrects or takes back, so that no way of writing can forget them.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

NUMBER = "number"
COLUMNS = ("session_id", "status", "center_id")

BY_ROW = """
CREATE TRIGGER attendance_sum_{act} AFTER {act}{of} ON attendance BEGIN
    INSERT INTO attendance_sum (session_id, status, center_id, number) VALUES {changes}
    ON CONFLICT (session_id, status, center_id) DO UPDATE SET number = number + excluded.number;
END
"""
NEW, OLD = "(NEW.session_id, NEW.status, NEW.center_id, 1)", "(OLD.session_id, OLD.status, OLD.center_id, -1)"

BY_STATEMENT = """
CREATE FUNCTION attendance_sum_{act}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM attendance_sum WHERE session_id IN (SELECT session_id FROM ({changes}) AS changes)
        ORDER BY session_id, status, center_id FOR UPDATE;
    INSERT INTO attendance_sum (session_id, status, center_id, number)
        SELECT session_id, status, center_id, sum(number) FROM ({changes}) AS changes
        GROUP BY session_id, status, center_id HAVING sum(number) <> 0 ORDER BY session_id, status, center_id
        ON CONFLICT (session_id, status, center_id)
        DO UPDATE SET number = attendance_sum.number + excluded.number;
    RETURN NULL;
END $$;
CREATE TRIGGER attendance_sum_{act} AFTER {act} ON attendance REFERENCING {versions}
    FOR EACH STATEMENT EXECUTE FUNCTION attendance_sum_{act}()
"""
"""The numbers of a session are locked together and in order, so that no two who change them wait for each other."""

MORE, LESS = "SELECT *, 1 AS number FROM new_rows", "SELECT *, -1 AS number FROM old_rows"
NEW_ROWS, OLD_ROWS = "NEW TABLE AS new_rows", "OLD TABLE AS old_rows"

TRIGGERS = {
    "sqlite": (
        BY_ROW.format(act="insert", of="", changes=NEW),
        BY_ROW.format(act="delete", of="", changes=OLD),
        BY_ROW.format(act="update", of=" OF session_id, status, center_id", changes=f"{OLD}, {NEW}"),
    ),
    "postgresql": (
        BY_STATEMENT.format(act="insert", changes=MORE, versions=NEW_ROWS),
        BY_STATEMENT.format(act="delete", changes=LESS, versions=OLD_ROWS),
        BY_STATEMENT.format(act="update", changes=f"{MORE} UNION ALL {LESS}", versions=f"{NEW_ROWS} {OLD_ROWS}"),
    ),
}
"""What makes each database count: SQLite row by row, PostgreSQL all rows of a statement together."""


def sums_of(tables: dict[str, sa.Table]) -> dict[str, sa.Table]:
    """The tables of numbers, by the kind whose rows they count."""
    marks = tables["Attendance"]
    columns = [_again(marks.c[name]) for name in COLUMNS]
    number = sa.Column(NUMBER, sa.Integer, nullable=False)
    sums = sa.Table("attendance_sum", marks.metadata, *columns, number, sa.PrimaryKeyConstraint(*COLUMNS))
    sa.Index(None, sums.c.center_id)
    for dialect, statements in TRIGGERS.items():
        for statement in statements:
            event.listen(sums, "after_create", sa.DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]
    return {"Attendance": sums}


def _again(column: sa.Column[Any]) -> sa.Column[Any]:
    """The same column for another table, whose rows go with what they refer to."""
    keys = [sa.ForeignKey(key.target_fullname, ondelete="CASCADE") for key in column.foreign_keys]
    return sa.Column(column.name, column.type, *keys)
