"""Events of rewards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BadgeEarned:
    """A student earned a badge."""

    center_id: int
    award_id: int
    student_id: int
