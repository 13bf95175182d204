"""The declaration of a screen: the entity, the columns, filters and forms, and the actions on its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Any

from educore import Domain, Entity, Hidden, UnitOfWork, Where, everything, perform, where
from educore.kernel import is_archivable, is_marked
from educore_web.admin.security.current_user import ADMIN_ROLES, is_in_school
from educore_web.admin.sheet import Sheet
from educore_web.admin.ui.cells import Cell
from educore_web.admin.ui.naming import NameRule, RowText, is_reference
from educore_web.admin.ui.question import Question
from educore_web.rest.uploads import keep_files

Count = Callable[[UnitOfWork, set[int]], Mapping[int, int]]
"""Function that counts something for each of these row ids."""

Formatter = Callable[[Domain, Any], str | Cell]
"""Function that makes the text or the cell of a column from a row."""

Applicability = Callable[[UnitOfWork, Any], bool]
"""Function that decides from other rows whether an action applies to a row."""

Answers = Callable[[UnitOfWork, int], Mapping[str, Any]]
"""Function that returns the present answers to the questions of an action about a row."""

Preview = Callable[[UnitOfWork, int, Mapping[str, Any]], list[str]]
"""Function that returns sentences about the effect of an action on a row; its unit of work is rolled back."""


@dataclass(frozen=True)
class RowAction:
    """An action on rows beyond editing them, confirmed on a page of its own.

    `name` is also the action of the domain and the verb of the policy, unless `domain_action` names another one.
    `applies_to` is the condition for rows with the button; `is_applicable` decides it where other rows matter. An
    action for a `single_row` cannot be done to several rows. `fixed_values` are answers that no form asks for.
    `preview` describes the effect before the action is done. `present` fills in the form with the present answers,
    which the action replaces. `parameters` pairs names of questions with parameters of the use case that differ;
    `lists` are those that take several values of which the form asks for one. `from_row` pairs parameters with fields
    of the row, for an action of the domain that takes these in place of the row.
    `in_schools` is as in `Screen`.
    """

    name: str
    icon: str
    questions: tuple[Question, ...] = ()
    applies_to: Where = everything
    is_applicable: Applicability | None = None
    is_destructive: bool = False
    domain_action: str = ""
    single_row: bool = False
    fixed_values: tuple[tuple[str, Any], ...] = ()
    preview: Preview | None = None
    present: Answers | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    lists: tuple[str, ...] = ()
    from_row: tuple[tuple[str, str], ...] = ()
    in_schools: bool | None = None

    @property
    def verb(self) -> str:
        """The action of the domain, which is also the verb of the policy."""
        return self.domain_action or self.name

    def perform(self, uow: UnitOfWork, kind: type[Entity], id: int, only: Where, answers: Mapping[str, Any]) -> None:
        """Do the action to one row. Raises: the errors of the use case."""
        names = dict(self.parameters)
        given = keep_files(uow, {names.get(name, name): value for name, value in answers.items()})
        given |= {name: [given[name]] for name in self.lists if given.get(name) is not None}
        given = {**dict(self.fixed_values), **given}
        if not self.from_row:
            perform(uow, kind, self.verb, id, given, only=only)
            return
        row = uow.get(kind, id, only=only)
        perform(uow, kind, self.verb, fields={**{name: getattr(row, field) for name, field in self.from_row}, **given})


@dataclass(frozen=True)
class SchoolCreation:
    """The action that creates the rows of a school, in place of "create".

    A user of several Centers creates a row of a school by an answer to the question `decided_by`, which only schools
    have.
    """

    action: str
    decided_by: str


@dataclass(frozen=True)
class DerivedColumn:
    """A column whose value follows from the fields of a row and the day, such as the status of an invoice.

    `compute` returns the value of a row on a day; `condition` the condition for rows with a value on a day, by which a
    list is filtered.
    """

    enum: type[Enum]
    compute: Callable[[Any, date], Enum]
    condition: Callable[[Any, date], Where]


@dataclass(frozen=True)
class RowLink:
    """A button of a row that leads to a page about it: `page`, or the form of a new row of `kind`.

    `prefill` pairs fields of the new row with fields of this one, whose values fill in the form. Whoever may not do
    `verb` with the row does not see the button. `in_schools` is as in `Screen`.
    """

    name: str
    icon: str
    page: str = ""
    verb: str = "read"
    kind: type[Entity] | None = None
    prefill: tuple[tuple[str, str], ...] = ()
    applies_to: Where = everything
    in_schools: bool | None = None


@dataclass(frozen=True)
class Proposal:
    """A button of a form that fills in answers which follow from those it `needs`."""

    name: str
    icon: str
    needs: tuple[str, ...]
    compute: Callable[[UnitOfWork, Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Panel:
    """A table on the pages of the rows it `applies_to`, from rows of `kind`, for users who may read some of those.

    The last column of a table that `is_numeric` holds numbers. `in_schools` is as in `Screen`.
    """

    name: str
    kind: type[Entity]
    columns: tuple[str, ...]
    load: Callable[[UnitOfWork, int], list[list[Cell]]]
    applies_to: Where = everything
    is_numeric: bool = True
    in_schools: bool | None = None


def limit_choices(questions: tuple[Question, ...], **narrowed: Any) -> tuple[Question, ...]:
    """Return the same questions with fewer rows to choose from: `limit_choices(questions, branch_id=where(...))`."""
    return tuple(replace(q, choices=narrowed[q.field]) if q.field in narrowed else q for q in questions)


def limit_centers(questions: tuple[Question, ...], *, in_schools: bool) -> tuple[Question, ...]:
    """Return the same questions for schools alone, or with False for all other Centers."""
    return tuple(replace(question, in_schools=in_schools) for question in questions)


DELETE = RowAction("delete", "ti ti-trash", is_destructive=True)
ARCHIVE = RowAction("archive", "ti ti-archive", is_destructive=True)
RESTORE = RowAction("restore", "ti ti-archive-off", applies_to=where(archived_at__isnull=False))
"""The only action on archived rows, which a list of their own shows."""


@dataclass(frozen=True)
class Screen:
    """One screen of the admin: a list, a page for each row, forms and actions for the rows of one entity.

    Everything else follows from the declaration: the place in the menu, the addresses, exports, the link to the audit
    trail, and the name that a row has on other pages.

    * `title` is the word for the screen where no translation `<Entity>.many` exists.
    * `columns` are fields, references ("branch"), paths ("user.phone"), "name" for the name of the row, or a key of
      `counts`, `derived` or `formatters`.
    * `create` and `edit` are the questions of the forms; without questions there is no form.
    * The page of a row shows every field but the `hidden_fields`, and those with `field_conditions` if the row meets
      them.
    * `named_by` is the field that names a row, if it is not the first of the entity's own; `row_name` and `choice_name`
      say the name in a list and in a select, where the fields alone do not.
    * `colors` are those of values of enumerations that other screens do not have.
    * Teachers have the screens that are `for_teachers`.
    * `count_message` names the key of `counts` that is shown after a row has been created.
    * Rows can be changed while they are `editable`, archived while they are `archivable`, and deleted while they are
      `deletable`.
    * `date_filter` is the day or moment by which a list can be filtered.
    * `imports` is the kind of tables that create such rows.
    * With `in_schools` only schools have the screen, with False only the other Centers. The list of a school has the
      `school_columns`, if there are any, and its rows are created by the `school_creation`.
    """

    kind: type[Entity]
    section: str
    icon: str
    columns: tuple[str, ...]
    search: tuple[str, ...] = ()
    filters: tuple[str | Question, ...] = ()
    order: str = "-id"
    create: tuple[Question, ...] = ()
    edit: tuple[Question, ...] = ()
    actions: tuple[RowAction, ...] = ()
    can_delete: bool = False
    can_import: bool = False
    only: Where = everything
    counts: Mapping[str, Count] = field(default_factory=dict)
    related: tuple[tuple[type[Entity], str], ...] = ()
    sheets: tuple[Sheet, ...] = ()
    hidden_fields: tuple[str, ...] = ()
    field_conditions: Mapping[str, Where] = field(default_factory=dict)
    for_teachers: bool = False
    count_message: str = ""
    derived: Mapping[str, DerivedColumn] = field(default_factory=dict)
    date_filter: str = ""
    links: tuple[RowLink, ...] = ()
    panels: tuple[Panel, ...] = ()
    editable: Where = everything
    archivable: Where = everything
    deletable: Where = everything
    proposal: Proposal | None = None
    formatters: Mapping[str, Formatter] = field(default_factory=dict)
    imports: str = ""
    in_schools: bool | None = None
    school_columns: tuple[str, ...] = ()
    school_creation: SchoolCreation | None = None
    title: str = ""
    named_by: str = ""
    row_name: RowText | None = None
    choice_name: RowText | None = None
    colors: Mapping[str, str] = field(default_factory=dict)

    @property
    def virtual(self) -> tuple[str, ...]:
        """The columns that are no fields."""
        return ("name", *self.counts, *self.derived, *self.formatters)

    @property
    def name(self) -> str:
        """The name of the entity: the key of its translations, and the source of its addresses."""
        return self.kind.__name__

    @property
    def has_account(self) -> bool:
        """True if there is an account behind each row: the forms ask about it."""
        return any(question.is_account for question in (*self.create, *self.edit))

    def create_verb(self) -> str:
        """Return the action, and the verb of the policy, by which the Center of the user creates rows."""
        return self.school_creation.action if self.school_creation and is_in_school() else "create"

    def name_rule(self) -> NameRule:
        """Return the rule by which the rows are named on every page."""
        return NameRule(self.named_by, self.row_name, self.choice_name, self.has_account)

    def all_actions(self) -> tuple[RowAction, ...]:
        """Return the declared actions, and those that rows have which can be archived or deleted."""
        archiving = (replace(ARCHIVE, applies_to=self.archivable), RESTORE) if is_archivable(self.kind) else ()
        deletion = (replace(DELETE, applies_to=self.deletable),) if self.can_delete else ()
        return (*self.actions, *archiving, *deletion)

    def check(self, domain: Domain) -> None:
        """Check the declaration against the domain.

        Raises: TypeError if a search, filter or column could reveal a hidden field, or one that a user of the admin may
        not read in all rows, if a condition of the screen depends on other rows than its own, or is about no field.
        """
        declared: tuple[RowAction | RowLink | Panel, ...] = (*self.actions, *self.links, *self.panels)
        conditions = [*(part.applies_to for part in declared), *self.field_conditions.values()]
        if not all(rows.is_local for rows in (self.only, self.editable, self.archivable, self.deletable, *conditions)):
            raise TypeError(f"the screen of {self.name} depends on other rows than its own")
        if unknown := self.field_conditions.keys() - self.kind.model_fields.keys():
            raise TypeError(f"{self.name} has no field {min(unknown)!r}, for which its screen has a condition")
        shown = [path for path in (*self.columns, *self.school_columns) if path not in self.virtual]
        date_filter = (self.date_filter,) if self.date_filter else ()
        filters = [found.name if isinstance(found, Question) else found for found in self.filters]
        for path in (*shown, *self.search, *filters, *date_filter, self.order.removeprefix("-")):
            steps = tuple(path.split("."))
            if len(steps) == 1 and is_reference(self.kind, path):
                continue
            kind, name = domain.field_at(self.kind, steps)
            if is_marked(kind, name, Hidden) or not domain.policy(kind).is_open_to(ADMIN_ROLES, name):
                raise TypeError(f"the screen of {self.name} would reveal {kind.__name__}.{name}")
