"""Events of groups."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StudentEnrolled:
    """A student was enrolled in a group."""

    center_id: int
    group_id: int
    student_id: int


@dataclass(frozen=True)
class StudentBlocked:
    """A student was blocked; their sign-ins have ended."""

    center_id: int
    student_id: int
