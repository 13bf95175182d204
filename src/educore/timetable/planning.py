"""Planning of slots: the dated sessions of a class follow from the slots of its timetables.

A change of a slot moves, adds, restores and cancels sessions, so that a clash of two timetables is a clash of their
sessions: the same check and the same exclusion constraints hold as for every other session. Only what changes is
written, in a number of statements that grows neither with the sessions nor with the slots. What is past, marked or has
a register stays as it is; so does a session that somebody moved or cancelled by hand, as long as its slot stays on
that day. Callers lock the group first, then the sessions (`lock_planned_sessions`), then teachers and rooms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from educore.groups.entities import Group
from educore.kernel.conditions import everything, where
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import center_time_zone, local_today
from educore.timetable.clashes import refuse_clashes
from educore.timetable.entities import Series, Session, Timetable
from educore.timetable.events import SlotsPlanned
from educore.timetable.series import weekdays_between
from educore.timetable.wall_clock import compute_instants

PLANNED_FIELDS = ("teacher_id", "room_id", "course_id", "start_time", "end_time")
"""The fields that a session takes over from its slot."""


@dataclass(frozen=True)
class SlotChange:
    """A slot before and after a change, each with the days on which it plans a session; a new slot has no `before`."""

    before: Series | None
    after: Series
    days_before: frozenset[date]
    days_after: frozenset[date]

    def new_days(self, today: date) -> frozenset[date]:
        """Return the days that the slot plans anew; the past of a slot is not planned a second time."""
        days = self.days_after - self.days_before
        if self.before is None:
            return days
        first, last = self.before.first_date, self.before.last_date
        return frozenset(day for day in days if day >= today or not first <= day <= last)

    def changed_fields(self) -> dict[str, Any]:
        """Return the planned fields that differ after the change."""
        planned = _planned_fields(self.after)
        return {name: value for name, value in planned.items() if value != getattr(self.before, name, None)}


@dataclass(frozen=True)
class _Free:
    """The sessions of a group's slots that planning may change, and the local day from which on it may."""

    today: date
    by_slot: dict[int, list[Session]]


def planned_days(slot: Series, timetable: Timetable) -> frozenset[date]:
    """Return the days on which a slot plans a session: none if it or its timetable is archived or not active."""
    is_planned = slot.is_active and timetable.is_active and slot.archived_at is None and timetable.archived_at is None
    return frozenset(weekdays_between(slot.first_date, slot.last_date, [slot.weekdays]) if is_planned else ())


def lock_planned_sessions(uow: UnitOfWork, slots: Iterable[Series]) -> list[Session]:
    """Lock and return the sessions of slots, also past and cancelled ones; none of new slots."""
    ids = [slot.id for slot in slots]
    return uow.as_platform().find(Session, where(series_id__in=ids), lock=True) if ids else []


def plan_slots(
    uow: UnitOfWork, group: Group, changes: Sequence[SlotChange], *, sessions: Sequence[Session] = ()
) -> None:
    """Make the sessions of a locked group follow from its changed slots; `sessions` are those of the slots, locked.

    Whoever may change the slots needs no right to change the sessions.
    Raises: Conflict("group_booked"), ("teacher_booked"), ("room_booked"), ("series_meets_itself");
    Invalid("ends_before_start"), ("no_such_time"), as for single sessions.
    """
    platform, zone = uow.as_platform(), center_time_zone(uow, group.center_id)
    free = _find_free(platform, group, sessions)
    added = [row for change in changes for row in _added(change, group, sessions, zone, free.today)]
    cancelled = {s.id: {"is_cancelled": True} for change in changes for s in _surplus(change, free)}
    changed = {id: row for change in changes for id, row in _changed(change, zone, free).items()}
    stored = {session.id: session for session in sessions}
    moved = [{**dict(stored[id]), **fields} for id, fields in changed.items()]
    refuse_clashes(platform, [*moved, *added], center_id=group.center_id, ids=[*changed, *([None] * len(added))])
    platform.change_each(Session, {**cancelled, **changed})
    platform.add_all(Session, added)
    if added or changed or cancelled:
        counts = {"added": len(added), "changed": len(changed), "cancelled": len(cancelled)}
        uow.record(SlotsPlanned(center_id=group.center_id, group_id=group.id, **counts))


def _find_free(platform: UnitOfWork, group: Group, sessions: Sequence[Session]) -> _Free:
    """Return the sessions of today and later that have neither a register nor marks."""
    today = local_today(platform, group.center_id)
    coming = [session for session in sessions if session.date >= today and session.register_status is None]
    ids = [session.id for session in coming if session.date == today]  # later ones cannot have marks
    has_marks = where(id__in=ids, Attendance__has=everything)
    marked = platform.count_by(Session, "id", has_marks) if ids else {}
    by_slot: dict[int, list[Session]] = {}
    for session in coming:
        if session.id not in marked and session.series_id is not None:
            by_slot.setdefault(session.series_id, []).append(session)
    return _Free(today, by_slot)


def _planned_fields(slot: Series) -> dict[str, Any]:
    return {name: getattr(slot, name) for name in PLANNED_FIELDS}


def _added(
    change: SlotChange, group: Group, sessions: Sequence[Session], zone: ZoneInfo, today: date
) -> list[dict[str, Any]]:
    """Return the fields of the sessions that a slot lacks."""
    slot, planned = change.after, _planned_fields(change.after)
    taken = {session.date for session in sessions if session.series_id == slot.id}
    common = {"center_id": group.center_id, "group_id": group.id, "series_id": slot.id, **planned}
    days = sorted(change.new_days(today) - taken)
    return [{**common, "date": day, **_instants(slot, day, zone)} for day in days]


def _surplus(change: SlotChange, free: _Free) -> list[Session]:
    """Return the sessions that are no longer planned."""
    live = (session for session in free.by_slot.get(change.after.id, ()) if not session.is_cancelled)
    gone = change.days_before - change.days_after
    return [session for session in live if session.date in gone or not change.days_after]


def _changed(change: SlotChange, zone: ZoneInfo, free: _Free) -> dict[int, dict[str, Any]]:
    """Return the changes of the sessions that stay, and of those that are planned again, by session id."""
    slot, fields = change.after, change.changed_fields()
    new_days = change.new_days(free.today)
    changes: dict[int, dict[str, Any]] = {}
    for session in free.by_slot.get(slot.id, ()):
        if session.is_cancelled and session.date in new_days:
            again = {"is_cancelled": False, **_planned_fields(slot)}
            changes[session.id] = {**again, **_instants(slot, session.date, zone)}
        elif not session.is_cancelled and session.date in change.days_after and fields:
            is_moved = fields.keys() & {"start_time", "end_time"}
            changes[session.id] = {**fields, **(_instants(slot, session.date, zone) if is_moved else {})}
    return changes


def _instants(slot: Series, day: date, zone: ZoneInfo) -> dict[str, Any]:
    times = {"start_time": slot.start_time, "end_time": slot.end_time}
    return {**times, **compute_instants(zone, date=day, **times)}
