"""flags of absences that somebody must look after, and what families hand in about them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.types import Instant

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT, TEXT = Instant(timezone=True), sa.String(5000)

WORDS = {
    "type": ("absence", "chronic_absence", "late_pattern"),
    "priority": ("low", "medium", "high", "urgent"),
    "status": ("active", "resolved", "dismissed"),
    "resolution": ("justified", "unjustified", "partial"),
}


def upgrade() -> None:
    op.create_table(
        "absence_flag",
        sa.Column("id", BIG, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        *(_reference("absence_flag", f"{target}_id", target) for target in ("center", "student", "session")),
        *(_word(column) for column in WORDS),
        sa.Column("absence_count", sa.Integer(), nullable=False),
        sa.Column("auto_generated", sa.Boolean(), nullable=False),
        sa.Column("follow_up_required", sa.Boolean(), nullable=False),
        sa.Column("resolution_notes", TEXT, nullable=False),
        sa.Column("resolved_at", MOMENT, nullable=True),
        *(_reference("absence_flag", column, "user_", nullable=True) for column in ("resolved_by_id", "created_by_id")),
        sa.PrimaryKeyConstraint("id", name="pk_absence_flag"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_absence_flag_center_id_id", "absence_flag", ["center_id", "id"])
    for column in ("student_id", "session_id", "resolved_by_id", "created_by_id"):
        op.create_index(f"ix_absence_flag_{column}", "absence_flag", [column])
    is_true = "IS 1" if op.get_bind().dialect.name == "sqlite" else "IS true"
    by_platform = f"status = 'active' AND auto_generated {is_true}"
    _unique("student_id_session_id_type", "student_id", "session_id", "type", only=by_platform)
    for pattern in ("chronic_absence", "late_pattern"):
        _unique(pattern, "student_id", only=f"type = '{pattern}' AND status = 'active'")
    _create_documents()


def downgrade() -> None:
    op.drop_table("flag_document")
    op.drop_table("absence_flag")


def _create_documents() -> None:
    op.create_table(
        "flag_document",
        sa.Column("id", BIG, nullable=False),
        _reference("flag_document", "center_id", "center"),
        _reference("flag_document", "flag_id", "absence_flag", on_delete="CASCADE"),
        sa.Column("file", sa.String(255), nullable=True),
        sa.Column("note", TEXT, nullable=False),
        _reference("flag_document", "added_by_id", "user_", nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_flag_document"),
        sqlite_autoincrement=True,
    )
    for column in ("center_id", "flag_id", "added_by_id"):
        op.create_index(f"ix_flag_document_{column}", "flag_document", [column])


def _word(column: str) -> sa.Column[str]:
    words = sa.Enum(*WORDS[column], name=column, native_enum=False, create_constraint=True, length=32)
    return sa.Column(column, words, nullable=column == "resolution")


def _reference(
    table: str, column: str, target: str, *, nullable: bool = False, on_delete: str = "RESTRICT"
) -> sa.Column[int]:
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}", ondelete=on_delete)
    return sa.Column(column, BIG, key, nullable=nullable)


def _unique(name: str, *columns: str, only: str) -> None:
    """Add a unique index over the flags that match a condition."""
    where = sa.text(only)
    name = f"uq_absence_flag_{name}"
    op.create_index(name, "absence_flag", list(columns), unique=True, sqlite_where=where, postgresql_where=where)
