"""A sheet: one page on which a whole class is marked or graded, a line for each student, sent at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic_core import PydanticCustomError

from educore import At, Enrollment, Invalid, Shape, UnitOfWork, Words, read_amount, where
from educore_web.admin.language import language
from educore_web.admin.problems import refusal, sentence


@dataclass
class Line:
    """One student of a sheet: what is known, what has been written, and what is wrong with it.

    `id` is what the names of its controls end in. A closed line is only shown.
    """

    id: int
    name: str
    known: Mapping[str, Any]
    texts: dict[str, str]
    is_open: bool = True
    errors: list[str] = field(default_factory=list)


@dataclass
class Filled:
    """A sheet as it stands: what it is about, its lines, and the sentences above them."""

    head: Mapping[str, Any]
    lines: list[Line]
    alerts: list[str] = field(default_factory=list)
    is_open: bool = True
    status: int = 200

    def read(self, fields: Iterable[str], posted: Mapping[str, Any]) -> None:
        """Take over what was written on the open lines."""
        for line in self.lines:
            if line.is_open:
                line.texts = {name: str(posted.get(f"{name}-{line.id}", "")).strip() for name in fields}


@dataclass(frozen=True)
class Sheet:
    """Declares a sheet: its address, who may open it, the controls of a line, and how it is loaded and written.

    `load` raises NotFound and Forbidden; `write` raises SheetRefused or what the use case raises. `quick` is the
    text that one button writes on every line left empty.
    """

    name: str
    icon: str
    verb: str
    fields: tuple[str, ...]
    load: Callable[[UnitOfWork, int], Filled]
    write: Callable[[UnitOfWork, int, Filled], None]
    quick: tuple[str, str] | None = None


class SheetRefused(Exception):
    """Nothing was written; the lines say why, and these sentences what concerns no line."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(sentences)
        self.sentences = sentences


def write_lines(lines: list[Line], under: str, write: Callable[[], Any]) -> None:
    """Do a bulk write whose problems are named `<under>.<place among the lines>.<field>`. Raises: SheetRefused."""
    try:
        write()
    except Invalid as error:
        rest = {}
        for path, problems in error.fields.items():
            outer, _, inner = path.partition(".")
            place = inner.partition(".")[0]
            if outer == under and place.isdecimal():
                lines[int(place)].errors += [sentence(problem) for problem in problems]
            else:
                rest["" if path == under else path] = problems
        raise SheetRefused([refusal(Invalid({path: found})) for path, found in rest.items()]) from None


class Seat(Shape, of=Enrollment):
    """A student's place in the group of a sheet."""

    student_id: int
    name: Annotated[str | None, Words("student.user.first_name", "student.user.last_name")]
    username: Annotated[str, At("student.user.username")]


def seats(uow: UnitOfWork, group_id: int, *, on: date) -> dict[int, str]:
    """The names of those who are in a group, or still were on a day, by student."""
    there = where(left_on__isnull=True) | where(left_on__gte=on)
    return {found["student_id"]: full_name(found) for found in uow.view(Seat, where(group_id=group_id) & there)}


def number_written(text: str) -> Decimal | str | None:
    """A number as the page prints it; what is none stays a text, which the use case refuses in its place."""
    with suppress(PydanticCustomError):
        return read_amount(text, language=language()) if text else None
    return text


def full_name(found: Mapping[str, Any]) -> str:
    """A name, or what somebody without one signs in with."""
    return str(found["name"] or found["username"])


def in_order(lines: Iterable[Line]) -> list[Line]:
    """The lines by name."""
    return sorted(lines, key=lambda line: (line.name.casefold(), line.id))


def file_name(address: str | None) -> str:
    """What a file is called, from its address."""
    return unquote(urlsplit(address).path.rpartition("/")[2]) if address else ""
