"""Forms derived from entities: the questions, the submitted texts, and their values or errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any

from annotated_types import MaxLen
from pydantic import ConfigDict, TypeAdapter, ValidationError

from educore import Domain, EducoreError, Entity, Invalid, Problem, StoredFile, Where, everything
from educore.identity import User
from educore.kernel import is_marked, references, value_type
from educore.values import WEEKDAYS, InCurrency, NewPassword
from educore_web.admin.ui.enumerations import format_enum
from educore_web.admin.ui.language import find_translation, format_amount, format_weekday, translate
from educore_web.admin.ui.parameters import parse_id
from educore_web.admin.ui.problems import field_label, messages_by_field
from educore_web.rest.uploads import Document, Image, Upload

PASSWORD = "password"  # noqa: S105 - the name of a field
ACCOUNT = "account."
"""Prefix of the names of questions about a person's account."""

TEXTAREA_LENGTH = 1000
"""A field that may hold more characters is asked for in a textarea."""

PICTURES = ("logo", "image")
"""The fields whose files are shown as pictures; any other file is a document to open."""


@dataclass(frozen=True)
class Question:
    """One value that a form asks for: a field of an entity, by the name of the parameter of the use case.

    `account.username` is a user's field that is passed on inside `account`. `choices` narrows the rows a
    reference may name, and so does the answer to another question: `depends` names that one, and the path from the
    rows to choose from that must lead to its answer. `many` rows may be named at once (`group_ids`). `values` are the
    values of an enumeration.
    """

    name: str
    kind: type[Entity]
    required: bool = False
    choices: Where = everything
    values: tuple[Enum, ...] = ()
    values_from: Callable[[Domain], tuple[Enum, ...]] | None = None
    many: bool = False
    depends: tuple[str, str] | None = None

    def resolve(self, domain: Domain) -> Question:
        """Return the question with the values that depend on the domain."""
        return self if self.values_from is None else replace(self, values=self.values_from(domain))

    @property
    def field(self) -> str:
        """The field of the entity; `group_id` for the question `group_ids` about many rows."""
        last = self.name.rpartition(".")[2]
        return last.removesuffix("s") if self.many else last

    @property
    def is_account(self) -> bool:
        """Whether it is about the account behind a student, a teacher or a member."""
        return self.name.startswith(ACCOUNT)

    @property
    def type(self) -> tuple[type, bool]:
        """The plain type of the value, and whether it may be missing."""
        return (str, True) if self.field == PASSWORD else value_type(self.kind, self.field)

    @property
    def target(self) -> str | None:
        """The name of the entity that a reference points at, None for other questions."""
        found = None if self.field == PASSWORD else references(self.kind).get(self.field)
        return found.target if found else None

    @property
    def is_file(self) -> bool:
        """Whether the answer is a file."""
        return self.field != PASSWORD and is_marked(self.kind, self.field, StoredFile)

    @property
    def text_name(self) -> str:
        """The name of the control that holds its text; the control of a file holds the file."""
        return f"{self.name}.remove" if self.is_file else self.name

    @property
    def chosen_reading(self) -> str:
        """The name of the control with which the user chooses between two readings of a number."""
        return f"{self.name}.reading"

    @property
    def is_money(self) -> bool:
        """Whether the answer is an amount in the Center's currency."""
        return self.field != PASSWORD and is_marked(self.kind, self.field, InCurrency)

    @property
    def may_be_empty(self) -> bool:
        """Whether an empty answer is accepted."""
        return not self.required and self.type[1]

    @property
    def widget(self) -> str:
        """The kind of control for the value."""
        plain = self.type[0]
        if self.field in WIDGET_BY_FIELD:
            return WIDGET_BY_FIELD[self.field]
        if self.target:
            return "references" if self.many else "reference"
        if self.is_file:
            return "picture" if self.field in PICTURES else "document"
        if issubclass(plain, Enum):
            return "select"
        if plain is str and _max_length(self.kind, self.field) > TEXTAREA_LENGTH:
            return "textarea"
        return WIDGET_BY_TYPE.get(plain, "text")


