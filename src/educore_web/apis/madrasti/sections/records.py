"""Attendance records: the marks of students in the registers of lessons."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from educore import Computed, From, NameOf, UnitOfWork, Where, perform, where
from educore.attendance import Attendance, AttendanceStatus, mark_attendance, require_started
from educore.people import Student
from educore.timetable import Session
from educore.values import LateMinutes, Line
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.marks import is_excused, is_late, settle_mark
from educore_web.apis.madrasti.sections.registers import HAS_REGISTER
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import RecordWord
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import LookupBy, To
from educore_web.rest.bulk import with_bulk
from educore_web.rest.filters import day_filter, flag_filter
from educore_web.rest.further_names import Also

IN_REGISTERS = where(session__register_status__isnull=False)
"""The condition for the marks that stand in a register."""


class RecordIn(Body, of=Attendance):
    """The mark of a student: `arrived_late` with PRESENT means LATE, `is_excused` with ABSENT means EXCUSED."""

    session: Annotated[int, To("session_id")]
    student: Annotated[int, To("student_id"), LookupBy(Student, "user_id"), Also("student_id")]
    status: RecordWord
    arrived_late: bool = False
    late_minutes: LateMinutes | None = None
    absence_reason: Line = ""
    is_excused: bool = False
    notes: Line = ""


class RecordOut(MadrastiShape, of=Attendance):
    """The mark of a student in a register; `student` is their account."""

    id: int
    session: Annotated[int, From("session_id")]
    student: Annotated[int, From("student.user_id"), Also("student_id")]
    student_name: Annotated[str | None, NameOf("student")]
    status: RecordWord
    marked_at: datetime
    marked_by: Annotated[int | None, From("marker_id")]
    arrived_late: Annotated[bool, Computed(is_late, "status")]
    late_minutes: int | None
    absence_reason: str
    is_excused: Annotated[bool, Computed(is_excused, "status")]
    notes: str
    created_at: datetime
    updated_at: Annotated[datetime, From("marked_at")]


def add_record(uow: UnitOfWork, *, session_id: int, **fields: Any) -> Attendance:
    """Mark a student who has no mark yet in a register that was started.

    Raises: the errors of `require_started` on session_id, of `mark_attendance` and of `settle_mark`.
    """
    field = "session_id"
    session = uow.reference(Session, session_id, field=field, only=HAS_REGISTER, to="take_register", lock=True)
    require_started(uow, session, field=field)
    return mark_attendance(uow, session_id=session.id, **settle_mark(fields))


def change_record(uow: UnitOfWork, mark: Attendance, **fields: Any) -> None:
    """Correct a mark, whose register and student stay.

    Raises: the errors of `require_started`, `correct_attendance` and `settle_mark`.
    """
    session = uow.get(Session, mark.session_id, to="take_register", lock=True)
    require_started(uow, session)
    perform(uow, Attendance, "update", mark.id, settle_mark(fields, mark))


def by_excuse(uow: UnitOfWork, wanted: bool) -> Where:
    """Return the condition for the absences that are excused, or for those that are not."""
    return where(status=AttendanceStatus.EXCUSED if wanted else AttendanceStatus.ABSENT)


PATH, ROW = "/attendance/records/", "/attendance/records/{id}/"
NAMED: dict[str, Any] = {"resource": "attendance.records", "only": IN_REGISTERS}
WRITTEN: dict[str, Any] = {**NAMED, "permission": "can_manage_attendance"}
FILTERS = (
    day_filter("date", "session__date"),
    day_filter("date__gte", "session__date__gte"),
    day_filter("date__lte", "session__date__lte"),
    replace(flag_filter("is_excused", "status"), condition=by_excuse),
)
CHANGED: dict[str, Any] = {**WRITTEN, "use_case": change_record}

SINGLE = [
    madrasti.list(
        PATH, RecordOut, search=("student__user__first_name", "student__user__last_name"), filters=FILTERS, **NAMED
    ),
    madrasti.create(PATH, Attendance, RecordIn, RecordOut, use_case=add_record, **WRITTEN),
    madrasti.retrieve(ROW, RecordOut, **NAMED),
    madrasti.update(ROW, Attendance, make_partial(RecordIn), RecordOut, **CHANGED),
    madrasti.update(ROW, Attendance, make_partial(RecordIn), RecordOut, method="PATCH", addition=True, **CHANGED),
]
ROUTES = with_bulk(SINGLE, creates=True)
