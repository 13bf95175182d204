"""Marks of attendance: given to a whole class or to one student, corrected and removed.

Every correction and removal writes an `AttendanceCorrection` with the mark as it was before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from educore.attendance.entities import Attendance, AttendanceCorrection, AttendanceStatus
from educore.attendance.events import ClassMarked
from educore.groups.rosters import explain_absences
from educore.kernel.actions import locks_row, use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid, Problem
from educore.kernel.unit_of_work import UnitOfWork
from educore.kernel.words import member_for
from educore.organization.queries import local_today
from educore.people.rosters import upsert_by_student, validate_roster
from educore.timetable.entities import Session

MAX_MARKS = 2_000
"""The largest number of marks in one call of `mark_class`."""


@locks_row
@use_case
def mark_class(uow: UnitOfWork, session: Session, /, *, marks: Sequence[Mapping[str, Any]]) -> list[Attendance]:
    """Mark students of a session, all or none; a mark that is stored already is corrected.

    Each mark is `{"student_id", "status", "notes"}`; other students keep their marks. A status may be a `SharedWord`,
    which leaves the stored status if it stands for it. Notes that are not given stay as long as the status does.
    Repeating changes nothing. The number of statements is the same for any class.
    Raises: Invalid on `marks` ("too_few", "too_many") and `marks.<number>.student_id` ("twice", and for those who have
    no mark yet "not_in_group" and "joined_later", both about the day of the session); Conflict("session_cancelled"),
    ("session_in_future").
    """
    session = uow.get(Session, session.id, to="mark", lock=True)  # teachers who mark the same class take turns
    _require_markable(uow, session)
    student_ids = [int(mark["student_id"]) for mark in marks]
    if len(student_ids) > MAX_MARKS:
        raise Invalid.because("marks", "too_many", most=MAX_MARKS)
    stored = {mark.student_id: mark for mark in uow.find(Attendance, where(session_id=session.id), lock=True)}
    strangers = _explain_absences(uow, session, [id for id in student_ids if id not in stored])
    validate_roster(student_ids, strangers, name="marks")
    wanted = {id: _wanted(mark, stored.get(id)) for id, mark in zip(student_ids, marks, strict=True)}
    shared = _shared_fields(uow, session)
    rows, written = upsert_by_student(
        wanted,
        stored,
        name="marks",
        compare=("status", "notes"),
        add=lambda ids: uow.add_all(Attendance, [{**shared, "student_id": id, **wanted[id]} for id in ids]),
        change=lambda ids: _correct(uow, stored, {id: wanted[id] for id in ids}),
    )
    if written:
        uow.record(ClassMarked(center_id=session.center_id, session_id=session.id, changed=len(written)))
    return rows


@use_case
def mark_attendance(
    uow: UnitOfWork, /, *, session_id: int, student_id: int, status: AttendanceStatus, notes: str = ""
) -> Attendance:
    """Mark one student of a session for the first time (center_crm 9.2).

    Raises: Conflict("taken") on student_id for a second mark; Invalid("unknown_id"); Invalid("not_in_group"),
    ("joined_later") on student_id; Conflict("session_cancelled"), Conflict("session_in_future") on session_id.
    """
    session = uow.reference(Session, session_id, field="session_id", to="mark", lock=True)
    _require_markable(uow, session, field="session_id")
    if strangers := _explain_absences(uow, session, [student_id]):
        raise Invalid({"student_id": [strangers[student_id]]})
    values = {"student_id": student_id, "status": status, "notes": notes}
    mark = uow.add(Attendance, {**_shared_fields(uow, session), **values})
    uow.record(ClassMarked(center_id=session.center_id, session_id=session.id, changed=1))
    return mark


@locks_row
@use_case
def correct_attendance(uow: UnitOfWork, mark: Attendance, /, **fields: Any) -> Attendance:
    """Change a mark and store a correction. Raises: Invalid("cannot_change")."""
    mark = uow.get(Attendance, mark.id, to="update", lock=True)
    after = {**dict(mark), **fields}
    if all(after[name] == getattr(mark, name) for name in fields):
        return mark
    changed = uow.change(mark, with_computed(fields, **_marker_fields(uow)))
    uow.add(AttendanceCorrection, _correction_fields(uow, mark, changed))
    return changed


@locks_row
@use_case
def remove_attendance(uow: UnitOfWork, mark: Attendance, /) -> None:
    """Remove a mark and store a correction."""
    uow.add(AttendanceCorrection, _correction_fields(uow, mark, None))
    uow.remove(mark)


def _require_markable(uow: UnitOfWork, session: Session, *, field: str = "") -> None:
    """Raise Conflict("session_cancelled") or Conflict("session_in_future") on the field."""
    if session.is_cancelled:
        raise Conflict.because(field, "session_cancelled")
    if session.date > local_today(uow, session.center_id):
        raise Conflict.because(field, "session_in_future", date=session.date.isoformat())


def _explain_absences(uow: UnitOfWork, session: Session, student_ids: Collection[int]) -> dict[int, Problem]:
    """Return a problem for each student who was not in the session's group on its day."""
    return explain_absences(uow, student_ids, group_id=session.group_id, on=session.date)


def _wanted(mark: Mapping[str, Any], stored: Attendance | None) -> dict[str, Any]:
    """Return the status and the notes of a mark; `stored` is the present mark of the student."""
    status = member_for(mark["status"], stored and stored.status)
    keeps_notes = stored is not None and stored.status is status
    present_notes = stored.notes if stored is not None and keeps_notes else ""
    return {"status": status, "notes": mark.get("notes", present_notes) or ""}


def _marker_fields(uow: UnitOfWork) -> dict[str, Any]:
    """Return the actor and the time of a mark (center_crm C59)."""
    actor = uow.actor
    return {"teacher_id": actor.teacher_id, "marker_id": actor.user_id, "marked_at": uow.ports.clock.now()}


def _shared_fields(uow: UnitOfWork, session: Session) -> dict[str, Any]:
    """Return the fields that all new marks of a session have in common."""
    return {"center_id": session.center_id, "session_id": session.id, **_marker_fields(uow)}


def _correct(
    uow: UnitOfWork, stored: Mapping[int, Attendance], wanted: Mapping[int, Mapping[str, Any]]
) -> list[Attendance]:
    """Change the marks of some students, all by student id, and store the corrections."""
    marker = _marker_fields(uow)
    changes = {stored[id].id: {**values, **marker} for id, values in wanted.items()}
    changed = uow.change_each(Attendance, changes)
    corrections = [_correction_fields(uow, stored[mark.student_id], mark) for mark in changed]
    uow.add_all(AttendanceCorrection, corrections)
    return changed


def _correction_fields(uow: UnitOfWork, before: Attendance, after: Attendance | None) -> dict[str, Any]:
    return {
        "center_id": before.center_id,
        "session_id": before.session_id,
        "student_id": before.student_id,
        "corrected_by_id": uow.actor.user_id,
        "corrected_at": uow.ports.clock.now(),
        "status_before": before.status,
        "notes_before": before.notes,
        "status_after": after.status if after else None,
        "notes_after": after.notes if after else "",
    }
