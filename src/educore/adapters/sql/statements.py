"""The statements of the store, built from conditions whose values have been replaced by placeholders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from educore.adapters.sql.conditions import ConditionCompiler
from educore.adapters.sql.prepared import parameter
from educore.adapters.sql.types import order_value, plain_column, searched_text
from educore.kernel.aggregates import Aggregate
from educore.kernel.conditions import Where
from educore.kernel.entity import Entity
from educore.kernel.projection import Column, Steps, order_columns
from educore.kernel.shape import Count, Sum
from educore.kernel.store import WHOLE_VIEW, Page, TextQuery, View

THIS_ROW = "this_row"
DEEP = 100
"""A page with so many rows before it is found by ids first, in an index."""


class Select:
    """One SELECT of exactly the columns a projection names: joins for paths, scalar sub-selects for aggregates."""

    def __init__(self, compiler: ConditionCompiler, kind: type[Entity], *, view: View = WHOLE_VIEW) -> None:
        self.compiler, self.domain, self.tables = compiler, compiler.domain, compiler.tables
        root = self.tables.of(kind)
        self.source: Any = root
        self.view = view
        self._joined: dict[Steps, tuple[type[Entity], Any]] = {(): (kind, root)}

    def keys(self, order: Mapping[str, Column]) -> dict[str, sa.ColumnElement[Any]]:
        """Return the values that the view shows of the columns which the keys of an order name."""
        return {key: self._key(column) for key, column in order.items()}

    def project(self, columns: tuple[Column, ...], order: Mapping[str, Column]) -> Projected:
        """Return the SELECT of columns as the view shows them, still without conditions."""
        labelled = [self._column(column).label(f"c{i}") for i, column in enumerate(columns)]
        keys = self.keys(order)
        return Projected(sa.select(*labelled).select_from(self.source), order, keys, self.view)

    def column(self, path: str) -> sa.ColumnElement[Any]:
        """Return the column at the end of a dotted path, after joining the tables on the way to the source."""
        *steps, field = path.split(".")
        _, table = self._join(tuple(steps))
        column: sa.ColumnElement[Any] = table.c[field]
        return column

    def _key(self, column: Column) -> sa.ColumnElement[Any]:
        """Return the value to order by; a word of an enumeration keeps its type, so that no case is ignored in it."""
        if not isinstance(column.source, str):
            return self._column(column)
        _, table = self._join(column.steps)
        return self._limit(column, order_value(table.c[column.source]))

    def _column(self, column: Column) -> sa.ColumnElement[Any]:
        kind, table = self._join(column.steps)
        if not isinstance(column.source, str):
            counted = self.view.columns.get(column, column.source.condition)
            return self._aggregate(kind, table, column.source, counted)
        return self._limit(column, plain_column(table.c[column.source]))

    def _limit(self, column: Column, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Return the value of a column where the view shows it, NULL where it does not."""
        if column not in self.view.columns:
            return value
        kind, table = self._join(column.steps)
        return sa.case((self.compiler.compile(kind, self.view.columns[column], table), value), else_=None)

    def _aggregate(self, kind: type[Entity], table: Any, source: Count | Sum, counted: Where) -> sa.ColumnElement[Any]:
        other, alias, link = self.compiler.join_back(kind, table, source.kind)
        value = (
            sa.func.count() if isinstance(source, Count) else sa.func.coalesce(sa.func.sum(alias.c[source.field]), 0)
        )
        condition = self.compiler.compile(other, counted, alias)
        return sa.select(value).select_from(alias).where(link, condition).scalar_subquery()

    def _join(self, steps: Steps) -> tuple[type[Entity], Any]:
        if steps not in self._joined:
            kind, table = self._join(steps[:-1])
            field, target = self.domain.target(kind, steps[-1])
            alias = self.tables.of(target).alias("_".join(steps))
            link = table.c[field] == alias.c.id
            if steps in self.view.related:  # the rows behind a row that is not joined are not joined either
                link = sa.and_(link, self.compiler.compile(target, self.view.related[steps], alias))
            self.source = self.source.outerjoin(alias, link)
            self._joined[steps] = target, alias
        return self._joined[steps]


