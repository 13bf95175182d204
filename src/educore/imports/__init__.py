"""Imports of students, payments and attendance from spreadsheets, and their reversal."""

from educore.imports.context import CONTEXT
from educore.imports.entities import Import, ImportedRow, ImportKind, ImportState
from educore.imports.sheet import CellProblem, problems_by_cell
from educore.imports.use_cases import (
    MAX_IMPORTED_ROWS,
    ImportReport,
    apply_import,
    build_template,
    check_import,
    recover_imports,
    revert_import,
)

__all__ = [
    "CONTEXT",
    "CellProblem",
    "Import",
    "ImportKind",
    "ImportReport",
    "ImportState",
    "ImportedRow",
    "MAX_IMPORTED_ROWS",
    "apply_import",
    "build_template",
    "check_import",
    "problems_by_cell",
    "recover_imports",
    "revert_import",
]
