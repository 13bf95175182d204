"""What happened in the timetable."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SessionCancelled:
    """A session will not take place."""

    center_id: int
    session_id: int


@dataclass(frozen=True)
class SessionMoved:
    """A session got another time, room or teacher."""

    center_id: int
    session_id: int
