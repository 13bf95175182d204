"""Figures that the reports of attendance share: of a student, of a day, and of any marks by status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from educore.attendance.entities import Attendance, AttendanceStatus
from educore.attendance.register_figures import MISSED, percent
from educore.groups.entities import Enrollment, held_between
from educore.kernel.conditions import Where, everything, where
from educore.kernel.errors import Invalid
from educore.kernel.shape import Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.values import Day

MAX_DAYS = 366
"""The largest number of days in the period of a report."""

StatusCounts = Mapping[AttendanceStatus, int]


@dataclass(frozen=True)
class Period:
    """The days of a report, from one local day to another, both inclusive."""

    first: date
    last: date


@dataclass(frozen=True)
class StudentFigures:
    """The marks of a student: the late ones are among the present, the excused among the absent ones."""

    marks: int
    present: int
    absent: int
    late: int
    excused: int
    rate: float


class Place(Shape, of=Enrollment):
    """The place of a student in a class."""

    group_id: int
    student_id: int
    enrolled_on: Day
    left_on: Day | None


def require_period(first: date, last: date) -> Period:
    """Return the period of a report. Raises: Invalid("ends_before_start"), ("period_too_long") on last."""
    if last < first:
        raise Invalid.because("last", "ends_before_start")
    if (last - first).days >= MAX_DAYS:
        raise Invalid.because("last", "period_too_long", most=MAX_DAYS)
    return Period(first, last)


def month_of(day: date) -> Period:
    """Return the month to which a day belongs."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def student_figures(counts: StatusCounts) -> StudentFigures:
    """Return the figures of a student from the numbers of their marks; every report shows these."""
    late, excused = counts.get(AttendanceStatus.LATE, 0), counts.get(AttendanceStatus.EXCUSED, 0)
    present = counts.get(AttendanceStatus.PRESENT, 0) + late
    absent = counts.get(AttendanceStatus.ABSENT, 0) + excused
    rate = float(percent(present, present + absent))
    return StudentFigures(present + absent, present, absent, late, excused, rate)


def marks_rate(counts: StatusCounts) -> float:
    """Return the share of marks that are no absence, in percent with one decimal."""
    marks = sum(counts.values())
    return float(percent(marks - sum(counts.get(status, 0) for status in MISSED), marks))


def day_rate(students: int, absent: int) -> float:
    """Return the share of students without an absence on a day, in percent with one decimal."""
    return float(percent(students - absent, students))


def in_period(period: Period) -> Where:
    """Return the condition for marks in sessions of a period that are not cancelled."""
    return where(session__date__gte=period.first, session__date__lte=period.last, session__is_cancelled=False)


def count_marks(
    uow: UnitOfWork, by: tuple[str, ...], period: Period, only: Where = everything
) -> dict[tuple[Any, ...], Counter[AttendanceStatus]]:
    """Return the numbers of marks of a period by status, for each combination of values at some paths."""
    counts: dict[tuple[Any, ...], Counter[AttendanceStatus]] = {}
    for (*values, status), count in uow.count_by(Attendance, (*by, "status"), in_period(period) & only).items():
        counts.setdefault(tuple(values), Counter())[status] = count
    return counts


def is_missed(counts: StatusCounts) -> bool:
    """Return whether there is an absence among marks."""
    return any(counts.get(status) for status in MISSED)


def read_places(uow: UnitOfWork, period: Period, groups: Where) -> list[Place]:
    """Return the places in classes that were open on any day of a period; `groups` limits them."""
    return uow.read(Place, groups & held_between(period.first, period.last))


def students_on(places: Iterable[Place], day: date, group_ids: Collection[int] | None = None) -> set[int]:
    """Return the ids of the students whose place was open on a day."""
    return {
        place.student_id
        for place in places
        if (group_ids is None or place.group_id in group_ids)
        and place.enrolled_on <= day
        and (place.left_on is None or place.left_on >= day)
    }


def add_up(counts: Iterable[StatusCounts]) -> Counter[AttendanceStatus]:
    """Return the sum of numbers of marks."""
    total: Counter[AttendanceStatus] = Counter()
    for part in counts:
        total.update(part)
    return total
