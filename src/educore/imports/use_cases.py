"""Taking tables in, all of it or nothing, after trying whether it can be; and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from educore.domain import Actions
from educore.errors import Conflict, Forbidden, Invalid, Problem
from educore.imports import attendance, payments, students
from educore.imports.columns import Column
from educore.imports.entities import Import, ImportedRow, ImportKind
from educore.imports.sheet import CellProblem, Progress, Sheet, Stopped, by_place, read_sheet
from educore.organization.entities import Center
from educore.policy import Actor
from educore.tables import Table, write_template
from educore.where import where
from educore.work import UnitOfWork

if TYPE_CHECKING:
    from educore.education import Educore

MOST_IMPORTED_ROWS = 10_000


@dataclass(frozen=True)
class Recipe:
    """How the rows of one kind come in and go back."""

    columns: Sequence[Column]
    examples: Sequence[Mapping[str, str]]
    take_in: Callable[[Sheet], None]
    in_the_way: Callable[[UnitOfWork, Sequence[ImportedRow]], dict[int, Problem]]
    take_back: Callable[..., None]


RECIPES = {
    ImportKind(name): Recipe(of.COLUMNS, of.EXAMPLES, of.take_in, of.in_the_way, of.take_back)
    for name, of in (("students", students), ("payments", payments), ("attendance", attendance))
}


@dataclass(frozen=True)
class ImportReport:
    """What a table would do: of its `rows` so many would make or change something; or else all that is wrong."""

    rows: int
    made: int
    problems: list[CellProblem] = field(default_factory=list)


def check_import(
    school: Educore,
    actor: Actor,
    *,
    kind: ImportKind,
    table: Table,
    center_id: int | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Try a table for a Center (the actor's own, unless given): everything is done and then undone.

    Raises: Invalid on `file` (what `apply_import` says) and on center_id; Forbidden.
    """
    try:
        with school.work(actor) as uow:
            uow.ports = replace(uow.ports, passwords=_Unhashed())  # hashing is slow, and nobody will sign in with these
            sheet = _taken_in(uow, kind, table, center_id, progress)
            raise _Tried(sheet)
    except _Tried as tried:
        sheet = tried.sheet
    found = sorted(sheet.problems, key=lambda problem: problem.row)
    return ImportReport(len(table.rows), 0 if found else len(sheet.made), found)


def apply_import(
    uow: UnitOfWork,
    *,
    kind: ImportKind,
    table: Table,
    file_name: str = "",
    center_id: int | None = None,
    progress: Progress | None = None,
) -> Import:
    """Take a table in for a Center (the actor's own, unless given), all of it or nothing.

    `progress` is called with the rows done and the rows in all.
    Raises: Invalid with every problem on `columns.<column>` and `rows.<row>.<column>`, the codes being those of the
    use cases and unknown_column, missing_column, twice_in_header, twice_in_table (row), unknown_name (name),
    several_so_named (numbers), no_session, several_sessions (times); Invalid("no_rows"), Invalid("too_many_rows") on
    `file`; Forbidden.
    """
    sheet = _taken_in(uow, kind, table, center_id, progress)
    if sheet.problems:
        raise Invalid(by_place(sheet.problems))
    made = uow.add(
        Import,
        center_id=sheet.center_id,
        kind=kind,
        file_name=file_name,
        rows=len(table.rows),
        made_by_id=uow.actor.user_id,
        created_at=uow.ports.clock.now(),
    )
    whose = {"center_id": sheet.center_id, "import_id": made.id}
    uow.add_all(ImportedRow, [{**whose, **vars(row)} for row in sorted(sheet.made, key=lambda row: row.number)])
    return made


def revert_import(uow: UnitOfWork, import_: Import, *, progress: Progress | None = None) -> Import:
    """Take a whole import back: students are removed, payments withdrawn, marks are as they were.

    Students and payments that somebody has taken back one by one stay gone. Raises: Conflict("already_reverted");
    Conflict("import_in_use") with `in_use` (by) or `changed_since` on `rows.<row>` for every row in the way.
    """
    import_ = uow.get(Import, import_.id, to="revert", lock=True)
    if import_.reverted_at is not None:
        raise Conflict.because("", "already_reverted")
    recipe = RECIPES[import_.kind]
    rows = uow.find(ImportedRow, where(import_id=import_.id), order=("number",))
    if found := recipe.in_the_way(uow, rows):
        blocked = {f"rows.{number}": [found[number]] for number in sorted(found)}
        raise Conflict({"": [Problem("import_in_use", {"count": len(found)})], **blocked})
    recipe.take_back(uow, rows, progress=progress or _silent)
    return uow.change(import_, to="revert", reverted_at=uow.ports.clock.now(), reverted_by_id=uow.actor.user_id)


def template_for(kind: ImportKind, *, as_: Literal["csv", "xlsx"]) -> bytes:
    """A file with the columns of a kind and example rows to replace."""
    recipe = RECIPES[kind]
    return write_template([column.name for column in recipe.columns], as_=as_, examples=recipe.examples)


def _taken_in(
    uow: UnitOfWork, kind: ImportKind, table: Table, center_id: int | None, progress: Progress | None
) -> Sheet:
    """The table after everything was tried; what was refused is among its problems, the rest is in the transaction."""
    if not uow.may(Import, "create"):
        raise Forbidden(kind="Import", action="create")
    if not table.rows or len(table.rows) > MOST_IMPORTED_ROWS:
        raise Invalid.because("file", "too_many_rows" if table.rows else "no_rows", most=MOST_IMPORTED_ROWS)
    recipe = RECIPES[kind]
    center = _center(uow, center_id)
    sheet = read_sheet(uow, table, recipe.columns, center_id=center, progress=progress or _silent)
    if sheet.lines:
        with suppress(Stopped):
            recipe.take_in(sheet)
    return sheet


def _center(uow: UnitOfWork, center_id: int | None) -> int:
    given = uow.actor.center_id if center_id is None else center_id
    if given is None:
        raise Invalid.because("center_id", "missing")
    if not uow.count(Center, where(id=given)) or uow.actor.center_id not in (None, given):
        raise Invalid.because("center_id", "unknown_id", id=given)
    return given


class _Tried(Exception):
    """Ends a trial, so that its transaction is rolled back."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__("tried")
        self.sheet = sheet


class _Unhashed:
    """Keeps passwords of accounts that will not be kept."""

    def hash(self, password: str) -> str:
        return "tried"

    def verify(self, password: str, hashed: str | None) -> bool:
        return False


def _silent(*steps: Any) -> None:
    """Tell nobody how far it is."""


ACTIONS: Actions = {(Import, "create"): apply_import, (Import, "revert"): revert_import}
