"""Held rows: what a transaction has locked or written, and need not read again.

Why: use cases are written plainly. Each one reads what it needs, and one that calls another reads the same row again.
To register a student took thirty statements, five of which read the new row. Passing rows from function to function
instead would tie the functions to each other.

No other transaction can change a row that this one has locked, inserted or updated, until this one ends, and what this
one does to it passes through here. So the row that is held here is the row in the database, also at the isolation level
READ COMMITTED. Rows that were only read are not held: others may change them at any moment, and a use case that reads
one again after a lock does so on purpose.

A query is answered from here only if it names rows by their ids, all of these are held, and its condition needs no
other row. In every other case it is a statement, as before. Bulk writes, deletions with what they cascade to, and every
error of the store let go of what they may have changed.

The second thing remembered is that rows meet a condition over fields that never change (`Fixed`), such as "the branch 5
of Center 1": a row that met it meets it until it is deleted, which a reference to it prevents. A row that may be
archived is locked against that when it is counted, so that it stays live too.

What it bought: docs/decisions/0036-held-rows.md. Tests: tests/kernel/test_held_rows.py compares what is held with what
is stored after each of random verbs, in all stores.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, Unpack

from educore.kernel.conditions import Nested, Where
from educore.kernel.domain import Domain
from educore.kernel.entity import Entity, Fixed, OnDelete, is_marked
from educore.kernel.store import Page, Transaction

E = TypeVar("E", bound=Entity)
Query = tuple[type[Entity], Where]


class HeldRows:
    """A transaction that answers from the rows it holds, and passes everything else on to the one of the store."""

    def __init__(self, transaction: Transaction, domain: Domain) -> None:
        self._transaction, self._domain = transaction, domain
        self._rows: dict[type[Entity], dict[int, Entity]] = {}
        self._counts: dict[type[Entity], dict[Where, int]] = {}

    def holds(self, kind: type[Entity], id: int) -> bool:
        """Return whether the row is locked or was written by this transaction."""
        return id in self._rows.get(kind, ())

    # -- reading ---------------------------------------------------------------------------------------

    def find(self, kind: type[E], condition: Where, *, lock: bool = False, **page: Unpack[Page]) -> list[E]:
        """Return the matching entities; those that are locked are held from now on."""
        held = self._held(kind, condition) if page.get("order", ("id",)) == ("id",) and not page.get("offset") else None
        if held is not None:
            return held[: page.get("limit")]
        found = self._transaction.find(kind, condition, lock=lock, **page)
        if lock:
            self._hold(found)
        return found

    def count(self, kind: type[Entity], condition: Where, *, cached: bool = False) -> int:
        """Return the number of rows that match."""
        known = self._known_count(kind, condition)
        return self._transaction.count(kind, condition, cached=cached) if known is None else known

    def count_each(self, queries: Sequence[Query], *, lock: Collection[type[Entity]] = ()) -> list[int]:
        """Return the number of rows of each kind that match its condition, in one statement at most."""
        known = {query: self._known_count(*query) for query in queries}
        unknown = [query for query, count in known.items() if count is None]
        counted = dict(zip(unknown, self._transaction.count_each(unknown, lock=lock), strict=True)) if unknown else {}
        for (kind, condition), count in counted.items():
            if count == len(_named_ids(condition) or ()) and _is_lasting(kind, condition, is_locked=kind in lock):
                self._counts.setdefault(kind, {})[condition] = count
        return [counted[query] if query in counted else known[query] or 0 for query in queries]

    def __getattr__(self, name: str) -> Any:
        """Pass everything on that neither uses nor changes what is held."""
        return getattr(self._transaction, name)

    # -- writing ---------------------------------------------------------------------------------------

    def insert(self, entity: Entity) -> int:
        """Store a new row and return its id."""
        with self._writing(type(entity)):
            id = self._transaction.insert(entity)
        self._hold([entity.model_copy(update={"id": id})])
        return id

    def update(self, entity: Entity, fields: list[str]) -> None:
        """Store these fields of an existing row."""
        was_held = self.holds(type(entity), entity.id)
        with self._writing(type(entity)):
            self._transaction.update(entity, fields)
        if was_held:  # else the fields that were not stored are not known
            self._hold([entity])

    def insert_all(self, entities: Sequence[E]) -> list[int]:
        """Store new rows of one kind. They are not held: there may be many, and few are read again."""
        if not entities:
            return []
        with self._writing(type(entities[0])):
            return self._transaction.insert_all(entities)

    def update_all(self, entities: Sequence[E]) -> None:
        """Store every field of existing rows of one kind."""
        if entities:
            with self._writing(type(entities[0])):
                self._transaction.update_all(entities)
            self._hold(entities)

    def delete(self, kind: type[Entity], condition: Where) -> int:
        """Delete the matching rows; every kind that this may reach is let go."""
        with self._writing(*self._reached(kind), is_bulk=True):
            return self._transaction.delete(kind, condition)

    def set(self, kind: type[Entity], condition: Where, values: Mapping[str, Any]) -> int:
        """Set fields on every matching row; the kind is let go."""
        with self._writing(kind, is_bulk=True):
            return self._transaction.set(kind, condition, values)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done inside if an exception leaves it, and hold again what was held before.

        A row that was locked inside is let go: PostgreSQL frees its lock.
        """
        rows = {kind: dict(held) for kind, held in self._rows.items()}
        counts = {kind: dict(known) for kind, known in self._counts.items()}
        try:
            with self._transaction.savepoint():
                yield
        except BaseException:
            self._rows, self._counts = rows, counts
            raise

    # -- what is held ----------------------------------------------------------------------------------

    def _held(self, kind: type[E], condition: Where) -> list[E] | None:
        """Return the matching rows by id; None if not all that are named are held, or the rows alone do not decide."""
        ids = _named_ids(condition)
        rows: Any = self._rows.get(kind, {})
        if ids is None or not ids <= rows.keys() or not condition.is_local:
            return None
        return [rows[id] for id in sorted(ids) if condition.holds(rows[id])]

    def _known_count(self, kind: type[Entity], condition: Where) -> int | None:
        held = self._held(kind, condition)
        return self._counts.get(kind, {}).get(condition) if held is None else len(held)

    def _hold(self, entities: Iterable[Entity]) -> None:
        for entity in entities:
            self._rows.setdefault(type(entity), {})[entity.id] = entity

    @contextmanager
    def _writing(self, *kinds: type[Entity], is_bulk: bool = False) -> Iterator[None]:
        """Let go of what a write may change; after an error of everything, as the transaction may be broken."""
        for kind in kinds:
            self._counts.pop(kind, None)
            if is_bulk:
                self._rows.pop(kind, None)
        try:
            yield
        except BaseException:
            self._rows.clear()
            self._counts.clear()
            raise

    def _reached(self, kind: type[Entity]) -> Collection[type[Entity]]:
        """Return the kinds whose rows a deletion may delete or change, the kind itself among them."""
        reached, waiting = {kind}, [kind]
        while waiting:
            for other, _, reference in self._domain.referrers(waiting.pop()):
                if reference.on_delete is not OnDelete.REFUSE and other not in reached:
                    reached.add(other)
                    waiting.append(other)
        return reached


def _named_ids(condition: Where) -> frozenset[Any] | None:
    """Return the ids to which a condition limits the rows, None if it names none."""
    if len(condition.alternatives) != 1:
        return None
    for term in condition.alternatives[0]:
        if isinstance(term, Nested):
            if (ids := _named_ids(term.condition)) is not None:
                return ids
        elif term.path == ("id",) and term.operator in ("eq", "in"):
            return frozenset((term.value,)) if term.operator == "eq" else frozenset(term.value)
    return None


def _is_lasting(kind: type[Entity], condition: Where, *, is_locked: bool) -> bool:
    """Return whether a row that meets a condition does so until it is deleted: it names ids and fixed fields only.

    A row that is locked is not archived meanwhile either, except by this transaction, which lets go of it then.
    """
    steps = {comparison.path[0] for comparison in condition.comparisons() if comparison.is_local}
    lasting = {"id", "archived_at"} if is_locked else {"id"}
    return (
        condition.is_local
        and _named_ids(condition) is not None
        and all(step in lasting or is_marked(kind, step, Fixed) for step in steps)
    )
