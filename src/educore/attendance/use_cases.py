"""Marks of attendance: given to a whole class or to one student, corrected and removed.

Every correction and removal writes an `AttendanceCorrection` with the mark as it was before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from educore.attendance.entities import Attendance, AttendanceCorrection, AttendanceStatus
from educore.attendance.events import ClassMarked
from educore.attendance.flag_updates import update_flags
from educore.attendance.marks import (
    correction_fields,
    explain_strangers,
    marker_fields,
    outdated_details,
    shared_fields,
    write_marks,
)
from educore.attendance.registers import begin_by_marking, may_have_registers, require_markable
from educore.kernel.actions import locks_row, use_case, with_computed
from educore.kernel.errors import Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.timetable.entities import Session


@locks_row
@use_case
def mark_class(uow: UnitOfWork, session: Session, /, *, marks: Sequence[Mapping[str, Any]]) -> list[Attendance]:
    """Mark students of a session, all or none; a mark that is stored already is corrected.

    Each mark is `{"student_id", "status", "notes", "late_minutes", "absence_reason", "client_id",
    "marked_on_device_at"}`, of which the first two are needed; other students keep their marks. A status may be a
    `SharedWord`, which leaves the stored status if it stands for it. Details that are not given stay as long as the
    status does. Repeating changes nothing, and so does a mark of a device that is older than the stored one. The number
    of statements is the same for any class. Where a session of a timetable has no register yet, it is opened; marks in
    a register raise flags.
    Raises: Invalid on `marks` ("too_few", "too_many") and `marks.<number>.student_id` ("twice", and for those who have
    no mark yet "not_in_group" and "joined_later", both about the day of the session); Invalid("not_late") on
    `marks.<number>.late_minutes`; Conflict("session_cancelled"), ("session_in_future").
    """
    session = uow.get(Session, session.id, to="mark", lock=True)  # teachers who mark the same class take turns
    require_markable(uow, session)
    written = write_marks(uow, session, marks)
    if written.statuses:
        update_flags(uow, begin_by_marking(uow, session), written.statuses)
    return written.rows


@use_case
def mark_attendance(
    uow: UnitOfWork, /, *, session_id: int, student_id: int, status: AttendanceStatus, **fields: Any
) -> Attendance:
    """Mark one student of a session for the first time (center_crm 9.2).

    Raises: Conflict("taken") on student_id for a second mark; Invalid("unknown_id"); Invalid("not_in_group"),
    ("joined_later") on student_id; Conflict("session_cancelled"), Conflict("session_in_future") on session_id.
    """
    session = uow.reference(Session, session_id, field="session_id", to="mark", lock=True)
    require_markable(uow, session, field="session_id")
    if strangers := explain_strangers(uow, session, [student_id]):
        raise Invalid({"student_id": [strangers[student_id]]})
    values = {"student_id": student_id, "status": status, **fields}
    mark = uow.add(Attendance, with_computed(values, **shared_fields(uow, session)))
    update_flags(uow, begin_by_marking(uow, session), {student_id: (None, mark.status)})
    uow.record(ClassMarked(session.center_id, session.id, changed=1, statuses={student_id: (None, mark.status)}))
    return mark


@locks_row
@use_case
def correct_attendance(uow: UnitOfWork, mark: Attendance, /, **fields: Any) -> Attendance:
    """Change a mark and store a correction. With another status, what was said of the former one goes.

    Raises: Invalid("cannot_change"); Invalid("not_late") on late_minutes; Forbidden if the actor may not excuse.
    """
    mark = uow.get(Attendance, mark.id, to="update", lock=True)
    after = {**dict(mark), **fields}
    if all(after[name] == getattr(mark, name) for name in fields):
        return mark
    is_excused = after["status"] is AttendanceStatus.EXCUSED is not mark.status
    if is_excused and uow.actor.school_id == mark.center_id:
        uow.get(Attendance, mark.id, to="excuse")
    for name, value in outdated_details(mark, after["status"]).items():
        fields.setdefault(name, value)
    changed = uow.change(mark, with_computed(fields, **marker_fields(uow)))
    uow.add(AttendanceCorrection, correction_fields(uow, mark, changed))
    _follow_flags(uow, mark, changed.status)
    statuses = {mark.student_id: (mark.status, changed.status)}
    uow.record(ClassMarked(mark.center_id, mark.session_id, changed=1, statuses=statuses))
    return changed


@locks_row
@use_case
def remove_attendance(uow: UnitOfWork, mark: Attendance, /) -> None:
    """Remove a mark and store a correction."""
    uow.add(AttendanceCorrection, correction_fields(uow, mark, None))
    uow.remove(mark)
    _follow_flags(uow, mark, None)


def _follow_flags(uow: UnitOfWork, mark: Attendance, status: AttendanceStatus | None) -> None:
    """Keep the flags of a student in step with a mark that has another status now, or was removed."""
    if status is not mark.status and may_have_registers(uow, mark.center_id):
        session = uow.as_platform().get(Session, mark.session_id)
        update_flags(uow, session, {mark.student_id: (mark.status, status)})
