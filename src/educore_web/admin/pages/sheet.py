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

from educore import Entity, From, Invalid, Joined, Shape, UnitOfWork, where
from educore.amounts import read_amount
from educore.groups import Enrollment
from educore.kernel import fingerprint
from educore_web.admin.ui.language import current_language, translate
from educore_web.admin.ui.problems import refusal, sentence
from educore_web.admin.ui.seen import read_seen, write_seen


@dataclass(frozen=True)
class StoredLine:
    """The row behind a line, and those of its values that the line shows."""

    kind: type[Entity]
    id: int
    values: Mapping[str, Any]


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
    stored: StoredLine | None = None
    errors: list[str] = field(default_factory=list)


@dataclass
class Filled:
    """A sheet with its present content: what it is about, its lines, and the messages above them.

    `seen` holds digests of the open lines as they were shown; `is_unsaved` marks a sheet with texts that are not saved.
    """

    head: Mapping[str, Any]
    lines: list[Line]
    alerts: list[str] = field(default_factory=list)
    is_open: bool = True
    status: int = 200
    seen: str = ""
    is_unsaved: bool = False

    def __post_init__(self) -> None:
        self.seen = self.seen or write_seen({str(line.id): fingerprint(line.texts) for line in self.open_lines()})

    def open_lines(self) -> list[Line]:
        """Return the lines that the visitor can fill in."""
        return [line for line in self.lines if line.is_open]

    def read(self, fields: Iterable[str], posted: Mapping[str, Any]) -> None:
        """Take over the submitted texts of the open lines, and the digests of these lines as they were shown."""
        names, seen = tuple(fields), self._shown(posted)
        for line in self.open_lines():
            if not seen or str(line.id) in seen:
                line.texts = _written(line, names, posted)
        self.seen, self.is_unsaved = write_seen(self._shown({"seen": self.seen}) | seen), True

    def merge(self, fields: Iterable[str], posted: Mapping[str, Any], say: Callable[[Mapping[str, str]], str]) -> bool:
        """Take over the lines changed on the page. Return whether none of them was changed by somebody else, too.

        A line that the page did not change, or did not show, keeps the text stored now. A line that both changed
        keeps the submitted text and gets a message with the stored one; sending the page once more replaces the stored
        text. Without `seen`, all lines count as changed.
        """
        names, seen = tuple(fields), self._shown(posted)
        for line in self.open_lines():
            mine, shown = _written(line, names, posted), seen.get(str(line.id))
            if shown == fingerprint(mine) or seen and shown is None:
                continue
            if shown is not None and mine != line.texts and shown != fingerprint(line.texts):
                line.errors.append(translate("stale.line", theirs=say(line.texts)))
            line.texts = mine
        self.is_unsaved = True
        return not any(line.errors for line in self.lines)

    def _shown(self, posted: Mapping[str, Any]) -> dict[str, str]:
        return read_seen(str(posted.get("seen", "")), (str(line.id) for line in self.lines))


def say_texts(texts: Mapping[str, str]) -> str:
    """Return the texts of a line, separated by commas; a dash if there are none."""
    return ", ".join(text for text in texts.values() if text) or "—"


@dataclass(frozen=True)
class Sheet:
    """The declaration of a sheet: its address, who may open it, the fields of a line, and how it is loaded and written.

    `load` raises NotFound and Forbidden; `write` raises SheetRefused or what the use case raises. `quick` is the
    text that one button writes on every empty line; `say` puts the content of a line into words.
    """

    name: str
    icon: str
    verb: str
    fields: tuple[str, ...]
    load: Callable[[UnitOfWork, int], Filled]
    write: Callable[[UnitOfWork, int, Filled], None]
    quick: tuple[str, str] | None = None
    say: Callable[[Mapping[str, str]], str] = say_texts


def stored_line(kind: type[Entity], found: Mapping[str, Any] | None, *names: str) -> StoredLine | None:
    """Return the row behind a line from its values, None if there is no such row."""
    return None if found is None else StoredLine(kind, found["id"], {name: found[name] for name in names})


class SheetRefused(Exception):
    """Nothing was written; the lines say why, and these sentences what concerns no line."""

    def __init__(self, sentences: list[str], status: int = 400) -> None:
        super().__init__(sentences)
        self.sentences, self.status = sentences, status


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
    name: Annotated[str | None, Joined("student.user.first_name", "student.user.last_name")]
    username: Annotated[str, From("student.user.username")]


def seats(uow: UnitOfWork, group_id: int, *, on: date) -> dict[int, str]:
    """The names of those who are in a group, or still were on a day, by student."""
    there = where(left_on__isnull=True) | where(left_on__gte=on)
    return {found["student_id"]: full_name(found) for found in uow.select(Seat, where(group_id=group_id) & there)}


def _written(line: Line, names: Iterable[str], posted: Mapping[str, Any]) -> dict[str, str]:
    """Return the submitted texts of a line, stripped; CRLF from browsers becomes LF."""
    return {name: str(posted.get(f"{name}-{line.id}", "")).strip().replace("\r\n", "\n") for name in names}


def number_written(text: str) -> Decimal | str | None:
    """Return the number in a text, None for an empty one; text that is no number stays, for the use case to refuse."""
    with suppress(PydanticCustomError):
        return read_amount(text, language=current_language()) if text else None
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
