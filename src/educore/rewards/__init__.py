"""Rewards in schools: wallets of points and coins, badges and leaderboards."""

from educore.rewards.boards import BoardScope, look_at_board, refresh_board
from educore.rewards.context import CONTEXT
from educore.rewards.entities import (
    Badge,
    BadgeAward,
    BadgeRule,
    BoardType,
    Leaderboard,
    LeaderboardEntry,
    PointChange,
    PointsGiven,
    PointSum,
    Rarity,
    RewardEntry,
    RewardReason,
    RewardType,
    Wallet,
)
from educore.rewards.events import BadgeEarned, WalletOpened
from educore.rewards.ledger import add_reward, adjust_wallet
from educore.rewards.levels import level_of, level_progress
from educore.rewards.rewarding import AttemptRewarded, Rewards, reward_attempt, reward_attempts

__all__ = [
    "AttemptRewarded",
    "Badge",
    "BadgeAward",
    "BadgeEarned",
    "BadgeRule",
    "BoardScope",
    "BoardType",
    "CONTEXT",
    "Leaderboard",
    "LeaderboardEntry",
    "PointChange",
    "PointSum",
    "PointsGiven",
    "Rarity",
    "RewardEntry",
    "RewardReason",
    "RewardType",
    "Rewards",
    "Wallet",
    "WalletOpened",
    "add_reward",
    "adjust_wallet",
    "level_of",
    "level_progress",
    "look_at_board",
    "refresh_board",
    "reward_attempt",
    "reward_attempts",
]
