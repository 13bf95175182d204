"""Rows that a file names by their names, where a form would name them by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from educore import Entity, UnitOfWork, Where, nothing, where
from educore.identity import User
from educore.values import apostrophe_variants
from educore_web.admin.ui.naming import RowNames
from educore_web.admin.ui.parameters import parse_id
from educore_web.admin.ui.question import Question


class References:
    """Finds rows by name among those the user may see, with one statement for each name."""

    def __init__(self, uow: UnitOfWork, names: RowNames) -> None:
        self.uow, self.names = uow, names
        self._ids: dict[tuple[str, str], str] = {}

    def resolve(self, questions: Iterable[Question], texts: Mapping[str, str]) -> dict[str, str]:
        """Return the texts with ids in the place of names; a name of no row or of several rows stays."""
        answers = dict(texts)
        for question in questions:
            text = texts.get(question.name, "")
            if question.target and text and parse_id(text) is None:
                answers[question.name] = self._id(question.target, text)
        return answers

    def _id(self, target: str, text: str) -> str:
        if (target, text) not in self._ids:
            kind = self.uow.domain.kinds[target]
            rows = self.uow.find(kind, self._named(kind, text), limit=2) if "\0" not in text else []
            self._ids[target, text] = str(rows[0].id) if len(rows) == 1 else text
        return self._ids[target, text]

    def _named(self, kind: type[Entity], text: str) -> Where:
        """Return the condition for rows of this name: people by user name or by full name, things by their field."""
        if kind is User or self.names.rule(kind).has_account:
            step = "" if kind is User else "user__"
            first, _, last = text.partition(" ")
            by_username = where(**{f"{step}username": text.lower()})
            names = {f"{step}first_name__in": first, f"{step}last_name__in": last}
            return by_username | where(**{key: apostrophe_variants(name) for key, name in names.items()})
        field, *others = self.names.name_paths(kind)
        if others or "." in field or field == "id":
            return nothing
        return where(**{f"{field}__in": apostrophe_variants(text)})
