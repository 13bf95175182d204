"""A shape: a declared projection of an entity, read by a store in one SELECT and rendered to plain dicts.

    class GroupOut(Shape, of=Group):
        id: int
        branch: Annotated[int, At("branch_id")]
        branch_name: Annotated[str, At("branch.name")]
        teacher_name: Annotated[str | None, Words("teacher.user.first_name", "teacher.user.last_name")]
        students_count: Annotated[int, Count("Enrollment", where(left_on__isnull=True))]

A field without a mark is the entity's field of that name; a field whose type is a shape is nested, under
the reference of its name or of its `At`; `Made` makes a value from several fields, `MadeNow` from the time too.
A field typed with another enumeration is translated by member name. `spelling` says how an API writes a type
(dates, money).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from educore.kernel.conditions import Where, everything
from educore.kernel.entity import Entity, Hidden, StoredFile, is_marked, plain_type, value_type

if TYPE_CHECKING:
    from educore.kernel.domain import Domain
    from educore.kernel.ports import Ports


@dataclass(frozen=True)
class At:
    """Where a field's value stands: a dotted path of references ending in a field, or in a reference."""

    path: str


@dataclass(frozen=True, init=False)
class Made:
    """A value made from the fields at several paths by a plain function.

    It gets None where a path leads nowhere, and of an enumeration the word.
    """

    make: Callable[..., Any]
    paths: tuple[str, ...]

    def __init__(self, make: Callable[..., Any], *paths: str) -> None:
        object.__setattr__(self, "make", make)
        object.__setattr__(self, "paths", paths)


class MadeNow(Made):
    """As `Made`, by a function that gets the present moment first, in UTC."""


class Words(Made):
    """Several texts joined by a space; None when all are missing."""

    def __init__(self, *paths: str) -> None:
        super().__init__(_words, *paths)


@dataclass(frozen=True)
class Always:
    """The same value for every row."""

    value: Any


@dataclass(frozen=True)
class Count:
    """How many rows of another kind point at this row and meet the condition; whether any, in a bool field."""

    kind: str
    condition: Where = everything


@dataclass(frozen=True)
class Total:
    """The sum of a field over the rows of another kind that point here; 0 when there are none."""

    kind: str
    field: str
    condition: Where = everything


@dataclass(frozen=True)
class Leaf:
    """One column to fetch: forward steps from the root, then a field or an aggregate."""

    steps: tuple[str, ...]
    source: str | Count | Total


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


Builder = Callable[[Iterable[Any], "Ports"], list[dict[str, Any]]]


@dataclass(frozen=True)
class Plan:
    """A compiled shape: the columns to fetch, and one generated function from rows to dicts.

    `private` are the columns that not everybody may read who reads the row, with the field each shows.
    """

    shape: type[Shape]
    leaves: tuple[Leaf, ...]
    private: tuple[tuple[Leaf, type[Entity], str], ...]
    build: Builder


def compile_shape(shape: type[Shape], domain: Domain) -> Plan:
    """Turn a declaration into a plan. Raises: TypeError where a path leads nowhere or to a hidden field."""
    compiler = _Compiler(domain, shape.spelling)
    body = compiler.dictionary(shape, shape.of, (), optional=False)
    build = eval(f"lambda rows, ports: [{body} for r in rows]", compiler.names)  # noqa: S307 - our own text, names quoted
    return Plan(shape, tuple(compiler.leaves), tuple(compiler.private(shape)), build)


