"""Wall-clock times, the instants they mean, and what is in the way of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from educore.kernel.conditions import Where, nothing, where
from educore.kernel.errors import Conflict, Invalid, Problem
from educore.kernel.shape import From, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.timetable.entities import Session

RESOURCES = ("group_id", "teacher_id", "room_id")
"""What can be in one place at a time."""

BOOKED = {"group_id": "group_booked", "teacher_id": "teacher_booked", "room_id": "room_booked"}
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Slot:
    """When a session takes place and whom and what it takes up; `session_id` is None while it is only wanted."""

    session_id: int | None
    group_id: int
    teacher_id: int | None
    room_id: int | None
    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: Slot) -> bool:
        """Whether both take place at some moment; touching ends is fine."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


class Booking(Shape, of=Session):
    """What is taken, in words for whoever meets it."""

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


def times(zone: ZoneInfo, *, date: date, start_time: time | None, end_time: time | None) -> dict[str, Any]:
    """The instants and the length in minutes that these wall-clock times mean in a time zone.

    Where the clock is set back and shows a time twice, the first of the two is meant.
    Raises: Invalid("ends_before_start") on end_time; Invalid("no_such_time") on a time the clock skips that day.
    """
    if start_time is None or end_time is None:
        return {"starts_at": None, "ends_at": None, "minutes": None}
    if end_time <= start_time:
        raise Invalid.because("end_time", "ends_before_start")
    starts_at = _instant(zone, date, start_time, "start_time")
    ends_at = _instant(zone, date, end_time, "end_time")
    length = datetime.combine(date, end_time) - datetime.combine(date, start_time)
    return {"starts_at": starts_at, "ends_at": ends_at, "minutes": max(1, int(length.total_seconds()) // 60)}


def _instant(zone: ZoneInfo, day: date, clock: time, field: str) -> datetime:
    local = datetime.combine(day, clock, zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Invalid.because(field, "no_such_time", date=day.isoformat(), time=clock.strftime("%H:%M"))
    return instant


def slot_of(fields: Mapping[str, Any], *, session_id: int | None = None) -> Slot | None:
    """The slot a session's fields ask for; None where it takes up nothing: without times, or cancelled."""
    if fields.get("starts_at") is None or fields.get("is_cancelled"):
        return None
    taken = (fields["group_id"], fields.get("teacher_id"), fields.get("room_id"))
    return Slot(session_id, *taken, fields["starts_at"], fields["ends_at"])


def refuse_clashes(uow: UnitOfWork, *, center_id: int, wanted: Sequence[Slot]) -> None:
    """Refuse slots in which the group, the teacher or the room is taken already: one statement for any number.

    Raises: Conflict("group_booked"), ("teacher_booked"), ("room_booked") on the field concerned, once for each
    session in the way, with its `session_id`, `group`, `date`, `start_time` and `end_time`.
    """
    if not wanted:
        return
    found = uow.select(Booking, _around(wanted) & where(center_id=center_id), to="see_bookings", order=("starts_at",))
    moving = {slot.session_id for slot in wanted} - {None}
    taken = [(booking, _slot(booking)) for booking in found if booking["session_id"] not in moving]
    problems: dict[str, list[Problem]] = {}
    for slot in wanted:
        in_the_way = [(booking, other) for booking, other in taken if slot.overlaps(other)]
        for field, booking in _shared(slot, in_the_way):
            problems.setdefault(field, []).append(Problem(BOOKED[field], _words(booking)))
    if problems:
        raise Conflict(problems)
    _refuse_own_clashes(wanted)


def _around(wanted: Sequence[Slot]) -> Where:
    """Sessions between the first and the last slot that share something with one of them."""
    first = min(slot.starts_at for slot in wanted) + A_SECOND
    last = max(slot.ends_at for slot in wanted) - A_SECOND
    shared = nothing
    for field in RESOURCES:
        if taken := {getattr(slot, field) for slot in wanted} - {None}:
            shared |= where(**{f"{field}__in": taken})
    return where(is_cancelled=False, starts_at__lte=last, ends_at__gte=first) & shared


def _slot(booking: Mapping[str, Any]) -> Slot:
    return Slot(**{name: booking[name] for name in Slot.__dataclass_fields__})


def _shared(slot: Slot, others: Iterable[tuple[Mapping[str, Any], Slot]]) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (field, booking)
        for booking, other in others
        for field in RESOURCES
        if getattr(slot, field) is not None and getattr(slot, field) == getattr(other, field)
    ]


def _words(booking: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "session_id": booking["session_id"],
        "group": booking["group_name"],
        "date": booking["date"].isoformat(),
        "start_time": booking["start_time"].strftime("%H:%M"),
        "end_time": booking["end_time"].strftime("%H:%M"),
    }


def _refuse_own_clashes(wanted: Sequence[Slot]) -> None:
    """Sessions moved together must not meet each other either; they are in order of time when nothing overlaps."""
    in_order = sorted(wanted, key=lambda slot: slot.starts_at)
    for earlier, later in pairwise(in_order):
        if earlier.overlaps(later):
            raise Conflict.because("date", "series_meets_itself", date=later.starts_at.date().isoformat())
