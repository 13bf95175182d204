"""The store over SQLAlchemy Core. Conditions become WHERE clauses, shapes one SELECT, broken rules domain errors."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from time import monotonic
from typing import Any, TypeVar, Unpack, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeEngine

from educore.entity import NOT_STORED, Entity
from educore.errors import Conflict, NotFound, Problem, Unavailable
from educore.shape import Count, Leaf, Plan, Shape, Total
from educore.sql.many import Many
from educore.sql.outline import Slot, Unfit, is_huge, outlined
from educore.sql.tables import Tables
from educore.sql.types import JsonList
from educore.store import Page
from educore.values import is_storable
from educore.where import Test, Where, everything, is_backward, nothing

E = TypeVar("E", bound=Entity)
Values = dict[str, Any] | None
THIS_ROW = "this_row"
LARGE = 10_000
"""From how many rows on a count that may be rough is remembered."""
SECONDS_KEPT, MOST_KEPT = 60, 1000
DEEP = 1000
"""From how many rows before it on a page is found by the ids alone."""
Statement = tuple[sa.Executable, dict[str, Any]]
"""What to run, and the values of its parameters."""


class SqlStore:
    """Opens transactions on an engine; `Database` makes the engine."""

    def __init__(self, engine: sa.Engine, tables: Tables) -> None:
        self.engine, self.tables, self.clauses = engine, tables, Clauses(tables, engine.dialect)
        self.reading = reading(engine)
        self.projected = lru_cache(maxsize=512)(self._project)
        self.large_counts = LargeCounts()
        self.built = lru_cache(maxsize=4096)(self._build)
        self.many = lru_cache(maxsize=None)(lambda table: Many(table, engine.dialect))

    def begin(self, *, read_only: bool = False) -> SqlTransaction:
        """Open a transaction. Raises: Unavailable."""
        with unavailable():
            connection = (self.reading if read_only else self.engine).connect()
            try:
                connection.begin()
            except BaseException:
                connection.close()
                raise
        return SqlTransaction(self, connection, read_only=read_only)

    def _project(self, shape: type[Shape], visible: tuple[tuple[Leaf, Where], ...]) -> sa.Select[Any]:
        """The SELECT of a shape without conditions; kept, because building it costs more than running it."""
        return Projection(self.clauses, shape.of).select(self.tables.domain.plan(shape).leaves, dict(visible))

    def prepare(self, build: Callable[..., Any], kind: type[Entity], condition: Where, *more: Any) -> Statement:
        """A statement for a condition, built when its like is first asked for: building costs more than running."""
        values: dict[str, Any] = {}
        outline = outlined(condition, values)
        try:
            return self.built(build, kind, outline, *more), values
        except Unfit:
            return build(self.clauses, kind, condition, *more), {}

    def _build(self, build: Callable[..., Any], *parts: Any) -> Any:
        return build(self.clauses, *parts)


class LargeCounts:
    """Numbers of rows that took long to count, and matter little to the last row: known for a minute."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._known: dict[Hashable, tuple[float, int]] = {}

    def get(self, key: Hashable) -> int | None:
        """The number, unless it is unknown or too old."""
        until, number = self._known.get(key, (0.0, None))
        return number if self._now() < until else None

    def keep(self, key: Hashable, number: int) -> int:
        """The number, remembered if it is large; the oldest is forgotten when there are too many."""
        if number >= LARGE:
            if len(self._known) >= MOST_KEPT:
                del self._known[next(iter(self._known))]
            self._known[key] = (self._now() + SECONDS_KEPT, number)
        return number


