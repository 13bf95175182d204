"""The statements of the store, built from conditions whose values have been taken out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from educore.adapters.sql.conditions import Clauses
from educore.adapters.sql.running_counts import NUMBER
from educore.kernel.conditions import Where, is_backward
from educore.kernel.entity import Entity
from educore.kernel.projection import Column
from educore.kernel.shape import Count, Sum
from educore.kernel.store import Page

THIS_ROW = "this_row"
DEEP = 100
"""From how many rows before it on a page is found by the ids alone."""


class Select:
    """One SELECT of exactly the columns a projection names: joins for paths, scalar sub-selects for aggregates."""

    def __init__(self, clauses: Clauses, kind: type[Entity], table: sa.Table | None = None) -> None:
        self.clauses, self.domain, self.tables = clauses, clauses.domain, clauses.tables
        root = self.tables.of(kind) if table is None else table
        self.source: Any = root
        self.reached: dict[tuple[str, ...], tuple[type[Entity], Any]] = {(): (kind, root)}

    def select(self, columns: tuple[Column, ...], visible: Mapping[Column, Where]) -> sa.Select[Any]:
        """The statement, still without conditions."""
        labelled = [self._column(column, visible.get(column)).label(f"c{i}") for i, column in enumerate(columns)]
        return sa.select(*labelled).select_from(self.source)

    def column(self, path: str) -> sa.ColumnElement[Any]:
        """The column a dotted path leads to, which from now on is part of the source."""
        *steps, field = path.split(".")
        _, table = self._reach(tuple(steps))
        column: sa.ColumnElement[Any] = table.c[field]
        return column

    def _column(self, column: Column, visible: Where | None) -> sa.ColumnElement[Any]:
        kind, table = self._reach(column.steps)
        if not isinstance(column.source, str):
            return self._aggregate(kind, table, column.source)
        value = _spelled(table.c[column.source])
        if visible is None:
            return value
        return sa.case((self.clauses.clause(kind, visible, table), value), else_=None)

    def _aggregate(self, kind: type[Entity], table: Any, source: Count | Sum) -> sa.ColumnElement[Any]:
        other, field = self.domain.source(kind, source.kind)
        alias = self.tables.of(other).alias()
        value = (
            sa.func.count() if isinstance(source, Count) else sa.func.coalesce(sa.func.sum(alias.c[source.field]), 0)
        )
        condition = self.clauses.clause(other, source.condition, alias)
        return sa.select(value).select_from(alias).where(alias.c[field] == table.c.id, condition).scalar_subquery()

    def _reach(self, steps: tuple[str, ...]) -> tuple[type[Entity], Any]:
        if steps not in self.reached:
            kind, table = self._reach(steps[:-1])
            field, target = self.domain.target(kind, steps[-1])
            alias = self.tables.of(target).alias("_".join(steps))
            self.source = self.source.outerjoin(alias, table.c[field] == alias.c.id)
            self.reached[steps] = target, alias
        return self.reached[steps]


def cut_of(page: Page) -> tuple[tuple[str, ...], dict[str, int], frozenset[str]]:
    """The order of a page, how it is cut, and which of the cuts there are; "deep" where much is left out before it."""
    limit, offset = page.get("limit"), page.get("offset", 0)
    cut = ({} if limit is None else {"limit": limit}) | ({"offset": offset} if offset else {})
    return tuple(page.get("order", ())), cut, frozenset([*cut, "deep"] if offset >= DEEP else cut)


def select(
    clauses: Clauses,
    kind: type[Entity],
    condition: Where,
    order: tuple[str, ...],
    cut: frozenset[str],
    lock: bool,
    projected: sa.Select[Any] | None = None,
) -> sa.Select[Any]:
    """Matching rows of a kind, whole or `projected`, in their order and as far as they are not cut off."""
    table = clauses.tables.of(kind)
    statement: sa.Select[Any] = sa.select(table) if projected is None else projected
    clause = clauses.clause(kind, condition, joined=not lock)
    if "deep" in cut and not lock:  # the rows left out are counted in an index, and never read or joined
        page = _cut(_ordered(sa.select(table.c.id).where(clause), table, order), cut)
        return _ordered(statement.where(table.c.id.in_(page.correlate(None))), table, order)
    statement = _cut(_ordered(statement.where(clause), table, order), cut)
    # rows that refer to locked ones may still be added
    return statement.with_for_update(key_share=True) if lock else statement


def _cut(statement: sa.Select[Any], cut: frozenset[str]) -> sa.Select[Any]:
    if "limit" in cut:
        statement = statement.limit(sa.bindparam("limit", type_=sa.Integer()))
    if "offset" in cut:
        statement = statement.offset(sa.bindparam("offset", type_=sa.Integer()))
    return statement


def _ordered(statement: sa.Select[Any], table: sa.Table, order: tuple[str, ...]) -> sa.Select[Any]:
    for key in order:
        column = table.c[key.lstrip("-")]
        ordered = column.desc() if key.startswith("-") else column.asc()
        statement = statement.order_by(ordered.nulls_last() if column.nullable else ordered)
    return statement if {"id", "-id"} & set(order) else statement.order_by(table.c.id)


def count(clauses: Clauses, kind: type[Entity], condition: Where) -> sa.Select[Any]:
    """How many rows match."""
    table, number, clause = _counted(clauses, kind, condition)
    return sa.select(number).select_from(table).where(clause)


def count_each(clauses: Clauses, asked: Sequence[tuple[type[Entity], Where]]) -> sa.Select[Any]:
    """How many rows of each kind match, as the columns of one row."""
    return sa.select(*(count(clauses, kind, condition).scalar_subquery() for kind, condition in asked))


def texts(clauses: Clauses, asked: Sequence[tuple[type[Entity], tuple[str, ...], Where]]) -> sa.CompoundSelect[Any]:
    """The values at dotted paths of rows of several kinds as texts, each row with the place of its question."""
    width, parts = max(len(paths) for _, paths, _ in asked), []
    for place, (kind, paths, condition) in enumerate(asked):
        projection = Select(clauses, kind)
        columns = [sa.cast(_spelled(projection.column(path)), sa.Text()) for path in paths]
        columns += [sa.cast(sa.null(), sa.Text())] * (width - len(paths))
        id, clause = clauses.tables.of(kind).c.id, clauses.clause(kind, condition, joined=True)
        selected = sa.select(sa.literal_column(str(place)), id, *columns)
        parts.append(selected.select_from(projection.source).where(clause))
    return sa.union_all(*parts)


def _spelled(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """An enumeration as the word it is stored as."""
    return sa.type_coerce(column, sa.String()) if isinstance(column.type, sa.Enum) else column


def count_by(
    clauses: Clauses, kind: type[Entity], condition: Where, by: tuple[str, ...], is_cut: bool
) -> sa.Select[Any]:
    """How many rows match for each combination of values; the most frequent ones only if `is_cut`, up to a limit."""
    table, number, clause = _counted(clauses, kind, condition, by)
    projection = Select(clauses, kind, table)
    columns = [projection.column(path) for path in by]
    counted = sa.select(*columns, number).select_from(projection.source).where(clause).group_by(*columns)
    if not is_cut:
        return counted
    return _cut(counted.order_by(number.desc(), *(column.nulls_last() for column in columns)), frozenset(["limit"]))


def _counted(
    clauses: Clauses, kind: type[Entity], condition: Where, by: Iterable[str] = ()
) -> tuple[sa.Table, sa.ColumnElement[int], sa.ColumnElement[bool]]:
    """Where rows of a kind are counted, how, and which: in the running counts where these know all that is asked."""
    table, sums = clauses.tables.of(kind), clauses.tables.running_counts.get(kind.__name__)
    if sums is None or not _asked_of(clauses, kind, condition, by) <= set(sums.c.keys()):
        return table, sa.func.count(), clauses.clause(kind, condition, joined=True)
    number = sums.c[NUMBER]
    clause = sa.and_(number > 0, clauses.clause(kind, condition, sums, joined=True))
    return sums, sa.func.coalesce(sa.func.sum(number), 0), clause


def _asked_of(clauses: Clauses, kind: type[Entity], condition: Where, by: Iterable[str]) -> set[str]:
    """The columns that decide a condition and give values to count by, as far as they are of the rows themselves."""
    steps = {*condition.names(), *(path.partition(".")[0] for path in by)}
    known = {step for step in steps if is_backward(step) or step in kind.model_fields}
    return known | {clauses.domain.target(kind, step)[0] for step in steps - known}


def total(clauses: Clauses, kind: type[Entity], condition: Where, field: str) -> sa.Select[Any]:
    """The sum of a field."""
    column = clauses.tables.of(kind).c[field]
    return sa.select(sa.func.sum(column)).where(clauses.clause(kind, condition, joined=True))


def insert(clauses: Clauses, table: sa.Table) -> Any:
    """A new row, which gives its id."""
    return sa.insert(table).returning(table.c.id)


def update(clauses: Clauses, table: sa.Table) -> Any:
    """New values for some columns of `THIS_ROW`."""
    return sa.update(table).where(table.c.id == sa.bindparam(THIS_ROW, type_=sa.BigInteger()))
