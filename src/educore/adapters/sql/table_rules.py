"""Rules of tables, changed by migrations: unique, references, checks, the length of a text, whether it may be null.

PostgreSQL has statements for them. SQLite has none, and making a table anew, as it asks for other changes, would delete
the old one, and with it or in its way all rows that point at it: foreign keys cannot be turned off within a
transaction. So there the rule is changed where it is written, in the schema, as its documentation advises for rules on
which no row depends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


def add_unique(table: str, columns: Sequence[str]) -> None:
    """Add a unique constraint. Raises: IntegrityError if rows have equal values."""
    name = f"uq_{table}_{'_'.join(columns)}"
    if _is_postgresql():
        op.create_unique_constraint(op.f(name), table, list(columns))
        return
    number = len(_indexes_of_constraints(table)) + 1
    op.create_index(name, table, list(columns), unique=True)
    op.execute("PRAGMA writable_schema = ON")
    _rewrite_table(table, r"\)\s*$", f", \n\tCONSTRAINT {name} UNIQUE ({', '.join(columns)})\n)")
    _rewrite_index(name, f"sqlite_autoindex_{table}_{number}", None)
    _read_schema_again()


def drop_unique(table: str, columns: Sequence[str]) -> None:
    """Drop the unique constraint that was added last to the table."""
    name = f"uq_{table}_{'_'.join(columns)}"
    if _is_postgresql():
        op.drop_constraint(op.f(name), table, type_="unique")
        return
    last = f"sqlite_autoindex_{table}_{len(_indexes_of_constraints(table))}"
    op.execute("PRAGMA writable_schema = ON")
    _rewrite_table(table, rf",\s*CONSTRAINT {name} UNIQUE \([^)]*\)", "")
    _rewrite_index(last, name, f"CREATE UNIQUE INDEX {name} ON {table} ({', '.join(columns)})")
    _read_schema_again()
    op.drop_index(name, table)


def add_reference(table: str, column: str, target: str, *, on_delete: str) -> None:
    """Add a column that may be null and refers to the rows of a table, with its index."""
    op.add_column(table, sa.Column(column, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
    name = f"fk_{table}_{column}"
    if _is_postgresql():
        op.create_foreign_key(name, table, target, [column], ["id"], ondelete=on_delete)
    else:
        op.execute("PRAGMA writable_schema = ON")
        _rewrite_table(table, r"\s*\)\s*$", f", \n\t{_reference(name, column, target, on_delete)}\n)")
        _read_schema_again()
    op.create_index(f"ix_{table}_{column}", table, [column])


def drop_reference(table: str, column: str, target: str, *, on_delete: str) -> None:
    """Drop a column that `add_reference` added, with its index."""
    op.drop_index(f"ix_{table}_{column}", table)
    if not _is_postgresql():  # it drops no column that a rule of the table speaks of
        rule = _reference(f"fk_{table}_{column}", column, target, on_delete)
        op.execute("PRAGMA writable_schema = ON")
        _rewrite_table(table, r",\s*" + re.escape(rule), "")
        _read_schema_again()
    op.drop_column(table, column)


def drop_check(table: str, column: str) -> None:
    """Drop the rule on the words of a column; SQLite drops no column that a rule of the table speaks of."""
    name = f"ck_{table}_{column}"
    if _is_postgresql():
        op.drop_constraint(op.f(name), table, type_="check")
        return
    op.execute("PRAGMA writable_schema = ON")
    _rewrite_table(table, rf",?\s*CONSTRAINT {name} CHECK \({column} IN \([^)]*\)\)", "")
    _read_schema_again()


def set_words(table: str, column: str, words: Sequence[str]) -> None:
    """Allow other words in a column than before. Raises, on PostgreSQL: IntegrityError if rows have other words."""
    name, listed = f"ck_{table}_{column}", ", ".join(f"'{word}'" for word in words)
    if _is_postgresql():
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, f"{column} IN ({listed})")
        return
    op.execute("PRAGMA writable_schema = ON")
    _rewrite_table(table, rf"(CONSTRAINT {name} CHECK \({column} IN )\([^)]*\)", rf"\1({listed})")
    _read_schema_again()


def set_nullable(table: str, column: str, *, nullable: bool) -> None:
    """Let a column be null, or never again. Raises: RuntimeError if rows have no value for a column that needs one."""
    found = sa.table(table, sa.column(column))
    if not nullable and op.get_bind().scalar(
        sa.select(sa.func.count()).select_from(found).where(found.c[column].is_(None))
    ):
        raise RuntimeError(f"rows of {table} have no {column}")
    if _is_postgresql():
        op.alter_column(table, column, nullable=nullable)
        return
    op.execute("PRAGMA writable_schema = ON")
    written = rf"(\b{column} \w+(?:\([\d, ]+\))?)"
    if nullable:
        _rewrite_table(table, rf"{written} NOT NULL", r"\1")
    else:
        _rewrite_table(table, written, r"\1 NOT NULL")
    _read_schema_again()


def set_text_length(table: str, column: str, *, most: int | None) -> None:
    """Limit the texts of a column, or None to hold texts of any length; longer ones must be gone."""
    if _is_postgresql():
        op.alter_column(table, column, type_=sa.Text() if most is None else sa.String(most))
        return
    op.execute("PRAGMA writable_schema = ON")
    _rewrite_table(
        table, rf"(\b{column}) (?:TEXT|VARCHAR\(\d+\))", rf"\1 {'TEXT' if most is None else f'VARCHAR({most})'}"
    )
    _read_schema_again()


def _reference(name: str, column: str, target: str, on_delete: str) -> str:
    return f"CONSTRAINT {name} FOREIGN KEY({column}) REFERENCES {target} (id) ON DELETE {on_delete}"


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _indexes_of_constraints(table: str) -> list[str]:
    return [row[1] for row in op.get_bind().exec_driver_sql(f"PRAGMA index_list({table})") if row[3] == "u"]


def _rewrite_table(table: str, before: str, after: str) -> None:
    """Replace the first match of a pattern in the statement that makes a table."""
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
    written = op.get_bind().scalar(query, {"table": table}) or ""
    rewritten, count = re.subn(before, after, written, count=1)
    if count != 1:
        raise RuntimeError(f"the table {table} has no {before}")
    change = sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table")
    op.get_bind().execute(change, {"sql": rewritten, "table": table})


def _rewrite_index(before: str, after: str, sql: str | None) -> None:
    change = sa.text("UPDATE sqlite_master SET name = :after, sql = :sql WHERE type = 'index' AND name = :before")
    if op.get_bind().execute(change, {"before": before, "after": after, "sql": sql}).rowcount != 1:
        raise RuntimeError(f"there is no index {before}")


def _read_schema_again() -> None:
    """Have SQLite, here and in every other process, notice the rules that were rewritten."""
    version = op.get_bind().scalar(sa.text("PRAGMA schema_version"))
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")
