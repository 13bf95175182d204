"""Values of fields as text, in the language of the page."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from urllib.parse import unquote, urlsplit

from educore import Entity
from educore.values import WEEKDAYS, Texts
from educore_web.admin.ui.enumerations import format_enum
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

NO_VALUE = "—"
MONTH_FIELDS = ("month", "charged_for")
"""Fields that hold a month such as "2024-01"."""


def format_value(kind: type[Entity], field: str, value: Any) -> str:
    """Return the value of a field as text, a dash for an empty one."""
    if value is None or value == "" or isinstance(value, Texts) and not value:
        return NO_VALUE
    if isinstance(value, bool):
        return find_translation(f"{kind.__name__}.{field}.{str(value).lower()}") or translate("yes" if value else "no")
    if isinstance(value, Enum):
        return format_enum(value)
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, date):
        return format_date(value)
    if isinstance(value, time):
        return format_time(value)
    if field == "weekdays":
        return ", ".join(format_weekday(WEEKDAYS.index(day), short=True) for day in value.split())
    if field in MONTH_FIELDS:
        return format_month(month_start(value))
    return format_number(value) if isinstance(value, int | Decimal) else str(value)


def month_start(month: str) -> date:
    """Return the first day of a month such as "2024-01"."""
    return date.fromisoformat(f"{month}-01")


def file_name(address: str | None) -> str:
    """Return the name of a file from its address, "" for None."""
    return unquote(urlsplit(address).path.rpartition("/")[2]) if address else ""
