"""Reports about one class and about one student; both show the same figures of a student."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, TypeVar

from educore.attendance.entities import AbsenceFlag, Attendance, AttendanceStatus, FlagStatus, FlagType
from educore.attendance.register_figures import MISSED
from educore.attendance.report_figures import (
    Period,
    StudentFigures,
    add_up,
    count_marks,
    day_rate,
    in_period,
    is_missed,
    marks_rate,
    read_places,
    require_period,
    student_figures,
    students_on,
)
from educore.groups.entities import Enrollment, Group, held_between, was_never_held
from educore.kernel.conditions import everything, where
from educore.kernel.shape import From, NameOf, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import center_time_zone
from educore.people.entities import Student
from educore.timetable.entities import Session
from educore.values import Day, TimeOfDay

V = TypeVar("V", int, str)


@dataclass(frozen=True)
class DayTrend:
    """A day of a class: the number of students with an absence, and the rate of those without one."""

    date: date
    absent: int
    rate: float


@dataclass(frozen=True)
class StudentLine:
    """A student in the report of a class, with the number of their active flags."""

    student_id: int
    user_id: int
    name: str
    figures: StudentFigures
    active_flags: int


@dataclass(frozen=True)
class ClassStatistics:
    """The attendance of a class in a period. Absences are absent and excused marks."""

    group_id: int
    name: str
    period: Period
    sessions: int
    marks: int
    absences: int
    excused: int
    late: int
    rate: float
    chronic_students: int
    perfect_students: int
    days: list[DayTrend]
    students: list[StudentLine]


@dataclass(frozen=True)
class HistoryEntry:
    """A mark of a student; times are those of the Center's wall clock."""

    date: date
    session_id: int
    subject: str | None
    status: AttendanceStatus
    marked_at: datetime
    late_minutes: int | None


@dataclass(frozen=True)
class FlagEntry:
    """A flag in the history of a student, with the local days on which it was raised and closed."""

    flag_id: int
    created_on: date
    resolved_on: date | None
    notes: str


@dataclass(frozen=True)
class StudentHistory:
    """The attendance of a student in a period.

    `user_id` is the account of the student. The group is that of the last mark. `most_absent_weekday` is 1 for Monday
    to 7 for Sunday; `reasons` counts absences by reason, "" without one.
    """

    student_id: int
    user_id: int
    name: str
    group_id: int | None
    group_name: str | None
    period: Period
    figures: StudentFigures
    marks: list[HistoryEntry]
    most_absent_weekday: int | None
    most_absent_subject: str | None
    reasons: dict[str, int]
    flags: list[FlagEntry]


class _Pupil(Shape, of=Enrollment):
    student_id: int
    user_id: Annotated[int, From("student.user_id")]
    name: Annotated[str, NameOf("student")]
    enrolled_on: Day
    left_on: Day | None


class _Mark(Shape, of=Attendance):
    session_id: int
    date: Annotated[Day, From("session.date")]
    start_time: Annotated[TimeOfDay | None, From("session.start_time")]
    subject: Annotated[str | None, From("session.course.name")]
    group_subject: Annotated[str | None, From("session.group.course.name")]
    group_id: Annotated[int, From("session.group_id")]
    group_name: Annotated[str, From("session.group.name")]
    status: AttendanceStatus
    absence_reason: str
    late_minutes: int | None
    marked_at: datetime


class _Person(Shape, of=Student):
    user_id: int
    name: Annotated[str, NameOf()]
    group_id: int | None
    group_name: Annotated[str | None, From("group.name")]


