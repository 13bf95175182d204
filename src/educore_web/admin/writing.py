"""Writing the rows of a screen: each change is a use case in one unit of work of the current user."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from anyio import to_thread

from educore import Educore, Entity, Seen, UnitOfWork, perform, where
from educore.identity import User
from educore_web.admin.idempotency import SubmittedForm
from educore_web.admin.screen import Proposal, Screen
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.ui.forms import nest_fields
from educore_web.admin.ui.language import translate
from educore_web.rest.preparation import prepare_values
from educore_web.rest.uploads import keep_files


class RowWriter:
    """Creates and changes the rows of one screen."""

    def __init__(self, screen: Screen, school: Educore) -> None:
        self.screen, self.school = screen, school

    async def save(
        self, id: int | None, values: dict[str, Any], *, form: SubmittedForm, seen: Seen | None = None
    ) -> int:
        """Create or change a row and return its id; the same form sent again returns the same id and does nothing.

        `seen` holds digests of the values that the form showed, by question. Raises: Stale if they have changed since;
        the errors of the use case.
        """
        return await to_thread.run_sync(self._save, id, values, form, seen or {})

    def write(self, uow: UnitOfWork, id: int | None, values: Mapping[str, Any]) -> Entity:
        """Create a row, or update the one with this id, in an open unit of work with values from `prepare`."""
        fields = keep_files(uow, nest_fields(values))
        kind, only = self.screen.kind, self.screen.only
        if id is None:
            return self._create(uow, fields)
        return perform(uow, kind, "update", id, fields, only=only)

    def prepare(self, values: Mapping[str, Any]) -> AbstractContextManager[dict[str, Any]]:
        """Hash the new passwords and store the files among the answers; enter this before the unit of work opens."""
        return prepare_values(self.school.ports, self.screen.kind, values)

    def propose(self, proposal: Proposal, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the answers that a proposal of the screen fills in. Raises: Invalid for the answers it needs."""
        with self.school.work(current_actor(), read_only=True) as uow:
            return proposal.compute(uow, values)

    def find_editable(self, uow: UnitOfWork, id: int) -> tuple[Entity | None, Entity | None]:
        """Return the row, and the account of a student, teacher or member; None for what the user may not change."""
        rows: list[Any] = uow.find(self.screen.kind, where(id=id) & self.screen.only, to="update", limit=1)
        if not rows or not self.screen.has_account:
            return (rows[0] if rows else None), None
        accounts = uow.find(User, where(id=rows[0].user_id), to="update", limit=1)
        return rows[0], (accounts[0] if accounts else None)

    def creation_message(self, id: int, default: str) -> str:
        """Return the message about a new row: the count that the screen declares, or else `default`."""
        name = self.screen.count_message
        if not name:
            return default
        with self.school.work(current_actor(), read_only=True) as uow:
            count = self.screen.counts[name](uow, {id}).get(id, 0)
        return translate(f"said.{name}", count=count)

    def _create(self, uow: UnitOfWork, fields: Mapping[str, Any]) -> Entity:
        """Create a row by the action of its Center, without the answers to questions that this Center does not have."""
        kind, only, creation = self.screen.kind, self.screen.only, self.screen.school_creation
        if creation is None:
            return perform(uow, kind, "create", fields=fields, only=only)
        in_school = fields.get(creation.decided_by) is not None
        others = {question.name for question in self.screen.create if question.in_schools is (not in_school)}
        answers = {name: value for name, value in fields.items() if name not in others}
        return perform(uow, kind, creation.action if in_school else "create", fields=answers, only=only)

    def _save(self, id: int | None, values: dict[str, Any], form: SubmittedForm, seen: Seen) -> int:
        with self.prepare(values) as ready, self.school.work(current_actor()) as uow:

            def write() -> str:
                if id is not None:
                    self._expect(uow, id, seen)
                return str(self.write(uow, id, ready).id)

            return int(form.run_idempotent(uow, write))

    def _expect(self, uow: UnitOfWork, id: int, seen: Seen) -> None:
        """Expect the row, and the account behind it, to be stored as the form showed them. Raises: NotFound."""
        shown = [question for question in self.screen.edit if question.name in seen]
        if account := {question.field: seen[question.name] for question in shown if question.is_account}:
            owner: Any = uow.get(self.screen.kind, id, only=self.screen.only)
            uow.expect(User, owner.user_id, account)
        if row := {question.path: seen[question.name] for question in shown if not question.is_account}:
            uow.expect(self.screen.kind, id, row)
