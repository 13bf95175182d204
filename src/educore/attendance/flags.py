"""Flags of absences: raised by hand, changed, resolved and dismissed, with what families hand in.

Rows are locked in one order, also where marks raise flags: the student, then their marks, then the flags. So resolving
a flag and marking the student take turns.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from educore.attendance.absence_rules import CHRONIC_PERIOD, StudentMark, absence_of, absence_priority
from educore.attendance.entities import (
    AbsenceFlag,
    Attendance,
    AttendanceStatus,
    FlagDocument,
    FlagPriority,
    FlagResolution,
    FlagStatus,
    FlagType,
)
from educore.attendance.events import FlagResolved, FlagsRaised
from educore.attendance.flag_review import PATTERNS, URGENT_ENOUGH, count_days, pattern_priority
from educore.attendance.flag_updates import read_marks, recount_flags
from educore.attendance.marks import change_marks, explain_strangers
from educore.kernel.actions import use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student
from educore.timetable.entities import Session

NEW_BY_HAND: Mapping[str, Any] = {
    "status": FlagStatus.ACTIVE,
    "auto_generated": False,
    "resolution": None,
    "resolved_at": None,
    "resolved_by_id": None,
}
"""The fields of a flag raised by hand that nobody chooses."""


@dataclass(frozen=True)
class Resolved:
    """A resolved flag, and the marks that were excused with it."""

    flag: AbsenceFlag
    excused: list[Attendance]


@use_case
def raise_flag(
    uow: UnitOfWork, /, *, student_id: int, session_id: int, priority: FlagPriority | None = None, **fields: Any
) -> AbsenceFlag:
    """Raise a flag by hand, about an absence unless `type` says otherwise.

    Its days are counted, and without `priority` it has the one that follows from them.

    Raises: Invalid("unknown_id"); Invalid("not_in_group"), ("joined_later") on student_id for a student who was not in
    the class then; Conflict("flag_active") on type where a pattern of the student has an active flag already.
    """
    student = uow.reference(Student, student_id, field="student_id")
    uow.as_platform().get(Student, student.id, lock=True)
    session = uow.reference(Session, session_id, field="session_id")
    if strangers := explain_strangers(uow, session, [student_id]):
        raise Invalid({"student_id": [strangers[student_id]]})
    kind = FlagType(fields.get("type") or FlagType.ABSENCE)
    same = where(student_id=student_id, type=kind, status=FlagStatus.ACTIVE)
    if kind in PATTERNS and uow.count(AbsenceFlag, same):
        raise Conflict.because("type", "flag_active")
    marks = _marks_until(uow, student_id, session.date)
    count = count_days(marks, kind, session_id)
    derived = pattern_priority(marks, kind, session.date) if kind in PATTERNS else absence_priority(count)
    computed = {
        "center_id": session.center_id,
        "absence_count": count,
        "created_by_id": uow.actor.user_id,
        "priority": priority or derived,
        **NEW_BY_HAND,
    }
    follow_up = {"follow_up_required": computed["priority"] in URGENT_ENOUGH}
    given = {**follow_up, **fields, "type": kind, "student_id": student_id, "session_id": session_id}
    flag = uow.add(AbsenceFlag, with_computed(given, **computed))
    uow.record(FlagsRaised(center_id=flag.center_id, session_id=session_id, flag_ids=(flag.id,)))
    return flag


@use_case
def change_flag(
    uow: UnitOfWork,
    flag: AbsenceFlag,
    /,
    *,
    priority: FlagPriority | None = None,
    follow_up_required: bool | None = None,
    resolution_notes: str | None = None,
) -> AbsenceFlag:
    """Change how urgent a flag is, whether somebody must follow it up, and its notes, also once it is closed."""
    given = {"priority": priority, "follow_up_required": follow_up_required, "resolution_notes": resolution_notes}
    return uow.change(flag, {name: value for name, value in given.items() if value is not None})


@use_case
def resolve_flag(
    uow: UnitOfWork,
    flag: AbsenceFlag,
    /,
    *,
    resolution: FlagResolution,
    notes: str = "",
    documents: Sequence[str] = (),
    excuse: bool = False,
    session_ids: Collection[int] = (),
    follow_up_required: bool | None = None,
) -> Resolved:
    """Resolve an active flag. With `excuse` absences are excused, and their other active flags resolved with it.

    Justified: all absences of the flag, which are those of its run or of its two weeks. Partial: those in
    `session_ids`, else that of its own session, and it needs a follow-up. `documents` are keys of stored files.
    Raises: Conflict("flag_closed"); Invalid("excuse_unjustified") on excuse; Invalid("not_of_flag") on session_ids.
    """
    if excuse and resolution is FlagResolution.UNJUSTIFIED:
        raise Invalid.because("excuse", "excuse_unjustified")
    flag, marks = _lock_with_marks(uow, flag, to="resolve")
    excused = _choose(flag, marks, resolution, session_ids) if excuse else []
    excused = change_marks(uow, [(mark, {"status": AttendanceStatus.EXCUSED}) for mark in excused])
    is_partial = resolution is FlagResolution.PARTIAL
    follow_up = is_partial if follow_up_required is None else follow_up_required or is_partial
    closed = {"resolution": resolution, "resolved_at": uow.ports.clock.now(), "resolved_by_id": uow.actor.user_id}
    closed |= {"status": FlagStatus.RESOLVED, "resolution_notes": notes}
    flag = uow.change(flag, {**closed, "follow_up_required": follow_up}, to="resolve")
    if excused:
        recount_flags(uow, student_id=flag.student_id, session_ids=[mark.session_id for mark in excused])
    for key in documents:
        add_flag_document(uow, flag_id=flag.id, file=key)
    uow.record(FlagResolved(center_id=flag.center_id, flag_id=flag.id))
    return Resolved(flag, excused)


@use_case
def dismiss_flag(uow: UnitOfWork, flag: AbsenceFlag, /, *, notes: str = "") -> AbsenceFlag:
    """Dismiss an active flag without a finding; the marks stay. Raises: Conflict("flag_closed")."""
    flag, _ = _lock_with_marks(uow, flag, to="dismiss")
    closed = {"resolved_at": uow.ports.clock.now(), "resolved_by_id": uow.actor.user_id, "resolution_notes": notes}
    return uow.change(flag, {"status": FlagStatus.DISMISSED, **closed}, to="dismiss")


def sessions_of_flag(uow: UnitOfWork, flag: AbsenceFlag) -> list[int]:
    """Return the ids of the sessions with the absences that a flag is about, in order of time."""
    day = uow.as_platform().get(Session, flag.session_id).date
    return [mark.session_id for mark in _marks_of(flag, _marks_until(uow, flag.student_id, day), day)]


@use_case
def add_flag_document(uow: UnitOfWork, /, *, flag_id: int, file: str | None = None, note: str = "") -> FlagDocument:
    """Hand in a file, a note, or both about a flag. Raises: Invalid("unknown_id") on flag_id; Invalid("missing")."""
    flag = uow.reference(AbsenceFlag, flag_id, field="flag_id")
    added = {"added_by_id": uow.actor.user_id, "created_at": uow.ports.clock.now()}
    return uow.add(FlagDocument, {"center_id": flag.center_id, "flag_id": flag.id, "file": file, "note": note, **added})


def _lock_with_marks(uow: UnitOfWork, flag: AbsenceFlag, *, to: str) -> tuple[AbsenceFlag, list[Attendance]]:
    """Lock the student and an active flag, and return it with the marks of its absences, locked.

    Raises: Conflict("flag_closed").
    """
    platform = uow.as_platform()
    flag = uow.get(AbsenceFlag, flag.id, to=to)
    platform.get(Student, flag.student_id, lock=True)
    day = platform.get(Session, flag.session_id).date
    session_ids = [mark.session_id for mark in _marks_of(flag, _marks_until(uow, flag.student_id, day), day)]
    of_flag = where(student_id=flag.student_id, session_id__in=session_ids)
    marks = platform.find(Attendance, of_flag, lock=True) if session_ids else []
    flag = uow.get(AbsenceFlag, flag.id, to=to, lock=True)
    if flag.status is not FlagStatus.ACTIVE:
        raise Conflict.because("", "flag_closed")
    return flag, [mark for mark in marks if mark.status is AttendanceStatus.ABSENT]


def _marks_until(uow: UnitOfWork, student_id: int, day: date) -> list[StudentMark]:
    return read_marks(uow.as_platform(), [student_id], since=day - 2 * CHRONIC_PERIOD).get(student_id, [])


def _marks_of(flag: AbsenceFlag, marks: Sequence[StudentMark], day: date) -> list[StudentMark]:
    """Return the absent marks that a flag is about: of the absence it is in, or of the two weeks until its day."""
    if flag.type is FlagType.ABSENCE:
        return absence_of(marks, flag.session_id)
    if flag.type is FlagType.LATE_PATTERN:
        return []
    absent = (mark for mark in marks if mark.status is AttendanceStatus.ABSENT)
    return [mark for mark in absent if day - CHRONIC_PERIOD < mark.day <= day]


def _choose(
    flag: AbsenceFlag, marks: Sequence[Attendance], resolution: FlagResolution, session_ids: Collection[int]
) -> list[Attendance]:
    """Return the marks that a resolution excuses. Raises: Invalid("not_of_flag") on session_ids."""
    for id in sorted(set(session_ids) - {mark.session_id for mark in marks}):
        raise Invalid.because("session_ids", "not_of_flag", id=id)
    if resolution is FlagResolution.JUSTIFIED:
        return list(marks)
    chosen = set(session_ids) or {flag.session_id}
    return [mark for mark in marks if mark.session_id in chosen]
