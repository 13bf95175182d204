"""6. Students."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel

from educore import From, UnitOfWork, where
from educore.attendance import attendance_counts
from educore.billing import not_withdrawn
from educore.groups import is_in_group
from educore.people import Student
from educore.values import Day, PersonName, Phone
from educore_web.apis.center_crm.accounts import OFFICE, AccountChange, AccountIn, StudentUserInfo, UserOut
from educore_web.apis.center_crm.answers import StatusOut, answer_status
from educore_web.apis.center_crm.dialect import CrmShape
from educore_web.apis.center_crm.sections.payments import PaymentLine
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import ATTENDANCE_WORDS, StudentStatusWord, count_by_word
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.filters import id_filter
from educore_web.rest.further_names import ADDITION, Flat


class StudentIn(Body, of=Student):
    """A student with a new account; the center is that of the branch."""

    user: Annotated[AccountIn, To("account"), Flat()]
    group: Annotated[int | None, To("group_id")] = None
    branch: Annotated[int, To("branch_id")]
    status: StudentStatusWord = StudentStatusWord.ACTIVE
    enrollment_date: Day | None = None
    parent_name: PersonName = ""
    parent_phone: Phone | None = None


class StudentChange(StudentIn, of=Student):
    """Changes to a student."""

    user: Annotated[AccountChange, To("account"), Flat()]


class StudentOut(CrmShape, of=Student):
    """A student; `group` is the main one. The filter by group finds those who are in it beside their main one too."""

    id: int
    user: UserOut
    user_info: Annotated[StudentUserInfo, From("user")]
    group: Annotated[int | None, From("group_id")]
    group_name: Annotated[str | None, From("group.name")]
    branch: Annotated[int, From("branch_id")]
    branch_name: Annotated[str, From("branch.name")]
    status: StudentStatusWord
    enrollment_date: date
    parent_name: str
    parent_phone: str | None
    created_at: datetime
    updated_at: datetime
    phone: Annotated[str | None, From("user.phone"), ADDITION]
    image: Annotated[str | None, From("user.image"), ADDITION]


class AssignGroupIn(Body, of=Student):
    """The group to move to."""

    group_id: int


class StatusCount(BaseModel):
    """The number of marks of a student with a status."""

    status: str
    count: int


def attendance_history(uow: UnitOfWork, id: int) -> list[dict[str, Any]]:
    """Get Student Attendance History"""
    student = uow.get(Student, id, to="read_attendance")
    marks = count_by_word(attendance_counts(uow, student_id=student.id), ATTENDANCE_WORDS)
    return [{"status": word.value, "count": count} for word, count in marks.items()]


def payment_history(uow: UnitOfWork, id: int) -> list[dict[str, Any]]:
    """Get Student Payment History"""
    student = uow.get(Student, id, to="read_payments")
    return uow.select(PaymentLine, not_withdrawn & where(student_id=student.id), order=("-paid_on", "-id"))


ROUTES = [
    *crm.crud(
        "/students/",
        Student,
        StudentIn,
        StudentOut,
        change_body=StudentChange,
        put_roles=OFFICE,
        listing={"filters": (id_filter("group", "group_id", lambda uow, id: is_in_group(id)),)},
        search=("user__first_name", "user__last_name", "user__username", "user__phone", "parent_name", "parent_phone"),
    ),
    crm.act("/students/{id}/block/", Student, "block", answer_status("Student blocked"), out=StatusOut),
    crm.act(
        "/students/{id}/unblock/", Student, "unblock", answer_status("Student unblocked"), out=StatusOut, addition=True
    ),
    crm.act(
        "/students/{id}/assign-group/",
        Student,
        "move",
        answer_status("Student assigned to group"),
        body=AssignGroupIn,
        out=StatusOut,
    ),
    crm.get(
        "/students/{id}/attendance-history/",
        attendance_history,
        kind=Student,
        action="read_attendance",
        is_sum=True,
        out=StatusCount,
        many=True,
    ),
    crm.get(
        "/students/{id}/payment-history/",
        payment_history,
        kind=Student,
        action="read_payments",
        out=PaymentLine,
        many=True,
    ),
]
