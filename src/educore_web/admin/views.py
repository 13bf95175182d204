"""The view of a screen: what the current user may see and do there, as templates and pages ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from sqladmin import ModelView
from sqladmin.authorization import Action
from sqladmin.models import ModelViewMeta
from starlette.requests import Request

from educore import Educore, Role, UnitOfWork, everything, where
from educore.imports import Import
from educore.kernel import is_archivable, references, value_type
from educore_web.admin.questions import ScreenQuestions
from educore_web.admin.reading import Row, RowReader, RowSource, unreadable_fields
from educore_web.admin.screen import RESTORE, Panel, RowAction, RowLink, Screen
from educore_web.admin.security.current_user import current_actor, is_in_school, is_offered, local_day
from educore_web.admin.sheet import Sheet
from educore_web.admin.ui.cells import Cell, Link, make_cell, shorten
from educore_web.admin.ui.enumerations import COLORS, color_of, format_enum, humanize
from educore_web.admin.ui.formats import NO_VALUE
from educore_web.admin.ui.language import find_translation
from educore_web.admin.ui.naming import RowNames, is_reference
from educore_web.admin.writing import RowWriter

VERBS: Mapping[str, str] = {
    Action.LIST: "read",
    Action.DETAILS: "read",
    Action.EXPORT: "read",
    Action.CREATE: "create",
    Action.IMPORT: "create",
    Action.EDIT: "update",
    Action.DELETE: "delete",
}
"""The verb of the policies for each action of SQLAdmin."""

ACCOUNT_PATHS = ("user.image", "user.username", "user.phone", "user.email")


class ScreenView(ModelView):
    """Shows what the policies let the user see. Templates know it as `view`.

    `make_view` makes one subclass for each screen. SQLAdmin needs a class, because it stores its sessions on it.
    """

    export_types: ClassVar[list[str]] = ["csv"]
    screen: ClassVar[Screen]
    school: ClassVar[Educore]
    source: ClassVar[RowSource]
    questions: ClassVar[ScreenQuestions]
    writer: ClassVar[RowWriter]

    @property
    def names(self) -> RowNames:
        """The names of rows."""
        return self.source.shapes.names

    def open_reader(self) -> AbstractContextManager[RowReader]:
        """Open a unit of work to read rows as the current user, of this entity and of others."""
        return self.source.open()

    @property
    def title(self) -> str:
        """The word for all rows of the screen, from the screen itself where there is no translation."""
        return find_translation(f"{self.screen.name}.many") or self.screen.title or humanize(self.screen.name)

    @property
    def create_title(self) -> str:
        """The word for the form of a new row."""
        return find_translation(f"{self.screen.name}.new") or self.title

    # -- permissions -----------------------------------------------------------------------------------

    def permits(self, verb: str, row: Any = None) -> bool:
        """Return whether the user's role may do this at all and, if the row alone decides it, with this row.

        A teacher may do nothing on screens that are not for teachers, and nobody on those that their Center lacks.
        """
        policy, actor = self.school.domain.policy(self.screen.kind), current_actor()
        if not is_offered(self.screen.in_schools):
            return False
        if actor.role is Role.TEACHER and not self.screen.for_teachers or not policy.permits(actor.role, verb):
            return False
        scope = policy.granted(actor, verb)  # the rows of a screen are not archived
        return row is None or not scope.is_local or scope.holds(row)

    def has_permission(self, request: Request, action: str, obj: Any | None = None) -> bool:
        """Return whether the screen offers an action of SQLAdmin and the policy permits it."""
        is_offered = {
            Action.CREATE: self.questions.can_create(),
            Action.EDIT: bool(self.screen.edit) and (obj is None or self.screen.editable.holds(obj)),
            Action.DELETE: self.screen.can_delete,
            Action.IMPORT: self.screen.can_import and self.questions.can_create(),
        }
        verb = self.screen.create_verb() if action == Action.CREATE else VERBS[action]
        return is_offered.get(Action(action), True) and self.permits(verb, obj)

    def can_change(self, row: Any) -> bool:
        """Return whether the user's role may change this row, as far as the row alone decides it."""
        return bool(self.screen.edit) and self.screen.editable.holds(row) and self.permits("update", row)

    def can_import_tables(self) -> bool:
        """Return whether the user may create rows of this screen by tables that can be reverted."""
        return bool(self.screen.imports) and self.school.domain.policy(Import).permits(current_actor().role, "create")

    def is_audited(self) -> bool:
        """Return whether changes of these rows are recorded in the audit trail."""
        return self.screen.kind in self.school.domain.audited

    # -- buttons and tables ----------------------------------------------------------------------------

    def actions(self, row: Any = None, *, archived: bool = False) -> list[RowAction]:
        """Return the actions to offer: for a list those the role may do, for one row those that apply to it."""
        return [
            action
            for action in self.screen.all_actions()
            if (action == RESTORE) is archived
            and self.may_act(action, row)
            and (not action.single_row if row is None else action.applies_to.holds(row))
        ]

    def may_act(self, action: RowAction, row: Any = None) -> bool:
        """Return whether the user's Center has an action, and their role permits it."""
        return is_offered(action.in_schools) and self.permits(action.verb, row)

    def has_archive(self) -> bool:
        """Return whether there may be archived rows that the user's role may restore."""
        return is_archivable(self.screen.kind) and self.permits(RESTORE.verb)

    def permitting(self, uow: UnitOfWork, verb: str, rows: Sequence[Row]) -> set[int]:
        """Return the ids of the rows with which the user may do this: one statement, none if each row decides alone."""
        candidates = {row.id for row in rows if self.permits(verb, row)}
        if not candidates or uow.scope(self.screen.kind, verb).is_local:
            return candidates
        return {found.id for found in uow.find(self.screen.kind, where(id__in=candidates), to=verb)}

    def sheets(self) -> tuple[Sheet, ...]:
        """Return the sheets that the user's role may open."""
        return tuple(sheet for sheet in self.screen.sheets if self.permits(sheet.verb))

    def links(self, row: Any = None) -> list[RowLink]:
        """Return the links that apply to a row; for a list only those to the pages that every row has."""
        links = [link for link in self.screen.links if is_offered(link.in_schools)]
        if row is None:
            return [link for link in links if link.page and link.applies_to == everything and self.permits(link.verb)]
        return [link for link in links if link.applies_to.holds(row)]

    def panels(self, row: Any) -> list[Panel]:
        """Return the tables of a row's page that apply to it and that the user may see."""
        role, domain = current_actor().role, self.school.domain
        return [
            panel
            for panel in self.screen.panels
            if is_offered(panel.in_schools)
            and panel.applies_to.holds(row)
            and domain.policy(panel.kind).permits(role, "read")
        ]

    # -- columns and cells -----------------------------------------------------------------------------

    def columns(self) -> tuple[str, ...]:
        """Return the columns of the list; a user of several Centers also sees the Center."""
        sees_several = current_actor().center_id is None and "center_id" in references(self.screen.kind)
        columns = is_in_school() and self.screen.school_columns or self.screen.columns
        return (*columns, "center") if sees_several else columns

    def paths_to_load(self) -> tuple[str, ...]:
        """Return the paths whose related rows a list needs."""
        return ("", *(path for path in self.columns() if path not in self.screen.virtual))

    def sort_key(self, column: str) -> str | None:
        """Return the path by which a column sorts, None if it cannot."""
        domain, kind = self.school.domain, self.screen.kind
        if column == "name":
            return self.names.name_paths(kind)[0]
        if column in self.screen.virtual:
            return None
        if is_reference(kind, column):
            return f"{column}.{self.names.name_paths(domain.target(kind, column)[1])[0]}"
        return column

    def is_amount(self, column: str) -> bool:
        """Return whether a column holds amounts of money, which are aligned to the right."""
        kind = self.screen.kind
        return column in kind.model_fields and value_type(kind, column)[0] is Decimal

    def detail_paths(self, row: Any) -> list[str]:
        """Return the columns of a row's page: derived ones, the account, and every field that the user may read."""
        kind = self.screen.kind
        omitted = {*unreadable_fields(self.school.domain, row), "id", "archived_at", *self.screen.hidden_fields}
        omitted |= {name for name, rows in self.screen.field_conditions.items() if not rows.holds(row)}
        last = [name for name in ("created_at", "updated_at") if name in kind.model_fields]
        if current_actor().center_id is not None:
            omitted.add("center_id")
        fields = [name for name in kind.model_fields if name not in omitted and name not in last]
        paths = [name.removesuffix("_id") if name in references(kind) else name for name in fields]
        account = ACCOUNT_PATHS if self.screen.has_account else ()
        return [*self.screen.derived, *account, *self.screen.formatters, *paths, *last]

    def cell(self, row: Any, path: str, link: Link, *, short: bool = True) -> Cell:
        """Return the cell of a row in a column."""
        colors = {**COLORS, **self.screen.colors}
        if path in self.screen.derived:
            value = self.screen.derived[path].compute(row, self.today())
            return Cell(format_enum(value), color=color_of(path, value, colors))
        if path not in self.screen.formatters:
            return make_cell(self.names, row, path, link, short=short, colors=colors)
        text = self.screen.formatters[path](self.school.domain, row)
        if isinstance(text, Cell):
            return text
        return Cell((shorten(text) if short else text) or NO_VALUE)

    def today(self) -> date:
        """Return the present day in the time zone of the user's Center."""
        return local_day(self.school.ports.clock.now())

    def account_of(self, row: Any) -> Any:
        """Return the account behind a row of this screen, None if its entity has no accounts."""
        return row.user if self.screen.has_account else None


def make_view(screen: Screen, source: RowSource, model: type) -> type[ScreenView]:
    """Return the view class of a screen, which SQLAdmin finds by the mapped class `model`.

    Raises: TypeError for a screen that contradicts the domain.
    """
    school = source.school
    screen.check(school.domain)
    body = {
        "screen": screen,
        "school": school,
        "source": source,
        "questions": ScreenQuestions(screen, source),
        "writer": RowWriter(screen, school),
        "name": screen.name,
        "name_plural": screen.name,
    }
    view: type[ScreenView] = ModelViewMeta(f"{screen.name}View", (ScreenView,), body, model=model)
    return view
