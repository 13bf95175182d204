"""Limits and timings of sockets, and the codes with which they are closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

NOT_SIGNED_IN, FORBIDDEN, NOT_FOUND, TOO_SLOW, TOO_MANY = 4401, 4403, 4404, 4408, 4429


@dataclass(frozen=True)
class LiveLimits:
    """Limits of the sockets of one process; times without a type are in seconds."""

    sweep: float = 2.0
    """Between two looks for new rows and for sign-ins that have ended."""
    silence: float = 90.0
    """Without a message of the client, after which a socket is closed."""
    frames_a_second: float = 10.0
    burst: int = 20
    waiting: int = 100
    """Frames that may wait for a client who reads slowly."""
    sockets_of_a_sign_in: int = 10
    sockets: int = 2_000
    look_back: timedelta = timedelta(seconds=10)
    """The age of rows that a sweep looks at: their ids do not become visible in order."""
    remembered: int = 1_000
    """Ids of sent rows that a socket remembers, so that nothing is sent twice."""
