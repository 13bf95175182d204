"""A store in dictionaries: for tests, notebooks and demonstrations. Not durable.

Every query looks at every row of a kind. That is quick enough for its purpose, and so plain that the parity tests use
it as the reference for the SQL store.
"""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeVar, Unpack

from educore.kernel.aggregates import Aggregate, AggregatedGroup
from educore.kernel.conditions import COMPARE, Nested, Term, Where, everything, is_backward, where
from educore.kernel.domain import Domain
from educore.kernel.entity import Entity, OnDelete, live_rows, value_type
from educore.kernel.errors import Conflict, Unavailable
from educore.kernel.projection import Column, Projection, order_columns
from educore.kernel.shape import Count
from educore.kernel.store import WHOLE_VIEW, Page, TextQuery, TextRow, View
from educore.kernel.words import RankedWord
from educore.values import Value

E = TypeVar("E", bound=Entity)
Rows = dict[int, Entity]
WRITER_PATIENCE = 30
"""Seconds for which a writer waits for the one before it, as in the SQL store."""


class MemoryStore:
    """Stores entities in dictionaries. One transaction writes at a time; readers see the last committed state."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.committed: Mapping[str, Rows] = MappingProxyType({})
        self.ids: defaultdict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))
        self.writing: threading.Lock = threading.Lock()

    def begin(self, *, read_only: bool = False) -> MemoryTransaction:
        """Open a transaction. Raises: Unavailable if another one writes for too long."""
        if not read_only and not self.writing.acquire(timeout=WRITER_PATIENCE):
            raise Unavailable()
        return MemoryTransaction(self, read_only=read_only)


class MemoryTransaction:
    """A copy-on-write view of the store's dictionaries."""

    def __init__(self, store: MemoryStore, *, read_only: bool) -> None:
        self.store = store
        self.domain: Domain = store.domain
        self.read_only = read_only
        self.rows: dict[str, Rows] = dict(store.committed)
        self._own: set[str] = set()

    # -- reading ---------------------------------------------------------------------------------------

    def find(
        self, kind: type[E], condition: Where, *, lock: bool = False, view: View = WHOLE_VIEW, **page: Unpack[Page]
    ) -> list[E]:
        if lock:
            self._require_writable()
        return self._page(kind, condition, view, page, order_columns(page.get("order", ())))

    def _page(self, kind: type[E], condition: Where, view: View, page: Page, columns: Mapping[str, Column]) -> list[E]:
        rows = [e for e in self._all(kind) if self._matches(e, condition)]
        rows.sort(key=lambda entity: entity.id)
        for key in reversed(page.get("order", ())):
            values = {e.id: _order_value(self._column_value(e, columns[key], view)) for e in rows}
            if page.get("ignore_case"):
                values = {id: _lower(value) for id, value in values.items()}
            ordered = [e for e in rows if values[e.id] is not None]
            ordered.sort(key=lambda entity: values[entity.id], reverse=key.startswith("-"))
            rows = ordered + [e for e in rows if values[e.id] is None]
        offset, limit = page.get("offset", 0), page.get("limit")
        return rows[offset : None if limit is None else offset + limit]

    def count(self, kind: type[Entity], condition: Where, *, cached: bool = False) -> int:
        return sum(self._matches(entity, condition) for entity in self._all(kind))

    def count_each(
        self, queries: Sequence[tuple[type[Entity], Where]], *, lock: Collection[type[Entity]] = ()
    ) -> list[int]:
        return [self.count(kind, condition) for kind, condition in queries]

    def select_texts(self, queries: Sequence[TextQuery]) -> list[TextRow]:
        found = []
        for position, (kind, paths, condition) in enumerate(queries):
            for entity in self.find(kind, condition):
                values = (_plain(_searched_text(self._column_value(entity, Column.at(path)))) for path in paths)
                found.append((position, entity.id, ["" if value is None else str(value) for value in values]))
        return found

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
        members: defaultdict[tuple[Any, ...], list[Entity]] = defaultdict(list, {} if by else {(): []})
        for entity in self._all(kind):
            if self._matches(entity, condition):
                values = (_searched_text(self._column_value(entity, Column.at(path))) for path in by)
                members[tuple(values)].append(entity)
        groups = [
            (values, tuple(self._compute(aggregate, entities) for aggregate in aggregates))
            for values, entities in members.items()
        ]
        return groups if limit is None else _ranked(groups, aggregates[0])[offset : offset + limit]

    def _compute(self, aggregate: Aggregate, entities: list[Entity]) -> Any:
        if aggregate.function == "count":
            return len(entities)
        column = Column.at(aggregate.path)
        found = [value for entity in entities if (value := self._column_value(entity, column)) is not None]
        if aggregate.function == "sum":
            return sum(found, Decimal(0))
        return (min if aggregate.function == "min" else max)(found, default=None)

    def select(
        self, projection: Projection, condition: Where, *, view: View = WHOLE_VIEW, **page: Unpack[Page]
    ) -> list[Any]:
        columns = order_columns(page.get("order", ()), projection.figures)
        found = self._page(projection.kind, condition, view, page, columns)
        return [
            tuple(_plain(self._column_value(entity, column, view)) for column in projection.columns) for entity in found
        ]

    def _column_value(self, entity: Entity | None, column: Column, view: View = WHOLE_VIEW) -> Any:
        for end, step in enumerate(column.steps, 1):
            entity = entity and self._follow(entity, step)
            if entity and not self._matches(entity, view.related.get(column.steps[:end], everything)):
                entity = None
        if isinstance(column.source, str):
            is_visible = entity is not None and view.columns.get(column, everything).holds(entity)
            return getattr(entity, column.source) if is_visible else None
        others = self._back(entity, column.source.kind) if entity else []
        pointing = [e for e in others if self._matches(e, view.columns.get(column, column.source.condition))]
        if isinstance(column.source, Count):
            return len(pointing)
        number, _ = value_type(self.domain.kinds[column.source.kind], column.source.field)
        values = (getattr(other, column.source.field) for other in pointing)
        return sum((value for value in values if value is not None), number(0))

    def _matches(self, entity: Entity, condition: Where) -> bool:
        return any(all(self._holds(entity, term) for term in terms) for terms in condition.alternatives)

    def _holds(self, entity: Entity, term: Term) -> bool:
        if isinstance(term, Nested):
            return self._matches(entity, term.condition)
        if term.operator in ("has", "lacks"):
            found = any(self._matches(e, term.value) for e in self._reach(entity, term.path))
            return found is (term.operator == "has")
        *steps, name = term.path
        return any(COMPARE[term.operator](getattr(e, name), term.value) for e in self._reach(entity, steps))

    def _reach(self, entity: Entity, steps: Any) -> list[Entity]:
        reached = [entity]
        for step in steps:
            if is_backward(step):
                reached = [other for e in reached for other in self._back(e, step)]
            else:
                reached = [other for e in reached if (other := self._follow(e, step)) is not None]
        return reached

    def _follow(self, entity: Entity, step: str) -> Entity | None:
        field, target = self.domain.target(type(entity), step)
        return self.rows.get(target.__name__, {}).get(getattr(entity, field))

    def _back(self, entity: Entity, step: str) -> list[Entity]:
        """Return the rows that refer to a row; archived ones do not exist on a way back."""
        other, field = self.domain.source(type(entity), step)
        live = live_rows(other)
        return [e for e in self._all(other) if getattr(e, field) == entity.id and live.holds(e)]

    def _all(self, kind: type[E]) -> list[E]:
        return list(self.rows.get(kind.__name__, {}).values())  # type: ignore[arg-type]  # keyed by kind

    # -- writing ---------------------------------------------------------------------------------------

    def insert(self, entity: Entity) -> int:
        self._refuse_duplicates(entity)
        id = next(self.store.ids[type(entity).__name__])
        self._writable(type(entity))[id] = entity.model_copy(update={"id": id})
        return id

    def update(self, entity: Entity, fields: list[str]) -> None:
        self._refuse_duplicates(entity)
        self._writable(type(entity))[entity.id] = entity

    def insert_all(self, entities: Sequence[E]) -> list[int]:
        return [self.insert(entity) for entity in entities]

    def update_all(self, entities: Sequence[E]) -> None:
        for entity in entities:
            self.update(entity, [])

    def delete(self, kind: type[Entity], condition: Where) -> int:
        rows = self.find(kind, condition)
        for entity in rows:
            self._release_references(entity)
            del self._writable(kind)[entity.id]
        return len(rows)

    def set(self, kind: type[Entity], condition: Where, values: Mapping[str, Any]) -> int:
        found = self.find(kind, condition)
        for entity in found:
            self._writable(kind)[entity.id] = entity.change(**values)
        return len(found)

    def block_references(self, kind: type[Entity], id: int) -> None:
        self._require_writable()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        before, self._own = dict(self.rows), set()  # rows of a kind are copied again before they are written
        try:
            yield
        except BaseException:
            self.rows, self._own = before, set()
            raise

    def commit(self) -> None:
        if not self.read_only:
            self.store.committed = MappingProxyType(self.rows)
            self._end()

    def rollback(self) -> None:
        if not self.read_only:
            self._end()

    def _end(self) -> None:
        self.rows, self._own = {}, set()  # what is written from now on goes nowhere
        self.store.writing.release()

    def _writable(self, kind: type[Entity]) -> Rows:
        self._require_writable()
        name = kind.__name__
        if name not in self._own:
            self._own.add(name)
            self.rows[name] = dict(self.rows.get(name, {}))
        return self.rows[name]

    def _require_writable(self) -> None:
        if self.read_only:
            raise TypeError("this unit of work was opened read_only")

    def _refuse_duplicates(self, entity: Entity) -> None:
        for rule in self.domain.unique_rules[type(entity)]:
            values = [getattr(entity, name) for name in rule.fields]
            for other in self._all(type(entity)) if None not in values else ():
                is_equal = other.id != entity.id and [getattr(other, name) for name in rule.fields] == values
                if is_equal and rule.only.holds(entity) and rule.only.holds(other):
                    raise Conflict.duplicate(type(entity).__name__, rule.fields)

    def _release_references(self, entity: Entity) -> None:
        for other, field, reference in self.domain.referrers(type(entity)):
            pointing = where(**{field: entity.id})
            if reference.on_delete is OnDelete.CASCADE:
                self.delete(other, pointing)
            elif reference.on_delete is OnDelete.CLEAR:
                self.set(other, pointing, {field: None})
            elif any(found is not entity for found in self.find(other, pointing)):
                raise Conflict.because("", "in_use", kind=type(entity).__name__, by={other.__name__: 1})


def _ranked(groups: list[AggregatedGroup], first: Aggregate) -> list[AggregatedGroup]:
    """Return groups in the order of their first aggregates and, among equal ones, of their values; None last."""
    by_values = sorted(groups, key=lambda group: [(value is None, value) for value in group[0]])
    known = [group for group in by_values if group[1][0] is not None]
    known.sort(key=lambda group: group[1][0], reverse=not first.smallest_first)
    return known + [group for group in by_values if group[1][0] is None]


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) and not isinstance(value, Enum) else value


def _searched_text(value: Any) -> Any:
    """Return what rows are searched and ordered by: of a list of texts its text."""
    return str(value) if isinstance(value, Value) else value


def _order_value(value: Any) -> Any:
    """Return what rows are ordered by: the rank of a ranked word, otherwise what they are searched by."""
    return value.rank if isinstance(value, RankedWord) else _searched_text(value)


def _plain(value: Any) -> Any:
    """Return what shapes show: of an enumeration the word, of a structured value its plain form."""
    if isinstance(value, Value):
        return value.plain()
    return value.value if isinstance(value, Enum) else value
