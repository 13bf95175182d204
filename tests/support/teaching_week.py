"""A week of teaching in both towns, for tests that need a row of every kind: `teach_week(school, world)`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal

from educore import Educore, perform
from educore.assessment import (
    Assignment,
    Exam,
    ExamResult,
    Submission,
    enter_result,
    give_assignment,
    plan_exam,
    submit_assignment,
)
from educore.attendance import Attendance, mark_class
from educore.timetable import Series, Session, open_calendar, open_register, schedule_series, schedule_session
from support.cast import Town, World

TODAY = date(2024, 1, 1)
"""The day on which everything in the cast happens."""


@dataclass(frozen=True)
class Lesson:
    """One of everything that happens in a town's morning group."""

    session: Session
    register: Session
    series: Series
    mark: Attendance
    assignment: Assignment
    submission: Submission
    exam: Exam
    result: ExamResult
    calendar: str


def teach_week(school: Educore, world: World) -> dict[int, Lesson]:
    """Teach in both towns; gives by Center what there is afterwards."""
    return {town.center.id: _teach(school, town) for town in (world.tashkent, world.samarkand)}


def _teach(school: Educore, town: Town) -> Lesson:
    group, student, classmate = town.morning.id, town.student.student_id, town.classmate.student_id
    week = {"weekdays": "tue thu", "first_date": TODAY, "last_date": TODAY + timedelta(days=13)}
    with school.work(town.teacher) as uow:
        nine, half_past_ten = time(9), time(10, 30)
        session = schedule_session(
            uow,
            group_id=group,
            date=TODAY,
            start_time=nine,
            end_time=half_past_ten,
            room_id=town.room.id,
            topic=f"Verbs of {town.center.name}",
        )
        register = open_register(uow, group_id=group, date=TODAY + timedelta(days=40), notes=f"In {town.center.name}")
        series = schedule_series(uow, group_id=group, start_time=nine, end_time=half_past_ten, **week)
        (mark, _) = mark_class(
            uow,
            session,
            marks=[
                {"student_id": student, "status": "present", "notes": f"Sang of {town.center.name}"},
                {"student_id": classmate, "status": "absent"},
            ],
        )
        perform(uow, Attendance, "update", mark.id, {"status": "late"})
        essay, final = f"Essay of {town.center.name}", f"Final of {town.center.name}"
        assignment = give_assignment(uow, group_id=group, title=essay, due_date=TODAY + timedelta(days=7))
        points = {"total_points": 100, "passing_score": 60}
        exam = plan_exam(
            uow, group_id=group, title=final, exam_date=TODAY, start_time=nine, end_time=time(11), **points
        )
        result = enter_result(uow, exam_id=exam.id, student_id=classmate, score=Decimal(77))
    with school.work(town.student) as uow:
        submission = submit_assignment(uow, assignment_id=assignment.id, file=f"work/{town.center.id}/essay.pdf")
        calendar = open_calendar(uow)
    return Lesson(session, register, series, mark, assignment, submission, exam, result, calendar)
