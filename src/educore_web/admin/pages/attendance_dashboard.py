"""How lessons are attended: rates by week and group, who misses most, and today's lessons.

The database counts, so that the number of statements is the same for every Center and what they answer is small.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated, Any

from educore import Count, From, Joined, Shape, UnitOfWork, Where, where
from educore.attendance import Attendance, AttendanceStatus, attendance_rate
from educore.groups import Group
from educore.people import Student
from educore.timetable import Session
from educore_web.admin.ui.cells import say_choice
from educore_web.admin.ui.chart import Chart
from educore_web.admin.ui.language import format_day
from educore_web.admin.ui.week import monday_of

WEEKS = 8
MOST_GROUPS = 10
MOST_STUDENTS = 8
MOST_LESSONS = 60
PRESENT = where(status=AttendanceStatus.PRESENT)
NOT_PRESENT = where(status__in=set(AttendanceStatus) - {AttendanceStatus.PRESENT})


class GroupName(Shape, of=Group):
    """A group by name."""

    id: int
    name: str


class StudentName(Shape, of=Student):
    """A student by name."""

    id: int
    name: Annotated[str | None, Joined("user.first_name", "user.last_name")]
    username: Annotated[str, From("user.username")]


class LessonToday(Shape, of=Session):
    """A lesson of today."""

    id: int
    start_time: time | None
    end_time: time | None
    group: Annotated[str, From("group.name")]
    teacher: Annotated[str | None, Joined("teacher.user.first_name", "teacher.user.last_name")]
    room: Annotated[str | None, From("room.name")]
    is_marked: Annotated[bool, Count("Attendance")]


@dataclass(frozen=True)
class Missing:
    """A student who is often not present: the share of lessons they came to, and how many they missed."""

    id: int
    name: str
    rate: float
    missed: int


@dataclass(frozen=True)
class Attended:
    """What the first page says about attendance."""

    charts: list[Chart]
    lowest: list[Missing]
    today: list[dict[str, Any]]


def attended(uow: UnitOfWork, today: date) -> Attended:
    """Count the marks of the last weeks that the actor may see, in seven statements."""
    mondays = [monday_of(today) - timedelta(weeks=number) for number in reversed(range(WEEKS))]
    recent = where(session__is_cancelled=False, session__date__gte=mondays[0], session__date__lte=today)
    per_day = uow.count_by(Attendance, ("session.date", "status"), recent)
    charts = [_per_week(per_day, mondays), _by_group(uow, recent), _by_status(per_day)]
    todays = where(date=today, is_cancelled=False)
    lessons = uow.select(LessonToday, todays, order=("start_time",), limit=MOST_LESSONS)
    return Attended(charts, _lowest(uow, recent), lessons)


def _per_week(per_day: Mapping[tuple[date, AttendanceStatus], int], mondays: list[date]) -> Chart:
    marks: Counter[date] = Counter()
    present: Counter[date] = Counter()
    for (day, status), count in per_day.items():
        marks[monday_of(day)] += count
        present[monday_of(day)] += count if status is AttendanceStatus.PRESENT else 0
    rates = [_rate(present[monday], marks[monday]) for monday in mondays]
    return Chart("attendance_per_week", "line", [format_day(monday) for monday in mondays], rates, percent=True)


def _by_group(uow: UnitOfWork, recent: Where) -> Chart:
    """The groups that were attended least, by name."""
    marks: Counter[int] = Counter()
    present: Counter[int] = Counter()
    for (id, status), count in uow.count_by(Attendance, ("session.group_id", "status"), recent).items():
        marks[id] += count
        present[id] += count if status is AttendanceStatus.PRESENT else 0
    rates = {id: _rate(present[id], count) or 0.0 for id, count in marks.items()}
    least = sorted(rates, key=lambda id: (rates[id], id))[:MOST_GROUPS]
    names = {found["id"]: found["name"] for found in uow.select(GroupName, where(id__in=set(least)))}
    shown = [id for id in least if id in names]
    labels, values = [names[id] for id in shown], [rates[id] for id in shown]
    return Chart("attendance_by_group", "bars", labels, values, percent=True)


def _by_status(per_day: Mapping[tuple[date, AttendanceStatus], int]) -> Chart:
    counted: Counter[AttendanceStatus] = Counter()
    for (_, status), count in per_day.items():
        counted[status] += count
    labels = [say_choice(status) for status in AttendanceStatus]
    return Chart("attendance_by_status", "marks", labels, [counted[status] for status in AttendanceStatus])


def _lowest(uow: UnitOfWork, recent: Where) -> list[Missing]:
    """Of those who missed most, the ones who came to the smallest share of their lessons."""
    missed = uow.count_by(Attendance, "student_id", recent & NOT_PRESENT, limit=3 * MOST_STUDENTS)
    often = list(missed)
    these = where(student_id__in=set(often))
    marks = uow.count_by(Attendance, "student_id", recent & these)
    names = {
        found["id"]: found["name"] or found["username"] for found in uow.select(StudentName, where(id__in=set(often)))
    }
    rates = {id: _rate(marks[id] - missed[id], marks[id]) or 0.0 for id in often if id in names}
    lowest = sorted(rates, key=lambda id: (rates[id], -missed[id], id))[:MOST_STUDENTS]
    return [Missing(id, names[id], rates[id], missed[id]) for id in lowest]


def _rate(present: int, marks: int) -> float | None:
    """The share of present among some marks in percent, as everywhere; None without marks."""
    if not marks:
        return None
    counts: Mapping[AttendanceStatus, int] = {
        AttendanceStatus.PRESENT: present,
        AttendanceStatus.ABSENT: marks - present,
    }
    return attendance_rate(counts)