@dataclass
class _Compiler:
    domain: Domain
    spelling: Mapping[type, Callable[[Any], Any]]
    leaves: list[Leaf] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=lambda: {"__builtins__": {}})

    def private(self, shape: type[Shape]) -> Iterator[tuple[Leaf, type[Entity], str]]:
        for leaf in self.leaves:
            if isinstance(leaf.source, str):
                kind, name = self.domain.field_at(shape.of, (*leaf.steps, leaf.source))
                if name in self.domain.policy(kind).private:
                    yield leaf, kind, name

    def dictionary(self, shape: type[Shape], kind: type[Entity], steps: tuple[str, ...], *, optional: bool) -> str:
        parts = [f"{name!r}: {self._value(shape, name, kind, steps, optional)}" for name in shape.model_fields]
        body = "{" + ", ".join(parts) + "}"
        return f"(None if {self._column(steps, 'id')} is None else {body})" if optional else body

    def _value(self, shape: type[Shape], name: str, kind: type[Entity], steps: tuple[str, ...], optional: bool) -> str:
        info = shape.model_fields[name]
        source = _source(shape, name)
        declared, nullable = plain_type(info.annotation)
        if isinstance(source, Always):
            return self._name(source.value)
        if isinstance(source, Count | Total):
            other, _ = self.domain.source(kind, source.kind)
            self.domain.check_condition(other, source.condition)
            if isinstance(source, Total):
                self._shown(other, (source.field,))
            column = self._column(steps, source)
            return f"({column} > 0)" if declared is bool else self._spelled(column, declared)
        if isinstance(source, Made):
            now = ["ports.clock.now()"] if isinstance(source, MadeNow) else []
            given = now + [self._plain(kind, steps, path) for path in source.paths]
            return f"{self._name(source.make)}({', '.join(given)})"
        path = tuple(source.path.split("."))
        if isinstance(declared, type) and issubclass(declared, Shape):
            for step in path:
                _, kind = self.domain.target(kind, step)
            return self.dictionary(declared, kind, steps + path, optional=nullable)
        return self._field(kind, steps, path, declared, may_be_none=nullable or optional)

    def _plain(self, kind: type[Entity], steps: tuple[str, ...], path: str) -> str:
        *more, field = path.split(".")
        self._shown(kind, (*more, field))
        return self._column((*steps, *more), field)

    def _field(
        self, kind: type[Entity], steps: tuple[str, ...], path: tuple[str, ...], declared: type, *, may_be_none: bool
    ) -> str:
        owner, name = self._shown(kind, path)
        stored, nullable = value_type(owner, name)
        column = self._column(steps + path[:-1], name)
        if is_marked(owner, name, StoredFile):
            return f"(None if {column} is None else ports.files.url({column}))"
        if issubclass(stored, Enum) and issubclass(declared, Enum) and declared is not stored:
            known = [member for member in stored if member.name in declared.__members__]
            spelled = f"{self._name({member.value: declared[member.name].value for member in known})}[{column}]"
        else:
            spelled = self._spelled(column, stored)
        if spelled == column or not (may_be_none or nullable or owner is not kind):
            return spelled
        return f"(None if {column} is None else {spelled})"

    def _shown(self, kind: type[Entity], path: tuple[str, ...]) -> tuple[type[Entity], str]:
        owner, name = self.domain.field_at(kind, path)
        if is_marked(owner, name, Hidden):
            raise TypeError(f"{owner.__name__}.{name} is hidden; no shape may show it")
        return owner, name

    def _column(self, steps: tuple[str, ...], source: str | Count | Total) -> str:
        leaf = Leaf(steps, source)
        if leaf not in self.leaves:
            self.leaves.append(leaf)
        return f"r[{self.leaves.index(leaf)}]"

    def _spelled(self, column: str, stored: type) -> str:
        spell = self.spelling.get(stored)
        return f"{self._name(spell)}({column})" if spell else column

    def _name(self, value: Any) -> str:
        name = f"s{len(self.names)}"
        self.names[name] = value
        return name


def _words(*texts: str | None) -> str | None:
    return " ".join(text for text in texts if text) or None


def _source(shape: type[Shape], name: str) -> At | Made | Always | Count | Total:
    """What the annotation of a field says it shows; without a mark, the entity's field of that name."""
    said = shape.model_fields[name].metadata
    return next((mark for mark in said if isinstance(mark, At | Made | Always | Count | Total)), At(name))


def nested(shape: type[Shape], name: str) -> type[Shape] | None:
    """The shape a field nests, if it nests one."""
    declared, _ = plain_type(shape.model_fields[name].annotation)
    return declared if isinstance(declared, type) and issubclass(declared, Shape) else None


def path_of(shape: type[Shape], name: str) -> str | None:
    """The dotted path a field shows, or None where it is computed or nested."""
    source = _source(shape, name)
    return source.path if isinstance(source, At) and nested(shape, name) is None else None
