"""Tables to print and to count with: one description of a table, as a PDF and as a workbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from babel.numbers import format_decimal
from fpdf.enums import Align

from educore.adapters.spreadsheets import SheetLayout, write_xlsx
from educore.translation import RIGHT_TO_LEFT
from educore_web.i18n import locale_of
from educore_web.reports.pdf_page import A4, FAINT, PAPER, Page

MARGIN, ROW, HEADER = 10.0, 5.4, 8.0
"""The margin of a page, and the heights of a row and of the row of titles."""

WIDTHS_PER_MILLIMETRE = 0.55
"""Widths of columns in a workbook, which count characters."""

Color = tuple[int, int, int]
CellValue = str | int | float | None
"""The value of a cell; a number stays one in a workbook."""


@dataclass(frozen=True)
class TableColumn:
    """A column with its title and its width, in parts of the width of all; texts begin at its side, numbers do not.

    A title may have two lines.
    """

    title: str
    width: float = 1.0
    is_text: bool = False


@dataclass(frozen=True)
class PrintedTable:
    """A table with a title, lines above and below it, and colours of some cells by the places of row and column.

    Numbers are written as in the `language` and the `country`, in percent with one decimal at most.
    """

    title: str
    facts: Sequence[str]
    columns: Sequence[TableColumn]
    rows: Sequence[Sequence[CellValue]]
    notes: Sequence[str] = ()
    fills: Mapping[tuple[int, int], Color] = field(default_factory=dict)
    language: str = "en"
    country: str = ""
    is_wide: bool = False

    def format(self, value: CellValue) -> str:
        """Return a value as text."""
        if value is None or isinstance(value, str):
            return value or ""
        return str(format_decimal(value, "#,##0.#", locale=locale_of(self.language, self.country)))


def render_pdf(table: PrintedTable, *, created_at: datetime) -> bytes:
    """Render a table as a PDF of A4 pages, each with the titles of the columns; same arguments give the same bytes."""
    page = Page(table.title, table.language, created_at, format=A4[::-1] if table.is_wide else A4)
    y = page.write_box(table.title, x=MARGIN, y=MARGIN, to=page.w - MARGIN, size=14, style="B")
    for fact in filter(None, table.facts):
        y = page.write_box(fact, x=MARGIN, y=y + 0.5, to=page.w - MARGIN, size=8.5, color=FAINT, lines=2)
    edges = _edges(table, page.w - 2 * MARGIN)
    y = _write_titles(page, table, edges, y + 2)
    for number in range(len(table.rows)):
        y = _next_page(page, y, ROW, titles=lambda: _write_titles(page, table, edges, MARGIN))
        _write_row(page, table, edges, y, number)
        y += ROW
    for note in table.notes:
        y = _next_page(page, y + 1, ROW, titles=lambda: MARGIN)
        y = page.write_box(note, x=MARGIN, y=y, to=page.w - MARGIN, size=8.5, lines=2)
    return bytes(page.output())


def render_xlsx(table: PrintedTable) -> bytes:
    """Return a table as a workbook, in which no text can be read as a formula and numbers are numbers."""
    above: list[Sequence[CellValue]] = [[table.title], *([fact] for fact in table.facts if fact), []]
    titles = [column.title.replace("\n", " ") for column in table.columns]
    below: list[Sequence[CellValue]] = [[], *([note] for note in table.notes)]
    widths = [edge * WIDTHS_PER_MILLIMETRE for edge in _widths(table, 277 if table.is_wide else 190)]
    layout = SheetLayout(len(above) + 1, widths, right_to_left=table.language in RIGHT_TO_LEFT)
    return write_xlsx([*above, titles, *table.rows, *below], layout=layout)


def _widths(table: PrintedTable, width: float) -> list[float]:
    parts = sum(column.width for column in table.columns)
    return [width * column.width / parts for column in table.columns]


def _edges(table: PrintedTable, width: float) -> list[float]:
    """Return the left edge of each column, and the right edge of the last one."""
    edges = [MARGIN]
    for each in _widths(table, width):
        edges.append(edges[-1] + each)
    return edges


def _next_page(page: Page, y: float, height: float, *, titles: Callable[[], float]) -> float:
    """Return where to go on: further down, or on a new page below what `titles` writes there."""
    if y + height <= page.h - MARGIN:
        return y
    page.add_page()
    return titles()


def _write_titles(page: Page, table: PrintedTable, edges: Sequence[float], y: float) -> float:
    page.fill_box(PAPER, x=edges[0], y=y, to=edges[-1], height=HEADER)
    for place, column in enumerate(table.columns):
        align = Align.L if column.is_text else Align.C
        x, to = edges[place] + 0.6, edges[place + 1] - 0.6
        lines = column.title.split("\n")
        below = y + 1
        for line in lines:
            below = page.write_box(line, x=x, y=below, to=to, size=6.5, lines=3 - len(lines), style="B", align=align)
    page.draw_line(x=edges[0], to=edges[-1], y=y + HEADER)
    return y + HEADER


def _write_row(page: Page, table: PrintedTable, edges: Sequence[float], y: float, number: int) -> None:
    for place, (column, value) in enumerate(zip(table.columns, table.rows[number], strict=True)):
        if fill := table.fills.get((number, place)):
            page.fill_box(fill, x=edges[place] + 0.2, y=y + 0.3, to=edges[place + 1] - 0.2, height=ROW - 0.6)
        if text := table.format(value):
            align = Align.L if column.is_text else Align.C
            page.write_box(text, x=edges[place] + 0.6, y=y + 1, to=edges[place + 1] - 0.6, size=7.5, align=align)
    page.draw_line(x=edges[0], to=edges[-1], y=y + ROW)
