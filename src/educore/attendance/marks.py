"""The marks of a session, written together, and the corrections that keep every mark as it was before.

A device may mark without a network and send its marks later, perhaps twice. A mark is left alone if it came with the
same id already, or was made after the moment at which the device made its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from educore.attendance.entities import Attendance, AttendanceCorrection, AttendanceStatus
from educore.attendance.events import ClassMarked
from educore.groups.rosters import explain_absences
from educore.kernel.conditions import where
from educore.kernel.errors import Invalid, Problem
from educore.kernel.unit_of_work import UnitOfWork
from educore.kernel.words import member_for
from educore.people.rosters import upsert_by_student, validate_roster
from educore.timetable.entities import Session

MAX_MARKS = 2_000
"""The largest number of marks in one call."""

MARK_FIELDS = ("status", "notes", "late_minutes", "absence_reason")
"""The fields of a mark that a correction keeps as they were."""

DEVICE_FIELDS = ("client_id", "marked_on_device_at")


@dataclass(frozen=True)
class WrittenMarks:
    """All marks of a call in its order, and the statuses before and after by student, of those that were written."""

    rows: list[Attendance]
    statuses: dict[int, tuple[AttendanceStatus | None, AttendanceStatus]]


def write_marks(uow: UnitOfWork, session: Session, marks: Sequence[Mapping[str, Any]]) -> WrittenMarks:
    """Store the marks of a locked session, all or none.

    Raises: the errors of `mark_class` about `marks`.
    """
    student_ids = [int(mark["student_id"]) for mark in marks]
    if len(student_ids) > MAX_MARKS:
        raise Invalid.because("marks", "too_many", most=MAX_MARKS)
    stored = {mark.student_id: mark for mark in uow.find(Attendance, where(session_id=session.id), lock=True)}
    strangers = explain_strangers(uow, session, [id for id in student_ids if id not in stored])
    validate_roster(student_ids, strangers, name="marks")
    now = uow.ports.clock.now()
    wanted = {id: _wanted(mark, stored.get(id), now) for id, mark in zip(student_ids, marks, strict=True)}
    shared = shared_fields(uow, session)
    rows, written = upsert_by_student(
        wanted,
        stored,
        name="marks",
        compare=MARK_FIELDS,
        add=lambda ids: uow.add_all(Attendance, [{**shared, "student_id": id, **wanted[id]} for id in ids]),
        change=lambda ids: change_marks(uow, [(stored[id], wanted[id]) for id in ids]),
    )
    before = {id: mark.status for id, mark in stored.items()}
    statuses = {mark.student_id: (before.get(mark.student_id), mark.status) for mark in written}
    if written:
        uow.record(ClassMarked(session.center_id, session.id, changed=len(written), statuses=statuses))
    return WrittenMarks(rows, statuses)


def change_marks(uow: UnitOfWork, changes: Sequence[tuple[Attendance, Mapping[str, Any]]]) -> list[Attendance]:
    """Change marks together, and store a correction of each."""
    marker = marker_fields(uow)
    before = {mark.id: mark for mark, _ in changes}
    changed = uow.change_each(Attendance, {mark.id: {**marker, **fields} for mark, fields in changes})
    uow.add_all(AttendanceCorrection, [correction_fields(uow, before[mark.id], mark) for mark in changed])
    return changed


def remove_marks(uow: UnitOfWork, marks: Sequence[Attendance]) -> None:
    """Remove marks, each with a correction that keeps it."""
    uow.add_all(AttendanceCorrection, [correction_fields(uow, mark, None) for mark in marks])
    uow.remove_all(Attendance, where(id__in=[mark.id for mark in marks]))


def explain_strangers(uow: UnitOfWork, session: Session, student_ids: Collection[int]) -> dict[int, Problem]:
    """Return a problem for each student who was not in the session's group on its day."""
    return explain_absences(uow, student_ids, group_id=session.group_id, on=session.date)


def marker_fields(uow: UnitOfWork) -> dict[str, Any]:
    """Return the actor and the time of a mark (center_crm C59), which unless it says otherwise was made here."""
    marker = {"teacher_id": uow.actor.teacher_id, "marker_id": uow.actor.user_id}
    return {**marker, "marked_at": uow.ports.clock.now(), "marked_on_device_at": None}


def shared_fields(uow: UnitOfWork, session: Session) -> dict[str, Any]:
    """Return the fields that all new marks of a session have in common."""
    return {"center_id": session.center_id, "session_id": session.id, **marker_fields(uow)}


def correction_fields(uow: UnitOfWork, before: Attendance, after: Attendance | None) -> dict[str, Any]:
    """Return the fields of a correction; without `after` the mark is removed."""
    return {
        "center_id": before.center_id,
        "session_id": before.session_id,
        "student_id": before.student_id,
        "corrected_by_id": uow.actor.user_id,
        "corrected_at": uow.ports.clock.now(),
        "status_before": before.status,
        "notes_before": before.notes,
        "late_minutes_before": before.late_minutes,
        "reason_before": before.absence_reason,
        "status_after": after.status if after else None,
        "notes_after": after.notes if after else "",
        "late_minutes_after": after.late_minutes if after else None,
        "reason_after": after.absence_reason if after else "",
    }


def outdated_details(before: Attendance, status: AttendanceStatus) -> dict[str, Any]:
    """Return the changes that a mark needs because it gets another status: what was said of the old one goes."""
    if status is before.status:
        return {}
    is_missing = status in (AttendanceStatus.ABSENT, AttendanceStatus.EXCUSED)
    reason = {} if is_missing or not before.absence_reason else {"absence_reason": ""}
    return {"late_minutes": None, **reason} if before.late_minutes is not None else reason


def _wanted(mark: Mapping[str, Any], stored: Attendance | None, now: datetime) -> dict[str, Any]:
    """Return the fields of a mark; `stored` is the present mark of the student, which may already be the newer one."""
    if stored is not None and _is_outdated(mark, stored):
        return {name: getattr(stored, name) for name in (*MARK_FIELDS, *DEVICE_FIELDS)}
    status = member_for(mark["status"], stored and stored.status)
    keeps = stored is not None and stored.status is status
    present_notes = stored.notes if stored is not None and keeps else ""
    wanted: dict[str, Any] = {"status": status, "notes": mark.get("notes", present_notes) or ""}
    if stored is not None:
        wanted |= outdated_details(stored, status)
    if "late_minutes" in mark:
        wanted["late_minutes"] = mark["late_minutes"]
    if "absence_reason" in mark:
        wanted["absence_reason"] = mark["absence_reason"] or ""
    if mark.get("client_id") is not None:
        wanted["client_id"] = mark["client_id"]
    if (made_at := mark.get("marked_on_device_at")) is not None:
        wanted["marked_on_device_at"] = min(made_at, now)  # the clock of a device may be fast
    return wanted


def _is_outdated(mark: Mapping[str, Any], stored: Attendance) -> bool:
    """Return whether a device sends a mark again, or one that was made before the stored one."""
    client_id, made_at = mark.get("client_id"), mark.get("marked_on_device_at")
    if client_id is not None and client_id == stored.client_id:
        return True
    return made_at is not None and made_at < (stored.marked_on_device_at or stored.marked_at)
