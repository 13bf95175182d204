"""Which row a file means when it writes a name where a form would send an id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from educore import UnitOfWork, Where, nothing, where
from educore.identity import User
from educore.people import Student, Teacher
from educore_web.admin.ui.forms import Question
from educore_web.admin.ui.naming import NAMED_AFTER
from educore_web.admin.ui.parameters import id_written


class References:
    """Finds rows by name among those the visitor may see, asking once for each name."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self._found: dict[tuple[str, str], str] = {}

    def resolved(self, questions: Iterable[Question], texts: Mapping[str, str]) -> dict[str, str]:
        """The same texts with the ids of the rows that references name; a name nobody or several bear stays."""
        answers = dict(texts)
        for question in questions:
            text = texts.get(question.name, "")
            if question.target and text and id_written(text) is None:
                answers[question.name] = self._id(question.target, text)
        return answers

    def _id(self, target: str, text: str) -> str:
        if (target, text) not in self._found:
            kind = self.uow.domain.kinds[target]
            rows = self.uow.find(kind, _named(target, text), limit=2) if "\0" not in text else []
            self._found[target, text] = str(rows[0].id) if len(rows) == 1 else text
        return self._found[target, text]


PEOPLE = {
    User.__name__: "",
    **{kind.__name__: f"{step}__" for kind, step in NAMED_AFTER.items() if kind in (Student, Teacher)},
}


def _named(target: str, text: str) -> Where:
    """Things by their name; people by their user name, or by first and last name."""
    if target not in PEOPLE:
        return where(name=text) if target not in {kind.__name__ for kind in NAMED_AFTER} else nothing
    step = PEOPLE[target]
    first, _, last = text.partition(" ")
    return where(**{f"{step}username": text.lower()}) | where(**{f"{step}first_name": first, f"{step}last_name": last})
