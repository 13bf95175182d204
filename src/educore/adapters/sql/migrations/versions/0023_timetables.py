"""timetables of classes, whose slots are series; registers of sessions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.table_rules import add_reference, drop_check, drop_reference
from educore.adapters.sql.types import Instant

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = Instant(timezone=True)
REFUSE, CASCADE = "RESTRICT", "CASCADE"

REFERENCES = (
    ("series", "timetable_id", "timetable", CASCADE),
    ("series", "course_id", "course", REFUSE),
    ("session", "course_id", "course", REFUSE),
    ("session", "started_by_id", "user_", REFUSE),
    ("session", "completed_by_id", "user_", REFUSE),
)
"""The references that tables of before get: table, column, target and what happens when the target is deleted."""

WORDS = {
    ("series", "type"): ("DEFAULT 'regular' NOT NULL", "'regular', 'exam', 'lab', 'field_trip'"),
    ("session", "register_status"): ("", "'not_started', 'in_progress', 'completed'"),
}
"""Columns with a rule, in one piece: SQLite cannot add a rule to a table later."""

HAS_REGISTER = sa.text("register_status IS NOT NULL")


def upgrade() -> None:
    """Add what is new. The defaults stay, so that a server of the version before can go on."""
    _create_timetables()
    for (table, column), (default, words) in WORDS.items():
        rule = f"CONSTRAINT ck_{table}_{column} CHECK ({column} IN ({words}))"
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} VARCHAR(32) {default} {rule}")
    for table, column, target, on_delete in REFERENCES:
        add_reference(table, column, target, on_delete=on_delete)
    op.add_column("series", sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("series", sa.Column("notes", sa.String(5000), nullable=False, server_default=""))
    op.add_column("series", sa.Column("archived_at", MOMENT, nullable=True))
    now = sa.func.now() if _is_postgresql() else sa.text("'1970-01-01 00:00:00.000000'")  # SQLite wants a constant
    op.add_column("series", sa.Column("updated_at", MOMENT, nullable=False, server_default=now))
    op.execute("UPDATE series SET updated_at = created_at")
    for column in ("started_at", "completed_at"):
        op.add_column("session", sa.Column(column, MOMENT, nullable=True))
    op.create_index(
        "uq_session_series_id_date",
        "session",
        ["series_id", "date"],
        unique=True,
        sqlite_where=HAS_REGISTER,
        postgresql_where=HAS_REGISTER,
    )


def downgrade() -> None:
    op.drop_index("uq_session_series_id_date", "session")
    for column in ("completed_at", "started_at"):
        op.drop_column("session", column)
    for column in ("updated_at", "archived_at", "notes", "is_active"):
        op.drop_column("series", column)
    for table, column, target, on_delete in reversed(REFERENCES):
        drop_reference(table, column, target, on_delete=on_delete)
    for table, column in WORDS:
        drop_check(table, column)
        op.drop_column(table, column)
    op.drop_table("timetable")


def _create_timetables() -> None:
    op.create_table(
        "timetable",
        sa.Column("id", BIG, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("archived_at", MOMENT, nullable=True),
        _reference("center_id", "center", REFUSE),
        _reference("group_id", "group_", CASCADE),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        _reference("created_by_id", "user_", REFUSE, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_timetable"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_timetable_center_id_id", "timetable", ["center_id", "id"])
    for column in ("group_id", "created_by_id"):
        op.create_index(f"ix_timetable_{column}", "timetable", [column])


def _reference(column: str, target: str, on_delete: str, *, nullable: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey(f"{target}.id", name=f"fk_timetable_{column}", ondelete=on_delete)
    return sa.Column(column, BIG, key, nullable=nullable)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
