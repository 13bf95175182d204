"""what a school knows of itself, its rooms, its courses and its people"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.table_rules import add_unique, drop_check, drop_unique, set_nullable
from educore.adapters.sql.types import Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ROOM_TYPES = "'classroom', 'lab', 'library', 'gym', 'computer', 'art', 'music', 'other'"
WORDS = {
    ("center", "kind"): ("DEFAULT 'center' NOT NULL", "'center', 'school', 'teacher'"),
    ("room", "type"): ("DEFAULT 'classroom' NOT NULL", ROOM_TYPES),
    ("user_", "language"): ("", "'en', 'fr', 'ar', 'uz', 'ru'"),
    ("user_", "calendar"): ("", "'gregorian', 'islamic'"),
}
"""Columns with a rule, in one piece: SQLite cannot add a rule to a table later."""

TEXTS = (
    ("center", "city", 100),
    ("center", "region", 100),
    ("center", "postal_code", 20),
    ("room", "building", 100),
    ("room", "notes", 5000),
    ("course", "icon", 50),
)
"""Texts that may be empty but are never null, and their lengths."""

NAME, MOMENT = sa.String(200), Instant(timezone=True)
OPTIONAL: tuple[tuple[str, str, sa.types.TypeEngine[Any]], ...] = (
    ("center", "handle", sa.String(150)),
    ("center", "name_ar", NAME),
    ("center", "name_fr", NAME),
    ("center", "student_capacity", sa.Integer()),
    ("center", "late_is_present", sa.Boolean()),
    ("center", "excused_leaves_sum", sa.Boolean()),
    ("room", "number", sa.String(20)),
    ("room", "floor", sa.Integer()),
    ("room", "updated_at", MOMENT),
    ("course", "name_ar", NAME),
    ("course", "name_fr", NAME),
    ("course", "code", sa.String(20)),
    ("course", "color", sa.String(7)),
    ("student", "student_number", sa.String(32)),
    ("user_", "bio", sa.String(5000)),
    ("user_", "address", sa.String(500)),
    ("user_", "emergency_contact_name", sa.String(100)),
    ("user_", "emergency_contact_phone", sa.String(32)),
    ("user_", "email_verified_at", MOMENT),
    ("user_", "last_signed_in_at", MOMENT),
)
UNIQUE = (("center", ("handle",)), ("course", ("center_id", "code")), ("student", ("center_id", "student_number")))


def upgrade() -> None:
    """Add what is new. The defaults stay, so that a server of the version before can go on."""
    for (table, column), (default, words) in WORDS.items():
        rule = f"CONSTRAINT ck_{table}_{column} CHECK ({column} IN ({words}))"
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} VARCHAR(32) {default} {rule}")
    for table, column, length in TEXTS:
        op.add_column(table, sa.Column(column, sa.String(length), nullable=False, server_default=""))
    for table, column, type_ in OPTIONAL:
        op.add_column(table, sa.Column(column, type_, nullable=True))
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    now = sa.func.now() if is_postgresql else sa.text("'1970-01-01 00:00:00.000000'")  # SQLite wants a constant
    op.add_column("course", sa.Column("updated_at", Instant(timezone=True), nullable=False, server_default=now))
    op.execute("UPDATE course SET updated_at = created_at")
    set_nullable("room", "capacity", nullable=True)
    for table, columns in UNIQUE:
        add_unique(table, columns)


def downgrade() -> None:
    """Fails where rooms have no capacity: only their school knows it."""
    for table, columns in reversed(UNIQUE):
        drop_unique(table, columns)
    set_nullable("room", "capacity", nullable=False)
    op.drop_column("course", "updated_at")
    for table, column in WORDS:
        drop_check(table, column)
        op.drop_column(table, column)
    for table, column, _ in (*TEXTS, *OPTIONAL):
        op.drop_column(table, column)
