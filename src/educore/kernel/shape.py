"""A shape: a declared projection of an entity, read by a store in one SELECT and rendered to plain dicts.

    class GroupOut(Shape, of=Group):
        id: int
        branch: Annotated[int, From("branch_id")]
        branch_name: Annotated[str, From("branch.name")]
        teacher_name: Annotated[str | None, Joined("teacher.user.first_name", "teacher.user.last_name")]
        students_count: Annotated[int, Count("Enrollment", where(left_on__isnull=True))]

A field without a mark is the entity's field of that name; a field whose type is a shape is nested, under
the reference of its name or of its `From`; `Computed` makes a value from several fields, `ComputedNow` from
the time too. A field typed with another enumeration is translated by member name. `spelling` says how an API writes
a type (dates, money).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from educore.kernel.conditions import Where, everything
from educore.kernel.entity import Entity, plain_type


@dataclass(frozen=True)
class From:
    """Where a field's value stands: a dotted path of references ending in a field, or in a reference."""

    path: str


@dataclass(frozen=True, init=False)
class Computed:
    """A value made from the fields at several paths by a plain function.

    It gets None where a path leads nowhere, and of an enumeration the word.
    """

    make: Callable[..., Any]
    paths: tuple[str, ...]

    def __init__(self, make: Callable[..., Any], *paths: str) -> None:
        object.__setattr__(self, "make", make)
        object.__setattr__(self, "paths", paths)


class ComputedNow(Computed):
    """As `Computed`, by a function that gets the present moment first, in UTC."""


class Joined(Computed):
    """Several texts joined by a space; None when all are missing."""

    def __init__(self, *paths: str) -> None:
        super().__init__(_words, *paths)


@dataclass(frozen=True)
class Constant:
    """The same value for every row."""

    value: Any


@dataclass(frozen=True)
class Count:
    """How many rows of another kind point at this row and meet the condition; whether any, in a bool field."""

    kind: str
    condition: Where = everything


@dataclass(frozen=True)
class Sum:
    """The sum of a field over the rows of another kind that point here; 0 when there are none."""

    kind: str
    field: str
    condition: Where = everything


class Shape(BaseModel):
    """Base of all projections. Fields have no defaults, so that documents mark them required."""

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)

    of: ClassVar[type[Entity]]
    spelling: ClassVar[Mapping[type, Callable[[Any], Any]]] = {}

    def __init_subclass__(cls, of: type[Entity] | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if of is not None:
            cls.of = of

    @classmethod
    def __pydantic_init_subclass__(cls, of: type[Entity] | None = None, **kwargs: Any) -> None:
        """Take `of` away from pydantic, which would pass it on."""


def _words(*texts: str | None) -> str | None:
    return " ".join(text for text in texts if text) or None


def source_of(shape: type[Shape], name: str) -> From | Computed | Constant | Count | Sum:
    """Return what a field shows, as its annotation declares; without a mark, the entity's field of that name."""
    said = shape.model_fields[name].metadata
    return next((mark for mark in said if isinstance(mark, From | Computed | Constant | Count | Sum)), From(name))


def nested(shape: type[Shape], name: str) -> type[Shape] | None:
    """The shape a field nests, if it nests one."""
    declared, _ = plain_type(shape.model_fields[name].annotation)
    return declared if isinstance(declared, type) and issubclass(declared, Shape) else None


def path_of(shape: type[Shape], name: str) -> str | None:
    """The dotted path a field shows, or None where it is computed or nested."""
    source = source_of(shape, name)
    return source.path if isinstance(source, From) and nested(shape, name) is None else None
