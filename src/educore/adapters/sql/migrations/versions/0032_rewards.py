"""wallets of students with their ledger, badges and leaderboards; a wallet for each student of a school"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.new_tables import MOMENT, create_table, new_column, reference, stamps, word_columns
from educore.adapters.sql.types import Exact

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

TEXT, NAME, LINE = sa.String(5000), sa.String(200), sa.String(500)
NUMBER, DAY = sa.Integer(), sa.Date()
SUMS = ("total_points", "total_coins", "points_spent", "coins_spent")

WORDS = {
    "reward_entry.type": ("earned", "spent", "bonus", "penalty"),
    "reward_entry.reason": (
        "homework_completion",
        "perfect_score",
        "early_submission",
        "on_time_submission",
        "streak_bonus",
        "badge_earned",
        "manual_adjustment",
    ),
    "badge.rarity": ("common", "rare", "epic", "legendary"),
    "leaderboard.type": ("weekly", "monthly", "semester", "class", "grade", "subject"),
}


def upgrade() -> None:
    _create_wallets()
    _create_badges()
    _create_boards()
    op.execute(
        f"INSERT INTO wallet (center_id, student_id, created_at, updated_at, {', '.join(SUMS)}) "  # noqa: S608  # names
        "SELECT student.center_id, student.id, student.created_at, student.created_at, 0, 0, 0, 0 "
        "FROM student JOIN center ON center.id = student.center_id WHERE center.kind = 'school'"
    )


def downgrade() -> None:
    for table in ("leaderboard_entry", "leaderboard", "badge_award", "badge", "reward_entry", "wallet"):
        op.drop_table(table)


def _create_wallets() -> None:
    create_table(
        "wallet",
        *stamps(),
        reference("wallet", "student_id", "student", on_delete="CASCADE"),
        *(new_column(name, NUMBER) for name in SUMS),
        sa.UniqueConstraint("student_id", name="uq_wallet_student_id"),
        indexed=(),
    )
    create_table(
        "reward_entry",
        reference("reward_entry", "wallet_id", "wallet"),
        reference("reward_entry", "made_by_id", "user_", nullable=True),
        *word_columns("reward_entry", WORDS),
        *(new_column(name, NUMBER) for name in ("points", "coins")),
        new_column("about_kind", sa.String(40), nullable=True),
        new_column("about_id", NUMBER, nullable=True),
        new_column("description", LINE),
        new_column("key", sa.String(120), nullable=True),
        new_column("created_at", MOMENT),
        sa.UniqueConstraint("wallet_id", "key", name="uq_reward_entry_wallet_id_key"),
        indexed=("made_by_id",),
    )
    op.create_index("ix_reward_entry_center_id_created_at", "reward_entry", ["center_id", "created_at"])


def _create_badges() -> None:
    create_table(
        "badge",
        *stamps(),
        new_column("name", NAME),
        *(new_column(name, NAME, nullable=True) for name in ("name_ar", "name_fr")),
        new_column("description", TEXT),
        new_column("icon", sa.String(100)),
        new_column("color", sa.String(7), nullable=True),
        *word_columns("badge", WORDS),
        new_column("points_reward", NUMBER),
        new_column("requirements", sa.Text()),
        new_column("is_active", sa.Boolean()),
        sa.UniqueConstraint("center_id", "name", name="uq_badge_center_id_name"),
        indexed=(),
    )
    create_table(
        "badge_award",
        reference("badge_award", "badge_id", "badge"),
        reference("badge_award", "student_id", "student"),
        new_column("earned_at", MOMENT),
        sa.UniqueConstraint("badge_id", "student_id", name="uq_badge_award_badge_id_student_id"),
        indexed=("student_id",),
        is_listed=False,
    )


def _create_boards() -> None:
    create_table(
        "leaderboard",
        *word_columns("leaderboard", WORDS),
        *(new_column(name, DAY) for name in ("period_start", "period_end")),
        reference("leaderboard", "group_id", "group_", nullable=True, on_delete="CASCADE"),
        reference("leaderboard", "grade_level_id", "grade_level", nullable=True, on_delete="CASCADE"),
        reference("leaderboard", "course_id", "course", nullable=True),
        new_column("scope", sa.String(80)),
        *(new_column(name, MOMENT, nullable=True) for name in ("refreshed_at", "closed_at")),
        sa.UniqueConstraint(
            "center_id", "type", "period_start", "scope", name="uq_leaderboard_center_id_type_period_start_scope"
        ),
        indexed=("group_id", "grade_level_id", "course_id"),
    )
    create_table(
        "leaderboard_entry",
        reference("leaderboard_entry", "leaderboard_id", "leaderboard", on_delete="CASCADE"),
        reference("leaderboard_entry", "student_id", "student", on_delete="CASCADE"),
        *(new_column(name, NUMBER) for name in ("rank", "total_points", "completed", "badges", "rank_change")),
        new_column("average", Exact(5, 2)),
        sa.UniqueConstraint("leaderboard_id", "student_id", name="uq_leaderboard_entry_leaderboard_id_student_id"),
        indexed=("student_id",),
        is_listed=False,
    )
