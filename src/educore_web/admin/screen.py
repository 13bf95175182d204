"""What a screen declares: which rows of which entity it lists, how, and what can be done there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from educore import Domain, Entity, Hidden, UnitOfWork, Where, everything, is_marked, perform
from educore_web.admin.forms import Question
from educore_web.admin.naming import leads_on
from educore_web.admin.sheet import Sheet

Count = Callable[[UnitOfWork, set[int]], Mapping[int, int]]


@dataclass(frozen=True)
class RowAction:
    """Something that can be done with rows beyond editing them, confirmed on a page of its own.

    `name` is the domain's action and the policy's, unless `verb` says otherwise; `useful` says on which rows the
    button makes sense. One that is `single` is done to one row at a time.
    """

    name: str
    icon: str
    asks: tuple[Question, ...] = ()
    useful: Where = everything
    is_grave: bool = False
    verb: str = ""
    single: bool = False

    @property
    def does(self) -> str:
        """The domain's action, and the policy's."""
        return self.verb or self.name

    def do(self, uow: UnitOfWork, kind: type[Entity], id: int, only: Where, answers: Mapping[str, Any]) -> None:
        """Do it with one row. Raises: what the use case raises."""
        perform(uow, kind, self.does, id, only=only, **answers)


def among(questions: tuple[Question, ...], **narrowed: Any) -> tuple[Question, ...]:
    """The same questions, with fewer rows to choose from: `among(questions, branch_id=where(...))`."""
    return tuple(replace(q, among=narrowed[q.field]) if q.field in narrowed else q for q in questions)


DELETE = RowAction("delete", "ti ti-trash", is_grave=True)


@dataclass(frozen=True)
class Screen:
    """One screen of the admin.

    `columns` are fields, references ("branch"), paths ("user.phone"), "name" for what a row is called, or a
    key of `counts`. `create` and `edit` are the questions of the forms; none means the form does not exist.
    A row's own page shows every field that is not `left_out`. Teachers have the screens that are `for_teachers`.
    After making a row the count that the screen `tells` is said.
    """

    kind: type[Entity]
    section: str
    icon: str
    columns: tuple[str, ...]
    search: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
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

    @property
    def name(self) -> str:
        """The entity's name: the key of its words, and what its addresses are made of."""
        return self.kind.__name__

    def all_actions(self) -> tuple[RowAction, ...]:
        """The declared actions, and deleting."""
        return (*self.actions, DELETE) if self.can_delete else self.actions

    def check(self, domain: Domain) -> None:
        """Refuse a declaration whose search, filters or columns could tell what a private field holds.

        Raises: TypeError.
        """
        if not all(rows.is_local for rows in (self.only, *(action.useful for action in self.actions))):
            raise TypeError(f"the screen of {self.name} depends on other rows than its own")
        shown = [path for path in self.columns if path not in ("name", *self.counts)]
        for path in (*shown, *self.search, *self.filters, self.order.removeprefix("-")):
            steps = tuple(path.split("."))
            if len(steps) == 1 and leads_on(self.kind, path):
                continue
            kind, name = domain.field_at(self.kind, steps)
            if name in domain.policy(kind).private or is_marked(kind, name, Hidden):
                raise TypeError(f"the screen of {self.name} would tell what {kind.__name__}.{name} holds")
