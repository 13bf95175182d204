"""A shape: a declared projection of an entity, read by a store in one SELECT and rendered to plain dicts.

    class GroupOut(Shape, of=Group):
        id: int
        branch: Annotated[int, From("branch_id")]
        branch_name: Annotated[str, From("branch.name")]
        teacher_name: Annotated[str | None, NameOf("teacher")]
        students_count: Annotated[int, Count("Enrollment", where(left_on__isnull=True))]
        exams: Annotated[list[ExamLine], Each("Exam", order=("-exam_date",))]

A field without a mark is the entity's field of that name; a field whose type is a shape is nested, under
the reference of its name or of its `From`. `NameOf` shows the display name of a row; `Computed` makes a
value from several fields, `ComputedNow` from the time too. `Each` lists the rows of another kind that refer to the
row. `Later` leaves a field to the method `finish`, which fills it in all rows at once. A field typed with another
enumeration is translated by member name; each member needs a word, unless `OnlyMembers` declares which ones are shown.
`spelling` maps a type (dates, money) to the function with which an API writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cache
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from educore.kernel.conditions import Where, everything
from educore.kernel.entity import Entity, plain_type


@dataclass(frozen=True)
class From:
    """Shows the value at a dotted path of references that ends in a field, or in a reference."""

    path: str


@dataclass(frozen=True, init=False)
class Computed:
    """Shows the result of a plain function of the fields at several paths.

    The function gets None if a reference on the path is empty, and the stored word of an enumeration.
    """

    make: Callable[..., Any]
    paths: tuple[str, ...]

    def __init__(self, make: Callable[..., Any], *paths: str) -> None:
        object.__setattr__(self, "make", make)
        object.__setattr__(self, "paths", paths)


class ComputedNow(Computed):
    """Like `Computed`, but the first argument of the function is the present instant in UTC."""


class Joined(Computed):
    """Shows several texts joined by a space; None if all are missing."""

    def __init__(self, *paths: str) -> None:
        super().__init__(_join, *paths)


@dataclass(frozen=True)
class NameOf:
    """Shows the display name of the row at a dotted path of references, "" being the row itself; None if it has none.

    `Entity.named_by` declares the name: of a person the first and last name, or else the user name.
    """

    path: str = ""


@dataclass(frozen=True)
class Constant:
    """Shows the same value for every row."""

    value: Any


@dataclass(frozen=True)
class Count:
    """Shows the number of rows of another kind that refer to this row and match; in a bool field, whether any does."""

    kind: str
    condition: Where = everything


@dataclass(frozen=True)
class Sum:
    """Shows the sum of a field over the rows of another kind that refer to this row and match; 0 if there are none."""

    kind: str
    field: str
    condition: Where = everything


@dataclass(frozen=True)
class Each:
    """Shows a list: of the rows of another kind that refer to this row, those that match and that the actor may read.

    A field typed `list[GradeLine]` shows each row in that shape. With `shows`, a dotted path, it shows what is there: a
    shape the row behind these references, as in `list[CourseLine]`, any other type the value, as in `list[int]`. What
    is missing there is left out, unless the type allows None. It takes one statement for all rows of a page; lists of
    the same kind, condition and order share it. Shapes in a list may have lists of their own.
    """

    kind: str
    condition: Where = everything
    _: KW_ONLY
    order: tuple[str, ...] = ("id",)
    shows: str | None = None


@dataclass(frozen=True)
class Later:
    """Leaves the field to `Shape.finish`. With `same_as` it shows what `finish` puts into the field of that name."""

    same_as: str | None = None


class Shape(BaseModel):
    """The base class of all shapes. Fields have no defaults, so that API documents mark them as required."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)

    of: ClassVar[type[Entity]]
    scoped: ClassVar[bool] = False
    """True if the rows behind references are shown only to those who may read these rows; to others they are None."""
    spelling: ClassVar[Mapping[type, Callable[[Any], Any]]] = {}

    def __init_subclass__(cls, of: type[Entity] | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if of is not None:
            cls.of = of

    @classmethod
    def finish(cls, uow: Any, rows: list[dict[str, Any]]) -> None:
        """Fill the fields marked `Later` in all rows of this shape that were read at once, also nested ones.

        `uow` is the unit of work that reads them. Read here with one statement for all rows, not for each.
        """

    @classmethod
    def __pydantic_init_subclass__(cls, of: type[Entity] | None = None, **kwargs: Any) -> None:
        """Accept `of`, which pydantic would otherwise pass on to `object`."""


def _join(*texts: str | None) -> str | None:
    return " ".join(text for text in texts if text) or None


Source = From | Computed | NameOf | Constant | Count | Sum | Each | Later
"""The marks that declare what a field shows."""


def source_of(shape: type[Shape], name: str) -> Source:
    """Return the mark of a field that declares what it shows; without one, the entity's field of that name."""
    metadata = shape.model_fields[name].metadata
    return next((mark for mark in metadata if isinstance(mark, Source)), From(name))


UNFILLED: Any = object()
"""Stands in a field marked `Later` until `Shape.finish` fills it."""


@cache
def later_fields(shape: type[Shape]) -> dict[str, Later]:
    """Return the fields of a shape that are marked `Later`."""
    sources = {name: source_of(shape, name) for name in shape.model_fields}
    return {name: source for name, source in sources.items() if isinstance(source, Later)}


def nested(shape: type[Shape], name: str) -> type[Shape] | None:
    """Return the shape that a field nests, None if it nests none."""
    declared, _ = plain_type(shape.model_fields[name].annotation)
    return declared if isinstance(declared, type) and issubclass(declared, Shape) else None


def path_of(shape: type[Shape], name: str) -> str | None:
    """Return the dotted path that a field shows, None if it is computed or nested."""
    source = source_of(shape, name)
    return source.path if isinstance(source, From) and nested(shape, name) is None else None