class SqlTransaction:
    """One connection, one transaction."""

    def __init__(self, store: SqlStore, connection: sa.Connection, *, read_only: bool = False) -> None:
        self.store, self.connection, self.read_only = store, connection, read_only
        self.tables, self.clauses = store.tables, store.clauses

    # -- reading ---------------------------------------------------------------------------------------

    def find(self, kind: type[E], condition: Where, *, lock: bool = False, **page: Unpack[Page]) -> list[E]:
        if lock:
            self._require_writable()
        order, cut, rest = _page(page)
        statement, values = self.store.prepare(_select, kind, condition, order, rest, lock)
        return [kind.model_validate(dict(row)) for row in self._run(statement, values | cut).mappings().all()]

    def count(self, kind: type[Entity], condition: Where, *, roughly: bool = False) -> int:
        if roughly and (known := self.store.large_counts.get((kind, condition))):
            return known
        statement, values = self.store.prepare(_count, kind, condition)
        found = int(self._run(statement, values).scalar_one())
        return self.store.large_counts.keep((kind, condition), found) if roughly else found

    def count_each(self, asked: Sequence[tuple[type[Entity], Where]]) -> list[int]:
        if not asked:
            return []
        values: dict[str, Any] = {}
        outlines = tuple((kind, outlined(condition, values)) for kind, condition in asked)
        try:
            statement = self.store.built(_count_each, outlines)
        except Unfit:
            statement, values = _count_each(self.clauses, asked), {}
        return [int(count) for count in self._run(statement, values).one()]

    def tally(
        self, kind: type[Entity], by: tuple[str, ...], condition: Where, *, most: int | None = None
    ) -> dict[tuple[Any, ...], int]:
        statement, values = self.store.prepare(_tally, kind, condition, by, most is not None)
        rows = self._run(statement, values | ({} if most is None else {"limit": most})).all()
        return {tuple(values): count for *values, count in rows}

    def total(self, kind: type[Entity], field: str, condition: Where) -> Decimal:
        statement, values = self.store.prepare(_total, kind, condition, field)
        return Decimal(self._run(statement, values).scalar_one() or 0)

    def view(self, plan: Plan, condition: Where, *, visible: Mapping[Leaf, Where], **page: Unpack[Page]) -> list[Any]:
        order, cut, rest = _page(page)
        projected = self.store.projected(plan.shape, tuple(visible.items()))
        statement, values = self.store.prepare(_select, plan.shape.of, condition, order, rest, False, projected)
        return list(self._run(statement, values | cut).all())

    # -- writing ---------------------------------------------------------------------------------------

    def insert(self, entity: Entity) -> int:
        table = self.tables.of(type(entity))
        values = {name: value for name, value in vars(entity).items() if name != "id" or value != NOT_STORED}
        return int(self._write(self.store.built(_insert, table), values).scalar_one())

    def update(self, entity: Entity, fields: list[str]) -> None:
        table = self.tables.of(type(entity))
        values = {name: getattr(entity, name) for name in fields}
        if not self._write(self.store.built(_update, table), {**values, THIS_ROW: entity.id}).rowcount:
            raise NotFound(kind=type(entity).__name__, id=entity.id)

    def insert_all(self, entities: Sequence[E]) -> list[int]:
        if not entities:
            return []
        many = self.store.many(self.tables.of(type(entities[0])))
        ids = self._write(many.insert, many.packed(entities, with_ids=False)).scalars().all()
        return sorted(int(id) for id in ids)

    def update_all(self, entities: Sequence[E]) -> None:
        if entities:
            many = self.store.many(self.tables.of(type(entities[0])))
            self._write(many.replace, many.packed(entities, with_ids=True))

    def delete(self, kind: type[Entity], condition: Where) -> int:
        table = self.tables.of(kind)
        return int(self._write(sa.delete(table).where(self.clauses.clause(kind, condition))).rowcount)

    def set(self, kind: type[Entity], condition: Where, values: Mapping[str, Any]) -> int:
        table = self.tables.of(kind)
        known = {name: value for name, value in values.items() if name in table.c}
        return int(self._write(sa.update(table).where(self.clauses.clause(kind, condition)).values(known)).rowcount)

    def commit(self) -> None:
        with unavailable(), self.connection:
            self.connection.commit()

    def rollback(self) -> None:
        with unavailable(), self.connection:
            self.connection.rollback()

    def _run(self, statement: sa.Executable, given: Values) -> sa.CursorResult[*tuple[Any, ...]]:
        with unavailable():
            return self.connection.execute(statement, given)

    def _write(self, statement: sa.Executable, values: Values = None) -> sa.CursorResult[*tuple[Any, ...]]:
        self._require_writable()
        try:
            return self._run(statement, values)
        except IntegrityError as error:
            raise self._conflict(error) from None

    def _require_writable(self) -> None:
        if self.read_only:
            raise TypeError("this unit of work was opened read_only")

    def _conflict(self, error: IntegrityError) -> Exception:
        """Which rule of the database was broken, in the domain's words."""
        text = str(error.orig)
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if text.startswith("UNIQUE constraint failed"):
            fields = re.findall(r"\w+\.(\w+)", text)
        else:
            fields = list(self.tables.unique_fields(constraint or ""))
        if fields:
            return Conflict({fields[-1]: [Problem("taken")]})
        if "foreign key" in text.lower():
            return Conflict.because("", "in_use", by={})
        return error


