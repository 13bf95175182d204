"""Workbooks (XLSX) read as a stream, so that little of the unpacked data is in memory and all of it is counted.

A few kilobytes can unpack to gigabytes, or to millions of cells in one row; a library that reads a whole row before
its cells can be counted runs out of memory. So each part is unpacked piece by piece and given to expat, which builds
no tree, and every element is counted when it opens. openpyxl decides which numbers are days or times.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from xml.parsers import expat

MEGABYTE = 1024 * 1024
LARGEST_ARCHIVE = 100 * MEGABYTE
LARGEST_UNPACKED = 20 * MEGABYTE
SMALL_UNPACKED = 2 * MEGABYTE
MOST_TIMES_LARGER = 60
"""Limits of the unpacked size. `LARGEST_ARCHIVE` is that of all parts together, in bytes.

The parts that are read may unpack to `MOST_TIMES_LARGER` times the size of the file, but in any case to
`SMALL_UNPACKED` bytes and never to more than `LARGEST_UNPACKED` bytes. A normal workbook unpacks to ten to thirty times
its size; a small one may be more repetitive without harm.
"""

MOST_PARTS = 1_000
DEEPEST = 32
MOST_COLUMNS = 256
LAST_ROW = 1_048_576
MOST = {"row": 60_000, "c": 300_000, "si": 300_000, "xf": 70_000, "numFmt": 10_000, "sheet": 1_000}
MOST_OTHERS = 1_000_000
"""The maximum number of elements by name, over all parts that are read; and that of all other names together."""

PIECE = 64 * 1024
LONGEST_TAG = 4 * PIECE
"""Maximum length of a tag in bytes. Without it, expat would scan a tag that never ends again with every piece."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
OFFICE = ("officeDocument", "worksheet", "sharedStrings", "styles")


class Unreadable(Exception):
    """The workbook is damaged, or does not have the structure of a workbook."""


class TooLarge(Unreadable):
    """The workbook goes over a limit: it holds more than any real table. What was read so far is not damaged."""


class NotAWorkbook(Exception):
    """The file is an archive, but not a workbook."""


UNREADABLE = (
    *(zipfile.BadZipFile, expat.ExpatError, zlib.error, OSError, EOFError),
    *(ValueError, LookupError, ArithmeticError),
    RuntimeError,  # packed with a password, or by a method that zipfile does not know
)
"""Everything that zipfile and expat raise over a file that is damaged or made to harm."""


