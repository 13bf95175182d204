"""how late, why absent, when marked on a device: details of marks, and of their corrections"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.types import Instant

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

LINE, MOMENT = sa.String(500), Instant(timezone=True)
TEXTS = (
    ("attendance", "absence_reason"),
    ("attendance_correction", "reason_before"),
    ("attendance_correction", "reason_after"),
)
OPTIONAL: tuple[tuple[str, str, sa.types.TypeEngine[Any]], ...] = (
    ("attendance", "late_minutes", sa.Integer()),
    ("attendance", "client_id", sa.String(64)),
    ("attendance", "marked_on_device_at", MOMENT),
    ("attendance_correction", "late_minutes_before", sa.Integer()),
    ("attendance_correction", "late_minutes_after", sa.Integer()),
)


def upgrade() -> None:
    """Add what is new. The defaults stay, so that a server of the version before can go on."""
    for table, column in TEXTS:
        op.add_column(table, sa.Column(column, LINE, nullable=False, server_default=""))
    for table, column, type_ in OPTIONAL:
        op.add_column(table, sa.Column(column, type_, nullable=True))
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    now = sa.func.now() if is_postgresql else sa.text("'1970-01-01 00:00:00.000000'")  # SQLite wants a constant
    op.add_column("attendance", sa.Column("created_at", MOMENT, nullable=False, server_default=now))
    op.execute("UPDATE attendance SET created_at = marked_at")


def downgrade() -> None:
    op.drop_column("attendance", "created_at")
    for table, column, _ in reversed(OPTIONAL):
        op.drop_column(table, column)
    for table, column in TEXTS:
        op.drop_column(table, column)
