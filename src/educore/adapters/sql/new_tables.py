"""Tables of rows of a Center, as migrations create them: their columns, references, words and indexes.

A migration says by these functions what stands in a table when it is made. What they create must not change: a later
rule of tables is a migration of its own, and test_migrations compares the outcome with the tables of the domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.tables import BIG
from educore.adapters.sql.types import Instant

MOMENT = Instant(timezone=True)


def create_table(
    table: str, *parts: sa.Column[Any] | sa.UniqueConstraint, indexed: tuple[str, ...], is_listed: bool = True
) -> None:
    """Create a table of rows of a Center, with an index for each of the `indexed` columns.

    The rows of one that is listed are found by their Center in the order of their ids.
    """
    op.create_table(
        table,
        new_column("id", BIG),
        reference(table, "center_id", "center"),
        *parts,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sqlite_autoincrement=True,
    )
    if is_listed:
        op.create_index(f"ix_{table}_center_id_id", table, ["center_id", "id"])
    else:
        op.create_index(f"ix_{table}_center_id", table, ["center_id"])
    for name in indexed:
        op.create_index(f"ix_{table}_{name}", table, [name])


def new_column(name: str, type_: sa.types.TypeEngine[Any], *, nullable: bool = False) -> sa.Column[Any]:
    """Return a column."""
    return sa.Column(name, type_, nullable=nullable)


def stamps() -> list[sa.Column[Any]]:
    """Return the columns that say when a row was created and changed."""
    return [new_column(name, MOMENT) for name in ("created_at", "updated_at")]


def word_column(name: str, words: tuple[str, ...], *, nullable: bool = False) -> sa.Column[Any]:
    """Return a column that holds one of some words."""
    known = sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)
    return new_column(name, known, nullable=nullable)


def word_columns(table: str, words: Mapping[str, tuple[str, ...]]) -> list[sa.Column[Any]]:
    """Return the columns of a table that hold words, which are given by `table.column`."""
    of_table = {place.partition(".")[2]: known for place, known in words.items() if place.startswith(f"{table}.")}
    return [word_column(name, known) for name, known in of_table.items()]


def reference(
    table: str, name: str, target: str, *, nullable: bool = False, on_delete: str = "RESTRICT"
) -> sa.Column[int]:
    """Return a column that refers to rows of another table."""
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{name}", ondelete=on_delete)
    return sa.Column(name, BIG, key, nullable=nullable)


def create_partial_index(name: str, table: str, *columns: str, only: str, unique: bool = True) -> None:
    """Add an index over the rows that match a condition."""
    condition = sa.text(only)
    op.create_index(name, table, list(columns), unique=unique, sqlite_where=condition, postgresql_where=condition)
