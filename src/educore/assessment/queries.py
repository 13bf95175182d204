"""The work of a teacher in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from educore.assessment.entities import Assignment, Exam
from educore.attendance.entities import Attendance
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Teacher
from educore.timetable.entities import Session, not_cancelled


@dataclass(frozen=True)
class TeacherPerformance:
    """The work of a teacher in numbers; cancelled sessions do not count. Every reader sees the same numbers."""

    sessions: int
    marks: int
    assignments: int
    exams: int
    rating: Decimal


def teacher_performance(uow: UnitOfWork, teacher: Teacher) -> TeacherPerformance:
    """Count the sessions, marks, assignments and exams in a teacher's own name (center_crm 7.9, C54)."""
    own = where(teacher_id=teacher.id)
    return TeacherPerformance(
        sessions=uow.count(Session, own & not_cancelled),
        marks=uow.count(Attendance, own, to="read_performance"),
        assignments=uow.count(Assignment, own),
        exams=uow.count(Exam, own),
        rating=teacher.performance_rating,
    )
