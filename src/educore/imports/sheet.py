"""A table on its way in: its rows as values, what is wrong with which cell, and what has come of which row."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from educore.adapters.spreadsheets import Row, Table
from educore.imports.columns import Column, problems_of
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, EducoreError, Invalid, Problem, Unavailable
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center

HEADING = 0
"""The row of a problem with the heading."""

Progress = Callable[[int, int], None]


class Stopped(Exception):
    """Nothing more can be tried in this transaction; what is wrong is known."""


@dataclass(frozen=True)
class CellProblem:
    """What is wrong with a cell. The row is as the spreadsheet numbers it, 0 the heading; no column means all of it."""

    row: int
    column: str
    problem: Problem


@dataclass
class Line:
    """A row as values by column; a cell that was empty or could not be read has none."""

    number: int
    values: dict[str, Any]


Piece = list[Line]
"""Lines that are written together: one student, one payment, the marks of one session."""


@dataclass(frozen=True)
class Made:
    """What became of a line: which row of the store, and how to take that back."""

    number: int
    row_id: int
    before: str = ""
    after: str = ""


@dataclass
class Sheet:
    """The lines of a table for one Center, and the unit of work that is reading, trying or taking them in just now."""

    uow: UnitOfWork
    center_id: int
    lines: list[Line]
    progress: Progress
    problems: list[CellProblem] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    done: int = 0
    of: int = 0
    is_trial: bool = False
    seats: dict[int, int] = field(default_factory=dict)

    def clean(self) -> list[Line]:
        """The lines nothing is wrong with so far."""
        wrong = {problem.row for problem in self.problems}
        return [line for line in self.lines if line.number not in wrong]

    def refuse(self, line: Line, column: str, code: str, **params: Any) -> None:
        """Remember what is wrong with a cell."""
        self.problems.append(CellProblem(line.number, column, Problem(code, params)))

    def step(self, lines: int = 1) -> None:
        """Tell how far it is."""
        self.done += lines
        self.progress(self.done, self.of or len(self.lines))

    @contextmanager
    def trying(self, lines: Sequence[Line], places: Mapping[str, str], *, whole: str = "") -> Iterator[None]:
        """Keep what a use case refuses about some lines, and go on with the next ones.

        `places` says which column a field of the use case comes from; "marks.3.status" is the fourth line's. What
        concerns all of it is told of every line, in the column `whole`.
        """
        try:
            yield
        except Unavailable:
            raise
        except Invalid as error:
            for path, found in error.fields.items():
                _, place, name = _split(path)
                told = lines if place is None else [lines[place]]
                self._keep(told, places.get(name, name) or whole, found)
            if isinstance(error, Conflict):
                self._require_open_transaction()
        except EducoreError as error:
            self._keep(lines, whole, [Problem(error.code, error.params)])
        self.step(len(lines))

    def _keep(self, lines: Iterable[Line], column: str, found: Iterable[Problem]) -> None:
        self.problems += [CellProblem(line.number, column, problem) for line in lines for problem in found]

    def _require_open_transaction(self) -> None:
        """Stop where the database itself refused something: PostgreSQL answers nothing more in such a transaction.

        Somebody else was quicker, between our question whether a name is free and our use of it.
        """
        try:
            self.uow.count(Center, where(id=self.center_id))
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - the driver's own error, which the domain does not know
            raise Stopped from None


def read_sheet(
    uow: UnitOfWork, table: Table, columns: Sequence[Column], *, center_id: int, progress: Progress
) -> Sheet:
    """The rows of a table as values, with the problems of its heading and of its cells."""
    named, problems = _named(table.columns, columns)
    sheet = Sheet(uow, center_id, [], progress, problems)
    if not problems:
        for row in table.rows:
            sheet.lines.append(_line(row, named, sheet.problems))
    return sheet


def refuse_twice(sheet: Sheet, *columns: str, at: str = "") -> None:
    """Refuse lines whose values in these columns, all of them given, stand in an earlier line too."""
    first: dict[tuple[Any, ...], int] = {}
    for line in sheet.lines:
        values = tuple(line.values.get(column) for column in columns)
        if None in values:
            continue
        if (earlier := first.setdefault(values, line.number)) != line.number:
            sheet.refuse(line, at or columns[0], "twice_in_table", row=earlier)


def problems_by_cell(problems: Collection[CellProblem]) -> dict[str, list[Problem]]:
    """The problems of a table on `rows.<row>.<column>`, and on `columns.<column>` those of the heading."""
    fields: dict[str, list[Problem]] = {}
    for found in sorted(problems, key=lambda problem: problem.row):
        place = "columns" if found.row == HEADING else f"rows.{found.row}"
        fields.setdefault(f"{place}.{found.column}".rstrip("."), []).append(found.problem)
    return fields


def as_json(values: Mapping[str, Any]) -> str:
    """Values as an imported row keeps them."""
    return json.dumps(values, sort_keys=True, default=str, ensure_ascii=False)


def _named(headings: Iterable[str], columns: Sequence[Column]) -> tuple[dict[str, Column], list[CellProblem]]:
    """Which column each heading means, and what is wrong with the heading."""
    meant = {heading: next((c for c in columns if c.means(heading)), None) for heading in headings}
    found = [column for column in meant.values() if column is not None]
    codes = [(heading, "unknown_column") for heading, column in meant.items() if column is None]
    codes += [(c.name, "missing_column") for c in columns if c.required and c not in found]
    codes += [(c.name, "twice_in_header") for c in columns if found.count(c) > 1]
    problems = [CellProblem(HEADING, name, Problem(code, {"column": name})) for name, code in codes]
    return {heading: column for heading, column in meant.items() if column is not None}, problems


def _line(row: Row, named: Mapping[str, Column], problems: list[CellProblem]) -> Line:
    values = {}
    for heading, column in named.items():
        text = row.cells.get(heading, "").strip()
        try:
            if text:
                values[column.name] = column.read(text)
            elif column.required:
                raise Invalid.because("", "missing")
        except Invalid as error:
            problems += [CellProblem(row.number, column.name, problem) for problem in problems_of(error)]
    return Line(row.number, values)


def _split(path: str) -> tuple[str, int | None, str]:
    """`marks.3.status` as its list, place and field; `account.phone` as no list, no place and its last step."""
    *steps, name = path.split(".")
    if len(steps) == 2 and steps[1].isdecimal():
        return steps[0], int(steps[1]), name
    return "", None, name
