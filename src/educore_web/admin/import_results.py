"""An uploaded table, the progress of its import, and the result that the page shows."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field

from educore import EducoreError, Invalid
from educore.adapters.spreadsheets import Table, read_table
from educore.imports import MAX_IMPORTED_ROWS, Import, ImportKind
from educore_web.admin.idempotency import new_key
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.problems import error_message, problem_message

LARGEST_FILE = 5 * 1024 * 1024


@dataclass(frozen=True)
class CellError:
    """An error in one cell: the number of the row, the heading of the column, and the message."""

    row: str
    column: str
    message: str


@dataclass(frozen=True)
class UploadedTable:
    """An uploaded table, and the Center it is for."""

    kind: ImportKind
    name: str
    content: bytes
    center_id: int | None

    def table(self) -> Table:
        """Return the rows of the file. Raises: Invalid on `file`."""
        if not self.content or len(self.content) > LARGEST_FILE:
            raise Invalid.because("file", "file_too_large" if self.content else "missing", megabytes=LARGEST_FILE >> 20)
        return read_table(self.content, name=self.name, most_rows=MAX_IMPORTED_ROWS)

    @property
    def encoded_content(self) -> str:
        """The content in base64, as a hidden field of a form carries it."""
        return base64.b64encode(self.content).decode()


@dataclass
class ImportResult:
    """The result shown at the end of a page: the outcome of the import, or all errors.

    `is_sent_before` means that the same page was sent twice: the import of the first request is in the list.
    """

    uploaded: UploadedTable | None = None
    rows: int = 0
    changes: int = 0
    done: Import | None = None
    alerts: list[str] = field(default_factory=list)
    cell_errors: list[CellError] = field(default_factory=list)
    is_partial: bool = False
    is_sent_before: bool = False
    once: str = field(default_factory=new_key)


@dataclass
class Progress:
    """The progress of a task: set by the thread that runs it, read by the one that streams the page."""

    done: int = 0
    total: int = 0

    def __call__(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    @property
    def percent(self) -> int:
        """The part that is done, 0 to 100."""
        return 100 * self.done // self.total if self.total else 0


Task = Callable[[Progress], ImportResult]


def failed_result(error: EducoreError) -> ImportResult:
    """Return the errors of each cell, and those of the whole table as alerts."""
    if not isinstance(error, Invalid):
        return ImportResult(alerts=[error_message(error)])
    cells = {path: found for path, found in error.fields.items() if path.startswith(("rows.", "columns."))}
    whole = [problem_message(problem) for path, found in error.fields.items() if path not in cells for problem in found]
    is_partial = "import_partly_reverted" in {problem.code for problem in error.fields.get("", ())}
    return ImportResult(alerts=whole, cell_errors=cell_errors(Invalid(cells)), is_partial=is_partial)


def cell_errors(error: Invalid) -> list[CellError]:
    """Return the errors of an `Invalid` with paths such as `rows.3.phone`, each with its row and column."""
    errors = []
    for path, found in error.fields.items():
        kind, _, rest = path.partition(".")
        row, _, column = rest.partition(".") if kind == "rows" else (translate("imports.heading"), "", rest)
        errors += [CellError(row, column, problem_message(problem)) for problem in found]
    return errors
