"""The homework that a student has handed in, and the figures of one attempt: the facts from which rewards follow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Annotated

from educore.assessment.entities import AssessmentKind, Attempt
from educore.assessment.marking import round_points
from educore.kernel.conditions import where
from educore.kernel.shape import From, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.values import Points

FULL_BONUS = Decimal(50)
"""The points for a full score."""


class HomeworkAttempt(Shape, of=Attempt):
    """An attempt at homework that was handed in."""

    id: int
    assessment_id: int
    number: int
    submitted_at: datetime
    seconds: int | None
    is_late: bool
    max_points: Points
    points: Points | None
    override: Points | None
    percent: Points | None
    is_best: bool
    graded_at: datetime | None
    score_published_at: datetime | None
    subject: Annotated[str | None, From("assessment.course.code")]
    due_at: Annotated[datetime | None, From("assessment.due_at")]

    @property
    def score(self) -> Decimal | None:
        """The score that the student may see: by hand, else after the penalty; None until it is published."""
        if self.score_published_at is None:
            return None
        return self.points if self.override is None else self.override

    @property
    def is_perfect(self) -> bool:
        """True for a full score that no penalty has cut; a percent that is rounded to 100 is none."""
        return self.score is not None and self.score == self.max_points

    @property
    def bonus(self) -> Decimal:
        """The points for the score, exact to the cent, half up: 85 of 100 are 42.5. 0 until it is published."""
        if self.score is None or not self.max_points:
            return Decimal(0)
        return round_points(FULL_BONUS * self.score / self.max_points)

    @property
    def last_changed_at(self) -> datetime:
        """The moment of the last thing that happened to it: handed in, marked, published."""
        return max(at for at in (self.submitted_at, self.graded_at, self.score_published_at) if at is not None)


def read_history(platform: UnitOfWork, student_id: int) -> list[HomeworkAttempt]:
    """Return the attempts that a student has handed in at homework, in that order, in one statement."""
    handed_in = where(student_id=student_id, submitted_at__isnull=False, assessment__kind=AssessmentKind.HOMEWORK)
    return platform.read(HomeworkAttempt, handed_in, order=("submitted_at", "id"))


def bonus_before(attempt: HomeworkAttempt, history: Iterable[HomeworkAttempt]) -> Decimal:
    """Return the best bonus of the attempts at the same homework whose scores were published earlier."""
    others = (one for one in history if one.assessment_id == attempt.assessment_id and one.score is not None)
    earlier = (one.bonus for one in others if _published(one) < _published(attempt))
    return max(earlier, default=Decimal(0))


def is_early(attempt: HomeworkAttempt, zone: tzinfo) -> bool:
    """Return whether homework was handed in before the day on which it was due, as the school counts days."""
    return attempt.due_at is not None and _day(attempt.submitted_at, zone) < _day(attempt.due_at, zone)


def _day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()


def _published(attempt: HomeworkAttempt) -> tuple[datetime, int]:
    return attempt.score_published_at or attempt.submitted_at, attempt.number
