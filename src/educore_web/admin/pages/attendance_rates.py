"""Attendance rates by day, group or student, by the rules of each Center."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from educore.attendance import STRICT, AttendanceStatus, attendance_rate

MarkCounts = Mapping[tuple[Any, AttendanceStatus, bool | None, bool | None], int]
"""Numbers of marks by a key and the status, and by what their Center decides: what `CENTER_RULES` adds."""


def rates_by_key(counts: MarkCounts, *, group: Callable[[Any], Any] = lambda key: key) -> dict[Any, float]:
    """Return attendance rates in percent, of keys that have a mark that counts; `group` puts keys together."""
    counted, present = Counter[Any](), Counter[Any]()
    for (key, status, late, excused), count in counts.items():
        rules = STRICT.decided_by(late, excused)
        counted[group(key)] += count if rules.is_counted(status) else 0
        present[group(key)] += count if rules.is_present(status) else 0
    return {key: percentage(present[key], total) for key, total in counted.items() if total}


def percentage(present: int, counted: int) -> float:
    """Return the rate of so many present marks among those that count, rounded as `attendance_rate` does."""
    return attendance_rate({AttendanceStatus.PRESENT: present, AttendanceStatus.ABSENT: counted - present})
