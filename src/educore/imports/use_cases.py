"""Imports: check a table, import all of it or nothing, and revert it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from educore.adapters.spreadsheets import Table, write_template
from educore.imports.attendance import ATTENDANCE
from educore.imports.claims import claim_reversal, is_alive
from educore.imports.entities import Import, ImportKind, ImportState
from educore.imports.importer import Importer
from educore.imports.payments import PAYMENTS
from educore.imports.reversal import Reversal, blocked_error, find_all_blockers, recover_unfinished
from educore.imports.runs import Run
from educore.imports.sheet import CellProblem, Progress, RowGroup, Sheet, problems_by_cell, read_sheet
from educore.imports.students import STUDENTS
from educore.imports.trial import try_all
from educore.kernel.application import Educore
from educore.kernel.conditions import everything, where
from educore.kernel.errors import Conflict, Forbidden, Invalid
from educore.kernel.policy import Actor
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center

MAX_IMPORTED_ROWS = 20_000

IMPORTERS: Mapping[ImportKind, Importer] = {
    ImportKind.STUDENTS: STUDENTS,
    ImportKind.PAYMENTS: PAYMENTS,
    ImportKind.ATTENDANCE: ATTENDANCE,
}


@dataclass(frozen=True)
class ImportReport:
    """The result of a trial: of `rows` rows, `changes` would create or change a row; 0 if there are problems."""

    rows: int
    changes: int
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
    """Check a table for a Center (the actor's own by default): import all rows and roll them back.

    The trial runs in short transactions, so that others can write meanwhile.
    Raises: Invalid on `file` (see `apply_import`) and on center_id; Forbidden.
    """
    sheet, _ = _try_table(school, actor, kind, table, center_id, progress or _ignore_progress, passes=1)
    problems = sorted(sheet.problems, key=lambda problem: problem.row)
    return ImportReport(len(table.rows), 0 if problems else len(sheet.results), problems)


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
    """Import a table for a Center (the actor's own by default): all rows or none.

    A trial comes first, so that nothing is stored if a row is refused. Then the rows are stored in short
    transactions. If a row is refused after all or anything fails, the stored rows are reverted; if the process is
    killed, `recover_imports` does that. `progress` is called with the steps done and all steps: each row is tried and
    stored.
    Raises: Invalid with every problem on `columns.<column>` and `rows.<row>.<column>`, with the codes of the use
    cases and unknown_column, missing_column, twice_in_header, twice_in_table (row), unknown_name (name),
    several_so_named (numbers), no_session, several_sessions (times); Invalid("no_rows"), Invalid("too_many_rows") on
    `file`; Conflict("import_lost") if the import took so long without a heartbeat that others reverted it; Forbidden.
    """
    recover_imports(school)
    sheet, groups = _try_table(school, actor, kind, table, center_id, progress or _ignore_progress, passes=2)
    if sheet.problems:
        raise Invalid(problems_by_cell(sheet.problems))
    sheet.results.clear()
    fields: dict[str, Any] = {
        "center_id": sheet.center_id,
        "kind": kind,
        "file_name": file_name,
        "rows": len(table.rows),
        "made_by_id": actor.user_id,
    }
    return Run(school, actor, IMPORTERS[kind], sheet, fields).store_all(groups)


def revert_import(school: Educore, actor: Actor, import_id: int, *, progress: Progress | None = None) -> Import:
    """Revert a whole import in short transactions: remove students, withdraw payments, restore marks.

    Students that were removed and payments that were withdrawn since stay so. Nothing changes while a row is blocked.
    If a row becomes blocked meanwhile, the others are reverted; repeating continues with the blocked row.
    Raises: NotFound, Forbidden; Conflict("already_reverted"), Conflict("import_under_way"), Conflict("import_lost");
    Conflict("import_in_use") and Conflict("import_partly_reverted") with `in_use` (by) or `changed_since` on
    `rows.<row>` for every blocked row.
    """
    with school.work(actor, read_only=True) as uow:
        import_ = uow.get(Import, import_id, to="revert")
        _require_idle(uow, import_)
    importer = IMPORTERS[import_.kind]
    if blocked := find_all_blockers(school, actor, importer, import_):
        raise blocked_error(blocked)
    with school.work(actor) as uow:
        import_ = uow.get(Import, import_id, to="revert", lock=True)
        _require_idle(uow, import_)
        import_ = claim_reversal(uow, import_, reverted_by_id=actor.user_id)
    return Reversal(school, actor, importer, import_, progress or _ignore_progress).revert_all()


def recover_imports(school: Educore) -> int:
    """Revert what killed imports have left, and return the number of these imports; workers call this regularly."""
    return recover_unfinished(school, IMPORTERS)


def build_template(kind: ImportKind, *, as_: Literal["csv", "xlsx"]) -> bytes:
    """Return a file with the columns of a kind and example rows."""
    importer = IMPORTERS[kind]
    return write_template([column.name for column in importer.columns], as_=as_, examples=importer.examples)


def _try_table(
    school: Educore,
    actor: Actor,
    kind: ImportKind,
    table: Table,
    center_id: int | None,
    progress: Progress,
    *,
    passes: int,
) -> tuple[Sheet, list[RowGroup]]:
    """Return the sheet of a table after the trial, with its problems, and the row groups to store."""
    importer = IMPORTERS[kind]
    with school.work(actor, read_only=True) as uow:
        if not uow.may(Import, "create"):
            raise Forbidden(kind="Import", action="create")
        if not table.rows or len(table.rows) > MAX_IMPORTED_ROWS:
            raise Invalid.because("file", "too_many_rows" if table.rows else "no_rows", most=MAX_IMPORTED_ROWS)
        sheet = read_sheet(uow, table, importer.columns, center_id=_center_id(uow, center_id), progress=progress)
        sheet.total = passes * len(table.rows)
        groups = importer.plan_rows(sheet) if sheet.rows else []
    try_all(school, actor, importer, sheet, groups)
    return sheet, groups


def _require_idle(uow: UnitOfWork, import_: Import) -> None:
    """Refuse an import that is reverted, or that a process is at work on. Raises: Conflict."""
    if import_.state in (ImportState.REVERTED, ImportState.FAILED):
        raise Conflict.because("", "already_reverted")
    if is_alive(import_, uow.ports.clock.now()):
        raise Conflict.because("", "import_under_way")


def _center_id(uow: UnitOfWork, center_id: int | None) -> int:
    """Return the Center of the import. Raises: Invalid("missing"), Invalid("unknown_id") on center_id."""
    given = uow.actor.center_id if center_id is None else center_id
    if given is None:
        raise Invalid.because("center_id", "missing")
    own = everything if uow.actor.center_id is None else where(id=uow.actor.center_id)
    return uow.reference(Center, given, field="center_id", only=own).id


def _ignore_progress(done: int, total: int) -> None:
    """Report nothing."""
