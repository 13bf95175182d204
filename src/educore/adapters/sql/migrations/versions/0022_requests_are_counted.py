"""counts of requests, shared by all server processes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.types import Instant

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request_count",
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("caller", sa.String(64), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ends_at", "caller", name=op.f("pk_request_count")),
    )


def downgrade() -> None:
    op.drop_table("request_count")
