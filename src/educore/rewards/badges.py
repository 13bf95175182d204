"""Badges: awarded once to each student who meets their rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.rewards.badge_rules import meets
from educore.rewards.entities import Badge, BadgeAward, RewardReason, RewardType, Wallet
from educore.rewards.events import BadgeEarned
from educore.rewards.history import HomeworkAttempt
from educore.rewards.ledger import EntryDraft, book


def award_badges(
    uow: UnitOfWork, wallet: Wallet, history: Sequence[HomeworkAttempt], attempt: HomeworkAttempt, zone: tzinfo
) -> list[Badge]:
    """Award the badges that a student, whose wallet is locked, has earned with an attempt, and return all that it won.

    Their points are booked as a bonus. The number of statements does not grow with the badges.
    """
    platform, student_id = uow.as_platform(), wallet.student_id
    held = where(student_id=student_id)
    candidates = where(center_id=wallet.center_id, is_active=True) & where(BadgeAward__lacks=held)
    new = [
        badge for badge in platform.find(Badge, candidates, order=("id",)) if meets(badge.requirements, history, zone)
    ]
    moments = {attempt.submitted_at, attempt.graded_at, attempt.score_published_at} - {None}
    earlier = platform.find(Badge, where(BadgeAward__has=held & where(earned_at__in=moments)), order=("id",))
    shared = {"center_id": wallet.center_id, "student_id": student_id, "earned_at": attempt.last_changed_at}
    awards = platform.add_all(BadgeAward, [{**shared, "badge_id": badge.id} for badge in new])
    for award in awards:
        uow.record(BadgeEarned(award.center_id, award.id, student_id))
    book(platform, wallet, *(_reward(badge) for badge in new if badge.points_reward))
    return [*earlier, *new]


def _reward(badge: Badge) -> EntryDraft:
    return EntryDraft(
        RewardType.BONUS,
        RewardReason.BADGE_EARNED,
        badge.points_reward,
        key=f"badge:{badge.id}",
        about_kind=Badge.__name__,
        about_id=badge.id,
    )
