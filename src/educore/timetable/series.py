"""Weekly series of sessions: planned, moved and cancelled together, all of them or none."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from educore.kernel.actions import use_case
from educore.kernel.conditions import where
from educore.kernel.errors import Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import center_time_zone, local_today
from educore.timetable.clashes import refuse_clashes
from educore.timetable.entities import Series, Session
from educore.timetable.events import SessionCancelled, SessionMoved
from educore.timetable.resources import (
    lock_group,
    lock_resources,
    lock_teachers_and_rooms,
    refuse_outside_group,
    require_resources,
)
from educore.timetable.sessions import refuse_sessions_with_marks
from educore.timetable.wall_clock import compute_instants
from educore.values import DEFER_BUILD, WEEKDAYS, Weekdays

MAX_SESSIONS = 200
"""The largest number of sessions in a series."""

WEEKDAY_TEXT: TypeAdapter[str] = TypeAdapter(Weekdays, config=DEFER_BUILD)


@use_case
def schedule_series(
    uow: UnitOfWork,
    /,
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
    """Plan a session on every given weekday (`mon wed fri`) between two days, both included; all of them or none.

    Times are those of the Center's wall clock, also after the clock is set forward or back.
    Raises: the errors of `schedule_session`, with every clash; Invalid("ends_before_start"), ("series_too_long"),
    ("after_group_end") on last_date; Invalid("before_group_start") on first_date; Invalid("no_such_day") on weekdays.
    """
    group = lock_group(uow, group_id)
    resources = lock_resources(uow, group, teacher_id=teacher_id, room_id=room_id)
    common = {**resources, "start_time": start_time, "end_time": end_time}
    days = _select_days(weekdays, first_date, last_date)
    refuse_outside_group(group, days, first_field="first_date", last_field="last_date")
    zone = center_time_zone(uow, group.center_id)
    sessions = [
        {**common, "date": day, "topic": topic}
        | compute_instants(zone, date=day, start_time=start_time, end_time=end_time)
        for day in days
    ]
    refuse_clashes(uow, sessions, center_id=group.center_id)
    series = uow.add(
        Series,
        {
            "center_id": group.center_id,
            "weekdays": weekdays,
            "first_date": first_date,
            "last_date": last_date,
            **common,
        },
    )
    uow.add_all(Session, [{**fields, "center_id": group.center_id, "series_id": series.id} for fields in sessions])
    return series


@use_case
def reschedule_rest(uow: UnitOfWork, session: Session, /, **fields: Any) -> list[Session]:
    """Change this session and the later ones of its series: other times, room, teacher or dates. All move or none.

    `date` is the new day of this session; the others move by the same number of days.
    Raises: the errors of `change_session`, with every clash.
    """
    group, zone = lock_group(uow, session.group_id), center_time_zone(uow, session.center_id)
    rest = _lock_rest(uow, session, to="reschedule")
    session = next((other for other in rest if other.id == session.id), session)
    shift = fields.pop("date", session.date) - session.date
    lock_teachers_and_rooms(uow, [{**dict(other), **fields} for other in rest])
    resources: dict[str, Any] = {name: fields[name] for name in ("teacher_id", "room_id") if name in fields}
    require_resources(uow, group, resources, before=session)
    changes = {other.id: _move(other, other.date + shift, zone, fields) for other in rest}
    if shift:
        refuse_outside_group(group, [change["date"] for change in changes.values()])
    today = local_today(uow, session.center_id)
    into_future = [other for other in rest if changes[other.id]["date"] > today]
    refuse_sessions_with_marks(uow, into_future, field="date")
    after = [{**dict(other), **changes[other.id]} for other in rest]
    refuse_clashes(uow, after, center_id=session.center_id, ids=list(changes))
    moved = uow.change_each(Session, changes, to="reschedule")
    for other in moved:
        uow.record(SessionMoved(center_id=other.center_id, session_id=other.id))
    return moved


@use_case
def cancel_rest(uow: UnitOfWork, session: Session, /) -> list[Session]:
    """Cancel this session and the later ones of its series. Raises: Conflict("session_has_attendance")."""
    rest = [other for other in _lock_rest(uow, session, to="cancel_rest") if not other.is_cancelled]
    cancelled = uow.change_each(Session, {other.id: {"is_cancelled": True} for other in rest}, to="cancel_rest")
    refuse_sessions_with_marks(uow, cancelled)
    for other in cancelled:
        uow.record(SessionCancelled(center_id=other.center_id, session_id=other.id))
    return cancelled


def _select_days(weekdays: str, first: date, last: date) -> list[date]:
    """Return the days of a series. Raises: Invalid on last_date or weekdays."""
    if last < first:
        raise Invalid.because("last_date", "ends_before_start")
    if (last - first).days > 7 * MAX_SESSIONS:
        raise Invalid.because("last_date", "series_too_long", most=MAX_SESSIONS)
    names = _parse_weekdays(weekdays)
    days = weekdays_between(first, last, names)
    if not days:
        raise Invalid.because("weekdays", "no_such_day")
    if len(days) > MAX_SESSIONS:
        raise Invalid.because("last_date", "series_too_long", most=MAX_SESSIONS)
    return days


def _parse_weekdays(text: str) -> list[str]:
    try:
        return WEEKDAY_TEXT.validate_python(text).split()
    except ValidationError as error:
        raise Invalid.from_pydantic(error).prefixed("weekdays") from None


def weekdays_between(first: date, last: date, weekdays: Collection[str]) -> list[date]:
    """Return the days between two days, both included, that fall on weekdays such as `mon`."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if WEEKDAYS[day.weekday()] in weekdays]


def _lock_rest(uow: UnitOfWork, session: Session, *, to: str) -> list[Session]:
    """Lock this session and the later ones of its series in order of their ids; return them in order of time."""
    if session.series_id is None:
        return [uow.get(Session, session.id, to=to, lock=True)]
    rest = where(series_id=session.series_id, date__gte=session.date, is_cancelled=False)
    found = uow.find(Session, rest, to=to, lock=True) or [session]
    return sorted(found, key=lambda other: (other.date, other.start_time or time.min))


def _move(session: Session, day: date, zone: ZoneInfo, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the changes that move a session to a day, at the times in `fields` or else its own."""
    times = {name: fields.get(name, getattr(session, name)) for name in ("start_time", "end_time")}
    return {**fields, "date": day, **times, **compute_instants(zone, date=day, **times)}
