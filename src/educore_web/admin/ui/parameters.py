"""What addresses and forms write: ids and days."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from educore.values import FIRST_DAY, LAST_DAY
from educore_web.rest.filters import LARGEST_ID

NO_ROW = 0
"""An id that no row has."""


def id_written(text: str) -> int | None:
    """The id that digits write, `NO_ROW` where none is so large, None where it is no number."""
    if not (text.isascii() and text.isdecimal()):
        return None
    number = int(text) if len(text) <= len(str(LARGEST_ID)) else NO_ROW  # too many digits are no number to Python
    return number if number <= LARGEST_ID else NO_ROW


def day_written(text: str) -> date | None:
    """A day as an address writes it, or None."""
    with suppress(ValueError):
        day = date.fromisoformat(text)
        return day if FIRST_DAY <= day <= LAST_DAY else None
    return None
