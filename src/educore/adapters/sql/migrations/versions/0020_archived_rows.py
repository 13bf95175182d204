"""courses, groups and members can be archived; the unique values of archived courses are free"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.table_rules import add_unique, drop_unique
from educore.adapters.sql.types import Instant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ARCHIVABLE = ("course", "group_", "membership")
UNIQUE = (("center_id", "name"), ("center_id", "code"))
"""The columns of courses whose values are unique among those that are not archived."""

LIVE = sa.text("archived_at IS NULL")


def upgrade() -> None:
    for table in ARCHIVABLE:
        op.add_column(table, sa.Column("archived_at", Instant(timezone=True), nullable=True))
    for columns in UNIQUE:
        drop_unique("course", columns)
        name = f"uq_course_{'_'.join(columns)}"
        op.create_index(name, "course", list(columns), unique=True, sqlite_where=LIVE, postgresql_where=LIVE)


def downgrade() -> None:
    """Show archived rows again. Fails where an archived course has the name or the code of another one."""
    for columns in UNIQUE:
        op.drop_index(f"uq_course_{'_'.join(columns)}", "course")
        add_unique("course", columns)
    for table in ARCHIVABLE:
        op.drop_column(table, "archived_at")
