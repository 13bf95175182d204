"""Readers of the XML parts of a workbook (XLSX): relationships, sheets, shared texts, styles, cells.

`educore.adapters.workbooks` streams the parts through expat; each reader here receives the elements of one part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

MOST_COLUMNS = 256
PART_KINDS = ("officeDocument", "worksheet", "sharedStrings", "styles")


class Unreadable(Exception):
    """The workbook is damaged, or does not have the structure of a workbook."""


class TooLarge(Unreadable):
    """The workbook goes over a limit: it holds more than any real table. What was read so far is not damaged."""


class CellLookup(Protocol):
    """The parts of a workbook that its cells refer to."""

    @property
    def strings(self) -> list[str]:
        """The shared texts; a cell refers to one by its position."""
        ...

    @property
    def formats(self) -> list[str]:
        """The number format of each cell style, by position, such as "0.00" or "yyyy-mm-dd"."""
        ...

    @property
    def epoch(self) -> Any:
        """The day from which the workbook counts days."""
        ...


class PartReader:
    """A reader of XML that ignores everything; each subclass overrides the methods for what it needs."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element."""

    def end(self, name: str) -> None:
        """Handle the end of an element."""

    def text(self, text: str) -> None:
        """Handle text between tags."""


class Relationships(PartReader):
    """The parts that a part refers to: id, kind and target of each relationship."""

    def __init__(self) -> None:
        self.relationships: list[tuple[str, str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Add the target of a relationship."""
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes["Type"].rpartition("/")[2]
            if kind in PART_KINDS:
                self.relationships.append((attributes["Id"], kind, attributes["Target"]))


class SheetIndex(PartReader):
    """The ids of the sheets of a workbook, in their order, and whether it counts days from 1904."""

    def __init__(self) -> None:
        self.sheets: list[str] = []
        self.counts_from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Add the id of a sheet, or note the calendar of the workbook."""
        if name == "sheet":
            self.sheets += [value for key, value in attributes.items() if key.rpartition(" ")[2] == "id"]
        elif name == "workbookPr":
            self.counts_from_1904 = attributes.get("date1904") in ("1", "true")


class SharedStrings(PartReader):
    """The shared texts, without their phonetic guides (hints for pronunciation)."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._texts: list[str] = []
        self._is_open = self._is_phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin a text, or a part of one."""
        if name == "si":
            self._texts = []
        elif name == "rPh":
            self._is_phonetic = True
        self._is_open = name == "t" and not self._is_phonetic

    def end(self, name: str) -> None:
        """Complete a text."""
        self._is_open = False
        if name == "rPh":
            self._is_phonetic = False
        elif name == "si":
            self.texts.append("".join(self._texts))

    def text(self, text: str) -> None:
        """Add a part of a text."""
        if self._is_open:
            self._texts.append(text)


class CellStyles(PartReader):
    """The id of the number format of each cell style, and the formats that the workbook itself defines."""

    def __init__(self) -> None:
        self.codes: dict[int, str] = {}
        self.numbers: list[int] = []
        self._is_inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Add a format or the style of a cell."""
        if name == "numFmt":
            self.codes[int(attributes["numFmtId"])] = attributes["formatCode"]
        elif name == "cellXfs":
            self._is_inside = True
        elif name == "xf" and self._is_inside:
            self.numbers.append(int(attributes.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        """Note the end of the cell styles."""
        if name == "cellXfs":
            self._is_inside = False


class SheetReader(PartReader):
    """The rows of a sheet: for each its number and its values by column number, both counted from 1."""

    def __init__(self, book: CellLookup) -> None:
        self._book = book
        self._completed: list[tuple[int, dict[int, Any]]] = []
        self._row, self._cells = 0, dict[int, Any]()
        self._column, self._attributes = 0, dict[str, str]()
        self._texts: list[str] = []
        self._is_open = self._is_phonetic = False

    def take(self) -> list[tuple[int, dict[int, Any]]]:
        """Return the rows completed since the last call, each with its number."""
        rows, self._completed = self._completed, []
        return rows

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin a row or a cell."""
        if name == "c":
            self._column = _column_number(attributes["r"]) if "r" in attributes else self._column + 1
            self._attributes, self._texts = attributes, []
        elif name == "row":
            self._row, self._cells, self._column = int(attributes.get("r", self._row + 1)), {}, 0
        elif name == "rPh":
            self._is_phonetic = True
        self._is_open = name in ("v", "t") and not self._is_phonetic

    def text(self, text: str) -> None:
        """Add a part of a cell."""
        if self._is_open:
            self._texts.append(text)

    def end(self, name: str) -> None:
        """Complete a cell or a row. Raises: TooLarge."""
        self._is_open = False
        if name == "rPh":
            self._is_phonetic = False
        elif name == "c" and self._texts:
            if self._column > MOST_COLUMNS:
                raise TooLarge("too many columns")
            self._cells[self._column] = _value(self._book, self._attributes, "".join(self._texts))
        elif name == "row":
            self._completed.append((self._row, self._cells))


def _column_number(reference: str) -> int:
    """Return the column number of a cell, such as 28 for AB12; a column has at most three letters.

    Raises: Unreadable.
    """
    letters = re.match("[A-Z]{1,3}", reference)
    if letters is None:
        raise Unreadable("a cell without a place")
    number = 0
    for letter in letters[0]:
        number = 26 * number + ord(letter) - 64
    return number


def _value(book: CellLookup, cell: Mapping[str, str], text: str) -> Any:
    """Return the value of a cell: a text, a number, a flag, a day, a time or a length of time."""
    match cell.get("t", "n"):
        case "s":
            return book.strings[int(text)]
        case "b":
            return text.strip() in ("1", "true")
        case "n":
            return _number(book, text, int(cell.get("s", "0")))
        case "d":
            from openpyxl.utils.datetime import from_ISO8601

            return from_ISO8601(text)  # type: ignore[no-untyped-call]
    return text


def _number(book: CellLookup, text: str, style: int) -> Any:
    number = float(text) if re.search("[.eE]", text) else int(text)
    if style and (convert := _converter(book, style)):
        return convert(number)
    return number


def _converter(book: CellLookup, style: int) -> Callable[[Any], Any] | None:
    """Return a function that turns the numbers of a style into days, times or lengths of time.

    Return None if the style shows plain numbers.
    """
    from openpyxl.styles.numbers import is_date_format, is_timedelta_format
    from openpyxl.utils.datetime import from_excel

    shown_as = book.formats[style] if style < len(book.formats) else "General"
    if is_timedelta_format(shown_as):
        return lambda number: from_excel(number, book.epoch, timedelta=True)
    return (lambda number: from_excel(number, book.epoch)) if is_date_format(shown_as) else None
