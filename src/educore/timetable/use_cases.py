"""Planning sessions: one, a weekly series, or the rest of a series."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from itertools import zip_longest
from typing import Any

from pydantic import TypeAdapter, ValidationError

from educore.groups.entities import Group, GroupStatus
from educore.kernel.conditions import everything, where
from educore.kernel.errors import Conflict, Invalid, NotFound
from educore.kernel.policy import PLATFORM, Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center, Room
from educore.organization.use_cases import center_time_zone, local_today, require_open_branch
from educore.people.entities import Teacher
from educore.timetable.entities import Series, Session
from educore.timetable.events import SessionCancelled, SessionMoved
from educore.timetable.slots import refuse_clashes, slot_of, times
from educore.values import DEFER_BUILD, WEEKDAYS, Weekdays

MOST_SESSIONS_IN_A_SERIES = 200
WEEK: TypeAdapter[str] = TypeAdapter(Weekdays, config=DEFER_BUILD)
LINK_LETTERS = string.ascii_lowercase + string.digits
TIMING = ("date", "start_time", "end_time")
TAKEN = ("group_id", "teacher_id", "room_id")


def schedule_session(
    uow: UnitOfWork,
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
    """Plan one session of an active group; its teacher is the group's unless named (center_crm 8.2, C55, C56).

    Raises: Invalid("unknown_id"), ("ends_before_start"), ("no_such_time"), ("duration_mismatch") on minutes,
    ("branch_closed"), ("room_unavailable"), ("only_yourself") on teacher_id; Conflict("group_not_active"),
    ("group_booked"), ("teacher_booked"), ("room_booked"), each of these naming the session in the way.
    """
    group = _group_to_plan(uow, group_id)
    taken = _resources(uow, group, teacher_id=teacher_id, room_id=room_id)
    timing = times(center_time_zone(uow, group.center_id), date=date, start_time=start_time, end_time=end_time)
    _require_length(timing, minutes)
    planned = {**fields, **taken, **timing, "date": date, "start_time": start_time, "end_time": end_time}
    _refuse_clashes(uow, group.center_id, [planned])
    return uow.add(Session, center_id=group.center_id, **planned)


def open_register(uow: UnitOfWork, *, group_id: int, date: date, topic: str = "", notes: str = "") -> Session:
    """Open a session without times, to mark who came on a day: one per group and day (edumaster E22).

    Raises: Conflict("session_exists") and Invalid("before_group_start") on date; Invalid("unknown_id"),
    Invalid("branch_closed"), Conflict("group_not_active") on group_id.
    """
    group = _group_to_plan(uow, group_id)
    require_open_branch(uow, branch_id=group.branch_id, field="group_id")
    _require_free_day(uow, group, date)
    return uow.add(
        Session,
        center_id=group.center_id,
        group_id=group.id,
        teacher_id=resolve_teacher(uow, None, group=group),
        date=date,
        topic=topic,
        notes=notes,
    )


def schedule_series(
    uow: UnitOfWork,
    *,
    group_id: int,
    weekdays: str,
    first_date: date,
    last_date: date,
    start_time: time,
    end_time: time,
    teacher_id: int | None = None,
    room_id: int | None = None,
    topic: str = "",
) -> Series:
    """Plan a session on every named weekday (`mon wed fri`) from one day to another, all of them or none.

    Sessions keep their wall-clock times when the clock changes. Raises: what `schedule_session` raises, with every
    clash; Invalid("ends_before_start") on last_date, ("no_such_day") on weekdays, ("series_too_long") on last_date.
    """
    group = _group_to_plan(uow, group_id)
    taken = _resources(uow, group, teacher_id=teacher_id, room_id=room_id)
    plan = {**taken, "start_time": start_time, "end_time": end_time}
    days = _days(weekdays, first_date, last_date)
    zone = center_time_zone(uow, group.center_id)
    planned = [
        {**plan, "date": day, "topic": topic, **times(zone, date=day, start_time=start_time, end_time=end_time)}
        for day in days
    ]
    _refuse_clashes(uow, group.center_id, planned)
    series = uow.add(
        Series,
        center_id=group.center_id,
        weekdays=weekdays,
        first_date=first_date,
        last_date=last_date,
        created_at=uow.ports.clock.now(),
        **plan,
    )
    uow.add_all(Session, [{**fields, "center_id": group.center_id, "series_id": series.id} for fields in planned])
    return series


def change_session(uow: UnitOfWork, session: Session, *, minutes: int | None = None, **fields: Any) -> Session:
    """Change a session; moved or restored, its slot must be free (center_crm C56, C57).

    Raises: what `schedule_session` raises; Conflict("session_has_attendance") where marks stand in the way.
    """
    if fields.keys() & {*TIMING, *TAKEN, "is_cancelled"}:  # the group first, as everywhere, so that nobody deadlocks
        _locked(uow, Group, "group_id", fields.get("group_id", session.group_id))
    session = uow.get(Session, session.id, to="update", lock=True)
    if fields.get("is_cancelled") and not session.is_cancelled:
        session = cancel_session(uow, session)
    moved = _moved(uow, session, fields)
    if minutes is not None:
        _require_length({**dict(session), **moved}, minutes)
    changed = uow.change(session, **fields, **moved)
    if moved:
        uow.record(SessionMoved(center_id=session.center_id, session_id=session.id))
    return changed


def reschedule_rest(uow: UnitOfWork, session: Session, **fields: Any) -> list[Session]:
    """Change this session and those after it in its series: other times, room, teacher, or as many days later.

    `date` is the new day of this session; the others move by as many days. All of them move or none.
    Raises: what `change_session` raises, with every clash.
    """
    group, zone = _group_to_plan(uow, session.group_id), center_time_zone(uow, session.center_id)
    rest = _rest_of_series(uow, session, to="reschedule")
    session = next((one for one in rest if one.id == session.id), session)
    shift = fields.pop("date", session.date) - session.date
    for kind, name in ((Teacher, "teacher_id"), (Room, "room_id")):
        uow.find(kind, where(id__in={fields.get(name, getattr(one, name)) for one in rest}), lock=True)
    taken: dict[str, Any] = {name: fields[name] for name in ("teacher_id", "room_id") if name in fields}
    _require_resources(uow, group, taken, before=session)
    changes = {one.id: _retimed(one, one.date + shift, zone, fields) for one in rest}
    today = local_today(uow, session.center_id)
    _refuse_marked(uow, [one for one in rest if changes[one.id]["date"] > today], field="date")
    _refuse_clashes(uow, session.center_id, [{**dict(one), **changes[one.id]} for one in rest], ids=list(changes))
    moved = uow.change_each(Session, changes, to="reschedule")
    for one in moved:
        uow.record(SessionMoved(center_id=one.center_id, session_id=one.id))
    return moved


def cancel_session(uow: UnitOfWork, session: Session) -> Session:
    """Cancel a session, which frees its slot; repeating is fine (center_crm 8.7, C57).

    Raises: Conflict("session_has_attendance").
    """
    session = uow.get(Session, session.id, to="cancel", lock=True)
    if session.is_cancelled:
        return session
    _refuse_marked(uow, [session])
    uow.record(SessionCancelled(center_id=session.center_id, session_id=session.id))
    return uow.change(session, to="cancel", is_cancelled=True)


def cancel_rest(uow: UnitOfWork, session: Session) -> list[Session]:
    """Cancel this session and those after it in its series. Raises: Conflict("session_has_attendance")."""
    rest = [one for one in _rest_of_series(uow, session, to="cancel_rest") if not one.is_cancelled]
    cancelled = uow.change_each(Session, {one.id: {"is_cancelled": True} for one in rest}, to="cancel_rest")
    _refuse_marked(uow, cancelled)
    for one in cancelled:
        uow.record(SessionCancelled(center_id=one.center_id, session_id=one.id))
    return cancelled


def link_session(uow: UnitOfWork, session: Session) -> Session:
    """Give a session a link to meet at online, unless it has one already (center_crm 8.8, C58).

    Raises: Conflict("session_cancelled").
    """
    session = uow.get(Session, session.id, to="link", lock=True)
    if session.is_cancelled:
        raise Conflict.because("", "session_cancelled")
    if session.online_link:
        return session
    room = "".join(secrets.choice(LINK_LETTERS) for _ in range(10))
    return uow.change(session, to="link", online_link=f"{uow.ports.meeting_url.rstrip('/')}/{room}")


def keep_time_zone(uow: UnitOfWork, before: Center, after: Center) -> None:
    """Guard: the time zone of a Center stays while sessions are planned by it.

    Raises: Conflict("time_zone_in_use") on time_zone.
    """
    if after.time_zone != before.time_zone and uow.as_actor(PLATFORM).count(Session, where(center_id=before.id)):
        raise Conflict.because("time_zone", "time_zone_in_use")


def resolve_teacher(uow: UnitOfWork, teacher_id: int | None, *, group: Group) -> int | None:
    """Who teaches: the teacher named, else whoever acts, else the group's. A teacher names only themself (C55, C67).

    Raises: Invalid("only_yourself") on teacher_id.
    """
    mine = uow.actor.teacher_id if uow.actor.role is Role.TEACHER else None
    if mine is not None and teacher_id not in (None, mine):
        raise Invalid.because("teacher_id", "only_yourself")
    return next((id for id in (teacher_id, mine, group.teacher_id) if id is not None), None)


def _group_to_plan(uow: UnitOfWork, group_id: int) -> Group:
    """The group, locked first of all resources, so that two who plan at once take turns and never block each other."""
    group: Group = _locked(uow, Group, "group_id", group_id)
    if group.status is not GroupStatus.ACTIVE:
        raise Conflict.because("group_id", "group_not_active", status=group.status.value)
    return group


def _resources(uow: UnitOfWork, group: Group, *, teacher_id: int | None, room_id: int | None) -> dict[str, Any]:
    taken = {"teacher_id": resolve_teacher(uow, teacher_id, group=group), "room_id": room_id}
    require_open_branch(uow, branch_id=group.branch_id, field="group_id")
    _require_resources(uow, group, taken, before=None)
    return {"group_id": group.id, **taken}


def _require_resources(uow: UnitOfWork, group: Group, taken: dict[str, Any], *, before: Session | None) -> None:
    """Lock teacher and room, in this order, and refuse a room that is newly taken but closed or unavailable."""
    if (teacher_id := taken.get("teacher_id")) is not None:
        if before is None or before.teacher_id != teacher_id:
            resolve_teacher(uow, teacher_id, group=group)
        _locked(uow, Teacher, "teacher_id", teacher_id)
    if (room_id := taken.get("room_id")) is not None:
        room = _locked(uow, Room, "room_id", room_id)
        if before is None or before.room_id != room_id:
            if not room.is_available:
                raise Conflict.because("room_id", "room_unavailable", room=room.name)
            require_open_branch(uow, branch_id=room.branch_id, field="room_id")


def _locked(uow: UnitOfWork, kind: type[Any], field: str, id: int) -> Any:
    try:
        return uow.get(kind, id, lock=True)
    except NotFound:
        raise Invalid.because(field, "unknown_id", id=id) from None


def _require_length(timing: dict[str, Any], minutes: int | None) -> None:
    if minutes is not None and minutes != timing["minutes"]:
        raise Invalid.because("minutes", "duration_mismatch", minutes=timing["minutes"])


def _require_free_day(uow: UnitOfWork, group: Group, day: date, *, besides: int | None = None) -> None:
    if group.start_date is not None and day < group.start_date:
        raise Invalid.because("date", "before_group_start", start_date=group.start_date.isoformat())
    if uow.count_by(Session, "id", where(group_id=group.id, date=day, is_cancelled=False)).keys() - {besides}:
        raise Conflict.because("date", "session_exists", date=day.isoformat())


def _refuse_clashes(
    uow: UnitOfWork, center_id: int, planned: list[dict[str, Any]], *, ids: Sequence[int | None] = ()
) -> None:
    slots = [slot_of(fields, session_id=id) for fields, id in zip_longest(planned, ids)]
    refuse_clashes(uow, center_id=center_id, wanted=[slot for slot in slots if slot is not None])


def _days(weekdays: str, first: date, last: date) -> list[date]:
    if last < first:
        raise Invalid.because("last_date", "ends_before_start")
    if (last - first).days > 7 * MOST_SESSIONS_IN_A_SERIES:
        raise Invalid.because("last_date", "series_too_long", most=MOST_SESSIONS_IN_A_SERIES)
    wanted = _weekdays(weekdays)
    days = [day for day in _every_day(first, last) if WEEKDAYS[day.weekday()] in wanted]
    if not days:
        raise Invalid.because("weekdays", "no_such_day")
    if len(days) > MOST_SESSIONS_IN_A_SERIES:
        raise Invalid.because("last_date", "series_too_long", most=MOST_SESSIONS_IN_A_SERIES)
    return days


def _weekdays(text: str) -> list[str]:
    try:
        return WEEK.validate_python(text).split()
    except ValidationError as error:
        raise Invalid.from_pydantic(error).prefixed("weekdays") from None


def _every_day(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _moved(uow: UnitOfWork, session: Session, fields: dict[str, Any]) -> dict[str, Any]:
    """The instants that follow from a change; empty where the slot stays as it is."""
    after = {**dict(session), **fields}
    is_restored = session.is_cancelled and not after["is_cancelled"]
    if not is_restored and all(after[name] == getattr(session, name) for name in (*TIMING, *TAKEN)):
        return {}
    _refuse_while_marked(uow, session, after)
    group = _group_to_plan(uow, after["group_id"])
    if is_restored or group.id != session.group_id:
        require_open_branch(uow, branch_id=group.branch_id, field="group_id")
    newly: dict[str, Any] = {name: after[name] for name in ("teacher_id", "room_id") if after[name] is not None}
    _require_resources(uow, group, newly, before=session)
    timing = times(center_time_zone(uow, session.center_id), **{name: after[name] for name in TIMING})
    is_another_day = (session.date, session.group_id) != (after["date"], group.id)
    if after["start_time"] is None and (is_restored or is_another_day or session.start_time is not None):
        _require_free_day(uow, group, after["date"], besides=session.id)
    _refuse_clashes(uow, session.center_id, [{**after, **timing}], ids=[session.id])
    return timing


def _refuse_while_marked(uow: UnitOfWork, session: Session, after: dict[str, Any]) -> None:
    """A session with marks stays with its group and is not moved into the future."""
    if after["group_id"] == session.group_id and after["date"] <= local_today(uow, session.center_id):
        return
    _refuse_marked(uow, [session], field="date" if after["group_id"] == session.group_id else "group_id")


def _refuse_marked(uow: UnitOfWork, sessions: list[Session], *, field: str = "") -> None:
    if uow.count(Session, where(id__in={session.id for session in sessions}, Attendance__has=everything)):
        raise Conflict.because(field, "session_has_attendance")


def _rest_of_series(uow: UnitOfWork, session: Session, *, to: str) -> list[Session]:
    """The sessions from this one on in order of time, locked in order of their ids."""
    if session.series_id is None:
        return [uow.get(Session, session.id, to=to, lock=True)]
    rest = where(series_id=session.series_id, date__gte=session.date, is_cancelled=False)
    found = uow.find(Session, rest, to=to, lock=True) or [session]
    return sorted(found, key=lambda one: (one.date, one.start_time or time.min))


def _retimed(session: Session, day: date, zone: Any, fields: dict[str, Any]) -> dict[str, Any]:
    timing = {name: fields.get(name, getattr(session, name)) for name in ("start_time", "end_time")}
    return {**fields, "date": day, **timing, **times(zone, date=day, **timing)}
