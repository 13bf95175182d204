"""no sums of marks kept by triggers; sessions are found by their Center and date"""

from typing import Any

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_postgresql = op.get_context().dialect.name == "postgresql"
    for act in ("insert", "delete", "update"):  # a migration that copied the table on SQLite may have lost them
        op.execute(f"DROP TRIGGER IF EXISTS attendance_sum_{act}{' ON attendance' if is_postgresql else ''}")
        if is_postgresql:
            op.execute(f"DROP FUNCTION IF EXISTS attendance_sum_{act}")
    op.drop_table("attendance_sum")
    op.create_index("ix_session_center_id_date", "session", ["center_id", "date"])


def downgrade() -> None:
    op.drop_index("ix_session_center_id_date", "session")
    versions: Any = op.get_context().script
    versions.get_revision("0005").module.upgrade()  # the table, the triggers, and the number of the marks there are
