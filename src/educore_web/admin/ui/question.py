"""One question of a form, derived from a field of an entity: its type, its control, and its choices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any

from annotated_types import MaxLen

from educore import Domain, Entity, StoredFile, Where, everything
from educore.identity import User
from educore.kernel import is_marked, references, value_type
from educore.values import WEEKDAYS, InCurrency
from educore_web.admin.ui.enumerations import format_enum
from educore_web.admin.ui.language import format_weekday, translate

PASSWORD = "password"  # noqa: S105 - the name of a field
ACCOUNT = "account."
"""Prefix of the names of questions about a person's account."""

TEXTAREA_LENGTH = 1000
"""A field that may hold more characters is asked for in a textarea."""

PICTURES = ("logo", "image")
"""The fields whose files are shown as pictures; any other file is a document to open."""

WIDGET_BY_TYPE = {
    bool: "checkbox",
    datetime: "datetime-local",
    date: "date",
    time: "time",
    int: "number",
    Decimal: "decimal",
}
WIDGET_BY_FIELD = {
    PASSWORD: "password", "email": "email", "phone": "tel", "parent_phone": "tel", "website": "url",
    "online_link": "url", "weekdays": "weekdays", "weekday": "weekday", "month": "month",
    "text": "textarea", "message": "textarea",
}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """One value that a form asks for: a field of an entity, by the name of the parameter of the use case.

    * `account.username` is a field of the user behind the row; the use case gets it inside `account`. In the same way
      `requirements.min_score` is a part of the structured value `requirements`, and its type is the `kind`.
    * `choices` limits the rows that a reference may name, and so does `depends`: it names another question, and the
      path from a row to choose to the answer of that question.
    * `many` rows may be named at once (`group_ids`).
    * `condition` returns the rows that an answer selects in a filter, where these are not the rows with that value.
    * With `in_schools` the question is for schools alone, with False for all other Centers. It is optional for a user
      of several Centers.
    * `applies_to` is the condition for stored rows with the question.
    * `values` are the accepted values of an enumeration; `values_from` finds them in the domain.
    * `about` is the field, where the parameter of the use case has another name; a `yes_or_no` is about no field.
    """

    name: str
    kind: Any
    required: bool = False
    choices: Where = everything
    values: tuple[Enum, ...] = ()
    values_from: Callable[[Domain], tuple[Enum, ...]] | None = None
    many: bool = False
    depends: tuple[str, str] | None = None
    condition: Callable[[Any], Where] | None = None
    in_schools: bool | None = None
    applies_to: Where = everything
    about: str = ""
    yes_or_no: bool = False

    def resolve(self, domain: Domain) -> Question:
        """Return the question with the values that depend on the domain."""
        return self if self.values_from is None else replace(self, values=self.values_from(domain))

    @property
    def field(self) -> str:
        """The field of the entity; `group_id` for the question `group_ids` about many rows."""
        last = self.about or self.name.rpartition(".")[2]
        return last.removesuffix("s") if self.many else last

    @property
    def is_account(self) -> bool:
        """True if it is about the account behind a student, a teacher or a member."""
        return self.name.startswith(ACCOUNT)

    @property
    def part_of(self) -> str:
        """The field that holds the structured value of which it asks for a part; "" for other questions."""
        return "" if self.is_account else self.name.rpartition(".")[0]

    @property
    def path(self) -> str:
        """The path from the row to the stored answer: a field, or a part of one that holds a structured value."""
        return self.name if self.part_of else self.field

    def holder(self, row: Any, account: Any) -> Any:
        """Return what has the field of the question: the row, the account behind it, or a structured value."""
        if self.is_account:
            return account
        return getattr(row, self.part_of) if self.part_of else row

    @property
    def type(self) -> tuple[type, bool]:
        """The plain type of the value, and whether it may be missing."""
        if self.yes_or_no:
            return bool, False
        return (str, True) if self.field == PASSWORD else value_type(self.kind, self.field)

    @property
    def target(self) -> str | None:
        """The name of the entity that a reference points at, None for other questions."""
        found = None if self.field == PASSWORD else references(self.kind).get(self.field)
        return found.target if found else None

    @property
    def is_file(self) -> bool:
        """True if the answer is a file."""
        return self.field in self.kind.model_fields and is_marked(self.kind, self.field, StoredFile)

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
        """True if the answer is an amount in the Center's currency."""
        return self.field in self.kind.model_fields and is_marked(self.kind, self.field, InCurrency)

    @property
    def may_be_empty(self) -> bool:
        """True if an empty answer is accepted."""
        return not self.required and self.type[1]

    @property
    def is_choice_of_flag(self) -> bool:
        """True for yes, no, or no answer."""
        plain, may_be_none = self.type
        return plain is bool and may_be_none

    @property
    def widget(self) -> str:
        """The kind of control for the value."""
        plain = self.type[0]
        for name in (self.name, self.field):
            if name in WIDGET_BY_FIELD:
                return WIDGET_BY_FIELD[name]
        if self.target:
            return "references" if self.many else "reference"
        if self.is_file:
            return "picture" if self.field in PICTURES else "document"
        if issubclass(plain, Enum) or self.is_choice_of_flag:
            return "select"
        if plain is str and _max_length(self.kind, self.field) > TEXTAREA_LENGTH:
            return "textarea"
        return WIDGET_BY_TYPE.get(plain, "text")


def questions_about(
    kind: type[Entity], *names: str, optional: Iterable[str] = (), required: Iterable[str] = ()
) -> tuple[Question, ...]:
    """Return questions about fields, required if the field is or if they are `required`, but not if `optional`."""
    return tuple(
        Question(
            name,
            owner,
            required=name in required or name not in optional and _is_required(owner, name.rpartition(".")[2]),
        )
        for name in names
        for owner in (_owner(kind, name),)
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


def _owner(kind: type[Entity], name: str) -> type[Any]:
    outer = name.rpartition(".")[0]
    if name.startswith(ACCOUNT):
        return User
    return value_type(kind, outer)[0] if outer else kind


def _is_required(kind: type[Any], name: str) -> bool:
    return name != PASSWORD and kind.model_fields[name].is_required()


def _max_length(kind: type[Any], name: str) -> int:
    info = kind.model_fields[name]
    return max((mark.max_length for mark in info.metadata if isinstance(mark, MaxLen)), default=0)
