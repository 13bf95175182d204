"""Clashes: sessions that need the same group, teacher or room at the same time.

The check reads the sessions between the first and the last new one in one statement and compares them in Python. It
reports every clash at once, with the session in the way, which a constraint of the database could not do.
The rows of the group, the teacher and the room are locked before the check (`educore.timetable.resources`), so no other
transaction books them before this one ends. On PostgreSQL an exclusion constraint (`NoOverlap` in `context.py`) would
still refuse a double booking if a use case forgot a lock. Tested in `tests/domain/test_concurrency.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise, zip_longest
from typing import Annotated, Any

from educore.kernel.conditions import Where, nothing, where
from educore.kernel.errors import Conflict, Problem
from educore.kernel.shape import From, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.timetable.entities import Session

CODES = {"group_id": "group_booked", "teacher_id": "teacher_booked", "room_id": "room_booked"}
"""The error codes of a clash, by the field of the resource."""

ONE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Slot:
    """The time of a session and the resources it takes; `session_id` is None for a session that is not stored yet."""

    session_id: int | None
    group_id: int
    teacher_id: int | None
    room_id: int | None
    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: Slot) -> bool:
        """Return whether both take place at the same moment; one may begin when the other ends."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


class Booking(Shape, of=Session):
    """A stored session, with everything that the error about a clash shows."""

    session_id: Annotated[int, From("id")]
    group_id: int
    group_name: Annotated[str, From("group.name")]
    teacher_id: int | None
    room_id: int | None
    date: date
    start_time: time
    end_time: time
    starts_at: datetime
    ends_at: datetime


def refuse_clashes(
    uow: UnitOfWork, sessions: Sequence[Mapping[str, Any]], *, center_id: int, ids: Sequence[int | None] = ()
) -> None:
    """Refuse sessions whose group, teacher or room is booked; one statement for any number of sessions.

    `sessions` holds their fields, `ids` the ids of those that are stored already: these do not clash with their own
    old times. Cancelled sessions and sessions without times take nothing.
    Raises: Conflict("group_booked"), ("teacher_booked"), ("room_booked") on the field of the resource, once for each
    session in the way, with its `session_id`, `group`, `date`, `start_time` and `end_time`;
    Conflict("series_meets_itself") on date.
    """
    slots = [slot for fields, id in zip_longest(sessions, ids) if (slot := _build_slot(fields, id)) is not None]
    if not slots:
        return
    near = _is_near(slots) & where(center_id=center_id)
    bookings = uow.select(Booking, near, to="see_bookings", order=("starts_at",))
    moving = {slot.session_id for slot in slots} - {None}
    others = [(booking, _slot_of(booking)) for booking in bookings if booking["session_id"] not in moving]
    problems: dict[str, list[Problem]] = {}
    for slot in slots:
        overlapping = [(booking, other) for booking, other in others if slot.overlaps(other)]
        for field, booking in _shared_resources(slot, overlapping):
            problems.setdefault(field, []).append(Problem(CODES[field], _describe(booking)))
    if problems:
        raise Conflict(problems)
    _refuse_clashes_among(slots)


def _build_slot(fields: Mapping[str, Any], session_id: int | None) -> Slot | None:
    """Return the slot of a session, None if it takes nothing."""
    if fields.get("starts_at") is None or fields.get("is_cancelled"):
        return None
    resources = (fields["group_id"], fields.get("teacher_id"), fields.get("room_id"))
    return Slot(session_id, *resources, fields["starts_at"], fields["ends_at"])


def _is_near(slots: Sequence[Slot]) -> Where:
    """Return the condition for sessions between the first and the last slot that share a resource with one of them."""
    first = min(slot.starts_at for slot in slots) + ONE_SECOND
    last = max(slot.ends_at for slot in slots) - ONE_SECOND
    shares = nothing
    for field in CODES:
        if ids := {getattr(slot, field) for slot in slots} - {None}:
            shares |= where(**{f"{field}__in": ids})
    return where(is_cancelled=False, starts_at__lte=last, ends_at__gte=first) & shares


def _slot_of(booking: Mapping[str, Any]) -> Slot:
    return Slot(**{name: booking[name] for name in Slot.__dataclass_fields__})


def _shared_resources(
    slot: Slot, others: Iterable[tuple[Mapping[str, Any], Slot]]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Return each resource that the slot shares with another one, as its field and the booking."""
    return [
        (field, booking)
        for booking, other in others
        for field in CODES
        if getattr(slot, field) is not None and getattr(slot, field) == getattr(other, field)
    ]


def _describe(booking: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "session_id": booking["session_id"],
        "group": booking["group_name"],
        "date": booking["date"].isoformat(),
        "start_time": booking["start_time"].strftime("%H:%M"),
        "end_time": booking["end_time"].strftime("%H:%M"),
    }


def _refuse_clashes_among(slots: Sequence[Slot]) -> None:
    """Refuse sessions of one group that overlap each other; it is enough to compare neighbours in order of time."""
    in_order = sorted(slots, key=lambda slot: slot.starts_at)
    for earlier, later in pairwise(in_order):
        if earlier.overlaps(later):
            raise Conflict.because("date", "series_meets_itself", date=later.starts_at.date().isoformat())
