"""The store over SQLAlchemy Core: units of work as transactions, broken rules as domain errors."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar, Unpack

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from educore.adapters.sql import statements
from educore.adapters.sql.bulk import Many
from educore.adapters.sql.conditions import Clauses
from educore.adapters.sql.counts import LargeCounts
from educore.adapters.sql.failures import unavailable
from educore.adapters.sql.statement_cache import Unfit, outlined
from educore.adapters.sql.tables import Tables
from educore.adapters.sql.turns import Turns
from educore.kernel.conditions import Where
from educore.kernel.domain import Domain
from educore.kernel.entity import NOT_STORED, Entity
from educore.kernel.errors import Conflict, NotFound, Problem, Unavailable
from educore.kernel.projection import Column, Projection, compile_shape
from educore.kernel.shape import Shape
from educore.kernel.store import Page

E = TypeVar("E", bound=Entity)
STATEMENTS_KEPT = 1000
"""Each takes some twenty kilobytes; an API with all its lists and roles has a few hundred."""
Values = dict[str, Any] | None
Statement = tuple[sa.Executable, dict[str, Any]]
"""What to run, and the values of its parameters."""


class SqlStore:
    """Opens transactions on an engine; `Database` makes the engine.

    `patience` is how many seconds a writer waits for those before it in the queue of a SQLite file.
    """

    def __init__(self, engine: sa.Engine, tables: Tables, *, patience: float = 30) -> None:
        self.patience = patience
        self.engine, self.tables, self.clauses = engine, tables, Clauses(tables, engine.dialect)
        self.reading = reading(engine)
        self.turns: Turns | None = None
        self.begin_turns()
        self.large_counts = LargeCounts()
        self.projected = lru_cache(maxsize=STATEMENTS_KEPT)(self._project)
        self.built = lru_cache(maxsize=STATEMENTS_KEPT)(self._build)
        self.many = lru_cache(maxsize=None)(lambda table: Many(table, engine.dialect))

    @property
    def domain(self) -> Domain:
        """The domain whose tables it reads and writes."""
        return self.tables.domain

    def begin_turns(self) -> None:
        """Have nobody wait for whoever has a turn at present."""
        self.turns = Turns() if self.engine.dialect.name == "sqlite" else None

    def begin(self, *, read_only: bool = False) -> SqlTransaction:
        """Open a transaction. Raises: Unavailable."""
        if read_only or self.turns is None:
            return SqlTransaction(self, self._connect(read_only), read_only=read_only)
        if not self.turns.take(timeout=self.patience):
            raise Unavailable()
        try:
            transaction = SqlTransaction(self, self._connect(read_only))
        except BaseException:
            self.turns.give()
            raise
        transaction.end_turn = weakref.finalize(transaction, self.turns.give)
        transaction.end_turn.atexit = False
        return transaction

    def _connect(self, read_only: bool) -> sa.Connection:
        with unavailable():
            connection = (self.reading if read_only else self.engine).connect()
            try:
                connection.begin()
            except BaseException:
                connection.close()
                raise
        return connection

    def _project(self, shape: type[Shape], visible: tuple[tuple[Column, Where], ...]) -> sa.Select[Any]:
        """The SELECT of a shape without conditions; kept, because building it costs more than running it."""
        return statements.Select(self.clauses, shape.of).select(
            compile_shape(shape, self.tables.domain).columns, dict(visible)
        )

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


class SqlTransaction:
    """One connection, one transaction. `end_turn` lets the next writer begin, also where nobody ends this one."""

    end_turn: Callable[[], object] = staticmethod(lambda: None)

    def __init__(self, store: SqlStore, connection: sa.Connection, *, read_only: bool = False) -> None:
        self.store, self.connection, self.read_only = store, connection, read_only
        self.tables, self.clauses = store.tables, store.clauses

    # -- reading ---------------------------------------------------------------------------------------

    def find(self, kind: type[E], condition: Where, *, lock: bool = False, **page: Unpack[Page]) -> list[E]:
        if lock:
            self._require_writable()
        order, cut, rest = statements.cut_of(page)
        statement, values = self.store.prepare(statements.select, kind, condition, order, rest, lock)
        return [kind.model_validate(dict(row)) for row in self._run(statement, values | cut).mappings().all()]

    def count(self, kind: type[Entity], condition: Where, *, roughly: bool = False) -> int:
        if roughly and (known := self.store.large_counts.get((kind, condition))):
            return known
        statement, values = self.store.prepare(statements.count, kind, condition)
        found = int(self._run(statement, values).scalar_one())
        return self.store.large_counts.keep((kind, condition), found) if roughly else found

    def count_each(self, asked: Sequence[tuple[type[Entity], Where]]) -> list[int]:
        if not asked:
            return []
        values: dict[str, Any] = {}
        outlines = tuple((kind, outlined(condition, values)) for kind, condition in asked)
        try:
            statement = self.store.built(statements.count_each, outlines)
        except Unfit:
            statement, values = statements.count_each(self.clauses, asked), {}
        return [int(count) for count in self._run(statement, values).one()]

    def texts(self, asked: Sequence[tuple[type[Entity], tuple[str, ...], Where]]) -> list[tuple[int, int, list[str]]]:
        if not asked:
            return []
        values: dict[str, Any] = {}
        outlines = tuple((kind, paths, outlined(condition, values)) for kind, paths, condition in asked)
        try:
            statement = self.store.built(statements.texts, outlines)
        except Unfit:
            statement, values = statements.texts(self.clauses, asked), {}
        found = self._run(statement, values).all()
        return [(place, id, [text or "" for text in texts[: len(asked[place][1])]]) for place, id, *texts in found]

    def count_by(
        self, kind: type[Entity], by: tuple[str, ...], condition: Where, *, most: int | None = None
    ) -> dict[tuple[Any, ...], int]:
        statement, values = self.store.prepare(statements.count_by, kind, condition, by, most is not None)
        rows = self._run(statement, values | ({} if most is None else {"limit": most})).all()
        return {tuple(values): count for *values, count in rows}

    def sum(self, kind: type[Entity], field: str, condition: Where) -> Decimal:
        statement, values = self.store.prepare(statements.total, kind, condition, field)
        return Decimal(self._run(statement, values).scalar_one() or 0)

    def select(
        self, projection: Projection, condition: Where, *, visible: Mapping[Column, Where], **page: Unpack[Page]
    ) -> list[Any]:
        order, cut, rest = statements.cut_of(page)
        projected = self.store.projected(projection.shape, tuple(visible.items()))
        statement, values = self.store.prepare(
            statements.select, projection.shape.of, condition, order, rest, False, projected
        )
        return list(self._run(statement, values | cut).all())

    # -- writing ---------------------------------------------------------------------------------------

    def insert(self, entity: Entity) -> int:
        table = self.tables.of(type(entity))
        values = {name: value for name, value in vars(entity).items() if name != "id" or value != NOT_STORED}
        return int(self._write(self.store.built(statements.insert, table), values).scalar_one())

    def update(self, entity: Entity, fields: list[str]) -> None:
        table = self.tables.of(type(entity))
        values = {name: getattr(entity, name) for name in fields}
        if not self._write(
            self.store.built(statements.update, table), {**values, statements.THIS_ROW: entity.id}
        ).rowcount:
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
        with self._ending():
            self.connection.commit()

    def rollback(self) -> None:
        with self._ending():
            self.connection.rollback()

    @contextmanager
    def _ending(self) -> Iterator[None]:
        try:
            with unavailable(), self.connection:
                yield
        finally:
            self.end_turn()

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


def reading(engine: sa.Engine) -> sa.Engine:
    """The engine for those who only read: on PostgreSQL without the round trips around statements that stand alone.

    Each statement sees what was committed when it began, as it would within a transaction there.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine.execution_options(read_only=True)
