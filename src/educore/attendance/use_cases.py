"""Marking who came: a whole class or one student, and corrections that keep what was there before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from educore.attendance.entities import Attendance, AttendanceCorrection, AttendanceStatus
from educore.attendance.events import ClassMarked
from educore.groups.entities import Enrollment
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid, NotFound
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.use_cases import local_today
from educore.people.rosters import errors_by_position, validate_roster
from educore.timetable.entities import Session

MOST_MARKS_AT_ONCE = 2_000


def mark_class(uow: UnitOfWork, session: Session, *, marks: Sequence[Mapping[str, Any]]) -> list[Attendance]:
    """Mark students of a session at once, all or none; a mark given before is corrected.

    Each mark is `{"student_id", "status", "notes"}`, notes optional; students left out stay as they are.
    Repeating changes nothing. The number of statements is the same for any class.
    Raises: Invalid on `marks` ("too_few", "too_many") and `marks.<place>.student_id` ("twice", "not_in_group");
    Conflict("session_cancelled"), Conflict("session_in_future").
    """
    session = _session_to_mark(uow, session.id)
    students = [int(mark["student_id"]) for mark in marks]
    if len(students) > MOST_MARKS_AT_ONCE:
        raise Invalid.because("marks", "too_many", most=MOST_MARKS_AT_ONCE)
    validate_roster(students, _members(uow, session, students), under="marks", unknown="not_in_group")
    present = {mark.student_id: mark for mark in uow.find(Attendance, where(session_id=session.id), lock=True)}
    wanted = {id: _values(mark) for id, mark in zip(students, marks, strict=True)}
    new = [id for id in students if id not in present]
    corrected = [id for id in students if id in present and _differs(present[id], wanted[id])]
    places = {id: place for place, id in enumerate(students)}
    with errors_by_position("marks", [places[id] for id in new]):
        added = uow.add_all(Attendance, [_new(uow, session, id, wanted[id]) for id in new])
    with errors_by_position("marks", [places[id] for id in corrected]):
        changed = _correct(uow, {present[id].id: wanted[id] for id in corrected}, present)
    if added or changed:
        uow.record(ClassMarked(center_id=session.center_id, session_id=session.id, changed=len(added) + len(changed)))
    now = {**present, **{mark.student_id: mark for mark in (*added, *changed)}}
    return [now[id] for id in students]


def mark_attendance(
    uow: UnitOfWork, *, session_id: int, student_id: int, status: AttendanceStatus, notes: str = ""
) -> Attendance:
    """Mark one student of a session once (center_crm 9.2).

    Raises: Conflict("taken") on student_id for a second mark; Invalid("unknown_id"), Invalid("not_in_group");
    Conflict("session_cancelled"), Conflict("session_in_future") on session_id.
    """
    try:
        session = _session_to_mark(uow, session_id)
    except NotFound:
        raise Invalid.because("session_id", "unknown_id", id=session_id) from None
    except Invalid as error:
        raise error.prefixed("session_id") from None
    if student_id not in _members(uow, session, [student_id]):
        raise Invalid.because("student_id", "not_in_group", id=student_id)
    mark = uow.add(Attendance, **_new(uow, session, student_id, {"status": status, "notes": notes}))
    uow.record(ClassMarked(center_id=session.center_id, session_id=session.id, changed=1))
    return mark


def correct_attendance(uow: UnitOfWork, mark: Attendance, **fields: Any) -> Attendance:
    """Change a mark, keeping who changed it when and what it was. Raises: Invalid("cannot_change")."""
    mark = uow.get(Attendance, mark.id, to="update", lock=True)
    after = {**dict(mark), **fields}
    if all(after[name] == getattr(mark, name) for name in fields):
        return mark
    changed = uow.change(mark, **fields, **_marker(uow))
    uow.add(AttendanceCorrection, **_correction(uow, mark, changed))
    return changed


def remove_attendance(uow: UnitOfWork, mark: Attendance) -> None:
    """Take a mark back, keeping who did so when and what it was."""
    uow.add(AttendanceCorrection, **_correction(uow, mark, None))
    uow.remove(mark)


def _session_to_mark(uow: UnitOfWork, session_id: int) -> Session:
    """The session, locked, so that those who mark the same class take turns."""
    session = uow.get(Session, session_id, to="mark", lock=True)
    if session.is_cancelled:
        raise Conflict.because("", "session_cancelled")
    if session.date > local_today(uow, session.center_id):
        raise Conflict.because("", "session_in_future", date=session.date.isoformat())
    return session


def _members(uow: UnitOfWork, session: Session, students: Iterable[int]) -> set[int]:
    """Those of the students who are in the session's group, or were on its day."""
    there = where(left_on__isnull=True) | where(left_on__gte=session.date)
    these = where(group_id=session.group_id, student_id__in=students)
    return set(uow.count_by(Enrollment, "student_id", these & there))


def _values(mark: Mapping[str, Any]) -> dict[str, Any]:
    return {"status": mark["status"], "notes": mark.get("notes") or ""}


def _differs(mark: Attendance, values: Mapping[str, Any]) -> bool:
    return any(getattr(mark, name) != value for name, value in values.items())


def _marker(uow: UnitOfWork) -> dict[str, Any]:
    """Who marks, and when (center_crm C59)."""
    me = uow.actor
    return {"teacher_id": me.teacher_id, "marker_id": me.user_id, "marked_at": uow.ports.clock.now()}


def _new(uow: UnitOfWork, session: Session, student_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    whose = {"center_id": session.center_id, "session_id": session.id, "student_id": student_id}
    return {**whose, **values, **_marker(uow)}


def _correct(
    uow: UnitOfWork, corrected: Mapping[int, Mapping[str, Any]], present: Mapping[int, Attendance]
) -> list[Attendance]:
    """Change marks by id, and remember what they were."""
    changed = uow.change_each(Attendance, {id: {**values, **_marker(uow)} for id, values in corrected.items()})
    uow.add_all(AttendanceCorrection, [_correction(uow, present[mark.student_id], mark) for mark in changed])
    return changed


def _correction(uow: UnitOfWork, before: Attendance, after: Attendance | None) -> dict[str, Any]:
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
