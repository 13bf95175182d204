"""Reports about the classes of a school: of a day, of a week and of a month. Each may be about one class alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated, Any

from educore.attendance.entities import AbsenceFlag, AttendanceStatus, FlagType
from educore.attendance.report_figures import (
    Period,
    StatusCounts,
    add_up,
    count_marks,
    day_rate,
    is_missed,
    marks_rate,
    month_of,
    read_places,
    students_on,
)
from educore.groups.entities import Group
from educore.kernel.conditions import Where, everything, where
from educore.kernel.shape import From, NameOf, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.timetable.entities import RegisterStatus, Session
from educore.values import TimeOfDay

WEEK = timedelta(days=6)

DayCounts = Mapping[tuple[int, date], StatusCounts]
"""The marks of classes by group id and day."""


@dataclass(frozen=True)
class ClassDay:
    """A class on a day: its students, and how many of them had an absence, were late, or were there all the time."""

    group_id: int
    name: str
    students: int
    present: int
    absent: int
    late: int
    rate: float


@dataclass(frozen=True)
class OpenRegister:
    """A lesson without a completed register; `status` is None before the register is opened. Times are local."""

    session_id: int
    series_id: int | None
    group_id: int
    class_name: str
    start_time: time | None
    subject: str | None
    teacher_name: str | None
    status: RegisterStatus | None


@dataclass(frozen=True)
class DayReport:
    """The attendance of a day by students, and the lessons whose register was not taken to its end."""

    date: date
    students: int
    present: int
    absent: int
    late: int
    rate: float
    classes: list[ClassDay]
    not_taken: list[OpenRegister]


@dataclass(frozen=True)
class RateOfDay:
    """The share of the marks of a day that are no absence, and their number."""

    date: date
    marks: int
    rate: float


@dataclass(frozen=True)
class RateOfClass:
    """The share of the marks of a class that are no absence, and their number."""

    group_id: int
    name: str
    marks: int
    rate: float


@dataclass(frozen=True)
class RateOfWeek:
    """The share of the marks of a week, or of its part within a month, that are no absence."""

    first: date
    last: date
    marks: int
    rate: float


@dataclass(frozen=True)
class ChronicStudent:
    """A student with a flag about chronic absence; `user_id` is their account."""

    student_id: int
    user_id: int
    name: str


@dataclass(frozen=True)
class WeekSummary:
    """The attendance of a week, from Monday to Sunday, by marks; days without marks are left out."""

    first: date
    last: date
    rate: float
    days: list[RateOfDay]
    classes: list[RateOfClass]


@dataclass(frozen=True)
class MonthAnalysis:
    """The attendance of a month by marks. `change` is the difference to the month before in percentage points.

    It is None if one of the two has no marks. The chronic students have a flag about chronic absence in the month.
    """

    first: date
    last: date
    rate: float
    change: float | None
    weeks: list[RateOfWeek]
    classes: list[RateOfClass]
    chronic_students: list[ChronicStudent]


class _Lesson(Shape, of=Session):
    id: int
    series_id: int | None
    group_id: int
    class_name: Annotated[str, From("group.name")]
    start_time: TimeOfDay | None
    subject: Annotated[str | None, From("course.name")]
    group_subject: Annotated[str | None, From("group.course.name")]
    teacher_name: Annotated[str | None, NameOf("teacher")]
    register_status: RegisterStatus | None


class _ChronicFlag(Shape, of=AbsenceFlag):
    student_id: int
    user_id: Annotated[int, From("student.user_id")]
    name: Annotated[str, NameOf("student")]


def day_report(uow: UnitOfWork, day: date, *, group_id: int | None = None) -> DayReport:
    """Return the attendance of a day, of one class or of all classes that the actor sees, in at most four statements.

    A student counts once: as absent with any absence that day, else as late with any late mark, else as present with
    any mark.
    """
    period = Period(day, day)
    names = _class_names(uow, group_id)
    counts = count_marks(uow, ("session.group_id", "student_id"), period, _in_classes("session__group_id", names))
    places = read_places(uow, period, _in_classes("group_id", names))
    classes = [_class_day(id, name, students_on(places, day, [id]), counts) for id, name in names.items()]
    sessions = where(date=day, is_cancelled=False) & _in_classes("group_id", names)
    lessons = uow.read(_Lesson, sessions, order=("start_time", "id"))
    students, absent = sum(line.students for line in classes), sum(line.absent for line in classes)
    return DayReport(
        date=day,
        students=students,
        present=sum(line.present for line in classes),
        absent=absent,
        late=sum(line.late for line in classes),
        rate=day_rate(students, absent),
        classes=[line for line in classes if line.students],
        not_taken=[_open_register(row) for row in lessons if row.register_status is not RegisterStatus.COMPLETED],
    )


def week_summary(uow: UnitOfWork, day: date, *, group_id: int | None = None) -> WeekSummary:
    """Return the attendance of the week to which a day belongs, in two statements."""
    first = day - timedelta(days=day.weekday())
    names = _class_names(uow, group_id)
    counts = _count_by_class_and_day(uow, Period(first, first + WEEK), names)
    return WeekSummary(first, first + WEEK, _rate(counts.values()), _by_day(counts), _by_class(counts, names))


def month_analysis(uow: UnitOfWork, day: date, *, group_id: int | None = None) -> MonthAnalysis:
    """Return the attendance of the month to which a day belongs, compared with the one before, in four statements."""
    month, before = month_of(day), month_of(day.replace(day=1) - timedelta(days=1))
    first, last = month.first, month.last
    names = _class_names(uow, group_id)
    counts = _count_by_class_and_day(uow, month, names)
    former = count_marks(uow, (), before, _in_classes("session__group_id", names))
    rate = _rate(counts.values())
    change = round(rate - _rate(former.values()), 1) if former and counts else None
    then = where(type=FlagType.CHRONIC_ABSENCE, session__date__gte=first, session__date__lte=last)
    flags = uow.read(_ChronicFlag, then & _in_classes("session__group_id", names))
    chronic = {row.student_id: ChronicStudent(row.student_id, row.user_id, row.name) for row in flags}
    students = sorted(chronic.values(), key=lambda student: (student.name.casefold(), student.student_id))
    return MonthAnalysis(first, last, rate, change, _by_week(counts, first, last), _by_class(counts, names), students)


def _open_register(row: _Lesson) -> OpenRegister:
    lesson = (row.id, row.series_id, row.group_id, row.class_name, row.start_time)
    return OpenRegister(*lesson, row.subject or row.group_subject, row.teacher_name, row.register_status)


def _class_names(uow: UnitOfWork, group_id: int | None) -> dict[int, str]:
    """Return the names of the classes that a report is about, in order, by id."""
    one = everything if group_id is None else where(id=group_id)
    classes = uow.find(Group, where(academic_year_id__isnull=False) & one)
    return {group.id: group.name for group in sorted(classes, key=lambda group: (group.name.casefold(), group.id))}


def _in_classes(path: str, names: Mapping[int, str]) -> Where:
    return where(**{f"{path}__in": names})


def _count_by_class_and_day(uow: UnitOfWork, period: Period, names: Mapping[int, str]) -> DayCounts:
    by = ("session.group_id", "session.date")
    counts = count_marks(uow, by, period, _in_classes("session__group_id", names))
    return {(group_id, day): marks for (group_id, day), marks in counts.items()}


def _class_day(
    group_id: int, name: str, students: set[int], counts: Mapping[tuple[Any, ...], StatusCounts]
) -> ClassDay:
    marks = {id: found for id in students if (found := counts.get((group_id, id)))}
    absent = {id for id, found in marks.items() if is_missed(found)}
    late = {id for id, found in marks.items() if found.get(AttendanceStatus.LATE)} - absent
    present = len(marks) - len(absent) - len(late)
    rate = day_rate(len(students), len(absent))
    return ClassDay(group_id, name, len(students), present, len(absent), len(late), rate)


def _rate(counts: Iterable[StatusCounts]) -> float:
    return marks_rate(add_up(counts))


def _by_day(counts: DayCounts) -> list[RateOfDay]:
    lines = []
    for day in sorted({day for _, day in counts}):
        total = add_up(marks for (_, other), marks in counts.items() if other == day)
        lines.append(RateOfDay(day, sum(total.values()), marks_rate(total)))
    return lines


def _by_class(counts: DayCounts, names: Mapping[int, str]) -> list[RateOfClass]:
    lines = []
    for id, name in names.items():
        total = add_up(marks for (group_id, _), marks in counts.items() if group_id == id)
        if total:
            lines.append(RateOfClass(id, name, sum(total.values()), marks_rate(total)))
    return lines


def _by_week(counts: DayCounts, first: date, last: date) -> list[RateOfWeek]:
    """Return the weeks of a month, from Monday to Sunday, cut at its ends."""
    lines, begin = [], first
    while begin <= last:
        end = min(begin + WEEK - timedelta(days=begin.weekday()), last)
        total = add_up(marks for (_, day), marks in counts.items() if begin <= day <= end)
        lines.append(RateOfWeek(begin, end, sum(total.values()), marks_rate(total)))
        begin = end + timedelta(days=1)
    return lines
