"""Forms: the questions, the submitted texts, and their values or errors."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from educore import EducoreError, Entity, Invalid, Problem, StoredFile
from educore.kernel import is_marked, value_type
from educore.values import COMPLETE_LATER, NewPassword, Texts, Value
from educore_web.admin.security.current_user import local_time_zone
from educore_web.admin.ui.language import find_translation, format_amount, translate
from educore_web.admin.ui.parameters import parse_id
from educore_web.admin.ui.problems import field_label, messages_by_field
from educore_web.admin.ui.question import PASSWORD, PICTURES, Question
from educore_web.rest.uploads import Document, Image, Upload


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
        """True if the browser must send it as multipart/form-data."""
        return any(question.is_file for question in self.questions)

    def fill(self, values: Mapping[str, Any]) -> None:
        """Fill the controls with values."""
        decided = {q.name for q in self.questions if q.is_choice_of_flag}
        flags = {name: str(value).lower() for name, value in values.items() if name in decided and value is not None}
        self.texts = {name: as_text(value) for name, value in values.items()} | flags

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
        name = question.name if question.about else question.field
        names = (*every, f"{name}.{moment}", f"{kind}.{name}", name, question.widget)
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
        if plain is bool and not question.is_choice_of_flag:
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
        if question.many and not self.creating:
            return {question.name: []}
        is_text = plain is str or issubclass(plain, Texts)
        if question.required or not self.creating and not may_be_none and not is_text:
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


def as_text(value: Any) -> str:
    """Return a value as the text of a control."""
    if value is None or value is False:
        return ""
    if isinstance(value, list):
        return " ".join(as_text(part) for part in value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        local = value.astimezone(local_time_zone()).replace(tzinfo=None)
        return local.isoformat(timespec="auto" if local.second or local.microsecond else "minutes")
    if isinstance(value, time):
        return value.isoformat("minutes" if value.second == 0 else "seconds")
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _readings(question: Question, problem: Problem) -> list[tuple[str, str]]:
    """Return the readings of an ambiguous number that the question accepts: the text to send, and the text to show."""
    readings = []
    for text in (problem.params["thousands"], problem.params["fraction"]):
        with suppress(Invalid):
            readings.append((text, format_amount(_read(question, text))))
    return readings


def _read(question: Question, given: Any, *, language: str | None = None) -> Any:
    if question.field in question.kind.model_fields and value_type(question.kind, question.field)[0] is datetime:
        given = _in_local_time(given)
    try:
        context = {**COMPLETE_LATER, "language": language}
        return _reader(question.kind, question.field).validate_python(given, context=context)
    except ValidationError as error:
        raise Invalid.from_pydantic(error) from None


def _in_local_time(text: str) -> Any:
    """Return the moment that a control names in the time zone of the page; any other text stays, to be refused."""
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=local_time_zone()) if moment.tzinfo is None else moment
    return text


@cache
def _reader(kind: type[Entity], name: str) -> TypeAdapter[Any]:
    """Return the parser of a field's text or file by the field's own rules."""
    plain, _ = value_type(kind, name) if name != PASSWORD else (str, False)
    config = None if issubclass(plain, Value) else ConfigDict(str_strip_whitespace=True)  # a value has its own
    if name == PASSWORD:
        return TypeAdapter(NewPassword)
    if is_marked(kind, name, StoredFile):
        return TypeAdapter(Image if name in PICTURES else Document)
    info = kind.model_fields[name]
    described: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
    return TypeAdapter(described, config=config)
