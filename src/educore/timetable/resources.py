"""The resources of a session, which are its group, its teacher and its room: locked, and checked before it takes them.

Use cases of the timetable lock rows in one order: the group, its sessions by rising id, the teachers and the rooms by
rising id. Two users who plan for the same group or the same room therefore take turns and never wait for each other
(`test_those_who_plan_crosswise_never_wait_for_each_other`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from educore.groups.entities import Group, GroupStatus
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.policy import Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Room
from educore.organization.use_cases import require_open_branch
from educore.people.entities import Teacher
from educore.timetable.entities import Series, Session


def lock_group(uow: UnitOfWork, group_id: int) -> Group:
    """Lock the group, before all other rows.

    Raises: Invalid("unknown_id"), Conflict("group_not_active") on group_id.
    """
    group = uow.reference(Group, group_id, field="group_id", lock=True)
    if group.status is not GroupStatus.ACTIVE:
        raise Conflict.because("group_id", "group_not_active", status=group.status.value)
    return group


def refuse_outside_group(
    group: Group, days: Collection[date], *, first_field: str = "date", last_field: str = "date"
) -> None:
    """Refuse sessions on days before the group starts or after it ends (edumaster E22).

    Raises: Invalid("before_group_start") on `first_field`, Invalid("after_group_end") on `last_field`.
    """
    if group.start_date is not None and min(days) < group.start_date:
        raise Invalid.because(first_field, "before_group_start", start_date=group.start_date.isoformat())
    if group.end_date is not None and max(days) > group.end_date:
        raise Invalid.because(last_field, "after_group_end", end_date=group.end_date.isoformat())


def resolve_teacher(uow: UnitOfWork, teacher_id: int | None, *, group: Group) -> int | None:
    """Return the id of the teacher: the given one, else the actor if they teach, else the group's teacher.

    A teacher may only give their own id (C55, C67). Raises: Invalid("only_yourself") on teacher_id.
    """
    own_id = uow.actor.teacher_id if uow.actor.role is Role.TEACHER else None
    if own_id is not None and teacher_id not in (None, own_id):
        raise Invalid.because("teacher_id", "only_yourself")
    return next((id for id in (teacher_id, own_id, group.teacher_id) if id is not None), None)


def lock_resources(uow: UnitOfWork, group: Group, *, teacher_id: int | None, room_id: int | None) -> dict[str, Any]:
    """Lock the teacher and the room of a new session of a locked group, and return all three ids by field.

    Raises: Invalid("branch_closed") on group_id; the errors of `require_resources`.
    """
    resources = {"teacher_id": resolve_teacher(uow, teacher_id, group=group), "room_id": room_id}
    require_open_branch(uow, branch_id=group.branch_id, field="group_id")
    require_resources(uow, group, resources, before=None)
    return {"group_id": group.id, **resources}


def require_resources(
    uow: UnitOfWork, group: Group, resources: dict[str, Any], *, before: Session | Series | None
) -> None:
    """Lock the teacher and the room. A room that the session did not have `before` must be open and available.

    Raises: Invalid("unknown_id"); Invalid("only_yourself") on teacher_id; Conflict("room_unavailable") and
    Invalid("branch_closed") on room_id.
    """
    if (teacher_id := resources.get("teacher_id")) is not None:
        if before is None or before.teacher_id != teacher_id:
            resolve_teacher(uow, teacher_id, group=group)
        uow.reference(Teacher, teacher_id, field="teacher_id", lock=True)
    if (room_id := resources.get("room_id")) is not None:
        room = uow.reference(Room, room_id, field="room_id", lock=True)
        if before is None or before.room_id != room_id:
            if not room.is_available:
                raise Conflict.because("room_id", "room_unavailable", room=room.name)
            require_open_branch(uow, branch_id=room.branch_id, field="room_id")


def lock_teachers_and_rooms(uow: UnitOfWork, takers: Iterable[Mapping[str, Any]]) -> None:
    """Lock all teachers and then all rooms of sessions that move together, in two statements.

    All teachers before any room, as everywhere, so that transactions never wait in a circle.
    """
    takers = list(takers)
    for kind, name in ((Teacher, "teacher_id"), (Room, "room_id")):
        if ids := {taker[name] for taker in takers} - {None}:
            uow.find(kind, where(id__in=ids), lock=True)
