"""The flags that follow from the marks of one student: which are due, which count anew, and which have no ground.

Pure functions over marks and stored flags. The rules themselves are in `educore.attendance.absence_rules`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from educore.attendance.absence_rules import (
    CHRONIC_DAYS,
    CHRONIC_PERIOD,
    LATE_DAYS,
    LATE_PERIOD,
    StudentMark,
    absence_of,
    absence_priority,
    days_with,
    due_flags,
    late_priority,
)
from educore.attendance.entities import AttendanceStatus, FlagPriority, FlagStatus, FlagType

URGENT_ENOUGH = (FlagPriority.HIGH, FlagPriority.URGENT)
"""The priorities at which somebody must speak with the family."""

PATTERNS = {
    FlagType.CHRONIC_ABSENCE: (AttendanceStatus.ABSENT, CHRONIC_PERIOD, CHRONIC_DAYS),
    FlagType.LATE_PATTERN: (AttendanceStatus.LATE, LATE_PERIOD, LATE_DAYS),
}
"""The status, the period and the number of days of each kind of flag that is about many days."""


class StoredFlag(NamedTuple):
    """A stored flag; `is_automatic` if the platform raised it, `is_withdrawn` if it was dismissed with its mark."""

    id: int
    type: FlagType
    status: FlagStatus
    session_id: int
    day: date
    absence_count: int
    is_automatic: bool
    is_withdrawn: bool

    def depends_on(self, day: date) -> bool:
        """Return whether a mark of a day may change what the flag counts."""
        is_open = self.status is FlagStatus.ACTIVE and self.is_automatic
        return is_open and (self.type in PATTERNS or self.day >= day)


@dataclass(frozen=True)
class Review:
    """The fields of new flags, and the changes of stored ones by id."""

    new: list[dict[str, Any]]
    changed: dict[int, dict[str, Any]]


def review_flags(marks: Sequence[StudentMark], flags: Sequence[StoredFlag], *, day: date) -> Review:
    """Return what follows for the flags of a student from a mark on a day that has changed.

    `marks` are those of the student that count, in order of time, and among them whole absences; `flags` the active
    ones and those of the day.
    """
    new = [*_due_absences(marks, flags, day), *_due_patterns(marks, flags, day)]
    concerned = (flag for flag in flags if flag.depends_on(day))
    return Review(new, {flag.id: change for flag in concerned if (change := _review_flag(marks, flag))})


def flag_fields(kind: FlagType, count: int, priority: FlagPriority) -> dict[str, Any]:
    """Return the fields of a flag that follow from the number of days which it counts."""
    follow_up = priority in URGENT_ENOUGH
    return {"type": kind, "absence_count": count, "priority": priority, "follow_up_required": follow_up}


def count_days(marks: Sequence[StudentMark], kind: FlagType, session_id: int) -> int:
    """Return the days that a flag about a session counts: of its absence so far, or of the period that ends then."""
    (day,) = {mark.day for mark in marks if mark.session_id == session_id} or {date.min}
    if kind in PATTERNS:
        status, period, _ = PATTERNS[kind]
        return len(days_with(marks, status, day, period))
    return len({mark.day for mark in absence_of(marks, session_id) if mark.day <= day})


def _due_absences(marks: Sequence[StudentMark], flags: Iterable[StoredFlag], day: date) -> list[dict[str, Any]]:
    """Return the flags of the absences of a day that have none."""
    known = {flag.session_id for flag in flags if flag.type is FlagType.ABSENCE and not flag.is_withdrawn}
    new = []
    for due in due_flags(marks):
        if due.day != day:
            continue
        sessions = {mark.session_id for mark in absence_of(marks, due.session_id) if mark.day == day}
        if not sessions & known:
            fields = flag_fields(FlagType.ABSENCE, due.absence_count, due.priority)
            new.append({"session_id": due.session_id, **fields})
    return new


def _due_patterns(marks: Sequence[StudentMark], flags: Iterable[StoredFlag], day: date) -> list[dict[str, Any]]:
    """Return the flags about many days that have become due by a mark of a day, unless there is an active one."""
    active = {flag.type for flag in flags if flag.status is FlagStatus.ACTIVE}
    new = []
    for pattern, (status, period, enough) in PATTERNS.items():
        if pattern in active or not any(mark.day == day and mark.status is status for mark in marks):
            continue
        for end, session_id in _days_since(marks, status, day).items():
            if (count := len(days_with(marks, status, end, period))) >= enough and end - day < period:
                new.append(
                    {"session_id": session_id, **flag_fields(pattern, count, pattern_priority(marks, pattern, end))}
                )
                break
    return new


def _review_flag(marks: Sequence[StudentMark], flag: StoredFlag) -> dict[str, Any]:
    """Return the changes of an active flag; empty if it is right as it is."""
    if flag.type in PATTERNS:
        status, period, enough = PATTERNS[flag.type]
        ends = _days_since(marks, status, flag.day)
        count, end = max(((len(days_with(marks, status, end, period)), end) for end in ends), default=(0, flag.day))
        if count < enough:
            return {"status": FlagStatus.DISMISSED}
        priority = pattern_priority(marks, flag.type, end)
    else:
        count = count_days(marks, flag.type, flag.session_id)
        if not count:
            return {"status": FlagStatus.DISMISSED}
        priority = absence_priority(count)
    return {} if count == flag.absence_count else flag_fields(flag.type, count, priority)


def _days_since(marks: Iterable[StudentMark], status: AttendanceStatus, day: date) -> Mapping[date, int]:
    """Return the first session of each day from a day on that has a mark with a status."""
    firsts: dict[date, int] = {}
    for mark in marks:
        if mark.status is status and mark.day >= day:
            firsts.setdefault(mark.day, mark.session_id)
    return firsts


def pattern_priority(marks: Iterable[StudentMark], pattern: FlagType, end: date) -> FlagPriority:
    """Return the urgency of a flag about many days."""
    if pattern is FlagType.CHRONIC_ABSENCE:
        return FlagPriority.URGENT
    return late_priority(marks, end) or FlagPriority.MEDIUM
