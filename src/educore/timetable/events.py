"""Events of the timetable."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SessionCancelled:
    """A session was cancelled."""

    center_id: int
    session_id: int


@dataclass(frozen=True)
class SessionMoved:
    """A session changed its time, room, teacher or group."""

    center_id: int
    session_id: int


@dataclass(frozen=True)
class SlotsPlanned:
    """The sessions of slots were planned anew: `added`, `changed` and `cancelled` are the numbers of sessions."""

    center_id: int
    group_id: int
    added: int
    changed: int
    cancelled: int
