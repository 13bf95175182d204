"""Ids and days in addresses and forms."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from educore.values import FIRST_DAY, LAST_DAY
from educore_web.rest.filters import LARGEST_ID

NO_ROW = 0
"""An id that no row has."""


def parse_id(text: str) -> int | None:
    """Return the id that a text of digits holds, `NO_ROW` for one too large to exist, None for other text."""
    if not (text.isascii() and text.isdecimal()):
        return None
    number = int(text) if len(text) <= len(str(LARGEST_ID)) else NO_ROW  # too many digits are no number to Python
    return number if number <= LARGEST_ID else NO_ROW


def parse_month(text: str) -> date | None:
    """Return the first day of the month that a text such as "2024-03" holds, None for other text."""
    return parse_day(f"{text}-01") if len(text) == len("2024-03") else None


def parse_day(text: str) -> date | None:
    """Return the day that a text such as "2024-03-14" holds, None for other text or a day too far away."""
    with suppress(ValueError):
        day = date.fromisoformat(text)
        return day if FIRST_DAY <= day <= LAST_DAY else None
    return None
