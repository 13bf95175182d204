"""The store over SQLAlchemy Core. Constraints that the database enforces become errors of the domain."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar, Unpack

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from educore.adapters.sql import statements
from educore.adapters.sql.bulk import BulkStatements
from educore.adapters.sql.conditions import ConditionCompiler
from educore.adapters.sql.count_cache import CountCache
from educore.adapters.sql.failures import DATABASE_ERRORS, refuse, unavailable
from educore.adapters.sql.prepared import Prepared, Result
from educore.adapters.sql.statement_cache import NotCacheable, parameterize
from educore.adapters.sql.tables import Tables
from educore.adapters.sql.write_queue import WriteQueue
from educore.kernel.aggregates import Aggregate, AggregatedGroup
from educore.kernel.conditions import Where, nothing
from educore.kernel.domain import Domain
from educore.kernel.entity import NOT_STORED, Entity, restore_entity
from educore.kernel.errors import Conflict, NotFound, Unavailable
from educore.kernel.projection import Column, Projection, Steps, order_columns
from educore.kernel.store import WHOLE_VIEW, Page, TextQuery, TextRow, View

E = TypeVar("E", bound=Entity)
CACHED_STATEMENTS = 1000
"""Each takes some twenty kilobytes; an API with all its lists and roles has a few hundred."""
SAVEPOINT = "part"
"""One name is enough: an inner savepoint hides the outer one until it is released."""
K = TypeVar("K")
Limits = tuple[tuple[K, Where], ...]
Statement = tuple[Prepared, dict[str, Any]]
"""A statement and the values of its parameters."""
Parts = tuple[Any, ...]
NO_VALUES: Mapping[str, Any] = {}


class SqlStore:
    """Opens transactions on an engine; `Database` makes the engine.

    `patience` is the number of seconds a writer waits for those before it in the queue of a SQLite file.
    """

    def __init__(self, engine: sa.Engine, tables: Tables, *, patience: float = 30) -> None:
        self.patience = patience
        self.engine, self.tables, self.compiler = engine, tables, ConditionCompiler(tables, engine.dialect)
        self.read_only_engine: sa.Engine = read_only_engine(engine)
        self.write_queue: WriteQueue | None = None
        self.reset_write_queue()
        self.count_cache: CountCache = CountCache()
        self.project = lru_cache(maxsize=CACHED_STATEMENTS)(self._project)
        self.build = lru_cache(maxsize=CACHED_STATEMENTS)(self._build)
        self.bulk = lru_cache(maxsize=None)(lambda table: BulkStatements(table, engine.dialect))

    @property
    def domain(self) -> Domain:
        """The domain whose tables it reads and writes."""
        return self.tables.domain

    def reset_write_queue(self) -> None:
        """Begin a new queue of writers, so that no one waits for a transaction of the old one."""
        self.write_queue = WriteQueue() if self.engine.dialect.name == "sqlite" else None

    def begin(self, *, read_only: bool = False) -> SqlTransaction:
        """Open a transaction. Raises: Unavailable."""
        if read_only or self.write_queue is None:
            return SqlTransaction(self, self._connect(read_only), read_only=read_only)
        if not self.write_queue.acquire(timeout=self.patience):
            raise Unavailable()
        try:
            transaction = SqlTransaction(self, self._connect(read_only))
        except BaseException:
            self.write_queue.release()
            raise
        transaction.leave_queue = weakref.finalize(transaction, self.write_queue.release)
        transaction.leave_queue.atexit = False
        return transaction

    def _connect(self, read_only: bool) -> sa.Connection:
        with unavailable():
            connection = (self.read_only_engine if read_only else self.engine).connect()
            if read_only and self.engine.dialect.name == "postgresql":  # it needs no transaction, see read_only_engine
                return connection
            try:
                connection.begin()
            except BaseException:
                connection.close()
                raise
        return connection

    def _project(
        self, projection: Projection, columns: Limits[Column], related: Limits[Steps], order: tuple[str, ...]
    ) -> statements.Projected:
        """Return the SELECT of a projection without conditions; cached: building it costs more than running it."""
        select = statements.Select(self.compiler, projection.kind, view=View(dict(columns), dict(related)))
        return select.project(projection.columns, order_columns(order, projection.figures))

    def prepare_projection(
        self, projection: Projection, view: View, order: tuple[str, ...]
    ) -> tuple[statements.Projected, dict[str, Any]]:
        """Return the SELECT of a projection as a view shows it, and the values of its parameters."""
        values: dict[str, Any] = {}
        columns = tuple((column, parameterize(limit, values)) for column, limit in view.columns.items())
        related = tuple((steps, parameterize(limit, values)) for steps, limit in view.related.items())
        try:
            return self.project(projection, columns, related, order), values
        except NotCacheable:
            return self._project(projection, tuple(view.columns.items()), tuple(view.related.items()), order), {}

    def prepare(
        self,
        build: Callable[..., Any],
        kind: type[Entity],
        condition: Where,
        *more: Any,
        before: Mapping[str, Any] | None = None,
    ) -> Statement:
        """Return the statement for a condition, from the statement cache if one of the same form was built before.

        `before` holds the values of the parameters that a part of the statement has already.
        """
        values = dict(before or {})
        parameterized = parameterize(condition, values)
        plain = (kind, condition, *more)
        return self.prepare_parts(build, (kind, parameterized, *more), values, plain=plain, before=before or {})

    def prepare_parts(
        self,
        build: Callable[..., Any],
        parts: Parts,
        values: dict[str, Any],
        *,
        plain: Parts,
        before: Mapping[str, Any] = NO_VALUES,
    ) -> Statement:
        """Return the cached statement for parameterized parts, and the values of its parameters.

        Where values decide its form, the statement is built for the `plain` parts, with the values in it; of its
        parameters only those are left whose values are in `before`.
        """
        try:
            return self.build(build, *parts), values
        except NotCacheable:
            return self._build(build, *plain), dict(before)

    def _build(self, build: Callable[..., Any], *parts: Any) -> Prepared:
        return Prepared(build(self.compiler, *parts), self.engine.dialect)


class SqlTransaction:
    """One connection, one transaction. `leave_queue` lets the next writer begin, also if the transaction never ends.

    A condition that matches nothing costs no statement: it is that of rows which a role may never see.
    """

    leave_queue: Callable[[], object] = staticmethod(lambda: None)

    def __init__(self, store: SqlStore, connection: sa.Connection, *, read_only: bool = False) -> None:
        self.store = store
        self.connection = connection
        self.read_only = read_only
        self.tables, self.compiler = store.tables, store.compiler
        driver: Any = connection.connection.driver_connection
        self._cursor = driver.cursor()

    # -- reading ---------------------------------------------------------------------------------------

    def find(
        self, kind: type[E], condition: Where, *, lock: bool = False, view: View = WHOLE_VIEW, **page: Unpack[Page]
    ) -> list[E]:
        if lock:
            self._require_writable()
        if condition == nothing:
            return []
        paging = statements.paging(page)
        values: dict[str, Any] = {}
        if view.columns:  # an order by values of which some are hidden is rare, so the statement is built anew
            select = statements.select(self.compiler, kind, condition, paging, lock, view=view)
            statement = Prepared(select, self.store.engine.dialect)
        else:
            statement, values = self.store.prepare(statements.select, kind, condition, paging, lock)
        names = self.tables.of(kind).c.keys()
        rows = self._run(statement, {**values, **paging.values}).rows
        return [restore_entity(kind, dict(zip(names, row, strict=True))) for row in rows]

    def count(self, kind: type[Entity], condition: Where, *, cached: bool = False) -> int:
        if condition == nothing:
            return 0
        if cached and (known := self.store.count_cache.get((kind, condition))):
            return known
        statement, values = self.store.prepare(statements.count, kind, condition)
        count = int(self._run(statement, values).rows[0][0])
        return self.store.count_cache.put((kind, condition), count) if cached else count

    def count_each(
        self, queries: Sequence[tuple[type[Entity], Where]], *, lock: Collection[type[Entity]] = ()
    ) -> list[int]:
        if not queries:
            return []
        values: dict[str, Any] = {}
        parameterized = tuple((kind, parameterize(condition, values)) for kind, condition in queries)
        parts, plain = (parameterized, frozenset(lock)), (queries, frozenset(lock))
        statement, values = self.store.prepare_parts(statements.count_each, parts, values, plain=plain)
        return [int(count) for count in self._run(statement, values).rows[0]]

    def select_texts(self, queries: Sequence[TextQuery]) -> list[TextRow]:
        if not queries:
            return []
        values: dict[str, Any] = {}
        parameterized = tuple((kind, paths, parameterize(condition, values)) for kind, paths, condition in queries)
        statement, values = self.store.prepare_parts(statements.texts, (parameterized,), values, plain=(queries,))
        rows = self._run(statement, values).rows
        return [(n, id, [text or "" for text in texts[: len(queries[n][1])]]) for n, id, *texts in rows]

    def aggregate(
        self,
        kind: type[Entity],
        by: tuple[str, ...],
        aggregates: tuple[Aggregate, ...],
        condition: Where,
        *,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[AggregatedGroup]:
        if condition == nothing:
            return [] if by else [((), _results_of_none(aggregates))]
        paging = statements.paging({"limit": limit, "offset": offset})
        statement, values = self.store.prepare(statements.aggregate, kind, condition, by, aggregates, paging)
        rows = self._run(statement, {**values, **paging.values}).rows
        if not aggregates:
            return [(tuple(row), ()) for row in rows]
        return [(tuple(row[: len(by)]), _results(aggregates, row[len(by) :])) for row in rows]

    def select(
        self, projection: Projection, condition: Where, *, view: View = WHOLE_VIEW, **page: Unpack[Page]
    ) -> list[Any]:
        if condition == nothing:
            return []
        paging = statements.paging(page)
        projected, before = self.store.prepare_projection(projection, view, paging.order)
        statement, values = self.store.prepare(
            statements.select, projection.kind, condition, paging, False, projected, before=before
        )
        return self._run(statement, {**values, **paging.values}).rows

    # -- writing ---------------------------------------------------------------------------------------

    def insert(self, entity: Entity) -> int:
        table = self.tables.of(type(entity))
        values = {name: value for name, value in vars(entity).items() if name != "id" or value != NOT_STORED}
        return int(self._write(self.store.build(statements.insert, table), values).rows[0][0])

    def update(self, entity: Entity, fields: list[str]) -> None:
        table = self.tables.of(type(entity))
        values = {name: getattr(entity, name) for name in fields}
        statement = self.store.build(statements.update, table)
        if not self._write(statement, {**values, statements.THIS_ROW: entity.id}).affected:
            raise NotFound(kind=type(entity).__name__, id=entity.id)

    def insert_all(self, entities: Sequence[E]) -> list[int]:
        if not entities:
            return []
        bulk = self.store.bulk(self.tables.of(type(entities[0])))
        rows = self._write(*bulk.insert(entities)).rows
        return sorted([int(id) for (id,) in rows])  # ids rise in the order of the rows, see bulk.py

    def update_all(self, entities: Sequence[E]) -> None:
        if entities:
            bulk = self.store.bulk(self.tables.of(type(entities[0])))
            self._write(*bulk.update(entities))

    def delete(self, kind: type[Entity], condition: Where) -> int:
        return self._write(*self.store.prepare(statements.delete, kind, condition)).affected

    def set(self, kind: type[Entity], condition: Where, values: Mapping[str, Any]) -> int:
        table = self.tables.of(kind)
        known = {name: value for name, value in values.items() if name in table.c}
        statement, places = self.store.prepare(statements.update_all, kind, condition)
        return self._write(statement, {**known, **places}).affected

    def block_references(self, kind: type[Entity], id: int) -> None:
        self._require_writable()
        if self.store.write_queue is None:  # on SQLite no other transaction writes
            statement = self.store.build(statements.block_references, self.tables.of(kind))
            self._run(statement, {statements.THIS_ROW: id})

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self._send(f"SAVEPOINT {SAVEPOINT}")
        try:
            yield
        except BaseException:
            self._send(f"ROLLBACK TO SAVEPOINT {SAVEPOINT}")  # PostgreSQL answers nothing else after an error
            self._send(f"RELEASE SAVEPOINT {SAVEPOINT}")
            raise
        self._send(f"RELEASE SAVEPOINT {SAVEPOINT}")

    def _send(self, text: str) -> None:
        """Send a statement about savepoints. Raises: Unavailable, also where the transaction is gone already."""
        try:
            self.connection.exec_driver_sql(text)
        except (*DATABASE_ERRORS, sa.exc.InvalidRequestError) as error:
            raise Unavailable() from error

    def commit(self) -> None:
        with self._ending():
            self.connection.commit()

    def rollback(self) -> None:
        with self._ending():
            self.connection.rollback()

    @contextmanager
    def _ending(self) -> Iterator[None]:
        try:
            self._cursor.close()  # the connection goes to the next unit of work
            with unavailable(), self.connection:
                yield
        finally:
            self.leave_queue()

    def _run(self, statement: Prepared, values: dict[str, Any]) -> Result:
        try:
            return statement.run(self.connection, self._cursor, values)
        except DATABASE_ERRORS as error:
            refuse(error)

    def _write(self, statement: Prepared, values: dict[str, Any]) -> Result:
        self._require_writable()
        try:
            return self._run(statement, values)
        except IntegrityError as error:
            raise self._conflict(error) from None

    def _require_writable(self) -> None:
        if self.read_only:
            raise TypeError("this unit of work was opened read_only")

    def _conflict(self, error: IntegrityError) -> Exception:
        """Return the domain's error for a broken constraint: "taken" or "in_use"; any other error unchanged."""
        text = str(error.orig)
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if text.startswith("UNIQUE constraint failed"):
            columns = re.findall(r"(\w+)\.(\w+)", text)
            return Conflict.duplicate(self.tables.kind_of(columns[0][0]), [name for _, name in columns])
        if key := self.tables.unique_key(constraint or ""):
            return Conflict.duplicate(key.kind, key.fields)
        if "foreign key" in text.lower():
            return Conflict.because("", "in_use", by={})
        return error


def _results(aggregates: tuple[Aggregate, ...], values: Sequence[Any]) -> tuple[Any, ...]:
    """Return the aggregates of a row; a sum of whole numbers comes as one from the database."""
    pairs = zip(aggregates, values, strict=True)
    return tuple(Decimal(value) if aggregate.function == "sum" else value for aggregate, value in pairs)


def _results_of_none(aggregates: tuple[Aggregate, ...]) -> tuple[Any, ...]:
    """Return the aggregates of no rows at all."""
    results = {"count": 0, "sum": Decimal(0), "min": None, "max": None}
    return tuple(results[aggregate.function] for aggregate in aggregates)


def read_only_engine(engine: sa.Engine) -> sa.Engine:
    """Return an engine for transactions that only read.

    On PostgreSQL they run in autocommit mode, which saves the round trips of BEGIN and COMMIT. Each statement sees what
    was committed when it began, as it would within a transaction at the isolation level used here.
    """
    return engine.execution_options(read_only=True)
