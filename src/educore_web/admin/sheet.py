"""A sheet: one form on which a whole class is marked or graded, a line for each student."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any

from pydantic_core import PydanticCustomError

from educore import Entity, Invalid, NameOf, Shape, UnitOfWork, Where, where
from educore.groups import Enrollment
from educore.kernel import fingerprint
from educore.values import read_amount
from educore_web.admin.ui.digests import join_digests, split_digests
from educore_web.admin.ui.language import current_language, translate
from educore_web.admin.ui.problems import error_message, problem_message


@dataclass(frozen=True)
class StoredRow:
    """The stored row behind a line, and those of its values that the line shows."""

    kind: type[Entity]
    id: int
    values: Mapping[str, Any]


@dataclass
class SheetLine:
    """One student of a sheet: the facts shown, the texts of the controls, and the error messages.

    The names of the controls end in `id`. A line that is not open is only shown.
    """

    id: int
    name: str
    facts: Mapping[str, Any]
    texts: dict[str, str]
    is_open: bool = True
    stored: StoredRow | None = None
    errors: list[str] = field(default_factory=list)


@dataclass
class SheetState:
    """A sheet with its present content: the `head` it is about, its lines, and the messages above them.

    `seen` holds digests of the open lines as they were shown; `is_unsaved` marks a sheet with texts that are not saved.
    `closing` is the action on the row behind the sheet that a second button does after saving, "" for none.
    """

    head: Mapping[str, Any]
    lines: list[SheetLine]
    alerts: list[str] = field(default_factory=list)
    is_open: bool = True
    status: int = 200
    seen: str = ""
    is_unsaved: bool = False
    closing: str = ""

    def __post_init__(self) -> None:
        self.seen = self.seen or join_digests({str(line.id): fingerprint(line.texts) for line in self.open_lines()})

    def open_lines(self) -> list[SheetLine]:
        """Return the lines that the user can fill in."""
        return [line for line in self.lines if line.is_open]

    def read(self, fields: Iterable[str], posted: Mapping[str, Any]) -> None:
        """Take over the submitted texts of the open lines, and the digests of these lines as they were shown."""
        names, seen = tuple(fields), self._digests(posted)
        for line in self.open_lines():
            if not seen or str(line.id) in seen:
                line.texts = _submitted_texts(line, names, posted)
        self.seen, self.is_unsaved = join_digests(self._digests({"seen": self.seen}) | seen), True

    def merge(
        self, fields: Iterable[str], posted: Mapping[str, Any], describe: Callable[[Mapping[str, str]], str]
    ) -> bool:
        """Take over the lines changed on the page. Return whether none of them was changed by another user, too.

        A line that the page did not change, or did not show, keeps the text stored now. A line that both changed
        keeps the submitted text and gets a message with the stored one; sending the page once more replaces the stored
        text. Without `seen`, all lines count as changed.
        """
        names, seen = tuple(fields), self._digests(posted)
        for line in self.open_lines():
            submitted, shown = _submitted_texts(line, names, posted), seen.get(str(line.id))
            if shown == fingerprint(submitted) or seen and shown is None:
                continue
            if shown is not None and submitted != line.texts and shown != fingerprint(line.texts):
                line.errors.append(translate("stale.line", theirs=describe(line.texts)))
            line.texts = submitted
        self.is_unsaved = True
        return not any(line.errors for line in self.lines)

    def _digests(self, posted: Mapping[str, Any]) -> dict[str, str]:
        return split_digests(str(posted.get("seen", "")), (str(line.id) for line in self.lines))


def describe_texts(texts: Mapping[str, str]) -> str:
    """Return the texts of a line, separated by commas; a dash if there are none."""
    return ", ".join(text for text in texts.values() if text) or "—"


@dataclass(frozen=True)
class Sheet:
    """The declaration of a sheet: its name in the address, the verb it needs, and the fields of a line.

    `load` raises NotFound and Forbidden; `write` raises SheetError or the errors of the use case. `quick` is the
    text that one button writes on every empty line; `describe` returns the content of a line as text. `lock` locks the
    row behind the sheet, where the use case locks others before it.
    """

    name: str
    icon: str
    verb: str
    fields: tuple[str, ...]
    load: Callable[[UnitOfWork, int], SheetState]
    write: Callable[[UnitOfWork, int, SheetState], None]
    quick: tuple[str, str] | None = None
    describe: Callable[[Mapping[str, str]], str] = describe_texts
    lock: Callable[[UnitOfWork, int], None] | None = None


def stored_row(kind: type[Entity], found: Mapping[str, Any] | None, *names: str) -> StoredRow | None:
    """Return the stored row behind a line with the named values, None if there is no such row."""
    return None if found is None else StoredRow(kind, found["id"], {name: found[name] for name in names})


class SheetError(Exception):
    """Raised when nothing was written: the lines hold their messages, `messages` those about no line."""

    def __init__(self, messages: list[str], status: int = 400) -> None:
        super().__init__(messages)
        self.messages, self.status = messages, status


def write_lines(lines: list[SheetLine], prefix: str, write: Callable[[], Any]) -> None:
    """Call `write`, a bulk use case, and give each line its errors, which are named `<prefix>.<index>.<field>`.

    Raises: SheetError for errors of any line.
    """
    try:
        write()
    except Invalid as error:
        rest = {}
        for path, problems in error.fields.items():
            outer, _, inner = path.partition(".")
            index = inner.partition(".")[0]
            if outer == prefix and index.isdecimal():
                lines[int(index)].errors += [problem_message(problem) for problem in problems]
            else:
                rest["" if path == prefix else path] = problems
        raise SheetError([error_message(Invalid({path: found})) for path, found in rest.items()]) from None


class Seat(Shape, of=Enrollment):
    """The enrollment of a student in the group of a sheet."""

    student_id: int
    name: Annotated[str, NameOf("student")]


def load_students(uow: UnitOfWork, group_id: int, places: Where) -> dict[int, str]:
    """Return the names of the students who have such places in a group, by student id."""
    return {found["student_id"]: found["name"] for found in uow.select(Seat, where(group_id=group_id) & places)}


def _submitted_texts(line: SheetLine, names: Iterable[str], posted: Mapping[str, Any]) -> dict[str, str]:
    """Return the submitted texts of a line, stripped; CRLF from browsers becomes LF."""
    return {name: str(posted.get(f"{name}-{line.id}", "")).strip().replace("\r\n", "\n") for name in names}


def parse_number(text: str) -> Decimal | str | None:
    """Return the number in a text, None for an empty one; text that is no number stays, for the use case to refuse."""
    with suppress(PydanticCustomError):
        return read_amount(text, language=current_language()) if text else None
    return text


def sort_by_name(lines: Iterable[SheetLine]) -> list[SheetLine]:
    """Return the lines sorted by name."""
    return sorted(lines, key=lambda line: (line.name.casefold(), line.id))
