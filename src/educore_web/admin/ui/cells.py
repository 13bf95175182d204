"""One cell of a table: a text, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from educore import Entity, StoredFile
from educore.kernel import is_marked
from educore_web.admin.ui.enumerations import COLORS, color_of
from educore_web.admin.ui.formats import NO_VALUE, file_name, format_value
from educore_web.admin.ui.language import format_number
from educore_web.admin.ui.naming import RowNames, is_reference
from educore_web.admin.ui.question import PICTURES

URL_FIELDS = ("online_link", "website")
MAX_TEXT = 80


@dataclass(frozen=True)
class Cell:
    """A text, perhaps with a link, a colour, a bar of `percent`, or a picture or file at the link.

    `target_row` names the row to link to, whose address is found when the page is made.
    """

    text: str
    href: str | None = None
    color: str | None = None
    percent: int | None = None
    is_picture: bool = False
    is_file: bool = False
    target_row: tuple[type[Entity], int] | None = None


Link = Callable[[Any], str | None]
"""Function that returns the address of a row's page, None if there is none."""


def make_cell(
    names: RowNames, row: Any, path: str, link: Link, *, short: bool = True, colors: Mapping[str, str] = COLORS
) -> Cell:
    """Return the cell of a row in the column `path`; a `short` one is cut after MAX_TEXT characters."""
    if path == "name":
        return Cell(names.name_of(row), link(row))
    *steps, last = path.split(".")
    for step in steps:
        row = getattr(row, step)
        if row is None:
            return Cell(NO_VALUE)
    kind = row.entity
    if is_reference(kind, last):
        related = getattr(row, last)
        return Cell(names.name_of(related), link(related) if related is not None else None)
    value = getattr(row, last)
    if is_marked(kind, last, StoredFile):
        return _file_cell(last, value)
    if last in URL_FIELDS and value:
        return Cell(value, value)
    text = format_value(kind, last, value)
    return Cell(shorten(text) if short else text, color=color_of(last, value, colors))


def _file_cell(field: str, address: str | None) -> Cell:
    if not address:
        return Cell(NO_VALUE)
    is_picture = field in PICTURES
    return Cell(file_name(address), address, is_picture=is_picture, is_file=not is_picture)


def shorten(text: str) -> str:
    """Return a text, cut after MAX_TEXT characters."""
    return f"{text[:MAX_TEXT]}…" if len(text) > MAX_TEXT else text


def occupancy_cell(taken: int, capacity: int | None) -> Cell:
    """Return a cell with the number of places taken and a bar; without a capacity only the number."""
    if capacity is None:
        return Cell(format_number(taken))
    percent = min(100, round(100 * taken / capacity)) if capacity else 0
    color = "red" if percent == 100 else "orange" if percent >= 80 else "green"
    return Cell(f"{taken} / {capacity}", color=color, percent=percent)
