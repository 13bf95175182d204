"""Days, months, times of day and instants."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError, PydanticKnownError

from educore.values.texts import format_check

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
"""The first and the last calendar day that a `Day` can be."""

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _whole_seconds(value: time) -> time:
    if value.tzinfo is not None or value.microsecond:
        raise PydanticCustomError("time_type", "Write the time as HH:MM:SS.")
    return value


def _only_a_time(value: Any) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?", value.strip()):
        with suppress(ValueError):  # 25:00
            return time.fromisoformat(value.strip())
    raise PydanticCustomError("time_type", "Write the time as HH:MM:SS.")


def _weekdays(text: str) -> str:
    given = set(re.split(r"[\s,]+", text.lower().strip()))
    if not given <= set(WEEKDAYS):
        raise PydanticCustomError("weekdays", "Name days of the week.", {"expected": ", ".join(WEEKDAYS)})
    return " ".join(day for day in WEEKDAYS if day in given)


def _month(text: str) -> str:
    if not re.fullmatch(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])", text):
        raise PydanticCustomError("month", "Write the month as YYYY-MM.")
    return text


def _school_year(text: str) -> str:
    found = re.fullmatch(r"((?:19|20|21)[0-9]{2})-([0-9]{4})", text)
    if found is None or int(found[2]) != int(found[1]) + 1:
        raise PydanticCustomError("school_year", "Write the school year as two years in a row.")
    return text


def _only_a_day(value: Any) -> date:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
        with suppress(ValueError):  # 2024-02-31
            return date.fromisoformat(value.strip())
    raise PydanticCustomError("date_type", "Write the date as YYYY-MM-DD.")


def _only_an_instant(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if isinstance(value, str) and _INSTANT.fullmatch(value.strip()):
        with suppress(ValueError, OverflowError):  # 2024-02-31, or the first hours of the year 1
            return datetime.fromisoformat(value.strip()).astimezone(UTC)
    raise PydanticCustomError("datetime_type", "Write the time as YYYY-MM-DDTHH:MM:SSZ.")


def _in_our_time(value: datetime) -> datetime:
    _in_our_calendar(value.date())
    return value


def _in_our_calendar(value: date) -> date:
    if value < FIRST_DAY:
        raise PydanticKnownError("greater_than_equal", {"ge": FIRST_DAY.isoformat()})
    if value > LAST_DAY:
        raise PydanticKnownError("less_than_equal", {"le": LAST_DAY.isoformat()})
    return value


Month = Annotated[str, Field(max_length=7), format_check(_month)]
"""A calendar month, such as 2024-01."""

SchoolYear = Annotated[str, Field(max_length=9), format_check(_school_year)]
"""The two calendar years of a school year, such as 2024-2025."""

Day = Annotated[date, BeforeValidator(_only_a_day), AfterValidator(_in_our_calendar)]
"""A calendar day in the Center's own time zone."""

TimeOfDay = Annotated[time, BeforeValidator(_only_a_time), AfterValidator(_whole_seconds)]
"""A time on the wall clock of a Center, in whole seconds."""

Moment = Annotated[datetime, BeforeValidator(_only_an_instant), AfterValidator(_in_our_time)]
"""An instant that somebody sends, with its offset from UTC."""

Weekdays = Annotated[str, Field(max_length=27), format_check(_weekdays)]
"""Days of the week in order, such as `mon wed fri`."""
