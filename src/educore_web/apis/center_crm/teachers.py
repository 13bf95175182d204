"""7. Teachers."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel

from educore import At, Count, GroupStatus, Teacher, UnitOfWork, where
from educore.values import Day, Line, Money, Rating
from educore_web.apis.center_crm.authentication import StatusOut
from educore_web.apis.center_crm.contract import crm
from educore_web.apis.center_crm.dialect import CrmShape, Number, number
from educore_web.apis.center_crm.people import AccountIn, TeacherUserInfo, UserOut
from educore_web.apis.center_crm.words import TeacherStatusWord
from educore_web.body import Body, To, loosened


class TeacherIn(Body, of=Teacher):
    """A teacher with a new account; the center is that of the branch."""

    user: Annotated[AccountIn, To("account")]
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
    user_info: Annotated[TeacherUserInfo, At("user")]
    branch: Annotated[int, At("branch_id")]
    branch_name: Annotated[str, At("branch.name")]
    status: TeacherStatusWord
    specialization: str
    qualification: str
    performance_rating: Number
    hire_date: date | None
    hourly_rate: Number | None
    teaching_groups_count: Annotated[int, Count("Group", where(status=GroupStatus.ACTIVE))]
    created_at: datetime
    updated_at: datetime


class RateIn(Body, of=Teacher):
    """A rating from 0 to 5 with one decimal."""

    rating: Rating


class RatedOut(StatusOut):
    """The rating that now stands."""

    rating: Number


class LessonLine(BaseModel):
    """One lesson of a schedule."""

    id: int
    group: int
    group_name: str
    teacher: int
    teacher_name: str
    room: int | None
    room_name: str | None
    date: date
    start_time: time
    end_time: time
    duration: int
    online_link: str | None
    is_cancelled: bool


class Performance(BaseModel):
    """What a teacher has done."""

    lessons_count: int
    attendances_marked: int
    assignments_given: int
    exams_conducted: int
    performance_rating: Number


def rated(teacher: Teacher) -> dict[str, Any]:
    """The answer of 7.7."""
    return {"status": "Teacher rated", "rating": number(Decimal(teacher.performance_rating))}


def schedule(uow: UnitOfWork, id: int) -> list[dict[str, Any]]:
    """Get Teacher Schedule"""
    uow.get(Teacher, id)
    return []  # the domain has no timetable yet, so nobody has a lesson


def performance(uow: UnitOfWork, id: int) -> dict[str, Any]:
    """Get Teacher Performance Metrics"""
    teacher = uow.get(Teacher, id, to="read_performance")
    nothing_yet = dict.fromkeys(("lessons_count", "attendances_marked", "assignments_given", "exams_conducted"), 0)
    return {**nothing_yet, "performance_rating": number(teacher.performance_rating)}


ROUTES = [
    *crm.crud(
        "/teachers/",
        Teacher,
        TeacherIn,
        TeacherOut,
        replacing=loosened(TeacherIn, "user"),
        search=("user__first_name", "user__last_name", "user__username", "specialization"),
    ),
    crm.act("/teachers/{id}/rate/", Teacher, "rate", rated, body=RateIn, out=RatedOut),
    crm.get("/teachers/{id}/schedule/", schedule, kind=Teacher, out=LessonLine, many=True),
    crm.get("/teachers/{id}/performance/", performance, kind=Teacher, action="read_performance", out=Performance),
]
