"""Rewards: the words of wallets, badges and leaderboards."""

from __future__ import annotations

REWARDS: dict[str, str] = {
    "RewardType.earned": "Earned",
    "RewardType.spent": "Spent",
    "RewardType.bonus": "Given as a bonus",
    "RewardType.penalty": "Taken as a penalty",
    "RewardReason.homework_completion": "Homework handed in",
    "RewardReason.perfect_score": "Full score",
    "RewardReason.early_submission": "Handed in early",
    "RewardReason.on_time_submission": "Handed in on time",
    "RewardReason.streak_bonus": "Streak",
    "RewardReason.badge_earned": "Badge",
    "RewardReason.manual_adjustment": "Changed by hand",
    "Rarity.common": "Common",
    "Rarity.rare": "Rare",
    "Rarity.epic": "Epic",
    "Rarity.legendary": "Legendary",
    "BoardType.weekly": "Week",
    "BoardType.monthly": "Month",
    "BoardType.semester": "Half of the school year",
    "BoardType.class": "Class",
    "BoardType.grade": "Grade level",
    "BoardType.subject": "Subject",
    "RewardEntry.many": "Rewards",
}