class Clauses:
    """Conditions as SQL."""

    def __init__(self, tables: Tables, dialect: sa.Dialect) -> None:
        self.tables, self.domain, self.dialect = tables, tables.domain, dialect
        self._links: dict[tuple[Any, str, bool], tuple[type[Entity], Any, sa.ColumnElement[bool]]] = {}

    def clause(
        self, kind: type[Entity], condition: Where, table: Any = None, *, joined: bool = False
    ) -> sa.ColumnElement[bool]:
        """The WHERE clause of a bound condition on a table (or an alias of it).

        `joined` where it becomes part of a SELECT: rows that have to be pointed at are then joined, so that the
        database may begin with them, and not looked for row by row.
        """
        table = self.tables.of(kind) if table is None else table
        if condition == everything:
            return sa.true()
        if condition == nothing:
            return sa.false()
        joined = joined and len(condition.alternatives) == 1
        condition, merged = (condition, []) if joined else self._merged(kind, condition, table)
        alternatives = (
            sa.and_(sa.true(), *(self._test(kind, table, test, test.path, joined) for test in tests))
            for tests in condition.alternatives
        )
        return sa.or_(sa.false(), *merged, *alternatives)

    def _merged(self, kind: type[Entity], condition: Where, table: Any) -> tuple[Where, list[sa.ColumnElement[bool]]]:
        """What is left of a condition, and one EXISTS for all alternatives of one test behind the same reference.

        So somebody who is searched for by five fields of their account is looked for there once.
        """
        behind: dict[str, list[tuple[Test, ...]]] = {}
        for tests in condition.alternatives:
            if len(tests) == 1 and len(tests[0].path) > 1 and not is_backward(tests[0].path[0]):
                behind.setdefault(tests[0].path[0], []).append(tests)
        behind = {step: alike for step, alike in behind.items() if len(alike) > 1}
        merged: list[sa.ColumnElement[bool]] = []
        for step, alike in behind.items():
            other, alias, link = self._follow(kind, table, step, joined=False)
            inner = Where(tuple((Test(test.path[1:], test.operator, test.value),) for (test,) in alike))
            merged.append(sa.exists().where(link, self.clause(other, inner, alias)))
        alone = tuple(tests for tests in condition.alternatives if not any(tests in alike for alike in behind.values()))
        return Where(alone), merged

    def _test(
        self, kind: type[Entity], table: Any, test: Test, path: tuple[str, ...], joined: bool
    ) -> sa.ColumnElement[bool]:
        if not path:
            return self.clause(kind, test.value, table, joined=joined)
        step, *rest = path
        nests = test.operator in ("has", "lacks")
        if not rest and not nests:
            return self._compare(table.c[step], test.operator, test.value)
        joined = joined and not nests and not is_backward(step)
        other, alias, link = self._follow(kind, table, step, joined)
        if nests:
            inner = self.clause(other, test.value, alias)
        else:
            inner = self._test(other, alias, test, tuple(rest), joined)
        if joined:
            return sa.and_(link, inner)
        exists = sa.exists().where(link, inner)
        return ~exists if test.operator == "lacks" else exists

    def _compare(self, column: Any, operator: str, value: Any) -> sa.ColumnElement[bool]:
        if not isinstance(value, Slot):
            return _compare(column, operator, value)
        kind = _type_of_parameter(column, value)
        if operator != "in":
            return COMPARE[operator](column, sa.bindparam(value.name, type_=kind))
        if self.dialect.name == "postgresql":
            among = column == sa.any_(sa.bindparam(value.name, type_=postgresql.ARRAY(kind)))
        else:
            listed = sa.func.json_each(sa.bindparam(value.name, type_=JsonList(kind))).table_valued("value")
            among = column.in_(sa.select(listed.c.value))
        return cast("sa.ColumnElement[bool]", among)

    def _follow(
        self, kind: type[Entity], table: Any, step: str, joined: bool
    ) -> tuple[type[Entity], Any, sa.ColumnElement[bool]]:
        """The kind a step leads to, an alias of its table, and what ties its rows to ours.

        Aliases are kept: making one costs more than running the statement. Each stands in an EXISTS of its own, or
        in the FROM of the statement once, however many tests go that way.
        """
        if (table, step, joined) not in self._links:
            if is_backward(step):
                other, field = self.domain.source(kind, step)
                alias = self.tables.of(other).alias()
                link = alias.c[field] == table.c.id
            else:
                field, other = self.domain.target(kind, step)
                alias = self.tables.of(other).alias()
                link = alias.c.id == table.c[field]
            self._links[table, step, joined] = other, alias, link
        return self._links[table, step, joined]


