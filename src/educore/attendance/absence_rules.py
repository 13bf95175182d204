"""The rules that decide which absences of a student somebody must look after (madrasti: Absence Flags).

An absence lasts from its first absent mark to the next present or late one; excused and missing marks neither count nor
end it. It counts in days. These functions see nothing but the marks of one student, in the order of the sessions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from educore.attendance.entities import AttendanceStatus, FlagPriority

CHRONIC_DAYS = 5
"""Days with an absent mark, among the last CHRONIC_PERIOD, that make absence chronic."""
CHRONIC_PERIOD = timedelta(days=14)

LATE_DAYS = 5
"""Days with a late mark, among the last LATE_PERIOD, that make a pattern."""
MANY_LATE_DAYS = 10
"""Days with a late mark that make the priority of the pattern high."""
LATE_PERIOD = timedelta(days=30)

ENDS_ABSENCE = frozenset({AttendanceStatus.PRESENT, AttendanceStatus.LATE})


class StudentMark(NamedTuple):
    """The mark of a student in a session."""

    session_id: int
    day: date
    status: AttendanceStatus


class DueFlag(NamedTuple):
    """A flag that an absence deserves on one of its days: at the first absent mark of that day.

    `absence_count` is the number of its days so far.
    """

    session_id: int
    day: date
    absence_count: int

    @property
    def priority(self) -> FlagPriority:
        """Return the urgency of an absence of so many days."""
        return absence_priority(self.absence_count)

    @property
    def needs_follow_up(self) -> bool:
        """Return whether the absence is so long that somebody must speak with the family."""
        return self.priority in (FlagPriority.HIGH, FlagPriority.URGENT)


def absence_priority(days: int) -> FlagPriority:
    """Return the urgency of an absence: low on its first day, medium until the third, high until the sixth."""
    if days >= 7:
        return FlagPriority.URGENT
    if days >= 4:
        return FlagPriority.HIGH
    return FlagPriority.MEDIUM if days >= 2 else FlagPriority.LOW


def split_absences(marks: Iterable[StudentMark]) -> Iterator[list[StudentMark]]:
    """Yield the absent marks of each absence."""
    absence: list[StudentMark] = []
    for mark in marks:
        if mark.status is AttendanceStatus.ABSENT:
            absence.append(mark)
        elif mark.status in ENDS_ABSENCE and absence:
            yield absence
            absence = []
    if absence:
        yield absence


def due_flags(marks: Iterable[StudentMark]) -> list[DueFlag]:
    """Return the flags that the absences of a student deserve: one for each absence on each of its days."""
    flags = []
    for absence in split_absences(marks):
        firsts: dict[date, int] = {}
        for mark in absence:
            firsts.setdefault(mark.day, mark.session_id)
        flags += [DueFlag(session_id, day, count) for count, (day, session_id) in enumerate(firsts.items(), start=1)]
    return flags


def absence_of(marks: Iterable[StudentMark], session_id: int) -> list[StudentMark]:
    """Return the absent marks of the absence to which a session belongs; empty if the student was not absent there."""
    for absence in split_absences(marks):
        if any(mark.session_id == session_id for mark in absence):
            return absence
    return []


def is_chronic(marks: Iterable[StudentMark], today: date) -> bool:
    """Return whether a student was absent on too many of the last two weeks' days, today included."""
    return len(days_with(marks, AttendanceStatus.ABSENT, today, CHRONIC_PERIOD)) >= CHRONIC_DAYS


def late_priority(marks: Iterable[StudentMark], today: date) -> FlagPriority | None:
    """Return the urgency of a student's coming late on many of the last thirty days; None if it is no pattern."""
    days = len(days_with(marks, AttendanceStatus.LATE, today, LATE_PERIOD))
    if days >= MANY_LATE_DAYS:
        return FlagPriority.HIGH
    return FlagPriority.MEDIUM if days >= LATE_DAYS else None


def days_with(marks: Iterable[StudentMark], status: AttendanceStatus, today: date, period: timedelta) -> set[date]:
    """Return the days within a period that ends today, with a mark of a status."""
    return {mark.day for mark in marks if mark.status is status and today - period < mark.day <= today}