def class_statistics(uow: UnitOfWork, group: Group, *, first: date, last: date) -> ClassStatistics:
    """Return the attendance of a class between two local days, in at most nine statements.

    Raises: Invalid("ends_before_start"), ("period_too_long") on last.
    """
    period = require_period(first, last)
    of_group = where(session__group_id=group.id)
    counts = count_marks(uow, ("student_id", "session.date"), period, of_group)
    lessons = where(group_id=group.id, date__gte=first, date__lte=last, is_cancelled=False)
    sessions = uow.count(Session, lessons & where(Attendance__has=everything))
    places = read_places(uow, period, where(group_id=group.id))
    found = uow.read(_Pupil, where(group_id=group.id) & held_between(first, last))
    pupils = {row.student_id: row for row in found if not was_never_held(row.enrolled_on, row.left_on)}
    about = where(student_id__in=pupils)
    chronic_then = about & where(type=FlagType.CHRONIC_ABSENCE, session__date__gte=first, session__date__lte=last)
    chronic = uow.count_by(AbsenceFlag, "student_id", chronic_then) if pupils else {}
    active = uow.count_by(AbsenceFlag, "student_id", about & where(status=FlagStatus.ACTIVE)) if pupils else {}
    by_student = {id: add_up(c for (student_id, _), c in counts.items() if student_id == id) for id in pupils}
    lines = [
        StudentLine(id, row.user_id, row.name, student_figures(by_student[id]), active.get(id, 0))
        for id, row in pupils.items()
    ]
    absent_on: dict[date, int] = {}
    for (_, day), marks in counts.items():
        absent_on[day] = absent_on.get(day, 0) + is_missed(marks)
    total = add_up(counts.values())
    return ClassStatistics(
        group_id=group.id,
        name=group.name,
        period=period,
        sessions=sessions,
        marks=sum(total.values()),
        absences=sum(total[status] for status in MISSED),
        excused=total[AttendanceStatus.EXCUSED],
        late=total[AttendanceStatus.LATE],
        rate=marks_rate(total),
        chronic_students=len(chronic),
        perfect_students=sum(1 for line in lines if line.figures.marks and not line.figures.absent),
        days=[
            DayTrend(day, absent, day_rate(len(students_on(places, day)), absent))
            for day, absent in sorted(absent_on.items())
        ],
        students=sorted(lines, key=lambda line: (line.name.casefold(), line.student_id)),
    )


def student_history(uow: UnitOfWork, student: Student, *, first: date, last: date) -> StudentHistory:
    """Return the attendance of a student between two local days, in at most seven statements.

    Raises: Invalid("ends_before_start"), ("period_too_long") on last.
    """
    period, zone = require_period(first, last), center_time_zone(uow, student.center_id)
    found = uow.read(_Mark, in_period(period) & where(student_id=student.id))
    marks = sorted(found, key=lambda row: (row.date, row.start_time or time.min, row.session_id))
    missed = [row for row in marks if row.status in MISSED]
    raised = where(student_id=student.id, session__date__gte=first, session__date__lte=last)
    flags = uow.find(AbsenceFlag, raised, order=("id",))
    (person,) = uow.read(_Person, where(id=student.id))
    latest = marks[-1] if marks else person  # who was never marked is shown in their main group
    return StudentHistory(
        student_id=student.id,
        user_id=person.user_id,
        name=person.name,
        group_id=latest.group_id,
        group_name=latest.group_name,
        period=period,
        figures=student_figures(Counter(row.status for row in marks)),
        marks=[
            HistoryEntry(
                row.date,
                row.session_id,
                row.subject or row.group_subject,
                row.status,
                row.marked_at.astimezone(zone),
                row.late_minutes,
            )
            for row in marks
        ],
        most_absent_weekday=_most_frequent(row.date.isoweekday() for row in missed),
        most_absent_subject=_most_frequent(s for row in missed if (s := row.subject or row.group_subject)),
        reasons=dict(Counter(row.absence_reason for row in missed)),
        flags=[
            FlagEntry(
                flag.id,
                flag.created_at.astimezone(zone).date(),
                flag.resolved_at and flag.resolved_at.astimezone(zone).date(),
                flag.resolution_notes,
            )
            for flag in flags
        ],
    )


def _most_frequent(values: Iterable[V]) -> V | None:
    """Return the value that occurs most often, of several the smallest; None without values."""
    counts: Mapping[V, int] = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value), default=None)
