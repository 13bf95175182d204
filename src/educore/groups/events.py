"""What happened in groups."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StudentEnrolled:
    """A student got a place in a group."""

    center_id: int
    group_id: int
    student_id: int


@dataclass(frozen=True)
class StudentBlocked:
    """A student was kept out; their sign-ins have ended."""

    center_id: int
    student_id: int
