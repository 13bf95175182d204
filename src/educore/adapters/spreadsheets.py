"""Spreadsheet files that users upload and download: CSV, and XLSX with the extra `educore[xlsx]`."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import Any, Literal

from educore.adapters.workbook_parts import MOST_COLUMNS, TooLarge, Unreadable
from educore.adapters.workbooks import LAST_ROW, NotAWorkbook, open_workbook
from educore.extras import needs_extra
from educore.kernel.errors import Invalid

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
DELIMITERS = ",;\t"
FORMULA = re.compile(r"""(?P<before>(?:^|[,;|\t\r\n])[ '"]*)(?=[=+\-@\t\r\uff0b\uff0d\uff1d\uff20])""")
"""Matches each place where a formula begins, or would begin if a spreadsheet used another separator."""
NEUTRALIZED = re.compile(FORMULA.pattern.replace("(?=", "'(?="))
ZIP = b"PK\x03\x04"
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
TEMPLATE_WIDTH = 22

Cells = list[str]
Lines = Generator[Cells, None, None]


@dataclass(frozen=True)
class Row:
    """A row: its number as the spreadsheet shows it, from 1, and its texts by column."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """The columns of a sheet in their order, and the rows that are not blank."""

    columns: list[str]
    rows: list[Row]


@dataclass(frozen=True)
class SheetLayout:
    """The look of a sheet: the number of the row of titles, from 1, and the widths of its columns in characters.

    Columns of a sheet that `is_text` take all that is typed as text, so that a phone number keeps its plus.
    """

    titles: int
    widths: Sequence[float]
    right_to_left: bool = False
    is_text: bool = False


def read_table(content: bytes, *, name: str, most_rows: int) -> Table:
    """Return the first sheet of a file called `name`, every cell as text; of a formula, its last result.

    The first row that is not blank names the columns. Dates are written as 2024-01-31, flags as true and false, whole
    numbers without a point. CSV may be UTF-8, UTF-16 or Windows-1251, with commas, semicolons or tabs.
    Raises: Invalid on `file` with not_a_table, unreadable, table_too_large, no_header, twice_in_header (column),
    outside_header (row) or too_many_rows (most).
    """
    if content.startswith(ZIP):
        lines = _sheet_lines(content)
    elif PurePosixPath(name.lower()).suffix in TEXT_SUFFIXES:
        lines = _text_lines(content)
    else:
        raise _refused("not_a_table")
    with closing(lines):
        return _table(lines, most_rows=most_rows)


def write_template(
    columns: Sequence[str], *, as_: Literal["csv", "xlsx"], examples: Iterable[Mapping[str, str]] = ()
) -> bytes:
    """Return a file with these columns and example rows, in which no cell can be read as a formula."""
    rows = [list(columns), *([example.get(column, "") for column in columns] for example in examples)]
    lines = [[_tidy(CONTROLS.sub("", text)) for text in row] for row in rows]
    return write_csv(lines).encode() if as_ == "csv" else _as_xlsx(lines)


def write_csv(lines: Iterable[Sequence[str]]) -> str:
    """Return the lines as CSV, with every cell quoted and none a formula, whichever separator a spreadsheet uses."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(map(harmless, line) for line in lines)
    return f"\ufeff{text.getvalue()}"  # without the byte order mark, spreadsheets assume another encoding


def write_xlsx(lines: Iterable[Sequence[str | float | None]], *, layout: SheetLayout) -> bytes:
    """Return the lines as a workbook of one sheet, in which no text can be read as a formula.

    Numbers stay numbers. The rows down to the titles stay visible.
    """
    with needs_extra("xlsx"):
        from openpyxl import Workbook
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.sheet_view.rightToLeft = layout.right_to_left
    for number, width in enumerate(layout.widths, start=1):
        column = sheet.column_dimensions[get_column_letter(number)]
        column.width = width
        if layout.is_text:
            column.number_format = "@"
    for line in lines:
        sheet.append([harmless(_tidy(CONTROLS.sub("", cell))) if isinstance(cell, str) else cell for cell in line])
    for row in {1, layout.titles}:
        for cell in sheet[row]:
            cell.font = Font(bold=True)
    sheet.freeze_panes = f"A{layout.titles + 1}"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def harmless(text: str) -> str:
    """Return the text with an apostrophe before each part that a spreadsheet could read as a formula.

    A spreadsheet that uses another separator than ours starts a new cell in the middle of the text, so the places after
    such separators are protected too. `plain` reverses this.
    """
    return FORMULA.sub(r"\g<before>'", text)


def plain(text: str) -> str:
    """Return the text as it was before `harmless`."""
    return NEUTRALIZED.sub(r"\g<before>", text)


def _table(lines: Lines, *, most_rows: int) -> Table:
    numbered = ((number, line) for number, line in _counted(lines) if any(line))
    _, header = next(numbered, (0, []))
    columns = _columns(header)
    rows: list[Row] = []
    for number, line in numbered:
        if len(rows) == most_rows:
            raise _refused("too_many_rows", most=most_rows)
        rows.append(Row(number, _cells(columns, line, number=number)))
    return Table([column for column in columns if column], rows)


def _counted(lines: Lines) -> Iterator[tuple[int, Cells]]:
    """Yield the lines with their numbers, from 1. Raises: Invalid("table_too_large") after `LAST_ROW`."""
    for number, line in enumerate(lines, start=1):
        if number > LAST_ROW:
            raise _refused("table_too_large")
        yield number, line


def _columns(header: Cells) -> Cells:
    """Return the column of each cell of a row; cells under an empty header must be empty.

    Raises: Invalid("no_header"), Invalid("twice_in_header").
    """
    if not header:
        raise _refused("no_header")
    times = Counter(column.casefold() for column in header if column)
    for column in header:
        if times[column.casefold()] > 1:
            raise _refused("twice_in_header", column=column)
    return header


def _cells(columns: Cells, line: Cells, *, number: int) -> dict[str, str]:
    cells = {}
    for column, text in zip_longest(columns, line, fillvalue=""):
        if column:
            cells[column] = text
        elif text:
            raise _refused("outside_header", row=number)
    return cells


def _refused(code: str, **params: Any) -> Invalid:
    return Invalid.because("file", code, **params)


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


# -- CSV -----------------------------------------------------------------------------------------------


def _text_lines(content: bytes) -> Lines:
    text = _decoded(content)
    if CONTROLS.search(text):
        raise _refused("not_a_table")
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True):
            if any(line[MOST_COLUMNS:]):
                raise _refused("table_too_large")
            yield [plain(_tidy(cell)) for cell in line[:MOST_COLUMNS]]
    except csv.Error:
        raise _refused("unreadable") from None


def _decoded(content: bytes) -> str:
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("cp1251")  # the default of spreadsheet programs with a Cyrillic locale
    except UnicodeDecodeError:
        raise _refused("not_a_table") from None


def _delimiter(text: str) -> str:
    """Return the delimiter that divides the first line into the most cells."""

    def cells(delimiter: str) -> int:
        return len(next(csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=delimiter), []))

    return max(DELIMITERS, key=cells)


# -- XLSX ----------------------------------------------------------------------------------------------


def _sheet_lines(content: bytes) -> Lines:
    try:
        with open_workbook(content) as book:
            for values in book.rows():
                yield [plain(_tidy(_as_text(value))) for value in values]
    except NotAWorkbook:
        raise _refused("not_a_table") from None
    except TooLarge:
        raise _refused("table_too_large") from None
    except Unreadable:
        raise _refused("unreadable") from None


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{Decimal(repr(value)):f}"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _as_xlsx(lines: list[Cells]) -> bytes:
    layout = SheetLayout(1, [TEMPLATE_WIDTH] * len(lines[0]), is_text=True)
    return write_xlsx(lines, layout=layout)