WIDGET_BY_TYPE = {bool: "checkbox", date: "date", time: "time", int: "number", Decimal: "decimal"}
WIDGET_BY_FIELD = {
    PASSWORD: "password", "email": "email", "phone": "tel", "parent_phone": "tel", "website": "url",
    "online_link": "url", "weekdays": "weekdays", "month": "month", "text": "textarea", "message": "textarea",
}  # fmt: skip


@dataclass
class Form:
    """The questions of a page, the texts submitted so far, and the error messages.

    For a file, the text says whether to remove the present file, whose address is in `files`. `readings` offers the
    possible readings of an ambiguous number, each as the text to send and the text to show; `amounts` holds the amounts
    of money as they were read. `conflicts` lists the rows that caused an error, as far as the user may see them.
    """

    questions: tuple[Question, ...]
    creating: bool = True
    texts: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    readings: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    amounts: dict[str, Decimal] = field(default_factory=dict)
    alerts: list[str] = field(default_factory=list)
    conflicts: list[Any] = field(default_factory=list)

    @property
    def asks_for_files(self) -> bool:
        """Whether the browser must send it as multipart/form-data."""
        return any(question.is_file for question in self.questions)

    def fill(self, values: Mapping[str, Any]) -> None:
        """Fill the controls with values."""
        self.texts = {name: as_text(value) for name, value in values.items()}

    def read(self, posted: Mapping[str, Any], *, language: str | None = None) -> dict[str, Any]:
        """Return the submitted values, each in its field's type; numbers are read as a page in `language` prints them.

        Raises: Invalid naming every wrong value.
        """
        self.keep(posted)
        values: dict[str, Any] = {}
        problems: dict[str, list[Problem]] = {}
        for question in self.questions:
            try:
                values |= self._file(question, posted) if question.is_file else self._value(question, language)
            except Invalid as error:
                problems[question.name] = [problem for found in error.fields.values() for problem in found]
        if problems:
            raise Invalid(problems)
        money = [q.name for q in self.questions if q.is_money and values.get(q.name) is not None]
        self.amounts = {name: values[name] for name in money}
        return values

    def keep(self, posted: Mapping[str, Any], *messages: str) -> None:
        """Keep the submitted texts, to show them again below these messages; CRLF from browsers becomes LF."""
        texts = {q.name: str(posted.get(q.chosen_reading) or posted.get(q.text_name, "")) for q in self.questions}
        self.texts = {name: text.replace("\r\n", "\n") for name, text in texts.items()}
        self.alerts = [*messages]

    def refuse(self, error: EducoreError) -> None:
        """Show the messages of an error, each beside its field."""
        self.errors, self.alerts = messages_by_field(error, {question.name for question in self.questions})
        by_name = {q.name: q for q in self.questions}
        ambiguous = {
            name: problem
            for name, problems in (error.fields.items() if isinstance(error, Invalid) else ())
            for problem in problems
            if problem.code == "amount_unsure" and name in by_name
        }
        self.readings = {name: _readings(by_name[name], problem) for name, problem in ambiguous.items()}

    def label(self, question: Question) -> str:
        """Return the label of a question."""
        if question.field == PASSWORD and not self.creating:
            return field_label("new_password")
        if question.many:
            return translate(f"{question.target}.many")
        return field_label(question.name, question.kind.__name__)

    def hint(self, question: Question) -> str | None:
        """Return the help text below a control, None if there is none."""
        moment = "create" if self.creating else "edit"
        kind = question.kind.__name__
        every = (question.widget,) if question.many else ()
        names = (*every, f"{question.field}.{moment}", f"{kind}.{question.field}", question.field, question.widget)
        return next(filter(None, (find_translation(f"hint.{name}") for name in names)), None)

    def _file(self, question: Question, posted: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer about a file: a new file, None to remove the present one, or no answer to keep it."""
        sent = posted.get(question.name)
        if isinstance(sent, Upload):
            return {question.name: _read(question, sent)}
        return {question.name: None} if self.texts[question.name] and not self.creating else {}

    def _value(self, question: Question, language: str | None) -> dict[str, Any]:
        text = self.texts[question.name]
        plain, may_be_none = question.type
        if plain is bool:
            return {question.name: text != ""}
        if text.strip() == "":
            return self._empty(question, plain, may_be_none)
        if question.values and text not in [str(value.value) for value in question.values]:
            raise Invalid.because("", "enum", expected=", ".join(str(value.value) for value in question.values))
        ids = text.split() if question.many else [text]
        if question.target and (wrong := [id for id in ids if parse_id(id) is None]):
            raise Invalid.because("", "unknown_id", id=wrong[0])
        if question.many:
            return {question.name: [parse_id(id) for id in ids]}
        return {question.name: _read(question, text, language=language)}

    def _empty(self, question: Question, plain: type, may_be_none: bool) -> dict[str, Any]:
        """Return the answer of an empty control: the default for a new row; for a stored one, an empty field."""
        if question.required or not self.creating and not may_be_none and plain is not str:
            raise Invalid.because("", "missing")
        if self.creating or question.field == PASSWORD:
            return {}
        return {question.name: None if may_be_none else ""}


def nest_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as a use case takes them: `account.username` inside `account`."""
    fields: dict[str, Any] = {}
    for name, value in values.items():
        outer, _, inner = name.rpartition(".")
        (fields.setdefault(outer, {}) if outer else fields)[inner] = value
    return fields


def questions_about(kind: type[Entity], *names: str, optional: Iterable[str] = ()) -> tuple[Question, ...]:
    """Return questions about fields of an entity, required if the field is, unless they are `optional`."""
    return tuple(
        Question(name, owner, required=name not in optional and _is_required(owner, name.rpartition(".")[2]))
        for name in names
        for owner in (User if name.startswith("account.") else kind,)
    )


def select_options(question: Question) -> list[tuple[str, str]]:
    """Return the values of an enumeration or a flag to choose from, each with its word."""
    plain: Any = question.type[0]
    if plain is bool:
        return [("true", translate("yes")), ("false", translate("no"))]
    return [(str(value.value), format_enum(value)) for value in question.values or plain]


def weekday_options() -> list[tuple[str, str]]:
    """Return the days of the week, each with its name in the language of the page."""
    return [(day, format_weekday(number)) for number, day in enumerate(WEEKDAYS)]


def as_text(value: Any) -> str:
    """Return a value as the text of a control."""
    if value is None or value is False:
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, time):
        return value.isoformat("minutes" if value.second == 0 else "seconds")
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _is_required(kind: type[Entity], name: str) -> bool:
    return name != PASSWORD and kind.model_fields[name].is_required()


def _max_length(kind: type[Entity], name: str) -> int:
    info = kind.model_fields[name]
    return max((mark.max_length for mark in info.metadata if isinstance(mark, MaxLen)), default=0)


def _readings(question: Question, problem: Problem) -> list[tuple[str, str]]:
    """Return the readings of an ambiguous number that the question accepts: the text to send, and the text to show."""
    readings = []
    for text in (problem.params["thousands"], problem.params["fraction"]):
        with suppress(Invalid):
            readings.append((text, format_amount(_read(question, text))))
    return readings


def _read(question: Question, given: Any, *, language: str | None = None) -> Any:
    try:
        return _reader(question.kind, question.field).validate_python(given, context={"language": language})
    except ValidationError as error:
        raise Invalid.from_pydantic(error) from None


@cache
def _reader(kind: type[Entity], name: str) -> TypeAdapter[Any]:
    """Return the parser of a field's text or file by the field's own rules."""
    config = ConfigDict(str_strip_whitespace=True)
    if name == PASSWORD:
        return TypeAdapter(NewPassword)
    if is_marked(kind, name, StoredFile):
        return TypeAdapter(Image if name in PICTURES else Document)
    info = kind.model_fields[name]
    described: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
    return TypeAdapter(described, config=config)
