"""The rewards context: its entities, policies, actions and hooks."""

from __future__ import annotations

from datetime import timedelta

from educore.kernel.context import Context
from educore.kernel.storage import Index, Unlisted
from educore.rewards.boards import close_boards
from educore.rewards.entities import Badge, BadgeAward, Leaderboard, LeaderboardEntry, RewardEntry, Wallet
from educore.rewards.events import BadgeEarned, HomeworkScored
from educore.rewards.ledger import add_reward, adjust_wallet
from educore.rewards.policies import POLICIES
from educore.rewards.rewarding import reward_attempts
from educore.rewards.wallets import open_wallets_of_new_students

CONTEXT = Context(
    "rewards",
    entities=(Wallet, RewardEntry, Badge, BadgeAward, Leaderboard, LeaderboardEntry),
    policies=POLICIES,
    actions={(RewardEntry, "create"): add_reward, (Wallet, "adjust"): adjust_wallet},
    outbox={HomeworkScored: "attempt_id", BadgeEarned: "award_id"},
    before_commit=(open_wallets_of_new_students, reward_attempts),
    periodic={"ended leaderboards": (timedelta(minutes=5), close_boards)},
    storage=(Index(RewardEntry, ("center_id", "created_at")), Unlisted(BadgeAward), Unlisted(LeaderboardEntry)),
)
