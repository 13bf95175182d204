"""What a screen declares: which rows of which entity it lists, how, and what can be done there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Any

from educore import Domain, Entity, Hidden, UnitOfWork, Where, everything, perform
from educore.kernel import is_marked
from educore_web.admin.pages.sheet import Sheet
from educore_web.admin.ui.cells import Cell
from educore_web.admin.ui.forms import Question
from educore_web.admin.ui.naming import leads_on

Count = Callable[[UnitOfWork, set[int]], Mapping[int, int]]
Say = Callable[[Domain, Any], str | Cell]
Fits = Callable[[UnitOfWork, Any], bool]
"""Whether an action makes sense for a row, where the row alone does not say."""
Preview = Callable[[UnitOfWork, int, Mapping[str, Any]], list[str]]
"""Sentences about what an action would do to a row; the unit of work is given up afterwards."""


@dataclass(frozen=True)
class RowAction:
    """Something that can be done with rows beyond editing them, confirmed on a page of its own.

    `name` is the domain's action and the policy's, unless `verb` says otherwise; `useful` says on which rows the
    button makes sense, and `fits` does where other rows decide. One that is `single` is done to one row at a time.
    `sets` are answers nobody is asked for. `preview` tells what would happen before it does.
    """

    name: str
    icon: str
    asks: tuple[Question, ...] = ()
    useful: Where = everything
    fits: Fits | None = None
    is_grave: bool = False
    verb: str = ""
    single: bool = False
    sets: tuple[tuple[str, Any], ...] = ()
    preview: Preview | None = None

    @property
    def does(self) -> str:
        """The domain's action, and the policy's."""
        return self.verb or self.name

    def do(self, uow: UnitOfWork, kind: type[Entity], id: int, only: Where, answers: Mapping[str, Any]) -> None:
        """Do it with one row. Raises: what the use case raises."""
        perform(uow, kind, self.does, id, only=only, **dict(self.sets), **answers)


@dataclass(frozen=True)
class Reckoned:
    """A column whose word follows from a row's own fields and the day, such as the status of an invoice.

    `within` gives the rows that have a word on a day, so that a list can be narrowed to them.
    """

    words: type[Enum]
    of: Callable[[Any, date], Enum]
    within: Callable[[Any, date], Where]


@dataclass(frozen=True)
class RowLink:
    """A button of a row that leads to a page about it: `page`, or the form of a new row of `kind`.

    `fills` pairs fields of the new row with fields of this one that answer them.
    """

    name: str
    icon: str
    page: str = ""
    kind: type[Entity] | None = None
    fills: tuple[tuple[str, str], ...] = ()
    useful: Where = everything


@dataclass(frozen=True)
class Proposal:
    """A button of a form that fills in what follows from the answers it `needs`."""

    name: str
    icon: str
    needs: tuple[str, ...]
    make: Callable[[UnitOfWork, Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Panel:
    """A table on a row's own page, made from rows of `kind` and shown to whoever may read some of those."""

    name: str
    kind: type[Entity]
    columns: tuple[str, ...]
    load: Callable[[UnitOfWork, int], list[list[Cell]]]


def among(questions: tuple[Question, ...], **narrowed: Any) -> tuple[Question, ...]:
    """The same questions, with fewer rows to choose from: `among(questions, branch_id=where(...))`."""
    return tuple(replace(q, among=narrowed[q.field]) if q.field in narrowed else q for q in questions)


DELETE = RowAction("delete", "ti ti-trash", is_grave=True)


@dataclass(frozen=True)
class Screen:
    """One screen of the admin.

    `columns` are fields, references ("branch"), paths ("user.phone"), "name" for what a row is called, or a
    key of `counts`, `reckoned` or `says`; the last puts a row into words. `create` and `edit` are the questions of
    the forms; none means the form does not exist. A row's own page shows every field that is not `left_out`.
    Teachers have the screens that are `for_teachers`.
    After making a row the count that the screen `tells` is said. Rows are changed while they are `editable` and
    deleted while they are `deletable`; `between` is a day or a moment the list can be narrowed by. `imports` is the
    kind of tables that bring such rows.
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
    left_out: tuple[str, ...] = ()
    for_teachers: bool = False
    tells: str = ""
    reckoned: Mapping[str, Reckoned] = field(default_factory=dict)
    between: str = ""
    links: tuple[RowLink, ...] = ()
    panels: tuple[Panel, ...] = ()
    editable: Where = everything
    deletable: Where = everything
    proposal: Proposal | None = None
    says: Mapping[str, Say] = field(default_factory=dict)
    imports: str = ""

    @property
    def made_up(self) -> tuple[str, ...]:
        """The columns that are no fields."""
        return ("name", *self.counts, *self.reckoned, *self.says)

    @property
    def name(self) -> str:
        """The entity's name: the key of its words, and what its addresses are made of."""
        return self.kind.__name__

    def all_actions(self) -> tuple[RowAction, ...]:
        """The declared actions, and deleting."""
        return (*self.actions, replace(DELETE, useful=self.deletable)) if self.can_delete else self.actions

    def check(self, domain: Domain) -> None:
        """Refuse a declaration whose search, filters or columns could tell what a private field holds.

        Raises: TypeError.
        """
        useful = (*(action.useful for action in self.actions), *(link.useful for link in self.links))
        if not all(rows.is_local for rows in (self.only, self.editable, self.deletable, *useful)):
            raise TypeError(f"the screen of {self.name} depends on other rows than its own")
        shown = [path for path in self.columns if path not in self.made_up]
        between = (self.between,) if self.between else ()
        filters = [found.name if isinstance(found, Question) else found for found in self.filters]
        for path in (*shown, *self.search, *filters, *between, self.order.removeprefix("-")):
            steps = tuple(path.split("."))
            if len(steps) == 1 and leads_on(self.kind, path):
                continue
            kind, name = domain.field_at(self.kind, steps)
            if name in domain.policy(kind).restricted_fields or is_marked(kind, name, Hidden):
                raise TypeError(f"the screen of {self.name} would tell what {kind.__name__}.{name} holds")
