"""What a teacher has done, in numbers."""

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
class Performance:
    """What a teacher has done, the same numbers whoever may read them; sessions do not count once cancelled."""

    sessions: int
    marks: int
    assignments: int
    exams: int
    rating: Decimal


def teacher_performance(uow: UnitOfWork, teacher: Teacher) -> Performance:
    """Count what a teacher taught, marked, set and examined in their own name (center_crm 7.9, C54)."""
    own = where(teacher_id=teacher.id)
    return Performance(
        sessions=uow.count(Session, own & not_cancelled),
        marks=uow.count(Attendance, own, to="read_performance"),
        assignments=uow.count(Assignment, own),
        exams=uow.count(Exam, own),
        rating=teacher.performance_rating,
    )
