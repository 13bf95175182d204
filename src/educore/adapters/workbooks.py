"""Workbooks (XLSX) read as a stream, so that little of the unpacked data is in memory and all of it is counted.

A few kilobytes can unpack to gigabytes, or to millions of cells in one row; a library that reads a whole row before
its cells can be counted runs out of memory. So each part is unpacked piece by piece and given to expat, which builds
no tree, and every element is counted when it opens. openpyxl decides which numbers are days or times.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from xml.parsers import expat

from educore.adapters.workbook_parts import (
    CellStyles,
    Relationships,
    SharedStrings,
    SheetIndex,
    SheetReader,
    TooLarge,
    Unreadable,
)
from educore.extras import require_packages

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
MAX_DEPTH = 32
LAST_ROW = 1_048_576
MOST = {"row": 60_000, "c": 300_000, "si": 300_000, "xf": 70_000, "numFmt": 10_000, "sheet": 1_000}
MOST_OTHERS = 1_000_000
"""The maximum number of elements by name, over all parts that are read; and that of all other names together."""

CHUNK_SIZE = 64 * 1024
MAX_TAG_BYTES = 4 * CHUNK_SIZE
"""Maximum length of a tag in bytes. Without it, expat would scan a tag that never ends again with every piece."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


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
    """Open a workbook from its bytes.

    Raises: NotAWorkbook, Unreadable, also for errors inside the `with` block; MissingExtra without `educore[xlsx]`.
    """
    require_packages("xlsx", "openpyxl")
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
        reader, last = SheetReader(self), 0
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
        found: list[str] = self._read("sharedStrings", SharedStrings()).texts
        return found

    @cached_property
    def formats(self) -> list[str]:
        """The number format of each cell style, by position, such as "0.00" or "yyyy-mm-dd"."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS  # as all of openpyxl, only where it is needed: it is large

        styles = self._read("styles", CellStyles())
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
    def _index(self) -> SheetIndex:
        index = SheetIndex()
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
        relationships = Relationships()
        for _ in self._pieces(posixpath.join(folder, "_rels", f"{name}.rels"), relationships):
            pass
        return {id: (kind, _resolved(folder, target)) for id, kind, target in relationships.relationships}

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
            if depth > MAX_DEPTH or counts[counted] > MOST.get(counted, MOST_OTHERS):
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
        parsed = 0
        with self._archive.open(part) as file:
            while piece := file.read(CHUNK_SIZE):
                self.unpacked += len(piece)
                if self.unpacked > self._allowed:
                    raise TooLarge("it unpacks to too much")
                parsed += len(piece)
                parser.Parse(piece)
                if parsed - parser.CurrentByteIndex > MAX_TAG_BYTES:
                    raise TooLarge("a tag without end")
                yield reader
        parser.Parse(b"", True)
        yield reader


def _refuse_declarations(*declaration: Any) -> None:
    """Refuse a document type declaration. Raises: Unreadable.

    No spreadsheet program declares entities; attackers use them to expand a little text to a lot, or to read files.
    """
    raise Unreadable("it declares entities")


def _resolved(folder: str, target: str) -> str:
    return target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
