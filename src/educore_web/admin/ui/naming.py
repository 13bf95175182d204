"""The name of a row: a person's name, the name of a thing, or the name of the row it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import partial
from itertools import takewhile
from typing import Any

from educore import Domain, Entity, UnitOfWork, Where, everything, nothing, where
from educore.identity import User
from educore.kernel import name_fields as declared_fields
from educore.kernel import references
from educore_web.admin.ui.formats import MONTH_FIELDS, NO_VALUE, month_start
from educore_web.admin.ui.language import format_date, format_month, format_time, join_isolated
from educore_web.rest.search import holds_phone, read_terms

SPARE = "|"
"""Prefix of a field in `named_by` that names the row only where the other fields are empty."""

RowText = Callable[["RowNames", Any], str]
"""Function that makes the name of a row."""


@dataclass(frozen=True)
class NameRule:
    """The name of an entity's rows in the admin, as far as it does not follow from the entity's `named_by`.

    `named_by` replaces the first field of the entity's own. `row_name` makes the name from the row; `choice_name` makes
    one that tells rows of the same name apart. A row that `has_account` is told apart by its user name.
    """

    named_by: str = ""
    row_name: RowText | None = None
    choice_name: RowText | None = None
    has_account: bool = False


class RowNames:
    """The names of all rows of a domain, by the rules of its screens.

    An entity is named by the first field of its `named_by`: a reference stands for the name of the row it leads to.
    """

    def __init__(self, domain: Domain, rules: Mapping[type[Entity], NameRule]) -> None:
        self.domain, self.rules = domain, rules

    def rule(self, kind: type[Entity]) -> NameRule:
        """Return the rule of an entity, the default one if no screen declares any."""
        return self.rules.get(kind, NameRule())

    def name_of(self, row: Any) -> str:
        """Return the name of a row, a dash for None: no row, or none that the user may see."""
        if row is None:
            return NO_VALUE
        kind = row.entity
        if (row_name := self.rule(kind).row_name) is not None:
            return row_name(self, row)
        fields = self._fields(kind)
        if not fields:
            return f"№ {row.id}"
        if fields[0] in references(kind):
            return self.name_of(getattr(row, fields[0].removesuffix("_id")))
        texts = [_text(field, getattr(row, field)) for field in fields if not field.startswith(SPARE)]
        spare = [_text(field, getattr(row, field.lstrip(SPARE))) for field in fields if field.startswith(SPARE)]
        return " ".join(filter(None, texts)) or " ".join(filter(None, spare))

    def full_name(self, row: Any, *, with_center: bool = False) -> str:
        """Return a name that also tells rows of the same name apart, as a select needs it."""
        if with_center:
            return join_isolated(self.full_name(row), self.name_of(row.center))
        rule, name = self.rule(row.entity), self.name_of(row)
        if rule.choice_name is not None:
            return rule.choice_name(self, row)
        account = row if row.entity is User else row.user if rule.has_account else None
        return name if account is None or name == account.username else join_isolated(name, account.username)

    def steps_to_name(self, kind: type[Entity]) -> tuple[str, ...]:
        """Return the references to load before `name_of`: ("student", "user") for an enrollment."""
        fields = self._fields(kind)
        if not fields or fields[0] not in references(kind):
            return ()
        step = fields[0].removesuffix("_id")
        return (step, *self.steps_to_name(self.domain.target(kind, step)[1]))

    def name_paths(self, kind: type[Entity]) -> tuple[str, ...]:
        """Return the dotted paths whose texts make up the name, the one to sort by first."""
        fields = self._fields(kind)
        if not fields:
            return ("id",)
        if fields[0] not in references(kind):
            return tuple(field.lstrip(SPARE) for field in fields)
        step = fields[0].removesuffix("_id")
        return tuple(f"{step}.{path}" for path in self.name_paths(self.domain.target(kind, step)[1]))

    def _fields(self, kind: type[Entity]) -> tuple[str, ...]:
        """Return one reference, or the entity's own fields that come before the first reference."""
        named_by = self.rule(kind).named_by
        fields = (named_by,) if named_by else declared_fields(kind)
        if not fields or fields[0] in references(kind):
            return fields[:1]
        return tuple(takewhile(lambda field: field not in references(kind), fields))


def _text(field: str, value: Any) -> str:
    return format_month(month_start(value)) if field in MONTH_FIELDS else str(value)


def lesson_name(group: str, day: date, start: time | None) -> str:
    """Return the name of a lesson: its group and when it begins."""
    return join_isolated(group, format_date(day) + (f", {format_time(start)}" if start else ""))


def is_reference(kind: type[Entity], step: str) -> bool:
    """Return whether a step of a path is a reference of the entity: "branch" of a student is, "name" is not."""
    return f"{step}_id" in references(kind)


def search_condition(uow: UnitOfWork, kind: type[Entity], paths: tuple[str, ...], text: str) -> Where:
    """Return the condition for rows with every term of `text` in one of `paths`.

    The search looks only at related rows that the user may see.
    """
    phones = tuple(path for path in paths if holds_phone(uow.domain, kind, path.split(".")))
    condition = everything
    for term in read_terms(uow, text):
        condition &= term.condition(partial(_contains, uow, kind, paths), partial(_contains, uow, kind, phones))
    return condition


def _contains(uow: UnitOfWork, kind: type[Entity], paths: Iterable[str], text: str) -> Where:
    """Return the condition for rows with `text` at one of these dotted paths; each step stays within its scope."""
    found, nested = nothing, dict[str, list[str]]()
    for path in paths:
        step, _, rest = path.partition(".")
        if rest:
            nested.setdefault(step, []).append(rest)
        else:
            found |= where(**{f"{step}__icontains": text})
    for step, rests in nested.items():
        target = uow.domain.target(kind, step)[1]
        condition = uow.scope(target, "read") & _contains(uow, target, rests, text)
        found |= where(**{f"{step}__has": condition})
    return found
