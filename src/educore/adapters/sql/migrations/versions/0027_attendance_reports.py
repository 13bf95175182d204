"""reports of attendance as they were on the day when they were saved"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.types import Instant

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TYPES = ("class_statistics", "student_history", "daily", "weekly", "monthly", "flags")


def upgrade() -> None:
    op.create_table(
        "attendance_report",
        sa.Column("id", BIG, nullable=False),
        _reference("center_id", "center"),
        sa.Column(
            "type", sa.Enum(*TYPES, name="type", native_enum=False, create_constraint=True, length=32), nullable=False
        ),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        _reference("created_by_id", "user_"),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attendance_report"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attendance_report_center_id_id", "attendance_report", ["center_id", "id"])
    op.create_index("ix_attendance_report_created_by_id", "attendance_report", ["created_by_id"])


def downgrade() -> None:
    op.drop_table("attendance_report")


def _reference(column: str, target: str) -> sa.Column[int]:
    key = sa.ForeignKey(f"{target}.id", name=f"fk_attendance_report_{column}", ondelete="RESTRICT")
    return sa.Column(column, BIG, key, nullable=False)
