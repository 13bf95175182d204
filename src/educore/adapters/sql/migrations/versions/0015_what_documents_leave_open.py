"""contracts without a group, a number or a date; when a room was created"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.types import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OPTIONAL: dict[str, sa.types.TypeEngine[Any]] = {
    "group_id": sa.BigInteger(),
    "contract_number": sa.String(64),
    "signed_date": sa.Date(),
}


def upgrade() -> None:
    """Let the columns be empty. Rooms of before get their time from the audit trail, where it knows them."""
    _set_nullable(True)
    op.add_column("room", sa.Column("created_at", Instant(timezone=True), nullable=True))
    op.execute(
        "UPDATE room SET created_at = (SELECT min(entry.at) FROM audit_entry AS entry "
        "WHERE entry.kind = 'Room' AND entry.action = 'created' AND entry.row_id = room.id)"
    )


def downgrade() -> None:
    """Fails if there are such contracts: only their center knows what to fill in."""
    op.drop_column("room", "created_at")
    _set_nullable(False)


def _set_nullable(nullable: bool) -> None:
    with op.batch_alter_table("contract") as table:
        for column, type_ in OPTIONAL.items():
            table.alter_column(column, existing_type=type_, nullable=nullable)
