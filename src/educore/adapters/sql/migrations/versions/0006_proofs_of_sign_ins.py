"""sign-ins have a random key, without which their number proves nothing; those that have none end"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.types import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign_in", sa.Column("key_digest", sa.String(length=64), nullable=False, server_default=""))
    sign_in = sa.table("sign_in", sa.column("ended_at", Instant()))
    op.execute(sa.update(sign_in).where(sign_in.c.ended_at.is_(None)).values(ended_at=datetime.now(UTC)))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("sign_in", "key_digest", server_default=None)


def downgrade() -> None:
    op.drop_column("sign_in", "key_digest")
