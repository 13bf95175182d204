"""Seats in a group: the check for a free one, and the number that are left.

The number of free seats is not stored: it is counted among the enrollments each time. Two transactions that count at
the same moment would both find the last seat free. So a use case that takes a seat first locks the row of the group,
and counts while it holds the lock. All of them lock in one order, the student first and then groups by rising id, so
that two transactions never wait for each other. Tested in `tests/domain/test_concurrency.py`.
"""

from __future__ import annotations

from collections.abc import Collection

from educore.groups.entities import Enrollment, Group, takes_seat
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import SEAT_STATUSES, StudentStatus


def require_seat(uow: UnitOfWork, group: Group, status: StudentStatus) -> None:
    """Refuse a student of this status if the group is full; `group` must be locked.

    Raises: Conflict("group_full") on group_id.
    """
    if status not in SEAT_STATUSES or group.capacity is None:
        return
    if count_seats_taken(uow, group) >= group.capacity:
        raise group_full_error(uow, group.id)


def count_seats_taken(uow: UnitOfWork, group: Group) -> int:
    """Return the number of enrollments that take a seat in the group."""
    return uow.count(Enrollment, where(group_id=group.id) & takes_seat)


def group_full_error(uow: UnitOfWork, group_id: int) -> Conflict:
    """Return the error for a group without free seats: Conflict("group_full") on group_id, with its capacity."""
    return Conflict.because("group_id", "group_full", capacity=uow.get(Group, group_id).capacity)


def count_seats_left(uow: UnitOfWork, group_ids: Collection[int]) -> dict[int, int]:
    """Return the number of free seats by group id; groups without a capacity are left out."""
    groups = uow.find(Group, where(id__in=group_ids, capacity__isnull=False))
    taken = uow.count_by(Enrollment, "group_id", where(group_id__in=group_ids) & takes_seat)
    return {group.id: (group.capacity or 0) - taken.get(group.id, 0) for group in groups}
