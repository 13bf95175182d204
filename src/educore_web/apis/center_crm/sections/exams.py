"""13. Exams."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

from educore import Count, From, UnitOfWork, where
from educore.assessment import Exam
from educore.values import Day, Name, Text, TimeOfDay, TotalPoints, WholePoints
from educore_web.apis.center_crm.accounts import TeacherName
from educore_web.apis.center_crm.dialect import CrmShape
from educore_web.apis.center_crm.sections.exam_results import ExamResultOut
from educore_web.apis.center_crm.spec import crm
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.further_names import Also


class ExamIn(Body, of=Exam):
    """An exam of a group; a teacher plans it in their own name (C67)."""

    group: Annotated[int, To("group_id")]
    teacher: Annotated[int | None, To("teacher_id")] = None
    title: Name
    description: Text = ""
    exam_date: Annotated[Day, Also("date")]
    start_time: TimeOfDay
    end_time: TimeOfDay
    total_points: Annotated[TotalPoints, Also("total_marks")]
    passing_score: Annotated[WholePoints, Also("passing_marks")]


class ExamOut(CrmShape, of=Exam):
    """An exam of a group."""

    id: int
    group: Annotated[int, From("group_id")]
    group_name: Annotated[str, From("group.name")]
    teacher: Annotated[int | None, From("teacher_id")]
    teacher_name: TeacherName
    title: str
    description: str
    exam_date: Annotated[date, Also("date")]
    start_time: time
    end_time: time
    total_points: Annotated[int, Also("total_marks")]
    passing_score: Annotated[int, Also("passing_marks")]
    results_count: Annotated[int, Count("ExamResult")]
    created_at: datetime


def results(uow: UnitOfWork, id: int) -> list[dict[str, Any]]:
    """Get Exam Results"""
    exam = uow.get(Exam, id)
    return uow.select(ExamResultOut, where(exam_id=exam.id))


ROUTES = [
    *crm.crud(
        "/exams/",
        Exam,
        ExamIn,
        ExamOut,
        search=("title", "description", "group__name"),
        listing={"order": ("exam_date", "start_time")},
    ),
    crm.get("/exams/{id}/results/", results, kind=Exam, out=ExamResultOut, many=True),
]