class Projection:
    """One SELECT of exactly the columns a plan names: joins for paths, scalar sub-selects for aggregates."""

    def __init__(self, clauses: Clauses, kind: type[Entity]) -> None:
        self.clauses, self.domain, self.tables = clauses, clauses.domain, clauses.tables
        root = self.tables.of(kind)
        self.source: Any = root
        self.reached: dict[tuple[str, ...], tuple[type[Entity], Any]] = {(): (kind, root)}

    def select(self, leaves: tuple[Leaf, ...], visible: Mapping[Leaf, Where]) -> sa.Select[Any]:
        """The statement, still without conditions."""
        columns = [self._column(leaf, visible.get(leaf)).label(f"c{i}") for i, leaf in enumerate(leaves)]
        return sa.select(*columns).select_from(self.source)

    def column(self, path: str) -> sa.ColumnElement[Any]:
        """The column a dotted path leads to, which from now on is part of the source."""
        *steps, field = path.split(".")
        _, table = self._reach(tuple(steps))
        column: sa.ColumnElement[Any] = table.c[field]
        return column

    def _column(self, leaf: Leaf, visible: Where | None) -> sa.ColumnElement[Any]:
        kind, table = self._reach(leaf.steps)
        if not isinstance(leaf.source, str):
            return self._aggregate(kind, table, leaf.source)
        column: sa.ColumnElement[Any] = table.c[leaf.source]
        if isinstance(column.type, sa.Enum):
            column = sa.type_coerce(column, sa.String())
        if visible is None:
            return column
        return sa.case((self.clauses.clause(kind, visible, table), column), else_=None)

    def _aggregate(self, kind: type[Entity], table: Any, source: Count | Total) -> sa.ColumnElement[Any]:
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


