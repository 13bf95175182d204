"""The register book of a class: the marks of a month, by student and day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from educore.attendance.entities import AttendanceStatus
from educore.attendance.report_figures import (
    Period,
    StatusCounts,
    StudentFigures,
    add_up,
    count_marks,
    marks_rate,
    month_of,
    student_figures,
)
from educore.groups.entities import Enrollment, Group, held_between, was_never_held
from educore.kernel.conditions import where
from educore.kernel.shape import NameOf, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.timetable.entities import Session
from educore.values import Day


class Pupil(Shape, of=Enrollment):
    """A student with their place in the class; somebody who left and came back has two."""

    student_id: int
    name: Annotated[str, NameOf("student")]
    enrolled_on: Day
    left_on: Day | None


@dataclass(frozen=True)
class StudentMonth:
    """The marks of a student in a class and a month: their numbers by day and status, and the figures of all of them.

    `places` are the first and the last day of each place in the class; the last day is None for one that is open.
    """

    student_id: int
    name: str
    places: list[tuple[date, date | None]]
    days: Mapping[date, StatusCounts]
    figures: StudentFigures

    def has_place(self, day: date) -> bool:
        """Return whether the student had a place in the class on a day."""
        return any(first <= day and (last is None or day <= last) for first, last in self.places)


@dataclass(frozen=True)
class ClassMonth:
    """The marks of a class in a month. `lessons` are the numbers of lessons by day, in order, also of unmarked ones.

    `rate` is the share of the marks that are no absence, in percent, as `month_analysis` has it.
    """

    first: date
    last: date
    lessons: Mapping[date, int]
    students: list[StudentMonth]
    rate: float


def class_month(uow: UnitOfWork, group: Group, day: date) -> ClassMonth:
    """Return the marks of a class in the month to which a day belongs, in three statements.

    Students who had a place on any of its days come in the order of their names; days without lessons are left out.
    """
    month = month_of(day)
    counts = count_marks(uow, ("student_id", "session.date"), month, where(session__group_id=group.id))
    marks: dict[int, dict[date, StatusCounts]] = {}
    for (student_id, marked_on), found in counts.items():
        marks.setdefault(student_id, {})[marked_on] = found
    lessons = _count_lessons(uow, group, month)
    for _, marked_on in counts:
        lessons.setdefault(marked_on, 0)  # the actor may see marks of a lesson that they do not see
    students = [_student(pupils, marks.get(id, {})) for id, pupils in _read_pupils(uow, group, month).items()]
    students.sort(key=lambda student: (student.name.casefold(), student.student_id))
    rate = marks_rate(add_up(counts.values()))
    return ClassMonth(month.first, month.last, dict(sorted(lessons.items())), students, rate)


def _count_lessons(uow: UnitOfWork, group: Group, month: Period) -> dict[date, int]:
    held = where(group_id=group.id, date__gte=month.first, date__lte=month.last, is_cancelled=False)
    return uow.count_by(Session, "date", held)


def _read_pupils(uow: UnitOfWork, group: Group, month: Period) -> dict[int, list[Pupil]]:
    """Return the students of a class in a month, each with their places."""
    pupils: dict[int, list[Pupil]] = {}
    for pupil in uow.read(Pupil, where(group_id=group.id) & held_between(month.first, month.last)):
        if not was_never_held(pupil.enrolled_on, pupil.left_on):
            pupils.setdefault(pupil.student_id, []).append(pupil)
    return pupils


def _student(pupils: list[Pupil], days: Mapping[date, StatusCounts]) -> StudentMonth:
    places = sorted((pupil.enrolled_on, pupil.left_on) for pupil in pupils)
    total: Counter[AttendanceStatus] = add_up(days.values())
    return StudentMonth(pupils[0].student_id, pupils[0].name, places, days, student_figures(total))
