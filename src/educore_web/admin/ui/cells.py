"""What stands in one place of a table: a text, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any

from educore import Domain, Entity, StoredFile
from educore.kernel import is_marked
from educore.values import WEEKDAYS
from educore_web.admin.ui.forms import PICTURES, Question
from educore_web.admin.ui.language import (
    find_translation,
    format_date,
    format_instant,
    format_month,
    format_number,
    format_time,
    format_weekday,
    translate,
)
from educore_web.admin.ui.naming import UNKNOWN, first_day, leads_on, name_of

COLORS = {
    "active": "green", "open": "green", "true": "green", "inactive": "secondary", "false": "secondary",
    "completed": "blue", "graduated": "blue", "blocked": "red", "closed": "orange",
    "present": "green", "late": "orange", "absent": "red", "excused": "blue", "assigned": "green",
    "taken": "green", "withdrawn": "red", "paid": "green", "partial": "orange", "unpaid": "azure", "overdue": "red",
    "cancelled": "secondary", "charged": "green", "reverted": "secondary", "converted": "green", "contacted": "orange",
    "lost": "secondary", "new": "azure", "queued": "azure", "sent": "green", "failed": "red",
    "A": "green", "B": "green", "C": "azure", "D": "orange", "F": "red",
}  # fmt: skip
BAD_NEWS = ("is_blocked", "is_cancelled")
ADDRESSES = ("online_link", "website")
MONTHS = ("month", "charged_for")
LONGEST = 80


@dataclass(frozen=True)
class Cell:
    """A text, perhaps with a link, a colour, how full something is (percent), or a picture or file at the link.

    `leads_to` names the row that it leads to, whose address is found when the page is made.
    """

    text: str
    href: str | None = None
    color: str | None = None
    percent: int | None = None
    is_picture: bool = False
    is_file: bool = False
    leads_to: tuple[type[Entity], int] | None = None


Link = Callable[[Any], str | None]
"""Gives the address of a related row's page, or of a file by its key."""


def cell(domain: Domain, row: Any, path: str, link: Link, *, file: Link | None = None, short: bool = True) -> Cell:
    """The cell for a column of a row."""
    if path == "name":
        return Cell(name_of(row), link(row))
    *steps, last = path.split(".")
    for step in steps:
        row = getattr(row, step)
        if row is None:
            return Cell(UNKNOWN)
    kind = row.entity
    if leads_on(kind, last):
        related = getattr(row, last)
        return Cell(name_of(related), link(related) if related is not None else None)
    value = getattr(row, last)
    if is_marked(kind, last, StoredFile):
        return _file(last, value, file)
    if last in ADDRESSES and value:
        return Cell(value, value)
    text = say(kind, last, value)
    shown = f"{text[:LONGEST]}…" if short and len(text) > LONGEST else text
    return Cell(shown, color=color_of(kind, last, value))


def _file(field: str, key: str | None, file: Link | None) -> Cell:
    if not key:
        return Cell(UNKNOWN)
    href = file(key) if file else None
    is_picture = field in PICTURES
    return Cell(
        key.rpartition("/")[2], href, is_picture=is_picture and bool(href), is_file=not is_picture and bool(href)
    )


def fill(taken: int, places: int | None) -> Cell:
    """How many of some places are taken; without a limit only how many."""
    if places is None:
        return Cell(format_number(taken))
    percent = min(100, round(100 * taken / places)) if places else 0
    color = "red" if percent == 100 else "orange" if percent >= 80 else "green"
    return Cell(f"{taken} / {places}", color=color, percent=percent)


def say(kind: type[Entity], field: str, value: Any) -> str:
    """A value in words."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, bool):
        return find_translation(f"{kind.__name__}.{field}.{str(value).lower()}") or translate("yes" if value else "no")
    if isinstance(value, Enum):
        return say_choice(value)
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, date):
        return format_date(value)
    if isinstance(value, time):
        return format_time(value)
    if field == "weekdays":
        return ", ".join(format_weekday(WEEKDAYS.index(day), short=True) for day in value.split())
    if field in MONTHS:
        return format_month(first_day(value))
    return format_number(value) if isinstance(value, int | Decimal) else str(value)


def say_choice(value: Enum) -> str:
    """One value of an enumeration in words."""
    return translate(f"{type(value).__name__}.{value.value}")


def color_of(kind: type[Entity], field: str, value: Any) -> str | None:
    """The colour of a status or a flag; that something is blocked or cancelled is no good news."""
    if isinstance(value, bool) and field in BAD_NEWS:
        return "red" if value else "secondary"
    if isinstance(value, bool):
        return COLORS[str(value).lower()]
    return COLORS.get(str(value.value), "azure") if isinstance(value, Enum) else None


def options(question: Question) -> list[tuple[str, str]]:
    """The choices of an enumeration or a flag, each with its words."""
    plain: Any = question.type[0]
    if plain is bool:
        return [("true", translate("yes")), ("false", translate("no"))]
    return [(str(value.value), say_choice(value)) for value in question.words or plain]
