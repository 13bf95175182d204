"""Tables, derived from the entities. A type without a known column type is refused, never guessed.

A Center names its director, a membership, and a membership names its Center: neither table can be created first. A
context declares one of such keys as `DeferredKey`, and SQLAlchemy adds it with ALTER TABLE after both tables exist
(`use_alter`). SQLite needs no such order, because CREATE TABLE does not look for the other table. Without the
declaration SQLAlchemy cannot sort the tables. Tests: test_migrations compares these tables with the migrated ones.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa
from annotated_types import MaxLen
from pydantic.fields import FieldInfo
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from educore.adapters.sql.indexes import add_indexes
from educore.adapters.sql.types import Exact, Instant, JsonText
from educore.kernel.conditions import everything
from educore.kernel.domain import Domain
from educore.kernel.entity import Entity, OnDelete, marks, references, value_type
from educore.kernel.storage import DeferredKey
from educore.kernel.uniqueness import unique_rules
from educore.values import Value

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
ON_DELETE = {OnDelete.REFUSE: "RESTRICT", OnDelete.CASCADE: "CASCADE", OnDelete.CLEAR: "SET NULL"}
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class UniqueKey(NamedTuple):
    """The fields of a kind that name at most one row."""

    kind: str
    fields: tuple[str, ...]


class Tables:
    """The tables of a domain, by the name of the kind that each stores."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.metadata: sa.MetaData = sa.MetaData(naming_convention=NAMING_CONVENTION)
        deferred = {(part.kind, part.field) for part in domain.storage if isinstance(part, DeferredKey)}
        self.tables = {name: _table(kind, self.metadata, deferred) for name, kind in domain.kinds.items()}
        add_indexes(domain, self.tables)
        self.request_counts: sa.Table = _request_counts(self.metadata)

    @cached_property
    def classes(self) -> dict[str, Any]:
        """Return the mapped classes, by the name of the kind."""
        from educore.adapters.sql.mapped_classes import map_tables  # only the admin needs it, and it takes memory

        return map_tables(self.domain, self.tables)

    def of(self, kind: type[Entity]) -> sa.Table:
        """Return the table of a kind."""
        return self.tables[kind.__name__]

    def unique_key(self, constraint: str) -> UniqueKey | None:
        """Return what a unique constraint, unique index or exclusion constraint of this name is about."""
        return self._unique_keys.get(constraint)

    def kind_of(self, table: str) -> str:
        """Return the name of the kind that a table stores."""
        return next(kind for kind, known in self.tables.items() if known.name == table)

    @property
    def _unique_keys(self) -> dict[str, UniqueKey]:
        found: dict[str, UniqueKey] = {}
        for kind, table in self.tables.items():
            parts: list[Any] = [*table.constraints, *table.indexes]
            for part in parts:
                if isinstance(part, sa.UniqueConstraint) or isinstance(part, sa.Index) and part.unique:
                    found[str(part.name)] = UniqueKey(kind, tuple(column.name for column in part.columns))
                elif isinstance(part, ExcludeConstraint):
                    found[str(part.name)] = UniqueKey(kind, (part.info["field"],))
        return found


def _request_counts(metadata: sa.MetaData) -> sa.Table:
    """Return the table of `RequestCounts`: a count for each window, by its end, and each digest of a caller."""
    return sa.Table(
        "request_count",
        metadata,
        sa.Column("ends_at", Instant(), primary_key=True),
        sa.Column("caller", sa.String(64), primary_key=True),
        sa.Column("requests", sa.Integer(), nullable=False),
    )


def table_name(kind: str) -> str:
    """Return the table of a kind, such as teacher_rating; the SQL keywords user and group get an underscore."""
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in kind).lstrip("_")
    return f"{snake}_" if snake in ("user", "group") else snake


def _table(kind: type[Entity], metadata: sa.MetaData, deferred: Collection[tuple[type[Entity], str]]) -> sa.Table:
    columns = [
        column(kind, name, field, is_deferred=(kind, name) in deferred) for name, field in kind.model_fields.items()
    ]
    unique = [sa.UniqueConstraint(*rule.fields) for rule in unique_rules(kind) if rule.only == everything]
    return sa.Table(table_name(kind.__name__), metadata, *columns, *unique, sqlite_autoincrement=True)


def column(kind: type[Entity], name: str, field: FieldInfo, *, is_deferred: bool = False) -> sa.Column[Any]:
    """Return the column of a field. Raises: TypeError for a type that has no column type yet."""
    python, nullable = value_type(kind, name)
    if name == "id":
        return sa.Column(name, BIG, primary_key=True)
    if reference := references(kind).get(name):
        target = sa.ForeignKey(
            f"{table_name(reference.target)}.id", ondelete=ON_DELETE[reference.on_delete], use_alter=is_deferred
        )
        return sa.Column(name, BIG, target, nullable=nullable, index=True)
    if issubclass(python, enum.Enum):
        return sa.Column(name, _words(kind, name, python), nullable=nullable)
    if issubclass(python, Value):
        return sa.Column(name, JsonText(python), nullable=nullable)
    if python not in COLUMN_TYPES:
        raise TypeError(f"no column type for {kind.__name__}.{name}: {python}")
    return sa.Column(name, COLUMN_TYPES[python](kind, name), nullable=nullable)


def _words(kind: type[Entity], name: str, words: type[enum.Enum]) -> sa.Enum:
    return sa.Enum(
        words,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=name,
        values_callable=lambda members: [member.value for member in members],
    )


def _text(kind: type[Entity], name: str) -> Any:
    lengths = [mark.max_length for mark in marks(kind, name) if isinstance(mark, MaxLen)]
    return sa.String(min(lengths)) if lengths else sa.Text()


def _decimal(kind: type[Entity], name: str) -> Any:
    digits = next(m.max_digits for m in marks(kind, name) if getattr(m, "max_digits", None))
    places = next(m.decimal_places for m in marks(kind, name) if getattr(m, "decimal_places", None) is not None)
    return Exact(digits, places)


COLUMN_TYPES: dict[type, Callable[[type[Entity], str], Any]] = {
    bool: lambda kind, name: sa.Boolean(),
    int: lambda kind, name: sa.Integer(),
    str: _text,
    Decimal: _decimal,
    date: lambda kind, name: sa.Date(),
    datetime: lambda kind, name: Instant(),
    time: lambda kind, name: sa.Time(),
}
