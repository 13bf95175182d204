"""A sheet that is being imported: its rows as values, the problems of its cells, and the results of its rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from educore.adapters.spreadsheets import Row, Table
from educore.imports.columns import ImportColumn, all_problems
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, EducoreError, Invalid, Problem, Unavailable
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center
from educore.organization.queries import country_of

HEADING = 0
"""The row number of problems with the heading."""

Progress = Callable[[int, int], None]
"""A function that is called with the number of steps done and the number of all steps."""


class Abort(Exception):
    """Ends the work on the current transaction, which the database has refused to continue; the problem is recorded."""


@dataclass(frozen=True)
class CellProblem:
    """A problem with a cell. `row` is the number in the spreadsheet, 0 the heading; column "" is the whole row."""

    row: int
    column: str
    problem: Problem


@dataclass
class SheetRow:
    """A row as values by column name, without cells that are empty or have a problem."""

    number: int
    values: dict[str, Any]


RowGroup = list[SheetRow]
"""Rows that are stored together: one student, one payment, or the marks of one session."""


@dataclass(frozen=True)
class RowResult:
    """The result of an imported row: the id of the stored row, and its state before and after as JSON."""

    number: int
    row_id: int
    before: str = ""
    after: str = ""


@dataclass
class Sheet:
    """The rows of a table for one Center, and the unit of work that currently reads, tries or imports them.

    `done` and `total` count the steps that are reported to `progress`. `seats` are the free seats by group id.
    """

    uow: UnitOfWork
    center_id: int
    rows: list[SheetRow]
    progress: Progress
    problems: list[CellProblem] = field(default_factory=list)
    results: list[RowResult] = field(default_factory=list)
    done: int = 0
    total: int = 0
    is_trial: bool = False
    seats: dict[int, int] = field(default_factory=dict)

    @cached_property
    def country(self) -> str:
        """The country of the Center, which completes local phone numbers."""
        return country_of(self.uow, self.center_id)

    def valid_rows(self) -> list[SheetRow]:
        """Return the rows without a problem so far."""
        with_problems = {problem.row for problem in self.problems}
        return [row for row in self.rows if row.number not in with_problems]

    def refuse(self, row: SheetRow, column: str, code: str, /, **params: Any) -> None:
        """Record a problem with a cell; `params` are those of the problem."""
        self.problems.append(CellProblem(row.number, column, Problem(code, params)))

    def report_progress(self, rows: int = 1) -> None:
        """Count rows as done and report the progress."""
        self.done += rows
        self.progress(self.done, self.total or len(self.rows))

    @contextmanager
    def collect_errors(
        self, rows: Sequence[SheetRow], field_to_column: Mapping[str, str], *, whole: str = ""
    ) -> Iterator[None]:
        """Record the errors of a use case as problems of the rows, and continue with the next rows.

        `field_to_column` maps fields of the use case to columns; the field "marks.3.status" is of the fourth row. A
        problem without a field is recorded for every row, in the column `whole`.
        Raises: Unavailable; Abort if the transaction cannot continue.
        """
        try:
            yield
        except Unavailable:
            raise
        except Invalid as error:
            for path, found in error.fields.items():
                _, position, name = _split(path)
                concerned = rows if position is None else [rows[position]]
                self._add_problems(concerned, field_to_column.get(name, name) or whole, found)
            if isinstance(error, Conflict):
                self._require_open_transaction()
        except EducoreError as error:
            self._add_problems(rows, whole, [Problem(error.code, error.params)])
        self.report_progress(len(rows))

    def _add_problems(self, rows: Iterable[SheetRow], column: str, found: Iterable[Problem]) -> None:
        self.problems += [CellProblem(row.number, column, problem) for row in rows for problem in found]

    def _require_open_transaction(self) -> None:
        """Abort if the database itself refused a row: PostgreSQL answers nothing more in such a transaction.

        This happens if another transaction takes a name after the check that it is free. Raises: Abort.
        """
        try:
            self.uow.count(Center, where(id=self.center_id))
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - an error of the database driver, which the domain does not know
            raise Abort from None


def read_sheet(
    uow: UnitOfWork, table: Table, columns: Sequence[ImportColumn], *, center_id: int, progress: Progress
) -> Sheet:
    """Return the rows of a table as values, with the problems of the heading and of the cells."""
    matched, problems = match_columns(table.columns, columns)
    sheet = Sheet(uow, center_id, [], progress, problems)
    if not problems:
        for row in table.rows:
            sheet.rows.append(_read_row(sheet, row, matched))
    return sheet


def match_columns(
    headings: Iterable[str], columns: Sequence[ImportColumn]
) -> tuple[dict[str, ImportColumn], list[CellProblem]]:
    """Return the column that each heading names, and the problems of the heading.

    The problems are unknown_column, missing_column and twice_in_header (two headings that name the same column).
    """
    matches = {heading: next((c for c in columns if c.matches(heading)), None) for heading in headings}
    found = [column for column in matches.values() if column is not None]
    codes = [(heading, "unknown_column") for heading, column in matches.items() if column is None]
    codes += [(c.name, "missing_column") for c in columns if c.required and c not in found]
    codes += [(c.name, "twice_in_header") for c in columns if found.count(c) > 1]
    problems = [CellProblem(HEADING, name, Problem(code, {"column": name})) for name, code in codes]
    return {heading: column for heading, column in matches.items() if column is not None}, problems


def refuse_duplicates(sheet: Sheet, *columns: str, column: str = "") -> None:
    """Refuse rows whose values in these columns are all given and equal those of an earlier row.

    The problem twice_in_table (row) is recorded in `column`, by default the first of the columns.
    """
    first: dict[tuple[Any, ...], int] = {}
    for row in sheet.rows:
        values = tuple(row.values.get(name) for name in columns)
        if None in values:
            continue
        if (earlier := first.setdefault(values, row.number)) != row.number:
            sheet.refuse(row, column or columns[0], "twice_in_table", row=earlier)


def problems_by_cell(problems: Collection[CellProblem]) -> dict[str, list[Problem]]:
    """Return problems by `rows.<row>.<column>`, and those of the heading by `columns.<column>`."""
    fields: dict[str, list[Problem]] = {}
    for found in sorted(problems, key=lambda problem: problem.row):
        place = "columns" if found.row == HEADING else f"rows.{found.row}"
        fields.setdefault(f"{place}.{found.column}".rstrip("."), []).append(found.problem)
    return fields


def to_json(values: Mapping[str, Any]) -> str:
    """Return values in the form in which `ImportedRow` stores them."""
    return json.dumps(values, sort_keys=True, default=str, ensure_ascii=False)


def _read_row(sheet: Sheet, row: Row, matched: Mapping[str, ImportColumn]) -> SheetRow:
    values, context = {}, {"country": lambda: sheet.country}
    for heading, column in matched.items():
        text = row.cells.get(heading, "").strip()
        try:
            if text:
                values[column.name] = column.read(text, context)
            elif column.required:
                raise Invalid.because("", "missing")
        except Invalid as error:
            sheet.problems += [CellProblem(row.number, column.name, problem) for problem in all_problems(error)]
    return SheetRow(row.number, values)


def _split(path: str) -> tuple[str, int | None, str]:
    """Split `marks.3.status` into list, position and field; `account.phone` has neither list nor position."""
    *steps, name = path.split(".")
    if len(steps) == 2 and steps[1].isdecimal():
        return steps[0], int(steps[1]), name
    return "", None, name
