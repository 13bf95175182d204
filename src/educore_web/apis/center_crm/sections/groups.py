"""5. Groups."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel

from educore import Count, From, UnitOfWork
from educore.attendance import group_report
from educore.billing import group_payment_statistics
from educore.groups import Group, takes_seat
from educore.values import Day, Name, Places
from educore_web.apis.center_crm.accounts import OWNERS, TeacherName
from educore_web.apis.center_crm.dialect import CrmShape, Number, number
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import ATTENDANCE_WORDS, AttendanceWord, GroupStatusWord, count_by_word
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To


class GroupIn(Body, of=Group):
    """A group; branch, subject and teacher belong to its center. Without a capacity there is room for all."""

    educational_center: Annotated[int | None, To("center_id")] = None
    branch: Annotated[int, To("branch_id")]
    name: Name
    subject: Annotated[int, To("course_id")]
    teacher: Annotated[int | None, To("teacher_id")] = None
    capacity: Places | None = None
    status: GroupStatusWord = GroupStatusWord.ACTIVE
    start_date: Day | None = None
    end_date: Day | None = None


class GroupOut(CrmShape, of=Group):
    """A group. `students_count` counts students neither Inactive nor Graduated (C43)."""

    id: int
    educational_center: Annotated[int, From("center_id")]
    branch: Annotated[int, From("branch_id")]
    branch_name: Annotated[str, From("branch.name")]
    name: str
    subject: Annotated[int | None, From("course_id")]
    subject_name: Annotated[str | None, From("course.name")]
    teacher: Annotated[int | None, From("teacher_id")]
    teacher_name: TeacherName
    capacity: int | None
    status: GroupStatusWord
    start_date: date | None
    end_date: date | None
    students_count: Annotated[int, Count("Enrollment", takes_seat)]
    created_at: datetime
    updated_at: datetime


class PaymentStatus(BaseModel):
    """The payments for a group."""

    total_payments: Number
    payment_count: int


class GroupStatistics(BaseModel):
    """A group in numbers; the attendance in percent."""

    students_count: int
    lessons_count: int
    average_attendance: float
    payment_status: PaymentStatus


class AttendanceReport(BaseModel):
    """Marks of a group per status."""

    total_lessons: int
    total_attendances: int
    present_count: int
    absent_count: int
    late_count: int


def statistics(uow: UnitOfWork, id: int) -> dict[str, Any]:
    """Get Group Statistics"""
    report = group_report(uow, uow.get(Group, id, to="read_statistics"))
    paid = group_payment_statistics(uow, id)
    return {
        "students_count": report.students,
        "lessons_count": report.sessions,
        "average_attendance": report.rate,
        "payment_status": {"total_payments": number(paid.total), "payment_count": paid.count},
    }


def attendance_report(uow: UnitOfWork, id: int) -> dict[str, Any]:
    """Get Group Attendance Report"""
    report = group_report(uow, uow.get(Group, id, to="read_statistics"))
    marks = count_by_word(report.marks, ATTENDANCE_WORDS)
    return {
        "total_lessons": report.sessions,
        "total_attendances": sum(marks.values()),
        "present_count": marks[AttendanceWord.PRESENT],
        "absent_count": marks[AttendanceWord.ABSENT],
        "late_count": marks[AttendanceWord.LATE],
    }


OWNERS_ONLY = {"kind": Group, "action": "read_statistics", "roles": OWNERS, "is_sum": True}

ROUTES = [
    *crm.crud(
        "/groups/",
        Group,
        GroupIn,
        GroupOut,
        search=("name", "course__name", "teacher__user__last_name"),
        write_roles=OWNERS,
    ),
    crm.get("/groups/{id}/statistics/", statistics, out=GroupStatistics, **OWNERS_ONLY),
    crm.get("/groups/{id}/attendance-report/", attendance_report, out=AttendanceReport, **OWNERS_ONLY),
]
