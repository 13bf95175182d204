"""courses, groups and members can be archived; the unique values of archived courses and classes are free"""

from __future__ import annotations

from collections.abc import Sequence

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

CLASS = ("grade_level_id", "academic_year_id", "section")
"""The columns of groups whose values are unique among those that are not archived."""

LIVE = sa.text("archived_at IS NULL")
IN_A_YEAR = sa.text("academic_year_id IS NOT NULL")


def upgrade() -> None:
    for table in ARCHIVABLE:
        op.add_column(table, sa.Column("archived_at", Instant(timezone=True), nullable=True))
    for columns in UNIQUE:
        drop_unique("course", columns)
        _add_index("course", columns, LIVE)
    op.drop_index(_name("group_", CLASS), "group_")
    _add_index("group_", CLASS, LIVE)


def downgrade() -> None:
    """Show archived rows again. Fails where the name of an archived course or class is that of another one."""
    op.drop_index(_name("group_", CLASS), "group_")
    _add_index("group_", CLASS, IN_A_YEAR)
    for columns in UNIQUE:
        op.drop_index(_name("course", columns), "course")
        add_unique("course", columns)
    for table in ARCHIVABLE:
        op.drop_column(table, "archived_at")


def _add_index(table: str, columns: Sequence[str], rows: sa.TextClause) -> None:
    op.create_index(_name(table, columns), table, list(columns), unique=True, sqlite_where=rows, postgresql_where=rows)


def _name(table: str, columns: Sequence[str]) -> str:
    return f"uq_{table}_{'_'.join(columns)}"