@contextmanager
def open_workbook(content: bytes) -> Iterator[Workbook]:
    """Open a workbook from its bytes. Raises: NotAWorkbook, Unreadable, also for errors inside the `with` block."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield Workbook(archive, allowed=_allowed(len(content)))
    except (Unreadable, NotAWorkbook):
        raise
    except UNREADABLE as error:
        raise Unreadable(str(error)) from error


def _allowed(size: int) -> int:
    """Return the maximum number of bytes that a file of `size` bytes may unpack to."""
    return min(LARGEST_UNPACKED, max(SMALL_UNPACKED, MOST_TIMES_LARGER * size))


class Workbook:
    """The first sheet of a workbook. Each part is read once, and the limits hold for all parts together."""

    def __init__(self, archive: zipfile.ZipFile, *, allowed: int) -> None:
        parts = archive.infolist()
        if not any(part.filename.startswith("xl/") for part in parts):
            raise NotAWorkbook
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_ARCHIVE:
            raise TooLarge("too many parts, or too large ones")
        self._archive, self._allowed = archive, allowed
        self.counts = {**dict.fromkeys(MOST, 0), "": 0}
        self.unpacked = 0

    def rows(self) -> Iterator[list[Any]]:
        """Yield the rows of the first sheet from row 1, also empty ones, each up to its last cell that is not empty."""
        reader, last = _SheetReader(self), 0
        for piece in self._pieces(self._first_sheet, reader):
            for number, cells in piece.take():
                if not last < number <= LAST_ROW:
                    raise Unreadable("rows out of order")
                yield from ([] for _ in range(last + 1, number))
                yield [cells.get(column) for column in range(1, max(cells, default=0) + 1)]
                last = number

    # -- what cells refer to ---------------------------------------------------------------------------

    @cached_property
    def strings(self) -> list[str]:
        """The shared texts of the workbook; a cell refers to one by its position."""
        found: list[str] = self._read("sharedStrings", _Strings()).texts
        return found

    @cached_property
    def formats(self) -> list[str]:
        """The number format of each cell style, by position, such as "0.00" or "yyyy-mm-dd"."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS  # it is there only with educore[xlsx]

        styles = self._read("styles", _Styles())
        known = {**BUILTIN_FORMATS, **styles.codes}
        return [known.get(number, "General") for number in styles.numbers]

    @cached_property
    def epoch(self) -> Any:
        """The day from which the workbook counts days."""
        from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

        return MAC_EPOCH if self._index.counts_from_1904 else WINDOWS_EPOCH

    # -- parts -----------------------------------------------------------------------------------------

    @cached_property
    def _main(self) -> str:
        found = [target for kind, target in self._relations("").values() if kind == "officeDocument"]
        return found[0] if found else "xl/workbook.xml"

    @cached_property
    def _index(self) -> _Index:
        index = _Index()
        for _ in self._pieces(self._main, index):
            pass
        return index

    @cached_property
    def _parts(self) -> dict[str, tuple[str, str]]:
        return self._relations(self._main)

    @cached_property
    def _first_sheet(self) -> str:
        sheets = [self._parts[id] for id in self._index.sheets if id in self._parts]
        return next(target for kind, target in sheets if kind == "worksheet")

    def _read(self, kind: str, reader: Any) -> Any:
        """Give the first part of a kind to the reader, if there is one, and return the reader."""
        for found, target in self._parts.values():
            if found == kind:
                for _ in self._pieces(target, reader):
                    pass
                break
        return reader

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the kind and the name of each part that a part refers to, by the id of the relationship."""
        folder, name = posixpath.split(part)
        relations = _Relations()
        for _ in self._pieces(posixpath.join(folder, "_rels", f"{name}.rels"), relations):
            pass
        return {id: (kind, _resolved(folder, target)) for id, kind, target in relations.found}

    def _pieces(self, name: str, reader: Any) -> Iterator[Any]:
        """Give a part to a reader piece by piece, and yield the reader after each piece. Raises: Unreadable."""
        parser, depth = expat.ParserCreate(namespace_separator=" "), 0

        counts = self.counts

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            local = name.rpartition(" ")[2]
            counted = local if local in MOST else ""
            counts[counted] += 1
            if depth > DEEPEST or counts[counted] > MOST.get(counted, MOST_OTHERS):
                raise TooLarge(f"too deep, or too much of {local!r}")
            reader.start(local, attributes)

        def end(name: str) -> None:
            nonlocal depth
            depth -= 1
            reader.end(name.rpartition(" ")[2])

        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = reader.text
        parser.StartDoctypeDeclHandler = _refuse_declarations
        part = self._archive.getinfo(name)
        if part.compress_type not in METHODS:
            raise Unreadable("packed by another method")
        given = 0
        with self._archive.open(part) as file:
            while piece := file.read(PIECE):
                self.unpacked += len(piece)
                if self.unpacked > self._allowed:
                    raise TooLarge("it unpacks to too much")
                given += len(piece)
                parser.Parse(piece)
                if given - parser.CurrentByteIndex > LONGEST_TAG:
                    raise TooLarge("a tag without end")
                yield reader
        parser.Parse(b"", True)
        yield reader


def _refuse_declarations(*declared: Any) -> None:
    """Refuse a document type declaration. Raises: Unreadable.

    No spreadsheet program declares entities; attackers use them to expand a little text to a lot, or to read files.
    """
    raise Unreadable("it declares entities")


def _resolved(folder: str, target: str) -> str:
    return target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))


# -- readers of parts ----------------------------------------------------------------------------------


class _Reader:
    """A reader of XML that ignores everything; each subclass overrides the methods for what it needs."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element."""

    def end(self, name: str) -> None:
        """Handle the end of an element."""

    def text(self, text: str) -> None:
        """Handle text between tags."""


