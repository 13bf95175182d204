"""whether somebody else chose the password of an account"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody knows who chose the passwords that there are. The default stays, for a server of the version before."""
    op.add_column("user_", sa.Column("password_is_initial", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("user_", "password_is_initial")
