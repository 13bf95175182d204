"""Flags kept in step with marks: whenever marks of a register change, the flags of their students are reviewed.

The marks that matter are read for all students together: those of the last month, and further back only for a student
whose absence is longer. So the number of statements does not grow with the class.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Annotated, Any

from educore.attendance.absence_rules import ENDS_ABSENCE, LATE_PERIOD, StudentMark
from educore.attendance.entities import AbsenceFlag, Attendance, AttendanceStatus, FlagResolution, FlagStatus, FlagType
from educore.attendance.events import FlagsRaised
from educore.attendance.flag_review import Review, StoredFlag, review_flags
from educore.kernel.conditions import Where, where
from educore.kernel.shape import From, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.timetable.entities import Session
from educore.values import Day, TimeOfDay

NOTICED = frozenset({AttendanceStatus.ABSENT, AttendanceStatus.LATE})
"""The marks that may raise a flag."""

COUNTED = (AttendanceStatus.PRESENT, AttendanceStatus.ABSENT, AttendanceStatus.LATE)


class _MarkRow(Shape, of=Attendance):
    student_id: int
    session_id: int
    day: Annotated[Day, From("session.date")]
    start_time: Annotated[TimeOfDay | None, From("session.start_time")]
    status: AttendanceStatus


class _FlagRow(Shape, of=AbsenceFlag):
    id: int
    student_id: int
    session_id: int
    day: Annotated[Day, From("session.date")]
    type: FlagType
    status: FlagStatus
    absence_count: int
    auto_generated: bool
    resolved_by_id: int | None


def update_flags(
    uow: UnitOfWork, session: Session, statuses: Mapping[int, tuple[AttendanceStatus | None, AttendanceStatus | None]]
) -> list[AbsenceFlag]:
    """Raise, count anew and close the flags of students whose mark in a session has changed; return the new ones.

    `statuses` holds the status before and after by student id, None for no mark. Sessions without a register raise no
    flags. Whoever may mark needs no right to flags.
    """
    changed = {id: pair for id, pair in statuses.items() if pair[0] is not pair[1]}
    if session.register_status is None or not changed:
        return []
    platform, day = uow.as_platform(), session.date
    flags = _read_flags(platform, changed, day)
    noticed = {id for id, pair in changed.items() if NOTICED & {*pair}}
    reviewed = noticed | {id for id, found in flags.items() if any(flag.day >= day for flag in found)}
    reviews = _review(platform, {id: flags.get(id, []) for id in sorted(reviewed)}, day)
    is_excused = {id: changed[id][1] is AttendanceStatus.EXCUSED for id in reviews}
    _apply_changes(uow, [(review.changed, is_excused[id]) for id, review in reviews.items()])
    shared = {"center_id": session.center_id, "auto_generated": True}
    new = [{**shared, "student_id": id, **fields} for id, review in reviews.items() for fields in review.new]
    raised = platform.add_all(AbsenceFlag, new)
    if raised:
        ids = tuple(flag.id for flag in raised)
        uow.record(FlagsRaised(center_id=session.center_id, session_id=session.id, flag_ids=ids))
    return raised


def recount_flags(uow: UnitOfWork, *, student_id: int, session_ids: Collection[int]) -> None:
    """Count the flags of a student anew whose absences in some sessions were excused; resolve those without ground."""
    platform = uow.as_platform()
    day = min(session.date for session in platform.find(Session, where(id__in=session_ids)))
    flags = {student_id: _read_flags(platform, [student_id], day).get(student_id, [])}
    _apply_changes(uow, [(review.changed, True) for review in _review(platform, flags, day).values()])


def _review(platform: UnitOfWork, flags: Mapping[int, list[StoredFlag]], day: date) -> dict[int, Review]:
    """Return what follows for students, whose flags are given by their ids, from changed marks of a day."""
    first = min([day, *(flag.day for found in flags.values() for flag in found if flag.depends_on(day))])
    marks = read_marks(platform, flags.keys(), since=first - LATE_PERIOD)
    return {id: review_flags(marks.get(id, []), found, day=day) for id, found in flags.items()}


def read_marks(platform: UnitOfWork, student_ids: Collection[int], *, since: date) -> dict[int, list[StudentMark]]:
    """Return the marks of students that count, from a day on and in order of time, by student id.

    An absence that had begun before that day is read from its beginning.
    """
    if not student_ids:
        return {}
    of_students = where(status__in=COUNTED, session__is_cancelled=False)
    recent = where(student_id__in=student_ids, session__date__gte=since)
    marks = _in_order(platform, of_students & recent)
    if cut := [id for id, found in marks.items() if _begins_absent(found)]:
        earlier = where(student_id__in=cut, session__date__lte=since - timedelta(days=1))
        for id, found in _in_order(platform, of_students & earlier).items():
            marks[id] = found + marks[id]
    return marks


def _in_order(platform: UnitOfWork, condition: Where) -> dict[int, list[StudentMark]]:
    found = platform.read(_MarkRow, condition)
    marks: dict[int, list[StudentMark]] = {}
    for row in sorted(found, key=lambda row: (row.day, row.start_time or time.min, row.session_id)):
        marks.setdefault(row.student_id, []).append(StudentMark(row.session_id, row.day, row.status))
    return marks


def _begins_absent(marks: Iterable[StudentMark]) -> bool:
    """Return whether marks begin within an absence, of which more may lie before."""
    for mark in marks:
        if mark.status is AttendanceStatus.ABSENT or mark.status in ENDS_ABSENCE:
            return mark.status is AttendanceStatus.ABSENT
    return False


def _read_flags(platform: UnitOfWork, student_ids: Collection[int], day: date) -> dict[int, list[StoredFlag]]:
    """Return the flags of students that are active or about a day."""
    concerned = where(status=FlagStatus.ACTIVE) | where(session__date=day)
    found = platform.read(_FlagRow, where(student_id__in=student_ids) & concerned)
    flags: dict[int, list[StoredFlag]] = {}
    for row in found:
        is_withdrawn = row.status is FlagStatus.DISMISSED and row.resolved_by_id is None
        known = (row.id, row.type, row.status, row.session_id, row.day, row.absence_count)
        flags.setdefault(row.student_id, []).append(StoredFlag(*known, row.auto_generated, is_withdrawn))
    return flags


def _apply_changes(uow: UnitOfWork, reviewed: Sequence[tuple[Mapping[int, Mapping[str, Any]], bool]]) -> None:
    """Write the changes of flags, each with whether an absence was excused.

    Flags without ground are then resolved as justified, and otherwise dismissed.
    """
    closed: dict[str, Any] = {"resolved_at": uow.ports.clock.now()}
    dismissed = {**closed, "status": FlagStatus.DISMISSED}
    justified = {"resolution": FlagResolution.JUSTIFIED, "resolved_by_id": uow.actor.user_id}
    resolved = {**closed, **justified, "status": FlagStatus.RESOLVED}
    fields = {
        id: (resolved if is_excused else dismissed) if "status" in change else change
        for changes, is_excused in reviewed
        for id, change in changes.items()
    }
    uow.as_platform().change_each(AbsenceFlag, fields)
