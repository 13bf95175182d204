"""wallets of students with their ledger, badges and leaderboards; a wallet for each student of a school"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.types import Exact, Instant

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT, TEXT, NAME, LINE = Instant(timezone=True), sa.String(5000), sa.String(200), sa.String(500)
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
    _create(
        "wallet",
        *_stamps(),
        _reference("wallet", "student_id", "student", on_delete="CASCADE"),
        *(_column(name, NUMBER) for name in SUMS),
        sa.UniqueConstraint("student_id", name="uq_wallet_student_id"),
        indexed=(),
    )
    _create(
        "reward_entry",
        _reference("reward_entry", "wallet_id", "wallet"),
        _reference("reward_entry", "made_by_id", "user_", nullable=True),
        *_words("reward_entry"),
        *(_column(name, NUMBER) for name in ("points", "coins")),
        _column("about_kind", sa.String(40), nullable=True),
        _column("about_id", NUMBER, nullable=True),
        _column("description", LINE),
        _column("key", sa.String(120), nullable=True),
        _column("created_at", MOMENT),
        sa.UniqueConstraint("wallet_id", "key", name="uq_reward_entry_wallet_id_key"),
        indexed=("made_by_id",),
    )
    op.create_index("ix_reward_entry_center_id_created_at", "reward_entry", ["center_id", "created_at"])


def _create_badges() -> None:
    _create(
        "badge",
        *_stamps(),
        _column("name", NAME),
        *(_column(name, NAME, nullable=True) for name in ("name_ar", "name_fr")),
        _column("description", TEXT),
        _column("icon", sa.String(100)),
        _column("color", sa.String(7), nullable=True),
        *_words("badge"),
        _column("points_reward", NUMBER),
        _column("requirements", sa.Text()),
        _column("is_active", sa.Boolean()),
        sa.UniqueConstraint("center_id", "name", name="uq_badge_center_id_name"),
        indexed=(),
    )
    _create(
        "badge_award",
        _reference("badge_award", "badge_id", "badge"),
        _reference("badge_award", "student_id", "student"),
        _column("earned_at", MOMENT),
        sa.UniqueConstraint("badge_id", "student_id", name="uq_badge_award_badge_id_student_id"),
        indexed=("student_id",),
        is_listed=False,
    )


def _create_boards() -> None:
    _create(
        "leaderboard",
        *_words("leaderboard"),
        *(_column(name, DAY) for name in ("period_start", "period_end")),
        _reference("leaderboard", "group_id", "group_", nullable=True, on_delete="CASCADE"),
        _reference("leaderboard", "grade_level_id", "grade_level", nullable=True, on_delete="CASCADE"),
        _reference("leaderboard", "course_id", "course", nullable=True),
        _column("scope", sa.String(80)),
        *(_column(name, MOMENT, nullable=True) for name in ("refreshed_at", "closed_at")),
        sa.UniqueConstraint(
            "center_id", "type", "period_start", "scope", name="uq_leaderboard_center_id_type_period_start_scope"
        ),
        indexed=("group_id", "grade_level_id", "course_id"),
    )
    _create(
        "leaderboard_entry",
        _reference("leaderboard_entry", "leaderboard_id", "leaderboard", on_delete="CASCADE"),
        _reference("leaderboard_entry", "student_id", "student", on_delete="CASCADE"),
        *(_column(name, NUMBER) for name in ("rank", "total_points", "completed", "badges", "rank_change")),
        _column("average", Exact(5, 2)),
        sa.UniqueConstraint("leaderboard_id", "student_id", name="uq_leaderboard_entry_leaderboard_id_student_id"),
        indexed=("student_id",),
        is_listed=False,
    )


def _create(
    table: str, *parts: sa.Column[Any] | sa.UniqueConstraint, indexed: tuple[str, ...], is_listed: bool = True
) -> None:
    """Create a table of rows of a Center, with its indexes."""
    op.create_table(
        table,
        _column("id", BIG),
        _reference(table, "center_id", "center"),
        *parts,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sqlite_autoincrement=True,
    )
    if is_listed:
        op.create_index(f"ix_{table}_center_id_id", table, ["center_id", "id"])
    else:
        op.create_index(f"ix_{table}_center_id", table, ["center_id"])
    for column in indexed:
        op.create_index(f"ix_{table}_{column}", table, [column])


def _column(name: str, type_: sa.types.TypeEngine[Any], *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=nullable)


def _stamps() -> list[sa.Column[Any]]:
    return [_column(name, MOMENT) for name in ("created_at", "updated_at")]


def _words(table: str) -> list[sa.Column[Any]]:
    """Return the columns of a table that hold one of some words."""
    found = {place.partition(".")[2]: words for place, words in WORDS.items() if place.startswith(f"{table}.")}
    return [
        _column(name, sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32))
        for name, words in found.items()
    ]


def _reference(
    table: str, column: str, target: str, *, nullable: bool = False, on_delete: str = "RESTRICT"
) -> sa.Column[int]:
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}", ondelete=on_delete)
    return sa.Column(column, BIG, key, nullable=nullable)
