"""Slots of the week of a class: added, changed, archived and restored, each with its sessions."""

from __future__ import annotations

from datetime import time
from typing import Any

from educore.groups.entities import Group
from educore.kernel.actions import use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.timetable.entities import Series, Timetable, is_slot
from educore.timetable.planning import SlotChange, lock_planned_sessions, plan_slots, planned_days
from educore.timetable.resources import lock_group, lock_resources, lock_teachers_and_rooms, require_resources
from educore.timetable.timetables import effective_period
from educore.values import WEEKDAYS


@use_case
def add_slot(
    uow: UnitOfWork,
    /,
    *,
    timetable_id: int,
    weekday: str,
    start_time: time,
    end_time: time,
    teacher_id: int | None = None,
    room_id: int | None = None,
    **fields: Any,
) -> Series:
    """Add a slot to a timetable, on one `weekday` such as `mon`, and plan its sessions for the whole period.

    Times are those of the Center's wall clock. Without `teacher_id` the class teacher teaches.
    Raises: Invalid("weekdays") on weekday; Invalid("unknown_id"); Invalid("ends_before_start") on end_time;
    Invalid("no_such_time") on a time; Invalid("branch_closed"); Conflict("group_not_active") on group_id;
    Conflict("room_unavailable") on room_id; Conflict("group_booked"), ("teacher_booked"), ("room_booked"), each with
    the session in the way.
    """
    timetable = uow.reference(Timetable, timetable_id, field="timetable_id")
    group = lock_group(uow, timetable.group_id)
    timetable = uow.reference(Timetable, timetable_id, field="timetable_id")  # as it is now that others wait
    resources = lock_resources(uow, group, teacher_id=teacher_id, room_id=room_id)
    first, last = effective_period(uow, timetable, group)
    times = {"weekdays": _check_weekday(weekday), "start_time": start_time, "end_time": end_time}
    period = {"first_date": first, "last_date": last}
    computed = {"center_id": group.center_id, "timetable_id": timetable.id, **resources, **times, **period}
    slot = uow.add(Series, with_computed(fields, **computed), to="add_slot")
    plan_slots(uow, group, [SlotChange(None, slot, frozenset(), planned_days(slot, timetable))])
    return slot


@use_case
def change_slot(uow: UnitOfWork, slot: Series, /, *, weekday: str | None = None, **fields: Any) -> Series:
    """Change a slot; its coming sessions that are not marked follow. A series without a timetable is no slot.

    Raises: the errors of `add_slot`; NotFound for a series that is no slot; Invalid("cannot_change") on timetable_id.
    """
    if weekday is not None:
        fields = with_computed(fields, weekdays=_check_weekday(weekday))
    slot = uow.get(Series, slot.id, to="update", only=is_slot)
    group, timetable = _lock_class(uow, slot)
    sessions = lock_planned_sessions(uow, [slot])
    before = uow.get(Series, slot.id, to="update", only=is_slot, lock=True)
    wanted = {name: fields.get(name, getattr(before, name)) for name in ("teacher_id", "room_id")}
    if fields.keys() & {"weekdays", "start_time", "end_time", "teacher_id", "room_id", "is_active"}:
        lock_teachers_and_rooms(uow.as_platform(), [wanted, *map(dict, sessions)])
        require_resources(uow, group, wanted, before=before)
    after = uow.change(before, fields)
    change = SlotChange(before, after, planned_days(before, timetable), planned_days(after, timetable))
    plan_slots(uow, group, [change], sessions=sessions)
    return after


@use_case
def archive_slot(uow: UnitOfWork, slot: Series, /) -> Series:
    """Archive a slot; its coming sessions that are not marked are cancelled."""
    slot = uow.get(Series, slot.id, to="archive")
    group = uow.as_platform().get(Group, slot.group_id, lock=True)
    sessions = lock_planned_sessions(uow, [slot])
    archived = uow.archive(slot)
    if slot.timetable_id is not None:
        timetable = uow.as_platform().get(Timetable, slot.timetable_id)
        change = SlotChange(slot, archived, planned_days(slot, timetable), frozenset())
        plan_slots(uow, group, [change], sessions=sessions)
    return archived


@use_case
def restore_slot(uow: UnitOfWork, slot: Series, /) -> Series:
    """Bring back a slot, and plan its coming sessions again.

    Raises: the errors of `add_slot` about clashes; Conflict("archived") on timetable_id, or if it refers to what is
    archived.
    """
    slot = uow.get(Series, slot.id, to="restore", only=is_slot)
    group, timetable = _lock_class(uow, slot)
    sessions = lock_planned_sessions(uow, [slot])
    lock_teachers_and_rooms(uow.as_platform(), [dict(slot), *map(dict, sessions)])
    restored = uow.restore(slot)
    change = SlotChange(slot, restored, frozenset(), planned_days(restored, timetable))
    plan_slots(uow, group, [change], sessions=sessions)
    return restored


def _lock_class(uow: UnitOfWork, slot: Series) -> tuple[Group, Timetable]:
    """Lock the class of a slot and return it with the timetable. Raises: Conflict("archived") on timetable_id."""
    group = lock_group(uow, slot.group_id)
    for timetable in uow.find(Timetable, where(id=slot.timetable_id), limit=1):
        return group, timetable
    raise Conflict.because("timetable_id", "archived", kind="Timetable", id=slot.timetable_id)


def _check_weekday(weekday: str) -> str:
    if weekday not in WEEKDAYS:
        raise Invalid.because("weekday", "weekdays")
    return weekday
