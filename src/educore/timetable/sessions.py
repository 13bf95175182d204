"""Single sessions: planned, changed, cancelled and linked to an online room; and registers, which only have a date."""

from __future__ import annotations

import secrets
import string
from collections.abc import Sequence
from datetime import date, time
from typing import Any

from educore.groups.entities import Group
from educore.kernel.actions import locks_row, use_case, with_computed
from educore.kernel.conditions import everything, where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import center_time_zone, local_today
from educore.organization.use_cases import require_open_branch
from educore.timetable.clashes import refuse_clashes
from educore.timetable.entities import Session
from educore.timetable.events import SessionCancelled, SessionMoved
from educore.timetable.resources import (
    lock_group,
    lock_resources,
    refuse_outside_group,
    require_resources,
    resolve_teacher,
)
from educore.timetable.wall_clock import compute_instants

TIME_FIELDS = ("date", "start_time", "end_time")
RESOURCE_FIELDS = ("group_id", "teacher_id", "room_id")
LINK_LETTERS = string.ascii_lowercase + string.digits


@use_case
def schedule_session(
    uow: UnitOfWork,
    /,
    *,
    group_id: int,
    date: date,
    start_time: time,
    end_time: time,
    teacher_id: int | None = None,
    room_id: int | None = None,
    minutes: int | None = None,
    **fields: Any,
) -> Session:
    """Plan one session of an active group; without `teacher_id`, with the group's teacher (center_crm 8.2, C55, C56).

    Times are those of the Center's wall clock. `minutes`, if given, must be the length that they have.
    Raises: Invalid("unknown_id"), ("ends_before_start"), ("no_such_time"), ("branch_closed"); Invalid("only_yourself")
    on teacher_id; Invalid("duration_mismatch"), ("duration_without_times") on minutes; Invalid("before_group_start"),
    ("after_group_end") on date; Conflict("group_not_active"), ("room_unavailable"), ("group_booked"),
    ("teacher_booked"), ("room_booked"), each with the session in the way.
    """
    group = lock_group(uow, group_id)
    refuse_outside_group(group, [date])
    resources = lock_resources(uow, group, teacher_id=teacher_id, room_id=room_id)
    zone = center_time_zone(uow, group.center_id)
    instants = compute_instants(zone, date=date, start_time=start_time, end_time=end_time)
    _require_length(instants, minutes)
    times = {"date": date, "start_time": start_time, "end_time": end_time, **instants}
    session = with_computed(fields, center_id=group.center_id, **resources, **times)
    refuse_clashes(uow, [session], center_id=group.center_id)
    return uow.add(Session, session)


@use_case
def open_register(uow: UnitOfWork, /, *, group_id: int, date: date, topic: str = "", notes: str = "") -> Session:
    """Open a session without times, for the attendance of one day: one per group and day (edumaster E22).

    Raises: Conflict("session_exists"), Invalid("before_group_start"), ("after_group_end") on date;
    Invalid("unknown_id"), ("branch_closed"), Conflict("group_not_active") on group_id.
    """
    group = lock_group(uow, group_id)
    require_open_branch(uow, branch_id=group.branch_id, field="group_id")
    refuse_outside_group(group, [date])
    _require_free_day(uow, group, date)
    return uow.add(
        Session,
        {
            "center_id": group.center_id,
            "group_id": group.id,
            "teacher_id": resolve_teacher(uow, None, group=group),
            "date": date,
            "topic": topic,
            "notes": notes,
        },
    )


@use_case
def change_session(uow: UnitOfWork, session: Session, /, *, minutes: int | None = None, **fields: Any) -> Session:
    """Change a session; if it moves or is no longer cancelled, its resources must be free (center_crm C56, C57).

    Raises: the errors of `schedule_session`; Conflict("session_has_attendance") if it has marks and is cancelled,
    moves to another group or into the future.
    """
    if fields.keys() & {*TIME_FIELDS, *RESOURCE_FIELDS, "is_cancelled"}:  # the group is locked before its sessions
        uow.reference(Group, fields.get("group_id", session.group_id), field="group_id", lock=True)
    session = uow.get(Session, session.id, to="update", lock=True)
    if fields.get("is_cancelled") and not session.is_cancelled:
        session = cancel_session(uow, session)
    instants = _move(uow, session, fields)
    if minutes is not None:
        _require_length({**dict(session), **instants}, minutes)
    changed = uow.change(session, with_computed(fields, **instants))
    if instants:
        uow.record(SessionMoved(center_id=session.center_id, session_id=session.id))
    return changed


