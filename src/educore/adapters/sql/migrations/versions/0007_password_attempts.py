"""tries are counted per person and host, and a sign-in remembers its host; failed ones that were kept are forgotten"""

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.types import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("sign_in", sa.Column("host", sa.String(length=64), nullable=False, server_default=""))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("sign_in", "host", server_default=None)
    op.drop_table("failed_sign_in")
    op.create_table(
        "password_attempts",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("started_at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_attempts")),
        sa.UniqueConstraint("person", "host", name=op.f("uq_password_attempts_person_host")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_password_attempts_host", "password_attempts", ["host", "started_at"])
    op.create_index("ix_password_attempts_started_at", "password_attempts", ["started_at"])


def downgrade() -> None:
    op.drop_table("password_attempts")
    op.create_table(
        "failed_sign_in",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("host", sa.String(length=64), nullable=False),
        sa.Column("failed_at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_sign_in")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_failed_sign_in_host", "failed_sign_in", ["host", "failed_at"])
    op.create_index("ix_failed_sign_in_name_host", "failed_sign_in", ["name", "host", "failed_at"])
    op.drop_column("sign_in", "host")
