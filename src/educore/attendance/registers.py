"""The registers of a class: prepared for a lesson of the timetable, started, marked, completed, and taken back.

A register is the roll of a session. Whoever takes it locks the session, so two teachers take turns and every change of
its status happens once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from educore.attendance.entities import AbsenceFlag, Attendance
from educore.attendance.events import RegisterChanged
from educore.attendance.flag_updates import update_flags
from educore.attendance.marks import remove_marks, write_marks
from educore.kernel.actions import locks_row, use_case
from educore.kernel.conditions import everything, where
from educore.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from educore.kernel.policy import Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import local_today
from educore.people.entities import Student
from educore.timetable.clashes import refuse_clashes
from educore.timetable.entities import RegisterStatus, Series, Session, is_slot

NO_ROLL: Mapping[str, Any] = {"started_at": None, "started_by_id": None, "completed_at": None, "completed_by_id": None}

MOVED_FIELDS = ("date", "start_time", "end_time", "starts_at", "ends_at", "minutes")


@dataclass(frozen=True)
class Taken:
    """The marks of the students of one call, in its order, and the flags that they raised."""

    marks: list[Attendance]
    flags: list[AbsenceFlag]


@use_case
def prepare_register(uow: UnitOfWork, /, *, series_id: int, date: date, notes: str = "") -> Session:
    """Prepare the register of the lesson that a slot has on a local day.

    Raises: Invalid("unknown_id") on series_id, also for a series without a timetable; Invalid("no_lesson_then") on
    date; Conflict("register_exists") on date; Forbidden for the lesson of somebody else.
    """
    slot = uow.reference(Series, series_id, field="series_id", only=is_slot)
    lesson = _find_lesson(uow, slot.id, date)
    try:
        session = uow.get(Session, lesson.id, to="prepare_register", lock=True)
    except NotFound:
        raise Forbidden(role=uow.actor.role) from None  # a teacher sees the whole plan, and only their own lessons
    if session.register_status is not None:
        raise Conflict.because("date", "register_exists", date=date.isoformat())
    fields = {"register_status": RegisterStatus.NOT_STARTED, **({"notes": notes} if notes else {})}
    return uow.change(session, fields, to="prepare_register")


@locks_row
@use_case
def change_register(
    uow: UnitOfWork,
    session: Session,
    /,
    *,
    series_id: int | None = None,
    date: date | None = None,
    notes: str | None = None,
) -> Session:
    """Change the notes of a register, or move it, before it is started, to another lesson of its slot, which stays.

    The two lessons change places, in one statement.
    Raises: Invalid("cannot_change") on series_id; Invalid("no_lesson_then"), Conflict("register_exists") on date;
    Conflict("register_missing"), ("register_started").
    """
    session = uow.get(Session, session.id, to="change_register", lock=True)
    if session.register_status is None:
        raise Conflict.because("", "register_missing")
    if series_id not in (None, session.series_id):
        raise Invalid.because("series_id", "cannot_change")
    if notes is not None:
        session = uow.change(session, {"notes": notes}, to="change_register")
    if date is None or date == session.date:
        return session
    _require_status(session, RegisterStatus.NOT_STARTED)
    _change_places(uow, session, date)
    return uow.get(Session, session.id)


@locks_row
@use_case
def drop_register(uow: UnitOfWork, session: Session, /) -> Session:
    """Take back a register that was prepared and not started; the lesson stays.

    Raises: Conflict("register_missing"), ("register_started").
    """
    session = uow.get(Session, session.id, to="drop_register", lock=True)
    _require_status(session, RegisterStatus.NOT_STARTED)
    return uow.change(session, {"register_status": None}, to="drop_register")


@locks_row
@use_case
def start_register(uow: UnitOfWork, session: Session, /) -> Session:
    """Start a register that was prepared: from now on its students are marked.

    Raises: Conflict("register_missing"), ("register_started"), ("session_cancelled"), ("session_in_future").
    """
    session = uow.get(Session, session.id, to="start_register", lock=True)
    _require_status(session, RegisterStatus.NOT_STARTED)
    require_markable(uow, session)
    return _set_status(uow, session, _started(uow), to="start_register")


@locks_row
@use_case
def complete_register(uow: UnitOfWork, session: Session, /) -> Session:
    """Complete a register that was started. Students who are not marked stay so: neither present nor absent.

    Raises: Conflict("register_missing"), ("register_not_started"), ("register_completed").
    """
    session = uow.get(Session, session.id, to="complete_register", lock=True)
    _require_status(session, RegisterStatus.IN_PROGRESS)
    completed = {"completed_at": uow.ports.clock.now(), "completed_by_id": uow.actor.user_id}
    fields = {"register_status": RegisterStatus.COMPLETED, **completed}
    return _set_status(uow, session, fields, to="complete_register")


@locks_row
@use_case
def reset_register(uow: UnitOfWork, session: Session, /) -> Session:
    """Make a register as it was before it was started. Its marks are removed, each with a correction that keeps it.

    The active flags that they raised are dismissed.

    Raises: Conflict("register_missing").
    """
    session = uow.get(Session, session.id, to="reset_register", lock=True)
    if session.register_status is None:
        raise Conflict.because("", "register_missing")
    marks = uow.find(Attendance, where(session_id=session.id), lock=True)
    remove_marks(uow, marks)
    update_flags(uow, session, {mark.student_id: (mark.status, None) for mark in marks})
    fields = {"register_status": RegisterStatus.NOT_STARTED, **NO_ROLL}
    return _set_status(uow, session, fields, to="reset_register")


@use_case
def take_register(uow: UnitOfWork, session: Session, /, *, marks: Sequence[Mapping[str, Any]]) -> Taken:
    """Mark students in a register that was started, as `mark_class` does; the office also in a completed one.

    The students are locked before the session, so that those whom two teachers mark at once get each flag once.

    Raises: the errors of `mark_class`; Conflict("register_missing"), ("register_not_started"),
    ("register_completed").
    """
    in_center = where(center_id=session.center_id, id__in=[int(mark["student_id"]) for mark in marks])
    uow.as_platform().find(Student, in_center, lock=True)
    session = uow.get(Session, session.id, to="take_register", lock=True)
    require_started(uow, session)
    require_markable(uow, session)
    written = write_marks(uow, session, marks)
    return Taken(written.rows, update_flags(uow, session, written.statuses))


def begin_by_marking(uow: UnitOfWork, session: Session) -> Session:
    """Start the register of a lesson of a timetable whose students are marked; other sessions have none.

    Only schools have timetables, so elsewhere it costs nothing.
    """
    is_begun = session.register_status not in (None, RegisterStatus.NOT_STARTED)
    if session.series_id is None or is_begun or not may_have_registers(uow, session.center_id):
        return session
    platform = uow.as_platform()
    if not platform.count(Series, where(id=session.series_id) & is_slot):
        return session
    return _set_status(platform, session, _started(uow), to="start_register")


def may_have_registers(uow: UnitOfWork, center_id: int) -> bool:
    """Return whether a Center is a school, as far as the actor tells; for superadmins it may be one."""
    return uow.actor.school_id == center_id or uow.actor.role is Role.SUPERADMIN


def require_started(uow: UnitOfWork, session: Session, *, field: str = "") -> None:
    """Raise a Conflict on the field unless a register takes marks: started, or completed and for the office.

    Its code is "register_missing", "register_not_started" or "register_completed".
    """
    is_corrected = session.register_status is RegisterStatus.COMPLETED and uow.actor.role is not Role.TEACHER
    if not is_corrected:
        _require_status(session, RegisterStatus.IN_PROGRESS, field=field)


def require_markable(uow: UnitOfWork, session: Session, *, field: str = "") -> None:
    """Raise Conflict("session_cancelled") or Conflict("session_in_future") on the field."""
    if session.is_cancelled:
        raise Conflict.because(field, "session_cancelled")
    if session.date > local_today(uow, session.center_id):
        raise Conflict.because(field, "session_in_future", date=session.date.isoformat())


def _require_status(session: Session, status: RegisterStatus, *, field: str = "") -> None:
    """Raise a Conflict on the field that says in which other status the register is."""
    codes = {
        None: "register_missing",
        RegisterStatus.NOT_STARTED: "register_not_started",
        RegisterStatus.COMPLETED: "register_completed",
    }
    if session.register_status is status:
        return
    if status is RegisterStatus.NOT_STARTED and session.register_status is not None:
        raise Conflict.because(field, "register_started")
    raise Conflict.because(field, codes[session.register_status])


def _started(uow: UnitOfWork) -> dict[str, Any]:
    started = {"started_at": uow.ports.clock.now(), "started_by_id": uow.actor.user_id}
    return {"register_status": RegisterStatus.IN_PROGRESS, **started}


def _set_status(uow: UnitOfWork, session: Session, fields: Mapping[str, Any], *, to: str) -> Session:
    changed = uow.change(session, fields, to=to)
    status = fields["register_status"]
    uow.record(RegisterChanged(center_id=session.center_id, session_id=session.id, status=status))
    return changed


def _find_lesson(uow: UnitOfWork, series_id: int, day: date) -> Session:
    """Return the session of a slot on a day, which the actor may not see. Raises: Invalid("no_lesson_then") on date."""
    lesson = where(series_id=series_id, date=day, is_cancelled=False)
    found = uow.as_platform().find(Session, lesson, order=("id",))
    for session in sorted(found, key=lambda session: session.register_status is None):
        return session
    raise Invalid.because("date", "no_lesson_then", date=day.isoformat())


def _change_places(uow: UnitOfWork, session: Session, day: date) -> None:
    """Exchange the times of two lessons of a slot. Raises: the errors of `change_register` on date."""
    if session.series_id is None:
        raise Invalid.because("date", "no_lesson_then", date=day.isoformat())
    platform = uow.as_platform()
    other = platform.get(Session, _find_lesson(uow, session.series_id, day).id, lock=True)
    is_marked = where(id=other.id, Attendance__has=everything)
    if other.register_status is not None or platform.count(Session, is_marked):
        raise Conflict.because("date", "register_exists", date=day.isoformat())
    times = {one.id: {name: getattr(one, name) for name in MOVED_FIELDS} for one in (session, other)}
    changes = {session.id: times[other.id], other.id: times[session.id]}
    after = [{**dict(one), **changes[one.id]} for one in (session, other)]
    refuse_clashes(platform, after, center_id=session.center_id, ids=[session.id, other.id])
    platform.change_each(Session, changes)
