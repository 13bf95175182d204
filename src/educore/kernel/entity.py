"""Entities, the references between them, and the marks on their fields.

An entity is a frozen, flat pydantic model: it refers to other entities by id and never nests them.
Uniqueness, lengths, enumerations and nullability are facts of the domain and stand on the entity;
the stores read them from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Self, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from educore.kernel.conditions import Where, everything, where

E = TypeVar("E", bound="Entity")
NOT_STORED = 0
"""The id of an entity that no store has given a number yet."""


FieldNames = tuple[str, ...]
"""Names of fields of one kind."""

LIVE: Where = where(archived_at__isnull=True)
"""The rows of an `Archivable` kind that are not archived."""

ARCHIVED: Where = where(archived_at__isnull=False)


@dataclass(frozen=True)
class Unique:
    """A group of fields whose values together name at most one of the rows that match `only`; null exempts a row.

    `only` is a condition on plain fields of the row. Without it all rows count, also archived ones.
    """

    fields: FieldNames
    only: Where = everything


FieldGroups = tuple[FieldNames | Unique, ...]
"""Groups of names of fields that must be unique."""


class OnDelete(StrEnum):
    """The effect on a row when the row it refers to is deleted."""

    REFUSE = "refuse"
    CASCADE = "cascade"
    CLEAR = "clear"


@dataclass(frozen=True)
class Ref:
    """Marks an id field as pointing at an entity: `GroupId = Annotated[int, Ref("Group")]`.

    Whoever names a row must be allowed the action `to` on it.
    """

    target: str
    on_delete: OnDelete = OnDelete.REFUSE
    to: str = "read"


class ActedBy:
    """Marks a reference to the person who performed the action that a row records.

    The reference is never cleared, so this person cannot be deleted.
    """


class Hidden:
    """Marks a field, such as a password hash, that no shape, screen, export or log may ever show.

    `model_dump`, `repr` and JSON schemas leave it out, and so does every web framework that writes an entity.
    """


class StoredFile:
    """Marks a text field that holds the key of a file in the storage port."""


class Fixed:
    """Marks a field that is set once and never changed, such as the Center that owns a row."""


class Observed:
    """Marks a fact that the platform notes about a row by itself, such as the last sign-in of an account.

    A new value is no change of the row by anybody: it is not audited, leaves `updated_at` and the version of the row as
    they are, and `UnitOfWork.change_all` may set it, also on audited kinds.
    """


class Audited(StrEnum):
    """The changes to the rows of a kind that are entered in the audit trail.

    `AFTER_CREATION` leaves out creations, for kinds whose rows themselves record who created them and when.
    """

    NEVER = "never"
    ALWAYS = "always"
    AFTER_CREATION = "after_creation"


class Entity(BaseModel):
    """A thing with an identity. Immutable: `change()` gives a validated copy."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        extra="forbid",
        str_strip_whitespace=True,
        defer_build=True,
        hide_input_in_errors=True,  # errors are logged, and user input does not belong in logs
    )

    unique: ClassVar[FieldGroups] = ()
    """The groups of fields that must be unique, such as `("center_id", "name")`, among rows that are not archived.

    A `Unique` says otherwise which rows count.
    """

    named_by: ClassVar[FieldNames] = ()
    """The fields that make up the display name of a row; if there are none, `name` or else `title` is used.

    A reference stands for the display name of the row it points at. A field written as `|username` is a fallback: it
    is used only if the texts before it are empty.
    """

    audited: ClassVar[Audited] = Audited.NEVER

    id: int

    def change(self, **fields: Any) -> Self:
        """Return a copy with these fields changed, validated as a whole."""
        return type(self).model_validate({**dict(self), **fields})

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Leave hidden fields out of `model_dump` and `repr`."""
        super().__pydantic_init_subclass__(**kwargs)
        _exclude_hidden_fields(cls)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Leave hidden fields out also where their types became known only after the class was created."""
        _exclude_hidden_fields(cls)
        return handler(source)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema without hidden fields, also for validation: it is in the documentation of an API."""
        written = handler(schema)
        content = handler.resolve_ref_schema(written)
        for name in hidden_fields(cls):
            content.get("properties", {}).pop(name, None)
        if "required" in content:
            content["required"] = [name for name in content["required"] if name not in hidden_fields(cls)]
        return written


def restore_entity(kind: type[E], values: dict[str, Any]) -> E:
    """Build an entity from the stored values of all its fields, without validating them.

    So a row that was written under an older, laxer rule can be read; the new rule applies when the row is next
    written (docs/decisions/0035-stored-rows-are-not-validated.md). Building takes half the time of validating.
    """
    entity = kind.__new__(kind)
    object.__setattr__(entity, "__dict__", values)
    object.__setattr__(entity, "__pydantic_fields_set__", set(values))
    object.__setattr__(entity, "__pydantic_extra__", None)
    object.__setattr__(entity, "__pydantic_private__", None)
    return entity


class Timestamped(BaseModel, defer_build=True):
    """Adds the times when a row was created and last changed, in UTC, which the unit of work sets.

    It is no Entity, so that it adds only these two fields to one: `class Book(Timestamped, Entity)`.
    """

    created_at: datetime
    updated_at: datetime


class Archivable(BaseModel, defer_build=True):
    """Adds when a row was archived (UTC), None for a live row; only the verbs `archive` and `restore` set it.

    For all actions but `restore` an archived row does not exist: it is not listed, counted or found by its id, nothing
    new may refer to it, and its unique values are free. Rows that refer to it keep showing its name.
    """

    archived_at: datetime | None = None


def is_archivable(kind: type[Entity]) -> bool:
    """Return whether rows of the kind can be archived."""
    return issubclass(kind, Archivable)


def live_rows(kind: type[Entity]) -> Where:
    """Return the condition on the rows of a kind that are not archived; everything if it has no archived ones."""
    return LIVE if is_archivable(kind) else everything


@cache
def references(kind: type[Entity]) -> dict[str, Ref]:
    """Return the fields of a kind that refer to other entities, with their references."""
    return {name: mark for name in kind.model_fields for mark in marks(kind, name) if isinstance(mark, Ref)}


@cache
def marks(kind: type[Entity], field: str) -> tuple[Any, ...]:
    """Return all metadata that `Annotated` gives a field, also inside `| None`."""
    info = kind.model_fields[field]
    inner = [m for part in get_args(info.annotation) for m in getattr(part, "__metadata__", ())]
    return tuple(
        mark
        for found in (*info.metadata, *inner)
        for mark in (found.metadata if isinstance(found, FieldInfo) else [found])
    )


@cache
def value_type(kind: type[Entity], field: str) -> tuple[type, bool]:
    """Return the plain Python type of a field, and whether it may be None."""
    return plain_type(kind.model_fields[field].annotation)


def plain_type(annotation: Any) -> tuple[type, bool]:
    """Return the type inside `Annotated` and `| None`, and whether None is allowed.

    Raises: TypeError if several types are possible, because a column holds one.
    """
    if get_origin(annotation) is Annotated:
        return plain_type(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        rest = [part for part in get_args(annotation) if part is not NoneType]
        if len(rest) != 1:
            raise TypeError(f"a column cannot hold {annotation}")
        return plain_type(rest[0])[0], len(rest) < len(get_args(annotation))
    return annotation, False


@cache
def is_marked(kind: type[Entity], field: str, mark: type) -> bool:
    """Return whether the field has this mark, such as `Hidden`, `StoredFile` or `Fixed`."""
    return any(found is mark or isinstance(found, mark) for found in marks(kind, field))


@cache
def observed_fields(kind: type[Entity]) -> frozenset[str]:
    """Return the names of the fields that are marked as `Observed`."""
    return frozenset(name for name in kind.model_fields if is_marked(kind, name, Observed))


@cache
def hidden_fields(kind: type[Entity]) -> tuple[str, ...]:
    """Return the names of the fields that are marked as `Hidden`."""
    return tuple(name for name in kind.model_fields if is_marked(kind, name, Hidden))


def _exclude_hidden_fields(kind: type[Entity]) -> None:
    if not kind.__pydantic_fields_complete__:  # the marks are not known yet, and they are cached
        return
    for name in hidden_fields(kind):
        info = kind.model_fields[name]
        info.exclude, info.repr = True, False


def is_tenant_owned(kind: type[Entity]) -> bool:
    """Return whether each row of the kind belongs to one Center for good."""
    return "center_id" in kind.model_fields and is_marked(kind, "center_id", Fixed)
