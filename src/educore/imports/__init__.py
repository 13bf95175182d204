"""Imports of students, payments and attendance from spreadsheets, and their reversal; and tables of questions."""

from educore.imports.columns import ImportColumn, read_text
from educore.imports.context import CONTEXT
from educore.imports.entities import Import, ImportedRow, ImportKind, ImportState
from educore.imports.questions import add_questions, questions_table, questions_template
from educore.imports.sheet import CellProblem, match_columns, problems_by_cell
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
    "ImportColumn",
    "ImportKind",
    "ImportReport",
    "ImportState",
    "ImportedRow",
    "MAX_IMPORTED_ROWS",
    "add_questions",
    "apply_import",
    "build_template",
    "check_import",
    "match_columns",
    "problems_by_cell",
    "questions_table",
    "questions_template",
    "read_text",
    "recover_imports",
    "revert_import",
]
