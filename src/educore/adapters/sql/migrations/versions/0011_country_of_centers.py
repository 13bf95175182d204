"""the country of each Center"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. The default is the country of every Center until now, and stays for servers of before."""
    op.add_column("center", sa.Column("country", sa.String(length=2), nullable=False, server_default="UZ"))


def downgrade() -> None:
    op.drop_column("center", "country")
