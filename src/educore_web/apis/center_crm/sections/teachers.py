"""7. Teachers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel

from educore import Count, From, UnitOfWork, where
from educore.assessment import teacher_performance
from educore.groups import GroupStatus
from educore.people import Teacher
from educore.timetable import teacher_schedule
from educore.values import Day, Line, Money, Rating
from educore_web.apis.center_crm.accounts import AccountIn, TeacherUserInfo, UserOut
from educore_web.apis.center_crm.answers import StatusOut
from educore_web.apis.center_crm.dialect import CrmShape, Number, number
from educore_web.apis.center_crm.sections.lessons import LessonLine
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import TeacherStatusWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.filters import day_filter, read_parameters
from educore_web.rest.further_names import ADDITION, Flat
from educore_web.rest.request import RequestData


class TeacherIn(Body, of=Teacher):
    """A teacher with a new account; the center is that of the branch."""

    user: Annotated[AccountIn, To("account"), Flat()]
    branch: Annotated[int, To("branch_id")]
    status: TeacherStatusWord = TeacherStatusWord.ACTIVE
    specialization: Line = ""
    qualification: Line = ""
    hire_date: Day | None = None
    hourly_rate: Money | None = None


class TeacherOut(CrmShape, of=Teacher):
    """A teacher. `hourly_rate` is null for those it does not concern (C18)."""

    id: int
    user: UserOut
    user_info: Annotated[TeacherUserInfo, From("user")]
    branch: Annotated[int, From("branch_id")]
    branch_name: Annotated[str, From("branch.name")]
    status: TeacherStatusWord
    specialization: str
    qualification: str
    performance_rating: Number
    hire_date: date | None
    hourly_rate: Number | None
    teaching_groups_count: Annotated[int, Count("Group", where(status=GroupStatus.ACTIVE))]
    created_at: datetime
    updated_at: datetime
    phone: Annotated[str | None, From("user.phone"), ADDITION]
    image: Annotated[str | None, From("user.image"), ADDITION]


class RateIn(Body, of=Teacher):
    """A rating from 0 to 5 with one decimal."""

    rating: Rating


class RatedOut(StatusOut):
    """The rating that now stands."""

    rating: Number


class Performance(BaseModel):
    """The figures of the work of a teacher."""

    lessons_count: int
    attendances_marked: int
    assignments_given: int
    exams_conducted: int
    performance_rating: Number


def answer_rating(teacher: Teacher) -> dict[str, Any]:
    """Return the answer of 7.7."""
    return {"status": "Teacher rated", "rating": number(Decimal(teacher.performance_rating))}


def schedule(uow: UnitOfWork, id: int, request: RequestData) -> list[dict[str, Any]]:
    """Get Teacher Schedule"""
    days = read_parameters(DAYS, request.query)
    return teacher_schedule(uow, uow.get(Teacher, id), shape=LessonLine, **days)


def performance(uow: UnitOfWork, id: int) -> dict[str, Any]:
    """Get Teacher Performance Metrics"""
    report = teacher_performance(uow, uow.get(Teacher, id, to="read_performance"))
    return {
        "lessons_count": report.sessions,
        "attendances_marked": report.marks,
        "assignments_given": report.assignments,
        "exams_conducted": report.exams,
        "performance_rating": number(report.rating),
    }


DAYS = (day_filter("date_from", "first_date"), day_filter("date_to", "last_date"))

ROUTES = [
    *crm.crud(
        "/teachers/",
        Teacher,
        TeacherIn,
        TeacherOut,
        search=("user__first_name", "user__last_name", "user__username", "specialization"),
    ),
    crm.act("/teachers/{id}/rate/", Teacher, "rate", answer_rating, body=RateIn, out=RatedOut),
    crm.get(
        "/teachers/{id}/schedule/",
        schedule,
        kind=Teacher,
        parameters={known.name: known.schema for known in DAYS},
        out=LessonLine,
        many=True,
    ),
    crm.get(
        "/teachers/{id}/performance/",
        performance,
        kind=Teacher,
        action="read_performance",
        is_sum=True,
        out=Performance,
    ),
]
