"""students who are in groups have one of them as the main one, and its branch"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OPEN_PLACES = "FROM enrollment WHERE enrollment.student_id = student.id AND enrollment.left_on IS NULL"


def upgrade() -> None:
    """Choose the place that was taken first where the main group was lost, then the branch of each main group."""
    op.execute(
        f"UPDATE student SET group_id = (SELECT enrollment.group_id {OPEN_PLACES}"  # noqa: S608 - a constant
        " ORDER BY enrollment.enrolled_on, enrollment.id LIMIT 1)"
        f" WHERE group_id IS NULL AND EXISTS (SELECT 1 {OPEN_PLACES})"
    )
    of_main_group = "(SELECT group_.branch_id FROM group_ WHERE group_.id = student.group_id)"
    op.execute(
        f"UPDATE student SET branch_id = {of_main_group}"  # noqa: S608 - a constant
        f" WHERE group_id IS NOT NULL AND branch_id <> {of_main_group}"
    )


def downgrade() -> None:
    """Leave the rows: the version before reads them as well."""
