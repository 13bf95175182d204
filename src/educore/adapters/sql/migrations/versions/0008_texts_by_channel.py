"""waiting texts found by channel, and the texts of a day counted"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NAME, QUEUED = "ix_delivery_waiting", sa.text("status = 'queued'")
COUNTED = "ix_delivery_center_id_created_at"


def upgrade() -> None:
    op.drop_index(NAME, "delivery")
    op.create_index(NAME, "delivery", ["channel", "next_try_at"], sqlite_where=QUEUED, postgresql_where=QUEUED)
    op.create_index(COUNTED, "delivery", ["center_id", "channel", "created_at"])


def downgrade() -> None:
    op.drop_index(COUNTED, "delivery")
    op.drop_index(NAME, "delivery")
    op.create_index(NAME, "delivery", ["next_try_at"], sqlite_where=QUEUED, postgresql_where=QUEUED)
