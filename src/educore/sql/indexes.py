"""Facts about storage that the domain does not know: indexes for the questions that are asked often."""

from __future__ import annotations

import sqlalchemy as sa

KEYS_THAT_CLOSE_A_CIRCLE = {("Center", "director_id")}
"""Foreign keys added after both tables exist: a Center and its director point at each other."""


def add_to(tables: dict[str, sa.Table]) -> None:
    """Add the indexes. Every tenant-owned row is found by its Center first."""
    enrollment, student, failed = tables["Enrollment"], tables["Student"], tables["FailedSignIn"]
    sa.Index(
        "uq_enrollment_open",
        enrollment.c.group_id,
        enrollment.c.student_id,
        unique=True,
        sqlite_where=enrollment.c.left_on.is_(None),
        postgresql_where=enrollment.c.left_on.is_(None),
    )
    sa.Index("ix_student_center_id_status", student.c.center_id, student.c.status, student.c.id)
    sa.Index("ix_failed_sign_in_name_host", failed.c.name, failed.c.host, failed.c.failed_at)
    sa.Index("ix_failed_sign_in_host", failed.c.host, failed.c.failed_at)
    for name in ("Branch", "Room", "Course", "Teacher", "Group", "Enrollment", "Membership"):
        table = tables[name]
        sa.Index(f"ix_{table.name}_center_id_id", table.c.center_id, table.c.id)
