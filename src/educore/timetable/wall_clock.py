"""Conversion of the wall-clock times of a Center to instants in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from educore.kernel.errors import Invalid


def compute_instants(zone: ZoneInfo, *, date: date, start_time: time | None, end_time: time | None) -> dict[str, Any]:
    """Return `starts_at` and `ends_at` in UTC and the length in `minutes`; all are None without times.

    Where the clock is set back and shows a time twice, the time is the first of the two.
    Raises: Invalid("ends_before_start") on end_time; Invalid("no_such_time") on a time that the clock skips that day.
    """
    if start_time is None or end_time is None:
        return {"starts_at": None, "ends_at": None, "minutes": None}
    if end_time <= start_time:
        raise Invalid.because("end_time", "ends_before_start")
    starts_at = _to_instant(zone, date, start_time, "start_time")
    ends_at = _to_instant(zone, date, end_time, "end_time")
    length = datetime.combine(date, end_time) - datetime.combine(date, start_time)
    return {"starts_at": starts_at, "ends_at": ends_at, "minutes": max(1, int(length.total_seconds()) // 60)}


def _to_instant(zone: ZoneInfo, day: date, clock: time, field: str) -> datetime:
    local = datetime.combine(day, clock, zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Invalid.because(field, "no_such_time", date=day.isoformat(), time=clock.strftime("%H:%M"))
    return instant