@dataclass(frozen=True, eq=False)
class Projected:
    """The SELECT of a projection without conditions, and the columns and values of the keys of an order."""

    statement: sa.Select[Any]
    order: Mapping[str, Column]
    keys: Mapping[str, sa.ColumnElement[Any]]
    view: View


@dataclass(frozen=True)
class Paging:
    """The order of a page and the form of its limits, which decide the statement; `values` are their parameters."""

    order: tuple[str, ...] = ()
    ignores_case: bool = False
    has_limit: bool = False
    has_offset: bool = False
    is_deep: bool = False
    values: Mapping[str, int] = field(default_factory=dict, compare=False)


def paging(page: Page) -> Paging:
    """Return the paging of a page of the store port."""
    limit, offset = page.get("limit"), page.get("offset", 0)
    values = ({} if limit is None else {"limit": limit}) | ({"offset": offset} if offset else {})
    return Paging(
        tuple(page.get("order", ())),
        page.get("ignore_case", False),
        has_limit=limit is not None,
        has_offset=bool(offset),
        is_deep=offset >= DEEP,
        values=values,
    )


def select(
    compiler: ConditionCompiler,
    kind: type[Entity],
    condition: Where,
    paging: Paging,
    lock: bool,
    projected: Projected | None = None,
    view: View = WHOLE_VIEW,
) -> sa.Select[Any]:
    """Return the SELECT of a page of matching rows, with all their columns or those already `projected`.

    Rows with all their columns are ordered by the values that `view` shows.

    A deep page is found by ids: the rows before it are then counted in an index and never read or joined.
    """
    table, view = compiler.tables.of(kind), projected.view if projected else view
    clause = compiler.compile(kind, condition, joins=not lock)
    rows = Select(compiler, kind, view=view)
    order = projected.order if projected else order_columns(paging.order)
    keys = rows.keys(order)
    whole = projected or Projected(sa.select(table), order, keys, view)
    if paging.is_deep and not lock:
        ids = _order(sa.select(table.c.id).select_from(rows.source).where(clause), table, keys, paging)
        page = _limit(ids, paging).correlate(None)
        return _order(whole.statement.where(table.c.id.in_(page)), table, whole.keys, paging)
    statement = _limit(_order(whole.statement.where(clause), table, whole.keys, paging), paging)
    # key_share: others may still add rows that refer to locked ones
    return statement.with_for_update(key_share=True) if lock else statement


def _limit(statement: sa.Select[Any], paging: Paging) -> sa.Select[Any]:
    if paging.has_limit:
        statement = statement.limit(parameter("limit", sa.Integer()))
    if paging.has_offset:
        statement = statement.offset(parameter("offset", sa.Integer()))
    return statement


def _order(
    statement: sa.Select[Any], table: sa.Table, keys: Mapping[str, sa.ColumnElement[Any]], paging: Paging
) -> sa.Select[Any]:
    for key, column in keys.items():
        is_text = isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)
        value = sa.func.lower(column) if paging.ignores_case and is_text else column
        ordered = value.desc() if key.startswith("-") else value.asc()
        never_null = isinstance(column, sa.Column) and column.table is table and not column.nullable
        statement = statement.order_by(ordered if never_null else ordered.nulls_last())
    return statement if {"id", "-id"} & keys.keys() else statement.order_by(table.c.id)


def count(compiler: ConditionCompiler, kind: type[Entity], condition: Where) -> sa.Select[Any]:
    """Return the SELECT of the number of matching rows."""
    clause = compiler.compile(kind, condition, joins=True)
    return sa.select(sa.func.count()).select_from(compiler.tables.of(kind)).where(clause)


def count_each(
    compiler: ConditionCompiler, queries: Sequence[tuple[type[Entity], Where]], lock: Collection[type[Entity]] = ()
) -> sa.Select[Any]:
    """Return the SELECT of the numbers of matching rows of several kinds, as the columns of one row.

    Rows of the kinds in `lock` are locked as a foreign key to them would do a moment later.
    """
    counts = (_count_locked if kind in lock else count for kind, _ in queries)
    counted = zip(counts, queries, strict=True)
    return sa.select(*(select(compiler, kind, condition).scalar_subquery() for select, (kind, condition) in counted))