@locks_row
@use_case
def cancel_session(uow: UnitOfWork, session: Session, /) -> Session:
    """Cancel a session, which frees its resources; repeating is fine (center_crm 8.7, C57).

    Raises: Conflict("session_has_attendance").
    """
    session = uow.get(Session, session.id, to="cancel", lock=True)
    if session.is_cancelled:
        return session
    refuse_sessions_with_marks(uow, [session])
    uow.record(SessionCancelled(center_id=session.center_id, session_id=session.id))
    return uow.change(session, {"is_cancelled": True}, to="cancel")


@locks_row
@use_case
def link_session(uow: UnitOfWork, session: Session, /) -> Session:
    """Give a session a link to an online room, unless it has one already (center_crm 8.8, C58).

    Raises: Conflict("session_cancelled").
    """
    session = uow.get(Session, session.id, to="link", lock=True)
    if session.is_cancelled:
        raise Conflict.because("", "session_cancelled")
    if session.online_link:
        return session
    room = "".join(secrets.choice(LINK_LETTERS) for _ in range(10))
    return uow.change(session, {"online_link": f"{uow.ports.meeting_url.rstrip('/')}/{room}"}, to="link")


def refuse_sessions_with_marks(uow: UnitOfWork, sessions: Sequence[Session], *, field: str = "") -> None:
    """Raise Conflict("session_has_attendance") on the field if a session has marks of attendance."""
    if uow.as_platform().count(Session, where(id__in={session.id for session in sessions}, Attendance__has=everything)):
        raise Conflict.because(field, "session_has_attendance")


def _require_length(instants: dict[str, Any], minutes: int | None) -> None:
    if minutes is not None and instants["minutes"] is None:
        raise Invalid.because("minutes", "duration_without_times")
    if minutes is not None and minutes != instants["minutes"]:
        raise Invalid.because("minutes", "duration_mismatch", minutes=instants["minutes"])


def _require_free_day(uow: UnitOfWork, group: Group, day: date, *, except_id: int | None = None) -> None:
    """Refuse a register on a day on which the group has another session. Raises: Conflict("session_exists") on date."""
    if uow.count_by(Session, "id", where(group_id=group.id, date=day, is_cancelled=False)).keys() - {except_id}:
        raise Conflict.because("date", "session_exists", date=day.isoformat())


def _move(uow: UnitOfWork, session: Session, fields: dict[str, Any]) -> dict[str, Any]:
    """Check a change of time or resources and return the new instants; empty if neither changes."""
    after = {**dict(session), **fields}
    is_restored = session.is_cancelled and not after["is_cancelled"]
    if not is_restored and all(after[name] == getattr(session, name) for name in (*TIME_FIELDS, *RESOURCE_FIELDS)):
        return {}
    _refuse_move_with_marks(uow, session, after)
    group = lock_group(uow, after["group_id"])
    if is_restored or group.id != session.group_id:
        require_open_branch(uow, branch_id=group.branch_id, field="group_id")
    is_another_day = (session.date, session.group_id) != (after["date"], group.id)
    if is_restored or is_another_day:
        refuse_outside_group(group, [after["date"]])
    resources: dict[str, Any] = {name: after[name] for name in ("teacher_id", "room_id") if after[name] is not None}
    require_resources(uow, group, resources, before=session)
    zone = center_time_zone(uow, session.center_id)
    instants = compute_instants(zone, **{name: after[name] for name in TIME_FIELDS})
    if after["start_time"] is None and (is_restored or is_another_day or session.start_time is not None):
        _require_free_day(uow, group, after["date"], except_id=session.id)
    refuse_clashes(uow, [{**after, **instants}], center_id=session.center_id, ids=[session.id])
    return instants


def _refuse_move_with_marks(uow: UnitOfWork, session: Session, after: dict[str, Any]) -> None:
    """Keep a session that has marks in its group and out of the future."""
    if after["group_id"] == session.group_id and after["date"] <= local_today(uow, session.center_id):
        return
    field = "date" if after["group_id"] == session.group_id else "group_id"
    refuse_sessions_with_marks(uow, [session], field=field)