def reading(engine: sa.Engine) -> sa.Engine:
    """The engine for those who only read: on PostgreSQL without the round trips around statements that stand alone.

    Each statement sees what was committed when it began, as it would within a transaction there.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine.execution_options(read_only=True)


@contextmanager
def unavailable() -> Iterator[None]:
    """Tell a database that is away or overloaded from a statement that is wrong. Raises: Unavailable."""
    try:
        yield
    except IntegrityError:
        raise
    except (OperationalError, InterfaceError, sa.exc.TimeoutError) as error:
        raise Unavailable() from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable() from error
        raise


def _page(page: Page) -> tuple[tuple[str, ...], dict[str, int], frozenset[str]]:
    """The order of a page, how it is cut, and which of the cuts there are; "deep" where much is left out before it."""
    limit, offset = page.get("limit"), page.get("offset", 0)
    cut = ({} if limit is None else {"limit": limit}) | ({"offset": offset} if offset else {})
    return tuple(page.get("order", ())), cut, frozenset([*cut, "deep"] if offset >= DEEP else cut)


def _select(
    clauses: Clauses,
    kind: type[Entity],
    condition: Where,
    order: tuple[str, ...],
    cut: frozenset[str],
    lock: bool,
    projected: sa.Select[Any] | None = None,
) -> sa.Select[Any]:
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


def _count(clauses: Clauses, kind: type[Entity], condition: Where) -> sa.Select[Any]:
    counted = sa.select(sa.func.count()).select_from(clauses.tables.of(kind))
    return counted.where(clauses.clause(kind, condition, joined=True))


def _count_each(clauses: Clauses, asked: Sequence[tuple[type[Entity], Where]]) -> sa.Select[Any]:
    return sa.select(*(_count(clauses, kind, condition).scalar_subquery() for kind, condition in asked))


def _tally(clauses: Clauses, kind: type[Entity], condition: Where, by: tuple[str, ...], is_cut: bool) -> sa.Select[Any]:
    projection, number = Projection(clauses, kind), sa.func.count()
    columns = [projection.column(path) for path in by]
    counted = sa.select(*columns, number).select_from(projection.source).group_by(*columns)
    counted = counted.where(clauses.clause(kind, condition, joined=True))
    if not is_cut:
        return counted
    return _cut(counted.order_by(number.desc(), *(column.nulls_last() for column in columns)), frozenset(["limit"]))


def _total(clauses: Clauses, kind: type[Entity], condition: Where, field: str) -> sa.Select[Any]:
    column = clauses.tables.of(kind).c[field]
    return sa.select(sa.func.sum(column)).where(clauses.clause(kind, condition, joined=True))


def _insert(clauses: Clauses, table: sa.Table) -> Any:
    return sa.insert(table).returning(table.c.id)


def _update(clauses: Clauses, table: sa.Table) -> Any:
    return sa.update(table).where(table.c.id == sa.bindparam(THIS_ROW, type_=sa.BigInteger()))


def _compare(column: Any, operator: str, value: Any) -> sa.ColumnElement[bool]:
    if operator == "isnull":
        return COMPARE[operator](column, value)
    if operator == "in":
        values = [given for given in value if given is not None and not _cannot_be_stored(column, given)]
        return COMPARE["in"](column, values) if values else sa.false()
    if operator in ("gte", "lte") and is_huge(value):
        return column.is_not(None) if (value < 0) is (operator == "gte") else sa.false()
    if value is None or _cannot_be_stored(column, value):
        return sa.false()
    return COMPARE[operator](column, _wide(column, value))


def _type_of_parameter(column: Any, slot: Slot) -> TypeEngine[Any]:
    """The type of what stands for a slot. Raises: Unfit where a word may be none of those the column knows."""
    kind = column.type
    if isinstance(kind, sa.Enum) and (not issubclass(slot.like, enum.Enum) or _cannot_be_stored(column, slot.sample)):
        raise Unfit
    if isinstance(kind, sa.Integer):  # as wide as they come, see _wide
        return sa.BigInteger()
    found: TypeEngine[Any] = kind.coerce_compared_value(operators.eq, slot.sample)
    return found


def _cannot_be_stored(column: Any, value: Any) -> bool:
    """Values no row can have, which a database refuses to compare with instead of answering no."""
    if isinstance(column.type, sa.Enum):
        return value not in column.type.enums
    return is_huge(value) or isinstance(value, str) and not is_storable(value)


def _wide(column: Any, value: Any) -> Any:
    """A whole number as wide as they come, because a narrow column compared with it is no error but no match."""
    return sa.literal(value, sa.BigInteger()) if isinstance(column.type, sa.Integer) else value


def _wide_list(column: Any, values: Any) -> Any:
    """The same for a list, as one parameter, so that the statement is compiled once for any length."""
    whole = isinstance(column.type, sa.Integer)
    return sa.bindparam(None, values, sa.BigInteger(), expanding=True) if whole else values


COMPARE: dict[str, Callable[[Any, Any], sa.ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "in": lambda column, values: column.in_(_wide_list(column, values)),
    "gte": lambda column, value: column >= value,
    "lte": lambda column, value: column <= value,
    "isnull": lambda column, value: column.is_(None) if value else column.is_not(None),
    "icontains": lambda column, value: column.icontains(value, autoescape=True),
}
