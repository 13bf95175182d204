"""Storage declarations of a context: indexes, and rules that only a store can enforce.

The memory store ignores all but unique indexes.
"""

from __future__ import annotations

from dataclasses import dataclass

from educore.kernel.conditions import Where, everything
from educore.kernel.entity import Entity


@dataclass(frozen=True)
class Index:
    """An index over the rows that match `only`, a condition on plain fields.

    A unique one is reported as a `Conflict` on its fields when the store writes. Most such rules belong in
    `Entity.unique`, which is checked before. The default name is `ix_<table>_<fields>`.
    """

    kind: type[Entity]
    fields: tuple[str, ...]
    name: str = ""
    unique: bool = False
    only: Where = everything


@dataclass(frozen=True)
class NoOverlap:
    """An exclusion rule: no two rows with the same value of `field` overlap in time, among those that match `only`.

    PostgreSQL enforces it, even between transactions that cannot see each other's rows. SQLite lets one transaction
    write at a time, so there the check of the use case is enough.
    """

    kind: type[Entity]
    field: str
    starts: str
    ends: str
    only: Where = everything


@dataclass(frozen=True)
class DeferredKey:
    """A foreign key that is added after both tables exist, because the two tables refer to each other.

    Without it, neither table could be created first.
    """

    kind: type[Entity]
    field: str


@dataclass(frozen=True)
class Unlisted:
    """A kind whose rows belong to a Center but are never listed by it, so they get no index that begins with it."""

    kind: type[Entity]


Storage = Index | NoOverlap | DeferredKey | Unlisted
