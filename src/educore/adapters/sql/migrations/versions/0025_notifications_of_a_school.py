"""notifications of a school: about students, in several languages, with the moment of reading"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.table_rules import add_reference, drop_check, drop_reference, set_words
from educore.adapters.sql.types import Instant

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLE = "notification"
CLEAR = "SET NULL"
WORDS = (
    "lesson_reminder",
    "payment_reminder",
    "lesson_cancelled",
    "assignment_created",
    "exam_scheduled",
    "result_published",
    "general",
)
SCHOOL_WORDS = (
    "absence_alert",
    "late_alert",
    "flag_created",
    "flag_resolved",
    "chronic_absence",
    "attendance_summary",
    "excuse_required",
    "grade_published",
    "badge_earned",
    "system",
)
PRIORITIES = ("low", "medium", "high", "urgent")
NULLABLE = (
    ("title_ar", sa.String(200)),
    ("title_fr", sa.String(200)),
    ("message_ar", sa.String(5000)),
    ("message_fr", sa.String(5000)),
    ("about_kind", sa.String(40)),
    ("about_id", sa.Integer()),
    ("read_at", Instant(timezone=True)),
    ("expires_at", Instant(timezone=True)),
)
FLAGS = ("auto_generated", "requires_action", "action_taken")


def upgrade() -> None:
    """Add what is new. The defaults stay, so that a server of the version before can go on."""
    set_words(TABLE, "type", (*WORDS, *SCHOOL_WORDS))
    listed = ", ".join(f"'{word}'" for word in PRIORITIES)
    rule = f"CONSTRAINT ck_{TABLE}_priority CHECK (priority IN ({listed}))"  # SQLite can add it only with its column
    op.execute(f"ALTER TABLE {TABLE} ADD COLUMN priority VARCHAR(32) {rule}")
    for column, type_ in NULLABLE:
        op.add_column(TABLE, sa.Column(column, type_, nullable=True))
    for column in FLAGS:
        op.add_column(TABLE, sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false()))
    add_reference(TABLE, "student_id", "student", on_delete=CLEAR)
    add_reference("delivery", "notification_id", TABLE, on_delete=CLEAR)


def downgrade() -> None:
    """Show the notifications of a school as general ones."""
    drop_reference("delivery", "notification_id", TABLE, on_delete=CLEAR)
    drop_reference(TABLE, "student_id", "student", on_delete=CLEAR)
    for column in (*FLAGS, *(column for column, _ in NULLABLE)):
        op.drop_column(TABLE, column)
    drop_check(TABLE, "priority")
    op.drop_column(TABLE, "priority")
    notification = sa.table(TABLE, sa.column("type"))
    op.execute(sa.update(notification).where(notification.c.type.in_(SCHOOL_WORDS)).values(type="general"))
    set_words(TABLE, "type", WORDS)
