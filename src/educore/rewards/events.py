"""Events of rewards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WalletOpened:
    """A student who was rewarded had no wallet until then."""

    center_id: int
    student_id: int


@dataclass(frozen=True)
class HomeworkScored:
    """The score of homework can be seen by the student, for the first time or changed."""

    center_id: int
    attempt_id: int


@dataclass(frozen=True)
class BadgeEarned:
    """A student earned a badge."""

    center_id: int
    award_id: int
    student_id: int
