"""The questions that the forms and filters of a screen ask the user, and the present answers to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from educore import Actor, EducoreError, Entity, Policy, Role, everything
from educore.identity import Membership
from educore.kernel import references
from educore.timetable import Session
from educore_web.admin.reading import RowSource, unreadable_fields
from educore_web.admin.screen import RowAction, Screen
from educore_web.admin.security.current_user import current_actor, is_in_school, is_offered
from educore_web.admin.ui.forms import Form
from educore_web.admin.ui.parameters import parse_id
from educore_web.admin.ui.problems import conflicting_sessions
from educore_web.admin.ui.question import Question

SCHOOL_ROLES = (Role.STAFF, Role.PARENT, Role.DRIVER)
"""Roles that exist only in schools."""


class ScreenQuestions:
    """Asks only questions about fields that the user may read and answer."""

    def __init__(self, screen: Screen, source: RowSource) -> None:
        self.screen, self.source, self.school = screen, source, source.school

    def filters(self) -> tuple[Question, ...]:
        """Return the filters of the list; a user of several Centers can filter by Center."""
        filters = self.screen.filters
        if current_actor().center_id is None and "center_id" in references(self.screen.kind):
            filters = (*filters, "center_id")
        questions = (found if isinstance(found, Question) else Question(found, self.screen.kind) for found in filters)
        return tuple(question.resolve(self.school.domain) for question in questions if _is_open(question))

    def create(self) -> tuple[Question, ...]:
        """Return the questions about a new row; only a user of several Centers is asked for the Center."""
        actor = current_actor()
        questions = [_relax(q) for q in self.screen.create if q.name != "center_id" or actor.center_id is None]
        return tuple(
            replace(q, values=self._roles_to_grant(actor, q)) if q.values else q
            for q in questions
            if _is_open(q)
            and self._may_answer(q, self.screen.create_verb())
            and self._policy(q).visibility(actor, q.part_of or q.field) == everything
        )

    def can_create(self) -> bool:
        """Return whether there is a form for new rows, and a value to choose for each question about an enumeration."""
        values = {question.name: question.values for question in self.create()}
        return bool(values) and all(values.get(q.name) for q in self.screen.create if q.values)

    def edit(self, row: Any, *, with_account: bool) -> tuple[Question, ...]:
        """Return the questions about a stored row; those about its account only `with_account`."""
        questions = []
        for question in self.screen.edit:
            owner = row.user if question.is_account else row
            if question.is_account and not with_account or owner is None:
                continue
            if not _is_open(question) or not question.applies_to.holds(row) or not self._may_answer(question, "update"):
                continue
            field = question.part_of or question.field
            is_restricted = field in self._policy(question).restricted_fields
            if is_restricted and field in unreadable_fields(self.school.domain, owner):
                continue
            questions.append(question)
        return tuple(questions)

    def of_action(self, action: RowAction) -> tuple[Question, ...]:
        """Return the questions of an action."""
        return tuple(q for q in action.questions if _is_open(q))

    def resolve_names(self, form: Form, error: EducoreError | None = None) -> None:
        """Give a form the names of its chosen rows and the sessions that an error names, if the user may see them."""
        kinds = self.school.domain.kinds
        with self.source.open() as reader:
            for question in form.questions:
                texts = form.texts.get(question.name, "").split()
                if question.target and (ids := [id for text in texts if (id := parse_id(text)) is not None]):
                    for row in reader.some(kinds[question.target], ids):
                        key = f"{question.name}.{row.id}" if question.many else question.name
                        form.names[key] = reader.names.full_name(row)
            if error is not None and (ids_of_sessions := conflicting_sessions(error)):
                form.conflicts = reader.some(Session, ids_of_sessions)

    def current_values(self, row: Any, questions: Iterable[Question]) -> dict[str, Any]:
        """Return the stored values that answer the questions, by name; passwords and files have none."""
        stored = [q for q in questions if q.field in q.kind.model_fields and not q.is_file]
        return {q.name: _stored_value(row, q) for q in stored}

    def file_addresses(self, row: Any, questions: Iterable[Question]) -> dict[str, str]:
        """Return the addresses of the stored files that the questions could replace, by name."""
        addresses = {q.name: _stored_value(row, q) for q in questions if q.is_file}
        return {name: address for name, address in addresses.items() if address}

    def _may_answer(self, question: Question, verb: str) -> bool:
        """Return whether the user's rule for the verb opens the field; accounts have rules of their own."""
        fields = self.school.domain.policy(self.screen.kind).fields(current_actor(), verb)
        field, is_about_row = question.part_of or question.field, self._kind(question) is self.screen.kind
        return fields is None or not is_about_row or field in fields

    def _policy(self, question: Question) -> Policy:
        return self.school.domain.policy(self._kind(question))

    def _kind(self, question: Question) -> type[Entity]:
        """Return the entity that a question is about, such as the badge of whose rule it asks for a part."""
        return self.screen.kind if question.part_of else question.kind

    def _roles_to_grant(self, actor: Actor, question: Question) -> tuple[Any, ...]:
        scope = self.school.domain.policy(Membership).granted(actor, "create")
        roles = (role for role in question.values if role not in SCHOOL_ROLES or is_offered(in_schools=True))
        return tuple(role for role in roles if scope.holds(SimpleNamespace(center_id=actor.center_id, role=role)))


def _is_open(question: Question) -> bool:
    """Return whether the user's Center has a question, and a teacher is not asked for the teacher, as only they fit."""
    is_own = question.name == "teacher_id" and current_actor().role is Role.TEACHER
    return is_offered(question.in_schools) and not is_own


def _relax(question: Question) -> Question:
    """Make a question for some Centers optional for a user of several, whose choice of a Center is not known yet."""
    is_optional = question.in_schools is not None and is_in_school() is None
    return replace(question, required=False) if is_optional else question


def _stored_value(row: Any, question: Question) -> Any:
    return getattr(question.holder(row, row.user if question.is_account else None), question.field)
