"""Students, payments and attendance from tables, with a way back."""

from educore.imports.context import CONTEXT
from educore.imports.entities import Import, ImportedRow, ImportKind, ImportState
from educore.imports.sheet import CellProblem, by_place
from educore.imports.use_cases import (
    MOST_IMPORTED_ROWS,
    ImportReport,
    apply_import,
    check_import,
    recover_imports,
    revert_import,
    template_for,
)

__all__ = [
    "CONTEXT",
    "CellProblem",
    "Import",
    "ImportKind",
    "ImportReport",
    "ImportState",
    "ImportedRow",
    "MOST_IMPORTED_ROWS",
    "apply_import",
    "by_place",
    "check_import",
    "recover_imports",
    "revert_import",
    "template_for",
]
