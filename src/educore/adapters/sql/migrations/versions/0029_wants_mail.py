"""whether a person wants mail"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everybody goes on to get mail. The default stays, for a server of the version before."""
    op.add_column("user_", sa.Column("wants_mail", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    op.drop_column("user_", "wants_mail")
