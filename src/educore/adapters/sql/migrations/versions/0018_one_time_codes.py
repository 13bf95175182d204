"""one-time codes; secret messages, which belong to no center"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.table_rules import set_nullable
from educore.adapters.sql.types import Instant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = Instant(timezone=True)


def upgrade() -> None:
    op.create_table(
        "one_time_code",
        sa.Column("id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "verify_email", "reset_password", name="purpose", native_enum=False, length=32, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column(
            "form",
            sa.Enum("digits", "link", name="form", native_enum=False, length=32, create_constraint=True),
            nullable=False,
        ),
        sa.Column("digest", sa.String(128), nullable=False),
        sa.Column("host", sa.String(64), nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_.id"], name=op.f("fk_one_time_code_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
        sa.UniqueConstraint("digest", name=op.f("uq_one_time_code_digest")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_one_time_code_user_id", "one_time_code", ["user_id"])
    op.create_index("ix_one_time_code_expires_at", "one_time_code", ["expires_at"])
    op.add_column("delivery", sa.Column("is_secret", sa.Boolean(), nullable=False, server_default=sa.false()))
    set_nullable("delivery", "center_id", nullable=True)


def downgrade() -> None:
    """Remove the messages of no center: their secrets are of no use without the codes."""
    op.execute("DELETE FROM delivery WHERE center_id IS NULL")
    set_nullable("delivery", "center_id", nullable=False)
    op.drop_column("delivery", "is_secret")
    op.drop_table("one_time_code")
