"""Attendance on the dashboard: rates by week and by group, the students who miss most, and the lessons of today.

The database counts, so that the number of statements is fixed and their results are small.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated, Any

from educore import Count, From, NameOf, Shape, UnitOfWork, Where, where
from educore.attendance import CENTER_RULES, Attendance, AttendanceStatus
from educore.groups import Group
from educore.people import Student
from educore.timetable import Session
from educore_web.admin.pages.attendance_rates import MarkCounts, percentage, rates_by_key
from educore_web.admin.ui.chart import Chart
from educore_web.admin.ui.enumerations import format_enum
from educore_web.admin.ui.language import format_day
from educore_web.admin.ui.week import monday_of

WEEKS = 8
MAX_GROUPS = 10
MAX_STUDENTS = 8
MAX_LESSONS = 60
LATE_IS_ABSENT = where(center__late_is_present=False) | where(center__late_is_present__isnull=True)
EXCUSED_COUNTS = where(center__excused_leaves_sum=False) | where(center__excused_leaves_sum__isnull=True)
EXCUSED = where(status=AttendanceStatus.EXCUSED) & EXCUSED_COUNTS
MISSED = where(status=AttendanceStatus.ABSENT) | where(status=AttendanceStatus.LATE) & LATE_IS_ABSENT | EXCUSED
COUNTED = where(status__in=set(AttendanceStatus) - {AttendanceStatus.EXCUSED}) | EXCUSED
"""Marks of missed lessons, and marks that count, by the same rules as `rates_by_key` but in the database."""


class GroupName(Shape, of=Group):
    """The name of a group."""

    id: int
    name: str


class StudentName(Shape, of=Student):
    """The name of a student."""

    id: int
    name: Annotated[str, NameOf("user")]


class LessonToday(Shape, of=Session):
    """A lesson of today, and whether any student is marked."""

    id: int
    start_time: time | None
    end_time: time | None
    group: Annotated[str, From("group.name")]
    teacher: Annotated[str | None, NameOf("teacher")]
    room: Annotated[str | None, From("room.name")]
    is_marked: Annotated[bool, Count("Attendance")]


@dataclass(frozen=True)
class LowAttendance:
    """A student with low attendance: the rate in percent, and the number of lessons they missed."""

    id: int
    name: str
    rate: float
    missed: int


@dataclass(frozen=True)
class AttendanceOverview:
    """The part of the dashboard about attendance."""

    charts: list[Chart]
    lowest: list[LowAttendance]
    today: list[dict[str, Any]]


def load_attendance(uow: UnitOfWork, today: date) -> AttendanceOverview:
    """Count the marks of the last WEEKS weeks that the actor may see, in seven statements."""
    mondays = [monday_of(today) - timedelta(weeks=number) for number in reversed(range(WEEKS))]
    recent = where(session__is_cancelled=False, session__date__gte=mondays[0], session__date__lte=today)
    per_day = uow.count_by(Attendance, ("session.date", "status", *CENTER_RULES), recent)
    charts = [_per_week(per_day, mondays), _by_group(uow, recent), _by_status(per_day)]
    lessons_today = where(date=today, is_cancelled=False)
    lessons = uow.select(LessonToday, lessons_today, order=("start_time",), limit=MAX_LESSONS)
    return AttendanceOverview(charts, _lowest(uow, recent), lessons)


def _per_week(per_day: MarkCounts, mondays: list[date]) -> Chart:
    rates = rates_by_key(per_day, group=monday_of)
    labels, values = [format_day(monday) for monday in mondays], [rates.get(monday) for monday in mondays]
    return Chart("attendance_per_week", "line", labels, values, percent=True)


def _by_group(uow: UnitOfWork, recent: Where) -> Chart:
    """Chart the groups with the lowest attendance."""
    rates = rates_by_key(uow.count_by(Attendance, ("session.group_id", "status", *CENTER_RULES), recent))
    least = sorted(rates, key=lambda id: (rates[id], id))[:MAX_GROUPS]
    names = {found["id"]: found["name"] for found in uow.select(GroupName, where(id__in=set(least)))}
    shown = [id for id in least if id in names]
    labels, values = [names[id] for id in shown], [rates[id] for id in shown]
    return Chart("attendance_by_group", "bars", labels, values, percent=True)


def _by_status(per_day: MarkCounts) -> Chart:
    counted: Counter[AttendanceStatus] = Counter()
    for (_, status, *_), count in per_day.items():
        counted[status] += count
    labels = [format_enum(status) for status in AttendanceStatus]
    return Chart("attendance_by_status", "marks", labels, [counted[status] for status in AttendanceStatus])


def _lowest(uow: UnitOfWork, recent: Where) -> list[LowAttendance]:
    """Return the students with the lowest rates among those who missed most lessons."""
    missed = uow.count_by(Attendance, "student_id", recent & MISSED, limit=3 * MAX_STUDENTS)
    often = list(missed)
    marks = uow.count_by(Attendance, "student_id", recent & COUNTED & where(student_id__in=set(often)))
    names = {found["id"]: found["name"] for found in uow.select(StudentName, where(id__in=set(often)))}
    rates = {id: percentage(marks[id] - missed[id], marks[id]) for id in often if id in names}
    lowest = sorted(rates, key=lambda id: (rates[id], -missed[id], id))[:MAX_STUDENTS]
    return [LowAttendance(id, names[id], rates[id], missed[id]) for id in lowest]
