"""Indexes and exclusion rules: what the contexts of a domain declare about storage, and the index by Center."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from educore.kernel.conditions import Nested, Term, Where, everything
from educore.kernel.domain import Domain
from educore.kernel.entity import Entity, Fixed, is_marked, references, value_type
from educore.kernel.storage import Index, NoOverlap, Unlisted


def add_indexes(domain: Domain, tables: Mapping[str, sa.Table]) -> None:
    """Add the declared indexes, and one by Center to every kind of row that belongs to one for good."""
    for part in domain.storage:
        if isinstance(part, Index):
            _add_index(part, tables[part.kind.__name__])
        elif isinstance(part, NoOverlap):
            _add_rule(part, tables[part.kind.__name__])
    unlisted = {part.kind for part in domain.storage if isinstance(part, Unlisted)}
    for name, kind in domain.kinds.items():
        if _belongs_to_a_center(kind) and kind not in unlisted:
            _add_index(Index(kind, ("center_id", "id")), tables[name])
    for table in tables.values():
        _drop_what_others_do_too(table)


def _belongs_to_a_center(kind: type[Entity]) -> bool:
    if "center_id" not in references(kind):
        return False
    return is_marked(kind, "center_id", Fixed) and not value_type(kind, "center_id")[1]


def _add_index(index: Index, table: sa.Table) -> None:
    name = index.name or f"ix_{table.name}_{'_'.join(index.fields)}"
    columns = [table.c[field] for field in index.fields]
    only: dict[str, Any] = {}
    if index.only != everything:
        clause = _clause(index.only, table)
        only = {"sqlite_where": clause, "postgresql_where": clause}
    sa.Index(name, *columns, unique=index.unique, **only)


def _add_rule(rule: NoOverlap, table: sa.Table) -> None:
    """Keep two rows from overlapping in time, on PostgreSQL.

    A range of one number stands for the number, because comparing numbers in a GiST index takes an extension.
    """
    taken = table.c[rule.field]
    constraint = ExcludeConstraint(
        (sa.func.int8range(taken, taken, sa.literal_column("'[]'")), "&&"),
        (sa.func.tstzrange(table.c[rule.starts], table.c[rule.ends]), "&&"),
        name=f"ex_{table.name}_{rule.field}",
        using="gist",
        where=_clause(rule.only, table),
        deferrable=True,
        initially="IMMEDIATE",  # judged when a statement ends, so that a series can move onto its own slots
        info={"field": rule.field},
    )
    table.append_constraint(constraint.ddl_if(dialect="postgresql"))


def _clause(condition: Where, table: sa.Table) -> sa.ColumnElement[bool]:
    """Write a condition on plain fields as DDL, which takes no parameters. Raises: TypeError for any other."""
    (tests,) = condition.alternatives
    return sa.and_(*(_comparison(test, table) for test in tests))


def _comparison(test: Term, table: sa.Table) -> sa.ColumnElement[bool]:
    if isinstance(test, Nested):
        raise TypeError(f"an index cannot be limited to rows where {test}")
    (field,) = test.path
    column, value = table.c[field], test.value
    if test.operator == "isnull":
        return column.is_(None) if value else column.is_not(None)
    if test.operator == "eq" and isinstance(value, bool):
        return column.is_(value)
    if test.operator == "eq" and isinstance(value, Enum):
        return column == sa.literal_column(f"'{value.value}'")
    raise TypeError(f"an index cannot be limited to rows where {test}")


def _drop_what_others_do_too(table: sa.Table) -> None:
    """An index on one column is but a burden on every write where another one over all rows begins with it."""
    uniques = [list(part.columns) for part in table.constraints if isinstance(part, sa.UniqueConstraint)]
    indexes = {index: list(index.columns) for index in table.indexes if not _is_partial(index)}
    for index, columns in indexes.items():
        if any(columns == others[:1] != others for others in [*uniques, *indexes.values()]):
            table.indexes.discard(index)


def _is_partial(index: sa.Index) -> bool:
    return any(index.dialect_options[name]["where"] is not None for name in ("sqlite", "postgresql"))
