"""The store port: what persistence must offer to the unit of work. It knows no policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol, TypedDict, TypeVar, Unpack

from educore.kernel.conditions import Where
from educore.kernel.domain import Domain
from educore.kernel.entity import Entity
from educore.kernel.projection import Column, Projection

E = TypeVar("E", bound=Entity)


class Page(TypedDict, total=False):
    """Which of the matching rows, and in what order: "-created_at" descends, nulls come last, the id breaks ties."""

    order: tuple[str, ...]
    limit: int | None
    offset: int


class Transaction(Protocol):
    """One transaction of a store. It applies no policy: only the unit of work talks to it."""

    def find(self, kind: type[E], condition: Where, *, lock: bool = False, **page: Unpack[Page]) -> list[E]:
        """The matching entities; `lock` keeps others from changing them until the end."""
        ...

    def count(self, kind: type[Entity], condition: Where, *, roughly: bool = False) -> int:
        """How many rows match."""
        ...

    def count_each(self, asked: Sequence[tuple[type[Entity], Where]]) -> list[int]:
        """How many rows of each kind match its condition, in one statement."""
        ...

    def texts(self, asked: Sequence[tuple[type[Entity], tuple[str, ...], Where]]) -> list[tuple[int, int, list[str]]]:
        """The values at dotted paths of the matching rows of each kind as texts, in one statement.

        Each row comes as the place of its question in `asked`, its id, and a text for each path, "" for nothing.
        """
        ...

    def count_by(
        self, kind: type[Entity], by: tuple[str, ...], condition: Where, *, most: int | None = None
    ) -> dict[tuple[Any, ...], int]:
        """How many rows match, per values of fields, which may stand behind references: "session.date".

        Of the `most` frequent values only, by number and then by value, if that is given.
        """
        ...

    def sum(self, kind: type[Entity], field: str, condition: Where) -> Decimal:
        """The sum of a field over the matching rows."""
        ...

    def select(
        self, projection: Projection, condition: Where, *, visible: Mapping[Column, Where], **page: Unpack[Page]
    ) -> list[Any]:
        """The projection's columns of the matching rows; a column in `visible` is None where its condition fails."""
        ...

    def insert(self, entity: Entity) -> int:
        """Store a new row and give its id. Raises: Conflict naming the fields that must be unique."""
        ...

    def update(self, entity: Entity, fields: list[str]) -> None:
        """Store these fields of an existing row. Raises: Conflict."""
        ...

    def insert_all(self, entities: Sequence[E]) -> list[int]:
        """Store new rows of one kind in one statement and give their ids in the same order. Raises: Conflict."""
        ...

    def update_all(self, entities: Sequence[E]) -> None:
        """Store every field of existing rows of one kind in one statement. Raises: Conflict."""
        ...

    def delete(self, kind: type[Entity], condition: Where) -> int:
        """Delete the matching rows and say how many; what points at them goes or lets go, as its reference says.

        Raises: Conflict when something still points at them that refuses.
        """
        ...

    def set(self, kind: type[Entity], condition: Where, values: Mapping[str, Any]) -> int:
        """Set fields on every matching row and say how many."""
        ...

    def commit(self) -> None:
        """Make everything durable."""
        ...

    def rollback(self) -> None:
        """Undo everything."""
        ...


class Store(Protocol):
    """What persistence must offer. One implementation serves every entity of its domain."""

    @property
    def domain(self) -> Domain:
        """The domain whose entities it keeps."""
        ...

    def begin(self, *, read_only: bool = False) -> Transaction:
        """Open a transaction. Raises: Unavailable when the database cannot be reached."""
        ...