def _count_locked(compiler: ConditionCompiler, kind: type[Entity], condition: Where) -> sa.Select[Any]:
    table, clause = compiler.tables.of(kind), compiler.compile(kind, condition, joins=True)
    rows = sa.select(table.c.id).where(clause).with_for_update(read=True, key_share=True, of=table).subquery()
    return sa.select(sa.func.count()).select_from(rows)


def block_references(compiler: ConditionCompiler, table: sa.Table) -> sa.Select[Any]:
    """Return the SELECT that locks the row with the id `THIS_ROW` also against foreign keys to it."""
    return sa.select(table.c.id).where(table.c.id == parameter(THIS_ROW, sa.BigInteger())).with_for_update()


def texts(compiler: ConditionCompiler, queries: Sequence[TextQuery]) -> sa.CompoundSelect[Any]:
    """Return the UNION of the values at dotted paths as texts, each row after the position of its query and its id."""
    width, parts = max(len(paths) for _, paths, _ in queries), []
    for position, (kind, paths, condition) in enumerate(queries):
        projection = Select(compiler, kind)
        columns = [sa.cast(plain_column(searched_text(projection.column(path))), sa.Text()) for path in paths]
        columns += [sa.cast(sa.null(), sa.Text())] * (width - len(paths))
        id, clause = compiler.tables.of(kind).c.id, compiler.compile(kind, condition, joins=True)
        selected = sa.select(sa.literal_column(str(position)), id, *columns)
        parts.append(selected.select_from(projection.source).where(clause))
    return sa.union_all(*parts)


def aggregate(
    compiler: ConditionCompiler,
    kind: type[Entity],
    condition: Where,
    by: tuple[str, ...],
    aggregates: tuple[Aggregate, ...],
    paging: Paging,
) -> sa.Select[Any]:
    """Return the SELECT of the values at the paths in `by` and the aggregates of the rows that share them.

    With a limit, the groups are ordered by the first aggregate and then by the values; only then the order matters.
    """
    projection = Select(compiler, kind)
    groups = [searched_text(projection.column(path)) for path in by]
    results = [_result(projection, aggregate) for aggregate in aggregates]
    clause = compiler.compile(kind, condition, joins=True)
    statement = sa.select(*groups, *results).select_from(projection.source).where(clause).group_by(*groups)
    if not paging.has_limit:
        return statement
    first = results[0].asc() if aggregates[0].smallest_first else results[0].desc()
    return _limit(statement.order_by(first.nulls_last(), *(column.nulls_last() for column in groups)), paging)


def _result(projection: Select, aggregate: Aggregate) -> sa.ColumnElement[Any]:
    if aggregate.function == "count":
        return sa.func.count()
    column = projection.column(aggregate.path)
    if aggregate.function == "sum":
        return sa.func.coalesce(sa.func.sum(column), 0)
    return sa.func.min(column) if aggregate.function == "min" else sa.func.max(column)


def delete(compiler: ConditionCompiler, kind: type[Entity], condition: Where) -> sa.Delete:
    """Return the DELETE of the matching rows."""
    return sa.delete(compiler.tables.of(kind)).where(compiler.compile(kind, condition))


def update_all(compiler: ConditionCompiler, kind: type[Entity], condition: Where) -> sa.Update:
    """Return the UPDATE of some columns of the matching rows."""
    return sa.update(compiler.tables.of(kind)).where(compiler.compile(kind, condition))


def insert(compiler: ConditionCompiler, table: sa.Table) -> Any:
    """Return the INSERT of one row, which returns its id."""
    return sa.insert(table).returning(table.c.id)


def update(compiler: ConditionCompiler, table: sa.Table) -> Any:
    """Return the UPDATE of some columns of the row with the id `THIS_ROW`."""
    return sa.update(table).where(table.c.id == parameter(THIS_ROW, sa.BigInteger()))