class _Relations(_Reader):
    """The parts that a part refers to: id, kind and target of each relationship."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes["Type"].rpartition("/")[2]
            if kind in OFFICE:
                self.found.append((attributes["Id"], kind, attributes["Target"]))


class _Index(_Reader):
    """The ids of the sheets of a workbook, in their order, and whether it counts days from 1904."""

    def __init__(self) -> None:
        self.sheets: list[str] = []
        self.counts_from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            self.sheets += [value for key, value in attributes.items() if key.rpartition(" ")[2] == "id"]
        elif name == "workbookPr":
            self.counts_from_1904 = attributes.get("date1904") in ("1", "true")


class _Strings(_Reader):
    """The shared texts, without their phonetic guides (hints for pronunciation)."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._found: list[str] = []
        self._is_open = self._is_aside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._found = []
        elif name == "rPh":
            self._is_aside = True
        self._is_open = name == "t" and not self._is_aside

    def end(self, name: str) -> None:
        self._is_open = False
        if name == "rPh":
            self._is_aside = False
        elif name == "si":
            self.texts.append("".join(self._found))

    def text(self, text: str) -> None:
        if self._is_open:
            self._found.append(text)


class _Styles(_Reader):
    """The id of the number format of each cell style, and the formats that the workbook itself defines."""

    def __init__(self) -> None:
        self.codes: dict[int, str] = {}
        self.numbers: list[int] = []
        self._is_inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self.codes[int(attributes["numFmtId"])] = attributes["formatCode"]
        elif name == "cellXfs":
            self._is_inside = True
        elif name == "xf" and self._is_inside:
            self.numbers.append(int(attributes.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._is_inside = False


class _SheetReader(_Reader):
    """The rows of a sheet: for each its number and its values by column number, both counted from 1."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._done: list[tuple[int, dict[int, Any]]] = []
        self._row, self._cells = 0, dict[int, Any]()
        self._column, self._attributes = 0, dict[str, str]()
        self._found: list[str] = []
        self._is_open = self._is_aside = False

    def take(self) -> list[tuple[int, dict[int, Any]]]:
        """Return the rows completed since the last call."""
        done, self._done = self._done, []
        return done

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._column = _column_of(attributes["r"]) if "r" in attributes else self._column + 1
            self._attributes, self._found = attributes, []
        elif name == "row":
            self._row, self._cells, self._column = int(attributes.get("r", self._row + 1)), {}, 0
        elif name == "rPh":
            self._is_aside = True
        self._is_open = name in ("v", "t") and not self._is_aside

    def text(self, text: str) -> None:
        if self._is_open:
            self._found.append(text)

    def end(self, name: str) -> None:
        self._is_open = False
        if name == "rPh":
            self._is_aside = False
        elif name == "c" and self._found:
            if self._column > MOST_COLUMNS:
                raise TooLarge("too many columns")
            self._cells[self._column] = _value(self._book, self._attributes, "".join(self._found))
        elif name == "row":
            self._done.append((self._row, self._cells))


def _column_of(place: str) -> int:
    """Return the column number of a cell, such as 28 for AB12; a column has at most three letters.

    Raises: Unreadable.
    """
    found = re.match("[A-Z]{1,3}", place)
    if found is None:
        raise Unreadable("a cell without a place")
    number = 0
    for letter in found[0]:
        number = 26 * number + ord(letter) - 64
    return number


def _value(book: Workbook, cell: Mapping[str, str], text: str) -> Any:
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


def _number(book: Workbook, text: str, style: int) -> Any:
    number = float(text) if re.search("[.eE]", text) else int(text)
    if style and (convert := _converter(book, style)):
        return convert(number)
    return number


def _converter(book: Workbook, style: int) -> Callable[[Any], Any] | None:
    """Return a function that turns the numbers of a style into days, times or lengths of time.

    Return None if the style shows plain numbers.
    """
    from openpyxl.styles.numbers import is_date_format, is_timedelta_format
    from openpyxl.utils.datetime import from_excel

    shown = book.formats[style] if style < len(book.formats) else "General"
    if is_timedelta_format(shown):
        return lambda number: from_excel(number, book.epoch, timedelta=True)
    return (lambda number: from_excel(number, book.epoch)) if is_date_format(shown) else None
