"""Live messages about rewards: a score that was published, and a badge, in the frames that the document prints."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any

from educore import Computed, From, UnitOfWork, where
from educore.assessment import Assessment, Attempt
from educore.messaging import NotificationType
from educore.rewards import BadgeAward, RewardEntry
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.words import RarityWord

Row = Mapping[str, Any]
Frame = tuple[int, Mapping[str, Any]]


def final_score(override: Decimal | None, points: Decimal | None) -> float | None:
    """Return the score by hand, else that of the platform."""
    score = points if override is None else override
    return None if score is None else float(score)


def has_feedback(feedback: str | None) -> bool:
    """Return whether there is a comment."""
    return bool(feedback)


class ScoreFrame(MadrastiShape, of=Attempt):
    """The score of a student."""

    id: int
    number: int
    wallet_of: Annotated[int, From("student_id")]
    homework_id: Annotated[int, From("assessment_id")]
    homework_title: Annotated[str, From("assessment.title")]
    student_id: Annotated[int, From("student.user_id")]
    score: Annotated[float | None, Computed(final_score, "override", "points")]
    score_percentage: Annotated[Decimal | None, From("percent")]
    feedback_available: Annotated[bool, Computed(has_feedback, "feedback")]


class BadgeFrame(MadrastiShape, of=BadgeAward):
    """A badge of a student."""

    id: int
    student_id: Annotated[int, From("student.user_id")]
    badge_id: int
    badge_name: Annotated[str, From("badge.name")]
    badge_icon: Annotated[str, From("badge.icon")]
    points_awarded: Annotated[int, From("badge.points_reward")]
    rarity: Annotated[RarityWord, From("badge.rarity")]


def render_rewards(uow: UnitOfWork, rows: Collection[Row]) -> Iterator[Frame]:
    """Yield the ids of those notifications that are about scores and badges, with their frames.

    Takes a statement for badges and two for scores, where there are any.
    """
    scores = {row["about_id"]: row for row in rows if row["type"] == NotificationType.GRADE_PUBLISHED}
    badges = {row["about_id"]: row for row in rows if row["type"] == NotificationType.BADGE_EARNED}
    found = uow.select(ScoreFrame, where(id__in=set(scores))) if scores else []
    points = _points_for(uow, found)
    for score in found:
        data = {name: value for name, value in score.items() if name not in ("id", "number", "wallet_of")}
        percent = score["score_percentage"]
        data |= {"score_percentage": None if percent is None else float(round(percent, 1))}
        yield _frame("grade_published", scores[score["id"]], data | {"points_earned": points[score["id"]]})
    for badge in uow.select(BadgeFrame, where(id__in=set(badges))) if badges else []:
        data = {name: value for name, value in badge.items() if name != "id"}
        yield _frame("badge_earned", badges[badge["id"]], data)


def _points_for(uow: UnitOfWork, scores: Collection[Row]) -> dict[int, int]:
    """Return what was booked for scores, by the attempt."""
    if not scores:
        return {}
    about = where(about_kind=Assessment.__name__, about_id__in={score["homework_id"] for score in scores})
    of_students = where(wallet__student_id__in={score["wallet_of"] for score in scores})
    entries = uow.find(RewardEntry, about & of_students & where(key__isnull=False))
    found: dict[int, int] = {}
    for score in scores:
        key = f"homework:{score['homework_id']}:bonus:{score['number']}"
        own = [entry.points for entry in entries if entry.key == key or (entry.key or "").startswith(f"{key}:")]
        found[score["id"]] = sum(own)
    return found


def _frame(kind: str, row: Row, data: Row) -> Frame:
    return row["id"], {"type": kind, "timestamp": row["created_at"], "data": data}
