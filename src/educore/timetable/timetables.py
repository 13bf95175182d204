"""Timetables of classes: opened for a period, changed, archived and restored, each with the sessions of its slots."""

from __future__ import annotations

from datetime import date
from typing import Any

from educore.groups.entities import Group
from educore.kernel.actions import use_case
from educore.kernel.conditions import Where, where
from educore.kernel.errors import Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.schooling.entities import AcademicYear
from educore.timetable.entities import Series, Session, Timetable
from educore.timetable.planning import SlotChange, lock_planned_sessions, plan_slots, planned_days
from educore.timetable.resources import lock_group, lock_teachers_and_rooms

is_class = where(academic_year_id__isnull=False)


@use_case
def open_timetable(
    uow: UnitOfWork, /, *, group_id: int, effective_from: date, effective_to: date | None = None, is_active: bool = True
) -> Timetable:
    """Open a timetable for a class, from one day to another; without the last day, until its academic year ends.

    Its slots are added by `add_slot`.
    Raises: Invalid("unknown_id") on group_id, also for a group that is no class; Conflict("group_not_active");
    Invalid("ends_before_start") on effective_to; Invalid("outside_year") on effective_from if no day of the period
    lies in the academic year.
    """
    uow.reference(Group, group_id, field="group_id", only=is_class)
    group = lock_group(uow, group_id)
    timetable = uow.add(
        Timetable,
        {
            "center_id": group.center_id,
            "group_id": group.id,
            "effective_from": effective_from,
            "effective_to": effective_to,
            "is_active": is_active,
            "created_by_id": uow.actor.user_id,
        },
    )
    effective_period(uow, timetable, group)
    return timetable


@use_case
def change_timetable(uow: UnitOfWork, timetable: Timetable, /, **fields: Any) -> Timetable:
    """Change a timetable; the coming sessions of its slots that are not marked follow.

    Raises: the errors of `open_timetable`; Conflict("group_booked"), ("teacher_booked"), ("room_booked"), each with the
    session in the way; Invalid("cannot_change") on group_id.
    """
    group = lock_group(uow, uow.get(Timetable, timetable.id, to="update").group_id)
    slots, sessions = _lock_slots(uow, where(timetable_id=timetable.id), to="read")
    lock_teachers_and_rooms(uow.as_platform(), map(dict, [*slots, *sessions]))
    before = uow.get(Timetable, timetable.id, to="update", lock=True)
    after = uow.change(before, fields)
    if after == before:
        return after
    first, last = effective_period(uow, after, group)
    days = {slot.id: {"first_date": first, "last_date": last} for slot in slots}
    changes = [
        SlotChange(slot, changed, planned_days(slot, before), planned_days(changed, after))
        for slot, changed in zip(slots, uow.as_platform().change_each(Series, days), strict=True)
    ]
    plan_slots(uow, group, changes, sessions=sessions)
    return after


@use_case
def archive_timetable(uow: UnitOfWork, timetable: Timetable, /) -> Timetable:
    """Archive a timetable with its slots; their coming sessions that are not marked are cancelled."""
    before = uow.get(Timetable, timetable.id, to="archive")
    platform = uow.as_platform()
    group = platform.get(Group, before.group_id, lock=True)
    slots, sessions = _lock_slots(uow, where(timetable_id=before.id), to="read")
    archived = uow.archive(before)
    changes = [
        SlotChange(slot, platform.archive(slot), planned_days(slot, before), frozenset())  # a slot takes few statements
        for slot in slots
    ]
    plan_slots(uow, group, changes, sessions=sessions)
    return archived


@use_case
def restore_timetable(uow: UnitOfWork, timetable: Timetable, /) -> Timetable:
    """Bring back a timetable with the slots that were archived together with it, and plan their coming sessions.

    Raises: the errors of `change_timetable`; Conflict("archived") if it refers to what is archived.
    """
    before = uow.get(Timetable, timetable.id, to="restore")
    platform, group = uow.as_platform(), lock_group(uow, before.group_id)
    together = where(timetable_id=before.id, archived_at__gte=before.archived_at)
    slots, sessions = _lock_slots(uow, together, to="restore")
    lock_teachers_and_rooms(platform, map(dict, [*slots, *sessions]))
    restored = uow.restore(before)
    changes = []
    for slot in slots:
        again = platform.restore(slot)
        changes.append(SlotChange(slot, again, frozenset(), planned_days(again, restored)))
    plan_slots(uow, group, changes, sessions=sessions)
    return restored


def effective_period(uow: UnitOfWork, timetable: Timetable, group: Group) -> tuple[date, date]:
    """Return the first and the last day of a timetable within the academic year, and the life, of its class.

    Raises: Invalid("outside_year") on effective_from if no day is left.
    """
    year = uow.as_platform().get(AcademicYear, group.academic_year_id or 0)
    first = max(day for day in (timetable.effective_from, year.start_date, group.start_date) if day)
    last = min(day for day in (timetable.effective_to, year.end_date, group.end_date) if day)
    if last < first:
        dates = {"first": year.start_date.isoformat(), "last": year.end_date.isoformat()}
        raise Invalid.because("effective_from", "outside_year", **dates)
    return first, last


def _lock_slots(uow: UnitOfWork, slots: Where, *, to: str) -> tuple[list[Series], list[Session]]:
    """Return the slots of a timetable, by id, and their sessions, which are locked."""
    found = uow.as_platform().find(Series, slots, to=to, order=("id",))
    return found, lock_planned_sessions(uow, found)
