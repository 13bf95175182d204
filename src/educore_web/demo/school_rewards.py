"""Rewards of a school: badges with their rules, the rewards of its homework, and the boards of the week."""

from __future__ import annotations

from educore import UnitOfWork, perform
from educore.rewards import Badge, BadgeRule, BoardType, Rarity, look_at_board, reward_attempts

BADGES = (
    ("Premier devoir", "أول واجب", Rarity.COMMON, 10, BadgeRule.model_construct(homework_completed=1)),
    ("Sans-faute", "علامة كاملة", Rarity.RARE, 25, BadgeRule.model_construct(consecutive_perfect_scores=1)),
    ("Toujours en avance", "دائمًا قبل الموعد", Rarity.EPIC, 50, BadgeRule.model_construct(early_submissions=5)),
)


def add_badges(office: UnitOfWork) -> None:
    """Let the office of a school add its badges."""
    for name, name_ar, rarity, points, rule in BADGES:
        names = {"name": name, "name_fr": name, "name_ar": name_ar}
        perform(
            office, Badge, "create", fields={**names, "rarity": rarity, "points_reward": points, "requirements": rule}
        )


def reward_homework(office: UnitOfWork) -> None:
    """Book the rewards of what was handed in and graded, at the time of the clock, and show the boards of the week."""
    reward_attempts(office)
    for board_type in (BoardType.WEEKLY, BoardType.MONTHLY):
        look_at_board(office, board_type=board_type)
