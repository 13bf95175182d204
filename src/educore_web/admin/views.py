"""The view behind every screen: SQLAdmin's hooks, answered by the domain's policies and use cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, ClassVar

from anyio import to_thread
from sqladmin import ModelView
from sqladmin.authorization import Action
from sqladmin.models import ModelViewMeta
from starlette.requests import Request

from educore import Actor, Educore, EducoreError, Entity, Role, Seen, UnitOfWork, everything, perform, where
from educore.identity import Membership, User
from educore.imports import Import
from educore.kernel import references, value_type
from educore.people import Student, Teacher
from educore.timetable import Session
from educore_web.admin.idempotency import SentForm, do_once
from educore_web.admin.pages.sheet import Sheet
from educore_web.admin.screen import Panel, Proposal, RowAction, RowLink, Screen
from educore_web.admin.security.current_user import acting, local_day
from educore_web.admin.security.reader import Reader
from educore_web.admin.security.scope import closed_fields
from educore_web.admin.ui.cells import LONGEST, Cell, Link, cell, color_of, say_choice
from educore_web.admin.ui.forms import ACCOUNT, Form, Question, nested
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.naming import UNKNOWN, full_name, leads_on, name_fields
from educore_web.admin.ui.parameters import id_written
from educore_web.admin.ui.problems import in_the_way
from educore_web.rest.preparation import prepare_values
from educore_web.rest.uploads import keep_files

VERBS: Mapping[str, str] = {
    Action.LIST: "read",
    Action.DETAILS: "read",
    Action.EXPORT: "read",
    Action.CREATE: "create",
    Action.IMPORT: "create",
    Action.EDIT: "update",
    Action.DELETE: "delete",
}
"""What SQLAdmin calls an action, and what the policies call it."""


class UseCaseView(ModelView):
    """Shows what the policies let the visitor see; whatever it writes, a use case writes.

    One subclass per screen is made by `view_of`; templates know it as `view`.
    """

    export_types: ClassVar[list[str]] = ["csv"]
    screen: ClassVar[Screen]
    school: ClassVar[Educore]
    reader: ClassVar[Reader]

    # -- what the visitor may do -----------------------------------------------------------------------

    def permits(self, verb: str, row: Any = None) -> bool:
        """Whether the visitor's role may do this at all and, where the row alone decides it, with this row.

        A teacher may do nothing on screens that are not for teachers.
        """
        policy, who = self.school.domain.policy(self.screen.kind), acting()
        if who.role is Role.TEACHER and not self.screen.for_teachers or not policy.permits(who.role, verb):
            return False
        scope = policy.scope(who, verb)
        return row is None or not scope.is_local or scope.holds(row)

    def has_permission(self, request: Request, action: str, obj: Any | None = None) -> bool:
        """SQLAdmin's question: the policy's answer, as far as the screen has a place for it."""
        exists = {
            Action.CREATE: self._can_be_created(),
            Action.EDIT: bool(self.screen.edit) and (obj is None or self.screen.editable.holds(obj)),
            Action.DELETE: self.screen.can_delete,
            Action.IMPORT: self.screen.can_import and self._can_be_created(),
        }
        return exists.get(Action(action), True) and self.permits(VERBS[action], obj)

    def may_edit(self, row: Any) -> bool:
        """Whether the visitor's role may change this row, as far as the row alone decides it."""
        return bool(self.screen.edit) and self.screen.editable.holds(row) and self.permits("update", row)

    def is_accessible(self, request: Request) -> bool:
        """Whether the screen is in the visitor's menu and answers them."""
        return self.permits("read")

    def actions(self, row: Any = None) -> list[RowAction]:
        """The actions to offer: on a list those the role may do, on one row those that make sense there."""
        return [
            action
            for action in self.screen.all_actions()
            if self.permits(action.does, row) and (not action.single if row is None else action.useful.holds(row))
        ]

    def actions_on(self, row: Any) -> list[RowAction]:
        """Return the actions that make sense on one row, including those for which other rows decide that."""
        found = self.actions(row)
        if not any(action.fits for action in found):
            return found
        with self.school.work(acting(), read_only=True) as uow:
            return [action for action in found if action.fits is None or action.fits(uow, row)]

    def sheets(self) -> tuple[Sheet, ...]:
        """The sheets that the visitor's role may open."""
        return tuple(sheet for sheet in self.screen.sheets if self.permits(sheet.verb))

    def links(self, row: Any = None) -> list[RowLink]:
        """The links that make sense for a row; in a list only those that every row has."""
        return [link for link in self.screen.links if (link.page if row is None else link.useful.holds(row))]

    def panels(self) -> list[Panel]:
        """The tables of a row's own page that the visitor may see."""
        who = acting()
        return [
            panel for panel in self.screen.panels if self.school.domain.policy(panel.kind).permits(who.role, "read")
        ]

    # -- what there is to show -------------------------------------------------------------------------

    def today(self) -> date:
        """The day it is for the visitor."""
        return local_day(self.school.ports.clock.now())

    def reckoned(self, row: Any, column: str) -> Cell:
        """The cell of a reckoned column."""
        found = self.screen.reckoned[column].of(row, self.today())
        return Cell(say_choice(found), color=color_of(self.screen.kind, column, found))

    def is_amount(self, column: str) -> bool:
        """Whether a column holds amounts of money, which stand one below the other."""
        kind = self.screen.kind
        return column in kind.model_fields and value_type(kind, column)[0] is Decimal

    def columns(self) -> tuple[str, ...]:
        """The columns of the list; whoever sees several Centers also sees which."""
        return (*self.screen.columns, "center") if self._sees_several_centers() else self.screen.columns

    def filters(self) -> tuple[Question, ...]:
        """What the list can be narrowed by."""
        names = (*self.screen.filters, "center_id") if self._sees_several_centers() else self.screen.filters
        asked = (found if isinstance(found, Question) else Question(found, self.screen.kind) for found in names)
        return tuple(question for question in asked if _is_open_question(question))

    def details(self, row: Any) -> list[str]:
        """The fields of a row's own page: references by name, nothing hidden, nothing closed to the visitor."""
        kind = self.screen.kind
        closed = {*closed_fields(self.school.domain, kind, row), "id", *self.screen.left_out}
        last = [name for name in ("created_at", "updated_at") if name in kind.model_fields]
        if acting().center_id is not None:
            closed.add("center_id")
        links = references(kind)
        own = [
            n.removesuffix("_id") if n in links else n for n in kind.model_fields if n not in closed and n not in last
        ]
        account = ("user.image", "user.username", "user.phone", "user.email") if self.has_account() else ()
        return [*self.screen.reckoned, *account, *self.screen.says, *own, *last]

    def cell(self, row: Any, path: str, link: Link, *, short: bool = True) -> Cell:
        """What stands in one place of a row."""
        if path in self.screen.reckoned:
            return self.reckoned(row, path)
        if path not in self.screen.says:
            return cell(self.school.domain, row, path, link, file=self.school.ports.files.url, short=short)
        text = self.screen.says[path](self.school.domain, row)
        if isinstance(text, Cell):
            return text
        return Cell(f"{text[:LONGEST]}…" if short and len(text) > LONGEST else text or UNKNOWN)

    def is_watched(self) -> bool:
        """Whether changes of these rows are entered in the audit trail."""
        return self.screen.kind in self.school.domain.audited

    def can_import_tables(self) -> bool:
        """Whether the visitor may bring rows of this screen by tables that can be taken back."""
        return bool(self.screen.imports) and self.school.domain.policy(Import).permits(acting().role, "create")

    def shown(self) -> tuple[str, ...]:
        """The paths whose related rows a list needs."""
        return ("", *(path for path in self.columns() if path not in self.screen.made_up))

    def account_of(self, row: Any) -> Any:
        """Return the account behind a row of this screen, None if its kind has no accounts."""
        return row.user if self.has_account() else None

    def has_account(self) -> bool:
        """Whether a row of this screen is somebody with an account of their own."""
        return self.screen.kind in (Student, Teacher, Membership)

    def sort_key(self, column: str) -> str | None:
        """The path a column sorts by, or None where it cannot."""
        domain, kind = self.school.domain, self.screen.kind
        if column == "name":
            return name_fields(domain, kind)[0]
        if column in self.screen.made_up:
            return None
        if leads_on(kind, column):
            return f"{column}.{name_fields(domain, domain.target(kind, column)[1])[0]}"
        return column

    def _sees_several_centers(self) -> bool:
        return acting().center_id is None and "center_id" in references(self.screen.kind)

    # -- what a form asks ------------------------------------------------------------------------------

    def questions_to_create(self) -> tuple[Question, ...]:
        """The questions of a new row. The Center is only asked of whoever belongs to none."""
        who = acting()
        asked = [q for q in self.screen.create if q.name != "center_id" or who.center_id is None]
        asked = [q for q in asked if _is_open_question(q)]
        return tuple(
            replace(q, words=self._roles_to_give(who, q)) if q.words else q
            for q in asked
            if self.school.domain.policy(q.kind).visibility(who, q.field) == everything
        )

    def questions_to_edit(self, row: Any, account_is_ours: bool) -> tuple[Question, ...]:
        """The questions about an existing row: nothing fixed, nothing the visitor may not read."""
        domain = self.school.domain
        open_questions = []
        for question in self.screen.edit:
            is_account = question.name.startswith("account.")
            owner = row.user if is_account else row
            if is_account and not account_is_ours or owner is None or not _is_open_question(question):
                continue
            if question.field in domain.policy(question.kind).restricted_fields and question.field in closed_fields(
                domain, question.kind, owner
            ):
                continue
            open_questions.append(question)
        return tuple(open_questions)

    def questions_of(self, action: RowAction) -> tuple[Question, ...]:
        """The questions of an action."""
        return tuple(q for q in action.asks if _is_open_question(q))

    def explain(self, form: Form, error: EducoreError | None = None) -> None:
        """Name the rows a form has chosen, and find those that a refusal speaks of, as far as the visitor sees them."""
        kinds = self.school.domain.kinds
        for question in form.questions:
            texts = form.texts.get(question.name, "").split()
            if question.target and (named := [id for text in texts if (id := id_written(text)) is not None]):
                for found in self.reader.some(kinds[question.target], named):
                    form.names[f"{question.name}.{found.id}" if question.many else question.name] = full_name(found)
        if error is not None and (ids := in_the_way(error)):
            form.in_the_way = self.reader.some(Session, ids)

    def values_of(self, row: Any, questions: Iterable[Question]) -> dict[str, Any]:
        """What the questions would answer about this row now; of a password nobody knows."""
        asked = [q for q in questions if q.field in q.kind.model_fields and not q.is_file]
        return {q.name: _asked_of(row, q) for q in asked}

    def files_of(self, row: Any, questions: Iterable[Question]) -> dict[str, str]:
        """The addresses of the files that the questions could replace."""
        keys = {q.name: _asked_of(row, q) for q in questions if q.is_file}
        return {name: self.school.ports.files.url(key) for name, key in keys.items() if key}

    def to_change(self, uow: UnitOfWork, id: int) -> tuple[Entity | None, Entity | None]:
        """Return the row, and the account of a student, teacher or member; None for what the visitor may not change."""
        rows: list[Any] = uow.find(self.screen.kind, where(id=id) & self.screen.only, to="update", limit=1)
        if not rows or not self.has_account():
            return (rows[0] if rows else None), None
        accounts = uow.find(User, where(id=rows[0].user_id), to="update", limit=1)
        return rows[0], (accounts[0] if accounts else None)

    def _can_be_created(self) -> bool:
        """Not where a required choice has nothing left that the visitor could choose."""
        offered = {question.name: question.words for question in self.questions_to_create()}
        return bool(offered) and all(offered.get(q.name) for q in self.screen.create if q.words)

    def _roles_to_give(self, who: Actor, question: Question) -> tuple[Any, ...]:
        scope = self.school.domain.policy(Membership).scope(who, "create")
        return tuple(r for r in question.words if scope.holds(SimpleNamespace(center_id=who.center_id, role=r)))

    # -- writing ---------------------------------------------------------------------------------------

    async def insert_model(self, request: Request, data: dict[str, Any]) -> Any:
        """Make a row through its use case. Raises: what the use case raises."""
        return await to_thread.run_sync(self._insert, data)

    async def save(self, id: int | None, values: dict[str, Any], *, sent: SentForm, seen: Seen | None = None) -> int:
        """Create or change a row and return its id; the same form sent again returns the same id and does nothing.

        `seen` holds digests of the values that the form showed, by question. Raises: Stale if they have changed since;
        what the use case raises.
        """
        return await to_thread.run_sync(self._save, id, values, sent, seen or {})

    async def update_model(self, request: Request, pk: str, data: dict[str, Any]) -> Any:
        """Change a row through its use case. Raises: what the use case raises."""
        return await to_thread.run_sync(self._update, int(pk), data)

    async def delete_model(self, request: Request, pk: Any) -> None:
        """Delete a row through its use case. Raises: what the use case raises."""
        await to_thread.run_sync(self._delete, int(pk))

    def said_of_new(self, id: int, otherwise: str) -> str:
        """Return the message about a new row: the one that the screen declares, or else `otherwise`."""
        if not self.screen.tells:
            return otherwise
        with self.school.work(acting(), read_only=True) as uow:
            count = self.screen.counts[self.screen.tells](uow, {id}).get(id, 0)
        return translate(f"said.{self.screen.tells}", count=count)

    def write(self, uow: UnitOfWork, verb: str, id: int | None, values: Mapping[str, Any]) -> Entity:
        """Create or update a row inside an open unit of work, with values from `prepare`."""
        kind = self.screen.kind
        written: Entity = perform(uow, kind, verb, id, only=self.screen.only, **keep_files(uow, nested(values)))
        return written

    def prepare(self, values: Mapping[str, Any]) -> AbstractContextManager[dict[str, Any]]:
        """Hash the new passwords and store the files among the answers; enter this before the unit of work opens."""
        return prepare_values(self.school.ports, self.screen.kind, values)

    def _insert(self, data: dict[str, Any]) -> Any:
        with self.prepare(data) as values, self.school.work(acting()) as uow:
            return self.model(**dict(self.write(uow, "create", None, values)))

    def _save(self, id: int | None, values: dict[str, Any], sent: SentForm, seen: Seen) -> int:
        with self.prepare(values) as ready, self.school.work(acting()) as uow:

            def write() -> str:
                if id is not None:
                    self._expect(uow, id, seen)
                return str(self.write(uow, "create" if id is None else "update", id, ready).id)

            return int(do_once(uow, sent, write))

    def _expect(self, uow: UnitOfWork, id: int, seen: Seen) -> None:
        """Expect the row, and the account behind it, to be stored as the form showed them. Raises: NotFound."""
        if not seen:
            return
        account = {name: digest for name, digest in seen.items() if name.startswith(ACCOUNT)}
        if account:
            owner: Any = uow.get(self.screen.kind, id, only=self.screen.only)
            uow.expect(User, owner.user_id, {name.removeprefix(ACCOUNT): digest for name, digest in account.items()})
        uow.expect(self.screen.kind, id, {name: digest for name, digest in seen.items() if name not in account})

    def _update(self, id: int, data: dict[str, Any]) -> Any:
        with self.prepare(data) as values, self.school.work(acting()) as uow:
            return self.model(**dict(self.write(uow, "update", id, values)))

    def propose(self, proposal: Proposal, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a proposal of the screen fills in. Raises: what is wrong with the answers it needs."""
        with self.school.work(acting(), read_only=True) as uow:
            return proposal.make(uow, values)

    def _delete(self, id: int) -> None:
        with self.school.work(acting()) as uow:
            perform(uow, self.screen.kind, "delete", id, only=self.screen.only)


def _is_open_question(question: Question) -> bool:
    """A teacher is not asked who teaches: they name nobody but themself."""
    return question.name != "teacher_id" or acting().role is not Role.TEACHER


def _asked_of(row: Any, question: Question) -> Any:
    return getattr(row.user if question.is_account else row, question.field)


def view_of(screen: Screen, school: Educore, reader: Reader) -> type[UseCaseView]:
    """Make the class SQLAdmin wants for a screen: one per application, because it keeps its sessions on the class."""
    screen.check(school.domain)
    body = {"screen": screen, "school": school, "reader": reader, "name": screen.name, "name_plural": screen.name}
    model = reader.tables.classes[screen.name]
    made: type[UseCaseView] = ModelViewMeta(f"{screen.name}View", (UseCaseView,), body, model=model)
    return made
