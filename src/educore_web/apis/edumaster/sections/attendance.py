"""Davomat: sessions of a group, one a day, and who came to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from educore import Constant, Count, From, NameOf, UnitOfWork, perform, where
from educore.attendance import Attendance, AttendanceStatus
from educore.people import Student
from educore.timetable import Session, not_cancelled, open_register
from educore.values import Day, Line, Text
from educore_web.apis.edumaster.dialect import EduShape
from educore_web.apis.edumaster.spec import crud, edu
from educore_web.apis.edumaster.words import AttendanceWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import LookupBy, To

MOST_MARKS = 1000
COUNTED = where(session__is_cancelled=False)


def count_marks(status: AttendanceStatus) -> Count:
    """Return the count of the marks with this status."""
    return Count("Attendance", COUNTED & where(status=status))


class SessionIn(Body, of=Session):
    """A session of a group on a day (E22)."""

    group: Annotated[int, To("group_id")]
    date: Day
    topic: Line = ""
    notes: Text = ""


class SessionOut(EduShape, of=Session):
    """A session."""

    id: int
    group: Annotated[int, From("group_id")]
    date: date
    topic: str
    notes: str
    group_name: Annotated[str, From("group.name")]
    created_at: datetime


class MarkIn(Body, of=Attendance):
    """The mark of one student; a reason is kept unless they came (E23)."""

    student_id: Annotated[int, LookupBy(Student, "user_id")]
    status: AttendanceWord
    reason: Annotated[Line | None, To("notes")] = None


class MarksIn(Body):
    """The marks of a session; earlier ones are overwritten, and students who are left out stay as they are (E24)."""

    attendance_data: Annotated[list[MarkIn], To("marks"), Field(max_length=MOST_MARKS)]


class MarkOut(EduShape, of=Attendance):
    """The attendance of one student."""

    student_id: Annotated[int, From("student.user_id")]
    status: AttendanceWord
    reason: Annotated[str, From("notes")]


class MarkedOut(BaseModel):
    """The marks that now stand, for the students named."""

    session: int
    marked: int
    attendance: list[MarkOut]


class SessionWithMarks(SessionOut, of=Session):
    """A session with the marks given in it."""

    attendance: Annotated[list[MarkOut], Constant(())]  # the operation fills it


class AttendanceSummary(EduShape, of=Student):
    """The numbers of marks of a student by status."""

    student_id: Annotated[int, From("user_id")]
    student_name: Annotated[str | None, NameOf("user")]
    total: Annotated[int, Count("Attendance", COUNTED)]
    present: Annotated[int, count_marks(AttendanceStatus.PRESENT)]
    absent: Annotated[int, count_marks(AttendanceStatus.ABSENT)]
    late: Annotated[int, count_marks(AttendanceStatus.LATE)]
    excused: Annotated[int, count_marks(AttendanceStatus.EXCUSED)]


def show(uow: UnitOfWork, id: int) -> dict[str, Any]:
    """Show an attendance session with its marks"""
    session = uow.select_one(SessionOut, id, only=not_cancelled)
    return {**session, "attendance": uow.select(MarkOut, where(session_id=id))}


def mark_attendance(uow: UnitOfWork, id: int, data: MarksIn) -> dict[str, Any]:
    """Mark who came"""
    marks = [_drop_needless_reason(mark) for mark in data.fields()["marks"]]
    marked = perform(uow, Session, "mark", id, {"marks": marks}, returns=list, only=not_cancelled)
    rows = uow.select(MarkOut, where(id__in=[mark.id for mark in marked]))
    return {"session": id, "marked": len(marked), "attendance": rows}


def summary(uow: UnitOfWork, id: int) -> dict[str, Any]:
    """Show how often a student came"""
    student = uow.get(Student, id, to="read_attendance")
    return uow.select_one(AttendanceSummary, student.id)


def _drop_needless_reason(mark: dict[str, Any]) -> dict[str, Any]:
    """Return a mark without the reason of who came: what was noted in another API stays (E23)."""
    if mark["status"] is AttendanceStatus.PRESENT:
        return {name: value for name, value in mark.items() if name != "notes"}
    return {**mark, "notes": mark.get("notes") or ""}


SESSIONS = {"resource": "attendance_sessions", "kind": Session, "only": not_cancelled}

list_sessions, create_session, _, *change_sessions = crud(
    "/attendance/sessions/",
    Session,
    SessionIn,
    SessionOut,
    create=open_register,
    resource="attendance_sessions",
    only=not_cancelled,
    search=("topic", "group__name"),
)

ROUTES = [
    list_sessions,
    create_session,
    edu.get("/attendance/sessions/{id}/", show, verb="retrieve", out=SessionWithMarks, addition=True, **SESSIONS),
    *change_sessions,
    edu.post(
        "/attendance/sessions/{id}/mark_attendance/",
        mark_attendance,
        action="mark",
        body=MarksIn,
        out=MarkedOut,
        **SESSIONS,
    ),
    edu.get(
        "/attendance/students/{id}/summary/",
        summary,
        kind=Student,
        lookup_field="user_id",
        action="read_attendance",
        is_sum=True,
        out=AttendanceSummary,
        resource="attendance",
        addition=True,
    ),
]
