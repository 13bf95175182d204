"""What a context asks of storage beyond its entities: indexes, and rules that only a database can keep.

A store that does not need them (the memory store) ignores them.
"""

from __future__ import annotations

from dataclasses import dataclass

from educore.kernel.conditions import Where, everything
from educore.kernel.entity import Entity


@dataclass(frozen=True)
class Index:
    """An index over the rows that match `only`, a condition on plain fields.

    A unique one is reported as a `Conflict` on its fields. The default name is `ix_<table>_<fields>`.
    """

    kind: type[Entity]
    fields: tuple[str, ...]
    name: str = ""
    unique: bool = False
    only: Where = everything


@dataclass(frozen=True)
class NoOverlap:
    """No two rows with the same value of `field` overlap in time, among those that match `only`.

    PostgreSQL keeps this rule. SQLite lets one transaction write at a time, so there the use cases keep it.
    """

    kind: type[Entity]
    field: str
    starts: str
    ends: str
    only: Where = everything


@dataclass(frozen=True)
class RunningCount:
    """Counts of rows by the values of some fields, kept up to date by the database instead of counted when asked."""

    kind: type[Entity]
    by: tuple[str, ...]


@dataclass(frozen=True)
class DeferredKey:
    """A foreign key that is added after both tables exist, because they point at each other."""

    kind: type[Entity]
    field: str


@dataclass(frozen=True)
class Unlisted:
    """Rows that belong to a Center and are never listed by it, so that they need no index that begins with it."""

    kind: type[Entity]


Storage = Index | NoOverlap | RunningCount | DeferredKey | Unlisted
