"""Indexes and exclusion constraints.

The contexts declare them; others follow from the entities: one by Center for every kind that has one, and one for
unique values that only some rows must not share.

An exclusion constraint (`NoOverlap`) is the only rule that holds against two transactions which do not see each
other's rows: both look for a free room, both find it free, both plan a lesson there. PostgreSQL then refuses the
second insert, and the store reports a `Conflict` on the field. Use cases check before they write all the same, for the
better message. The constraint uses ranges only, since comparing plain numbers in a GiST index would need an extension.
SQLite lets one transaction write at a time and needs no constraint. Tests: test_concurrency
(sixteen transactions plan one room at once).
"""

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
from educore.kernel.uniqueness import unique_rules


def add_indexes(domain: Domain, tables: Mapping[str, sa.Table]) -> None:
    """Add the declared indexes, and one by Center to every kind of row that belongs to one for good."""
    for part in domain.storage:
        if isinstance(part, Index):
            _add_index(part, tables[part.kind.__name__])
        elif isinstance(part, NoOverlap):
            _add_exclusion(part, tables[part.kind.__name__])
    for name, kind in domain.kinds.items():
        for rule in unique_rules(kind):
            if rule.only != everything:  # else it is a constraint of the table
                index = f"uq_{tables[name].name}_{'_'.join(rule.fields)}"
                _add_index(Index(kind, rule.fields, name=index, unique=True, only=rule.only), tables[name])
    unlisted = {part.kind for part in domain.storage if isinstance(part, Unlisted)}
    for name, kind in domain.kinds.items():
        if _belongs_to_a_center(kind) and kind not in unlisted:
            _add_index(Index(kind, ("center_id", "id")), tables[name])
    for table in tables.values():
        _drop_redundant_indexes(table)


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


def _add_exclusion(rule: NoOverlap, table: sa.Table) -> None:
    """Add the exclusion constraint for PostgreSQL. A range of one number stands for the number."""
    value = table.c[rule.field]
    constraint = ExcludeConstraint(
        (sa.func.int8range(value, value, sa.literal_column("'[]'")), "&&"),
        (sa.func.tstzrange(table.c[rule.starts], table.c[rule.ends]), "&&"),
        name=f"ex_{table.name}_{rule.field}",
        using="gist",
        where=_clause(rule.only, table),
        deferrable=True,
        initially="IMMEDIATE",  # checked when a statement ends, so that the lessons of a series can move together
        info={"field": rule.field},
    )
    table.append_constraint(constraint.ddl_if(dialect="postgresql"))


def _clause(condition: Where, table: sa.Table) -> sa.ColumnElement[bool]:
    """Return a condition on plain fields as DDL, which has no parameters. Raises: TypeError for any other condition."""
    (terms,) = condition.alternatives
    return sa.and_(*(_comparison(term, table) for term in terms))


def _comparison(term: Term, table: sa.Table) -> sa.ColumnElement[bool]:
    if isinstance(term, Nested):
        raise TypeError(f"an index cannot be limited to rows where {term}")
    (field,) = term.path
    column, value = table.c[field], term.value
    if term.operator == "isnull":
        return column.is_(None) if value else column.is_not(None)
    if term.operator == "eq" and isinstance(value, bool):
        return column.is_(value)
    if term.operator == "eq" and isinstance(value, Enum):
        return column == sa.literal_column(f"'{value.value}'")
    raise TypeError(f"an index cannot be limited to rows where {term}")


def _drop_redundant_indexes(table: sa.Table) -> None:
    """Remove each index on one column with which another index over all rows begins; it would only slow down writes."""
    uniques = [list(part.columns) for part in table.constraints if isinstance(part, sa.UniqueConstraint)]
    indexes = {index: list(index.columns) for index in table.indexes if not _is_partial(index)}
    for index, columns in indexes.items():
        is_longer = any(columns == others[:1] != others for others in indexes.values())
        if is_longer or any(columns == others[:1] for others in uniques):
            table.indexes.discard(index)


def _is_partial(index: sa.Index) -> bool:
    return any(index.dialect_options[name]["where"] is not None for name in ("sqlite", "postgresql"))
