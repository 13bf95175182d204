"""Taking tables in, all of it or nothing, after trying whether it can be; and taking it back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from educore.adapters.spreadsheets import Table, write_template
from educore.imports import attendance, payments, runs, students
from educore.imports.entities import Import, ImportKind, ImportState
from educore.imports.runs import Recipe, Reversal, Run, all_in_the_way, claim, in_use, is_alive, try_all
from educore.imports.sheet import CellProblem, Piece, Progress, Sheet, problems_by_cell, read_sheet
from educore.kernel.application import Educore
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Forbidden, Invalid
from educore.kernel.policy import Actor
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center

MAX_IMPORTED_ROWS = 20_000

IMPORTERS = {
    ImportKind(name): Recipe(
        of.COLUMNS, of.EXAMPLES, of.plan, of.hold, of.take_in, in_the_way=of.in_the_way, take_back=of.take_back
    )
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

    It is done in short transactions, so that others can work meanwhile.
    Raises: Invalid on `file` (what `apply_import` says) and on center_id; Forbidden.
    """
    sheet, _ = _tried(school, actor, kind, table, center_id, progress or _silent, passes=1)
    found = sorted(sheet.problems, key=lambda problem: problem.row)
    return ImportReport(len(table.rows), 0 if found else len(sheet.made), found)


def apply_import(
    school: Educore,
    actor: Actor,
    *,
    kind: ImportKind,
    table: Table,
    file_name: str = "",
    center_id: int | None = None,
    progress: Progress | None = None,
) -> Import:
    """Take a table in for a Center (the actor's own, unless given), all of it or nothing.

    It is tried first, so that a refusal writes nothing, and then taken in by short transactions. What is in is taken
    back when a row is refused after all or something raises; when the process is killed, `recover_imports` does that.
    `progress` is called with the steps done and the steps in all: each row is tried and taken in.
    Raises: Invalid with every problem on `columns.<column>` and `rows.<row>.<column>`, the codes being those of the
    use cases and unknown_column, missing_column, twice_in_header, twice_in_table (row), unknown_name (name),
    several_so_named (numbers), no_session, several_sessions (times); Invalid("no_rows"), Invalid("too_many_rows") on
    `file`; Conflict("import_lost") when it was silent so long that others took it back; Forbidden.
    """
    recover_imports(school)
    sheet, pieces = _tried(school, actor, kind, table, center_id, progress or _silent, passes=2)
    if sheet.problems:
        raise Invalid(problems_by_cell(sheet.problems))
    sheet.made.clear()
    about: dict[str, Any] = {
        "center_id": sheet.center_id,
        "kind": kind,
        "file_name": file_name,
        "rows": len(table.rows),
        "made_by_id": actor.user_id,
    }
    return Run(school, actor, IMPORTERS[kind], sheet, about).take_in(pieces)


def revert_import(school: Educore, actor: Actor, import_id: int, *, progress: Progress | None = None) -> Import:
    """Take a whole import back in short transactions: students are removed, payments withdrawn, marks are as they were.

    Students and payments that somebody has taken back one by one stay gone. Nothing is touched while a row is in the
    way. Where one comes in the way meanwhile, the rest is taken back, and doing it again goes on with that one.
    Raises: NotFound, Forbidden; Conflict("already_reverted"), Conflict("import_under_way"), Conflict("import_lost");
    Conflict("import_in_use") and Conflict("import_partly_reverted") with `in_use` (by) or `changed_since` on
    `rows.<row>` for every row in the way.
    """
    with school.work(actor, read_only=True) as uow:
        import_ = uow.get(Import, import_id, to="revert")
        _require_idle(uow, import_)
    recipe = IMPORTERS[import_.kind]
    if found := all_in_the_way(school, actor, recipe, import_):
        raise in_use(found)
    with school.work(actor) as uow:
        import_ = uow.get(Import, import_id, to="revert", lock=True)
        _require_idle(uow, import_)
        import_ = claim(uow, import_, reverted_by_id=actor.user_id)
    return Reversal(school, actor, recipe, import_, progress or _silent).take_back()


def recover_imports(school: Educore) -> int:
    """Take back what runs that were killed have left, and say how many imports that were; the worker does so too."""
    return runs.recover_imports(school, IMPORTERS)


def build_template(kind: ImportKind, *, as_: Literal["csv", "xlsx"]) -> bytes:
    """A file with the columns of a kind and example rows to replace."""
    recipe = IMPORTERS[kind]
    return write_template([column.name for column in recipe.columns], as_=as_, examples=recipe.examples)


def _tried(
    school: Educore,
    actor: Actor,
    kind: ImportKind,
    table: Table,
    center_id: int | None,
    progress: Progress,
    *,
    passes: int,
) -> tuple[Sheet, list[Piece]]:
    """The table after everything was tried, what was refused among its problems; and its pieces, to be taken in."""
    recipe = IMPORTERS[kind]
    with school.work(actor, read_only=True) as uow:
        if not uow.may(Import, "create"):
            raise Forbidden(kind="Import", action="create")
        if not table.rows or len(table.rows) > MAX_IMPORTED_ROWS:
            raise Invalid.because("file", "too_many_rows" if table.rows else "no_rows", most=MAX_IMPORTED_ROWS)
        sheet = read_sheet(uow, table, recipe.columns, center_id=_center(uow, center_id), progress=progress)
        sheet.of = passes * len(table.rows)
        pieces = recipe.plan(sheet) if sheet.lines else []
    try_all(school, actor, recipe, sheet, pieces)
    return sheet, pieces


def _require_idle(uow: UnitOfWork, import_: Import) -> None:
    """Refuse what is gone already, and what somebody is at work on. Raises: Conflict."""
    if import_.state in (ImportState.REVERTED, ImportState.FAILED):
        raise Conflict.because("", "already_reverted")
    if is_alive(import_, uow.ports.clock.now()):
        raise Conflict.because("", "import_under_way")


def _center(uow: UnitOfWork, center_id: int | None) -> int:
    given = uow.actor.center_id if center_id is None else center_id
    if given is None:
        raise Invalid.because("center_id", "missing")
    if not uow.count(Center, where(id=given)) or uow.actor.center_id not in (None, given):
        raise Invalid.because("center_id", "unknown_id", id=given)
    return given


def _silent(*steps: Any) -> None:
    """Tell nobody how far it is."""
