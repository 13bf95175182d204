"""The store over SQLAlchemy Core. Conditions become WHERE clauses, shapes one SELECT, broken rules domain errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar, Unpack

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError

from educore.entity import NOT_STORED, Entity
from educore.errors import Conflict, NotFound, Problem, Unavailable
from educore.shape import Count, Leaf, Plan, Shape, Total
from educore.sql.tables import Tables
from educore.store import Page
from educore.values import is_storable
from educore.where import Test, Where, everything, is_backward, nothing

E = TypeVar("E", bound=Entity)
Rows = list[dict[str, Any]]
UPSERTS: dict[str, Callable[[sa.Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
ALL_ROWS_AT_ONCE = {"insertmanyvalues_page_size": 10_000}
SMALLEST_ID, LARGEST_ID = -(2**63), 2**63 - 1


class SqlStore:
    """Opens transactions on an engine; `Database` makes the engine."""

    def __init__(self, engine: sa.Engine, tables: Tables) -> None:
        self.engine, self.tables, self.clauses = engine, tables, Clauses(tables)
        self.projected = lru_cache(maxsize=512)(self._project)

    def begin(self, *, read_only: bool = False) -> SqlTransaction:
        """Open a transaction. Raises: Unavailable."""
        with unavailable():
            connection = self.engine.connect()
            try:
                if read_only:
                    connection.execution_options(read_only=True, postgresql_readonly=True)
                connection.begin()
            except BaseException:
                connection.close()
                raise
        return SqlTransaction(self, connection, read_only=read_only)

    def _project(self, shape: type[Shape], visible: tuple[tuple[Leaf, Where], ...]) -> sa.Select[Any]:
        """The SELECT of a shape without conditions; kept, because building it costs more than running it."""
        return Projection(self.clauses, shape.of).select(self.tables.domain.plan(shape).leaves, dict(visible))


class SqlTransaction:
    """One connection, one transaction."""

    def __init__(self, store: SqlStore, connection: sa.Connection, *, read_only: bool = False) -> None:
        self.store, self.connection, self.read_only = store, connection, read_only
        self.tables, self.clauses = store.tables, store.clauses

    # -- reading ---------------------------------------------------------------------------------------

    def find(self, kind: type[E], condition: Where, *, lock: bool = False, **page: Unpack[Page]) -> list[E]:
        table = self.tables.of(kind)
        statement = _paged(sa.select(table).where(self.clauses.clause(kind, condition)), table, **page)
        if lock:
            self._require_writable()
            statement = statement.with_for_update(key_share=True)  # rows that refer to these may still be added
        return [kind.model_validate(dict(row)) for row in self._run(statement).mappings()]

    def count(self, kind: type[Entity], condition: Where) -> int:
        table = self.tables.of(kind)
        clause = self.clauses.clause(kind, condition)
        return int(self._run(sa.select(sa.func.count()).select_from(table).where(clause)).scalar_one())

    def count_each(self, asked: Sequence[tuple[type[Entity], Where]]) -> list[int]:
        counts = [
            sa.select(sa.func.count())
            .select_from(self.tables.of(kind))
            .where(self.clauses.clause(kind, condition))
            .scalar_subquery()
            for kind, condition in asked
        ]
        return [int(count) for count in self._run(sa.select(*counts)).one()] if counts else []

    def tally(self, kind: type[Entity], by: str, condition: Where) -> dict[Any, int]:
        column, source = Projection(self.clauses, kind).column(by)
        statement = sa.select(column, sa.func.count()).select_from(source)
        pairs: Any = self._run(statement.where(self.clauses.clause(kind, condition)).group_by(column)).all()
        return dict(pairs)

    def total(self, kind: type[Entity], field: str, condition: Where) -> Decimal:
        statement = sa.select(sa.func.sum(self.tables.of(kind).c[field])).where(self.clauses.clause(kind, condition))
        return Decimal(self._run(statement).scalar_one() or 0)

    def view(self, plan: Plan, condition: Where, *, visible: Mapping[Leaf, Where], **page: Unpack[Page]) -> list[Any]:
        kind = plan.shape.of
        statement = self.store.projected(plan.shape, tuple(visible.items()))
        statement = statement.where(self.clauses.clause(kind, condition))
        return list(self._run(_paged(statement, self.tables.of(kind), **page)))

    # -- writing ---------------------------------------------------------------------------------------

    def insert(self, entity: Entity) -> int:
        table = self.tables.of(type(entity))
        values = {name: value for name, value in dict(entity).items() if name != "id" or value != NOT_STORED}
        return int(self._write(sa.insert(table).values(values).returning(table.c.id)).scalar_one())

    def update(self, entity: Entity, fields: list[str]) -> None:
        table = self.tables.of(type(entity))
        values = {name: getattr(entity, name) for name in fields}
        if not self._write(sa.update(table).where(table.c.id == entity.id).values(values)).rowcount:
            raise NotFound(kind=type(entity).__name__, id=entity.id)

    def insert_all(self, entities: Sequence[E]) -> list[int]:
        if not entities:
            return []
        table = self.tables.of(type(entities[0]))
        rows = [{name: value for name, value in dict(entity).items() if name != "id"} for entity in entities]
        # PostgreSQL has to be asked to number the rows in their order; SQLite, which always does, would go one by one
        in_order = self.connection.dialect.name == "postgresql"
        statement = sa.insert(table).returning(table.c.id, sort_by_parameter_order=in_order)
        return sorted(int(id) for id in self._write(statement, rows).scalars())

    def update_all(self, entities: Sequence[E]) -> None:
        if not entities:
            return
        table = self.tables.of(type(entities[0]))
        insert: Any = UPSERTS[self.connection.dialect.name](table)
        changed = {column.name: insert.excluded[column.name] for column in table.c if column.name != "id"}
        statement = insert.on_conflict_do_update(index_elements=[table.c.id], set_=changed).returning(table.c.id)
        self._write(statement, [dict(entity) for entity in entities])

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

    def _run(self, statement: sa.Executable, rows: Rows | None = None) -> sa.CursorResult[*tuple[Any, ...]]:
        with unavailable():
            return self.connection.execute(statement, rows, execution_options=ALL_ROWS_AT_ONCE if rows else {})

    def _write(self, statement: sa.Executable, rows: Rows | None = None) -> sa.CursorResult[*tuple[Any, ...]]:
        self._require_writable()
        try:
            return self._run(statement, rows)
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

    def __init__(self, tables: Tables) -> None:
        self.tables, self.domain = tables, tables.domain
        self._links: dict[tuple[Any, str], tuple[type[Entity], Any, sa.ColumnElement[bool]]] = {}

    def clause(self, kind: type[Entity], condition: Where, table: Any = None) -> sa.ColumnElement[bool]:
        """The WHERE clause of a bound condition on a table (or an alias of it)."""
        table = self.tables.of(kind) if table is None else table
        if condition == everything:
            return sa.true()
        if condition == nothing:
            return sa.false()
        alternatives = (
            sa.and_(sa.true(), *(self._test(kind, table, test, test.path) for test in tests))
            for tests in condition.alternatives
        )
        return sa.or_(sa.false(), *alternatives)

    def _test(self, kind: type[Entity], table: Any, test: Test, path: tuple[str, ...]) -> sa.ColumnElement[bool]:
        if not path:
            return self.clause(kind, test.value, table)
        step, *rest = path
        nests = test.operator in ("has", "lacks")
        if not rest and not nests:
            return _compare(table.c[step], test.operator, test.value)
        other, alias, link = self._follow(kind, table, step)
        inner = self.clause(other, test.value, alias) if nests else self._test(other, alias, test, tuple(rest))
        exists = sa.exists().where(link, inner)
        return ~exists if test.operator == "lacks" else exists

    def _follow(self, kind: type[Entity], table: Any, step: str) -> tuple[type[Entity], Any, sa.ColumnElement[bool]]:
        """The kind a step leads to, an alias of its table, and what ties its rows to ours.

        Aliases are kept: making one costs more than running the statement, and each stands in an EXISTS of its own.
        """
        if (table, step) not in self._links:
            if is_backward(step):
                other, field = self.domain.source(kind, step)
                alias = self.tables.of(other).alias()
                self._links[table, step] = other, alias, alias.c[field] == table.c.id
            else:
                field, other = self.domain.target(kind, step)
                alias = self.tables.of(other).alias()
                self._links[table, step] = other, alias, alias.c.id == table.c[field]
        return self._links[table, step]


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

    def column(self, path: str) -> tuple[sa.ColumnElement[Any], Any]:
        """The column a dotted path leads to, and what to select it from."""
        *steps, field = path.split(".")
        _, table = self._reach(tuple(steps))
        return table.c[field], self.source

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


def _paged(statement: Any, table: sa.Table, **page: Unpack[Page]) -> Any:
    order, limit, offset = page.get("order", ()), page.get("limit"), page.get("offset", 0)
    for key in order:
        column = table.c[key.lstrip("-")]
        ordered = column.desc() if key.startswith("-") else column.asc()
        statement = statement.order_by(ordered.nulls_last() if column.nullable else ordered)
    if not {"id", "-id"} & set(order):
        statement = statement.order_by(table.c.id)
    if limit is not None:
        statement = statement.limit(limit)
    return statement.offset(offset) if offset else statement


def _compare(column: Any, operator: str, value: Any) -> sa.ColumnElement[bool]:
    if operator == "isnull":
        return COMPARE[operator](column, value)
    if operator == "in":
        values = [given for given in value if given is not None and not _cannot_be_stored(column, given)]
        return COMPARE["in"](column, values) if values else sa.false()
    if operator in ("gte", "lte") and _is_huge(value):
        return column.is_not(None) if (value < 0) is (operator == "gte") else sa.false()
    if value is None or _cannot_be_stored(column, value):
        return sa.false()
    return COMPARE[operator](column, _wide(column, value))


def _cannot_be_stored(column: Any, value: Any) -> bool:
    """Values no row can have, which a database refuses to compare with instead of answering no."""
    if isinstance(column.type, sa.Enum):
        return value not in column.type.enums
    return _is_huge(value) or isinstance(value, str) and not is_storable(value)


def _is_huge(value: Any) -> bool:
    return isinstance(value, int) and not SMALLEST_ID <= value <= LARGEST_ID


def _wide(column: Any, value: Any) -> Any:
    """A whole number as wide as they come, because a narrow column compared with it is no error but no match."""
    return sa.literal(value, sa.BigInteger()) if isinstance(column.type, sa.Integer) else value


def _wide_list(column: Any, values: list[Any]) -> Any:
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
