"""The store port: the interface between the unit of work and persistence. It knows no policies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict, TypeVar, Unpack

from educore.kernel.aggregates import Aggregate, AggregatedGroup
from educore.kernel.conditions import Where
from educore.kernel.domain import Domain
from educore.kernel.entity import Entity
from educore.kernel.projection import Column, Projection, Steps
from educore.kernel.suggestions import did_you_mean

E = TypeVar("E", bound=Entity)


TextQuery = tuple[type[Entity], tuple[str, ...], Where]
"""A kind, dotted paths to some of its fields, and a condition on its rows."""

TextRow = tuple[int, int, list[str]]
"""The position of the query that found the row, the id of the row, and one text for each path, "" for None."""


@dataclass(frozen=True)
class View:
    """The part of a selection that its reader may see; what it hides is None, in the columns and in the order.

    A column in `columns` is seen in the rows that meet its condition; a count or a sum is of the rows that meet the
    condition here instead of its own. A row behind a reference, named by the steps that
    lead to it, is seen if it meets its condition in `related`, and so are the rows behind it.
    """

    columns: Mapping[Column, Where] = field(default_factory=dict)
    related: Mapping[Steps, Where] = field(default_factory=dict)


WHOLE_VIEW = View()
"""The view of a reader who may see everything."""


class Page(TypedDict, total=False):
    """A slice of the matching rows in an order: "-created_at" descends, nulls come last, the id breaks ties.

    A selection can also be ordered by a dotted path, such as "branch.name", and by a count or a sum that its shape
    shows, such as "students_count", if the kind has no field of that name. With `ignore_case`, texts are ordered
    without regard to upper and lower case.
    """

    order: tuple[str, ...]
    limit: int | None
    offset: int
    ignore_case: bool


def check_page(page: Mapping[str, Any]) -> None:
    """Refuse options that a page does not have, bounds that are no numbers, and an order that is a text.

    Raises: TypeError.
    """
    if unknown := sorted(page.keys() - Page.__annotations__.keys()):
        raise TypeError(f"a page has no option {unknown[0]!r}{did_you_mean(unknown[0], Page.__annotations__)}")
    if isinstance(order := page.get("order"), str):
        raise TypeError(f"an order is a tuple of fields, such as ({order!r},)")
    for name, bound in (("limit", page.get("limit")), ("offset", page.get("offset", 0))):
        if not (type(bound) is int and bound >= 0 or bound is None and name == "limit"):
            raise TypeError(f"{name} is a number of rows, not {bound!r}")


class Transaction(Protocol):
    """One transaction of a store. It applies no policy: only the unit of work talks to it."""

    def find(
        self, kind: type[E], condition: Where, *, lock: bool = False, view: View = WHOLE_VIEW, **page: Unpack[Page]
    ) -> list[E]:
        """Return the matching entities; `lock` keeps other transactions from changing them until this one ends.

        They are whole; the view decides only about the values by which they are ordered.
        """
        ...

    def count(self, kind: type[Entity], condition: Where, *, cached: bool = False) -> int:
        """Return the number of rows that match; with `cached`, a large number may be up to a minute old."""
        ...

    def count_each(
        self, queries: Sequence[tuple[type[Entity], Where]], *, lock: Collection[type[Entity]] = ()
    ) -> list[int]:
        """Return the number of rows of each kind that match its condition, in one statement.

        Matching rows of the kinds in `lock` stay: until this transaction ends others cannot archive or delete them, but
        may lock them for changes.
        """
        ...

    def select_texts(self, queries: Sequence[TextQuery]) -> list[TextRow]:
        """Return the values at dotted paths of the matching rows of each kind as texts, in one statement."""
        ...

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
        """Return the aggregates of the matching rows, by the values at dotted paths such as "session.date".

        With `limit`, a page of the groups is returned, in the order of the first aggregate (the largest first, or the
        smallest `min`) and then of the values; None comes last. Without `by` all rows are one group, even if there are
        none.
        """
        ...

    def select(
        self, projection: Projection, condition: Where, *, view: View = WHOLE_VIEW, **page: Unpack[Page]
    ) -> list[Any]:
        """Return the projection's columns of the matching rows, a tuple for each; `view` hides values in some rows."""
        ...

    def insert(self, entity: Entity) -> int:
        """Store a new row and return its id. Raises: Conflict("taken") on a field that must be unique."""
        ...

    def update(self, entity: Entity, fields: list[str]) -> None:
        """Store these fields of an existing row. Raises: Conflict, NotFound."""
        ...

    def insert_all(self, entities: Sequence[E]) -> list[int]:
        """Store new rows of one kind in one statement and return their ids in the same order. Raises: Conflict."""
        ...

    def update_all(self, entities: Sequence[E]) -> None:
        """Store every field of existing rows of one kind in one statement. Raises: Conflict."""
        ...

    def delete(self, kind: type[Entity], condition: Where) -> int:
        """Delete the matching rows and return their number.

        Rows that point at them are deleted too, or their references cleared, as the reference declares.
        Raises: Conflict("in_use") if a reference refuses.
        """
        ...

    def set(self, kind: type[Entity], condition: Where, values: Mapping[str, Any]) -> int:
        """Set fields on every matching row and return the number of rows."""
        ...

    def block_references(self, kind: type[Entity], id: int) -> None:
        """Keep other transactions from adding rows that refer to a row, until this one ends."""
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo what is written inside the `with` block, and nothing else, if an exception leaves it.

        Raises: Unavailable if the database cannot go back.
        """
        ...

    def commit(self) -> None:
        """Make everything durable."""
        ...

    def rollback(self) -> None:
        """Undo everything."""
        ...


class Store(Protocol):
    """Opens transactions. One implementation serves every entity of its domain."""

    @property
    def domain(self) -> Domain:
        """The domain whose entities it stores."""
        ...

    def begin(self, *, read_only: bool = False) -> Transaction:
        """Open a transaction. Raises: Unavailable if the database cannot be reached, or stays locked."""
        ...
