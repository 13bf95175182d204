"""9. Attendance."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import Field

from educore import Computed, From, NameOf, Role, UnitOfWork, perform
from educore.attendance import Attendance
from educore.timetable import Session
from educore.values import Line
from educore_web.apis.center_crm.accounts import OWNERS, STUDENT_NAMES, StudentName
from educore_web.apis.center_crm.answers import StatusOut
from educore_web.apis.center_crm.dialect import CrmShape
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import AttendanceWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To

MOST_MARKS = 1000


def lesson_info(group: str, day: date, start: time | None, end: time | None) -> str:
    """Return a lesson in a few words: `English A1 - 2024-01-15 09:00-10:30`, without times if it has none."""
    times = f" {start:%H:%M}-{end:%H:%M}" if start and end else ""
    return f"{group} - {day}{times}"


class AttendanceIn(Body, of=Attendance):
    """The attendance of one student at a lesson."""

    lesson: Annotated[int, To("session_id")]
    student: Annotated[int, To("student_id")]
    status: AttendanceWord
    notes: Line = ""


class AttendanceOut(CrmShape, of=Attendance):
    """The attendance of one student. `marked_by` is a teacher, null where somebody else marked (C59)."""

    id: int
    lesson: Annotated[int, From("session_id")]
    lesson_info: Annotated[
        str, Computed(lesson_info, "session.group.name", "session.date", "session.start_time", "session.end_time")
    ]
    student: Annotated[int, From("student_id")]
    student_name: StudentName
    status: AttendanceWord
    marked_by: Annotated[int | None, From("teacher_id")]
    teacher_name: Annotated[str | None, NameOf("marker")]
    notes: str
    marked_at: datetime


class MarkIn(Body, of=Attendance):
    """The attendance of one student."""

    student_id: int
    status: AttendanceWord
    notes: Line = ""


class MarksIn(Body):
    """The marks of a lesson; a mark given before is corrected, and students who are left out stay as they are (C61)."""

    lesson_id: int
    attendance_data: Annotated[list[MarkIn], To("marks"), Field(max_length=MOST_MARKS)]


def bulk_mark(uow: UnitOfWork, data: MarksIn) -> dict[str, Any]:
    """Bulk Mark Attendance"""
    marked = perform(uow, Session, "mark", data.lesson_id, {"marks": data.fields()["marks"]}, returns=list)
    return {"status": f"Marked {len(marked)} attendance records"}


MARKERS = OWNERS | {Role.ADMIN, Role.TEACHER}

ROUTES = [
    *crm.crud(
        "/attendance/",
        Attendance,
        AttendanceIn,
        AttendanceOut,
        write_roles=MARKERS,
        search=(*STUDENT_NAMES, "session__group__name", "notes"),
        listing={"order": ("-id",)},
    ),
    crm.post(
        "/attendance/bulk-mark/", bulk_mark, kind=Session, action="mark", body=MarksIn, out=StatusOut, roles=MARKERS
    ),
]
