"""Facts about storage that the domain does not know: indexes for the questions that are asked often."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint

KEYS_THAT_CLOSE_A_CIRCLE = {("Center", "director_id")}
"""Foreign keys added after both tables exist: a Center and its director point at each other."""

BY_CENTER = (
    "Branch", "Room", "Course", "Teacher", "Student", "Group", "Enrollment", "Membership",
    "Session", "Attendance", "Assignment", "Submission", "Exam", "ExamResult",
    "ChargeRun", "Invoice", "Payment", "Payroll", "LedgerEntry", "Lead", "Contract", "Notification",
    "SmsTemplate", "Delivery", "Import", "ImportedRow", "AuditEntry",
)  # fmt: skip


def add_to(tables: dict[str, sa.Table]) -> None:
    """Add the indexes. Every tenant-owned row is found by its Center first."""
    enrollment, student, attempts = tables["Enrollment"], tables["Student"], tables["PasswordAttempts"]
    sa.Index(
        "uq_enrollment_open",
        enrollment.c.group_id,
        enrollment.c.student_id,
        unique=True,
        sqlite_where=enrollment.c.left_on.is_(None),
        postgresql_where=enrollment.c.left_on.is_(None),
    )
    sa.Index("ix_student_center_id_status", student.c.center_id, student.c.status, student.c.id)
    sa.Index("ix_password_attempts_host", attempts.c.host, attempts.c.started_at)
    sa.Index("ix_password_attempts_started_at", attempts.c.started_at)
    _session_rules(tables["Session"])
    for owner in ("session_id", "student_id"):  # all that counting needs, so that the rows themselves need not be read
        sa.Index(f"ix_attendance_{owner}_status", *(tables["Attendance"].c[n] for n in (owner, "center_id", "status")))
    sa.Index("ix_audit_entry_kind_row_id", *(tables["AuditEntry"].c[n] for n in ("kind", "row_id")))
    for name in ("Invoice", "Payment"):
        owed = tables[name]
        sa.Index(f"ix_{owed.name}_center_id_due_date", owed.c.center_id, owed.c.due_date)
    sa.Index(
        "ix_delivery_center_id_created_at", *(tables["Delivery"].c[n] for n in ("center_id", "channel", "created_at"))
    )
    _waiting(tables["Delivery"], "queued", "channel")
    _waiting(tables["Job"], "waiting")
    for name in BY_CENTER:
        table = tables[name]
        sa.Index(f"ix_{table.name}_center_id_id", table.c.center_id, table.c.id)
    for table in tables.values():
        _drop_what_others_do_too(table)


def _drop_what_others_do_too(table: sa.Table) -> None:
    """An index on one column is but a burden on every write where another one over all rows begins with it."""
    uniques = [list(part.columns) for part in table.constraints if isinstance(part, sa.UniqueConstraint)]
    indexes = {index: list(index.columns) for index in table.indexes if not _is_partial(index)}
    for index, columns in indexes.items():
        if any(columns == others[:1] != others for others in [*uniques, *indexes.values()]):
            table.indexes.discard(index)


def _is_partial(index: sa.Index) -> bool:
    return any(index.dialect_options[name]["where"] is not None for name in ("sqlite", "postgresql"))


def _waiting(table: sa.Table, status: str, *first: str) -> None:
    """What a worker asks for every few seconds; rows that are done leave the index."""
    waits = table.c.status == sa.literal_column(f"'{status}'")
    columns = [table.c[name] for name in (*first, "next_try_at")]
    sa.Index(f"ix_{table.name}_waiting", *columns, sqlite_where=waits, postgresql_where=waits)


def _session_rules(session: sa.Table) -> None:
    """One register a day for a group; and on PostgreSQL nobody and no room in two places at a time.

    SQLite lets one transaction write at a time, so there what the use cases check holds. A range of one number
    stands for the number, because comparing numbers in a GiST index takes an extension.
    """
    untimed = session.c.start_time.is_(None) & session.c.is_cancelled.is_(False)
    sa.Index(
        "uq_session_register",
        session.c.group_id,
        session.c.date,
        unique=True,
        sqlite_where=untimed,
        postgresql_where=untimed,
    )
    sa.Index("ix_session_center_id_starts_at", session.c.center_id, session.c.starts_at)
    for resource in ("group_id", "teacher_id", "room_id"):
        taken = session.c[resource]
        rule = ExcludeConstraint(
            (sa.func.int8range(taken, taken, sa.literal_column("'[]'")), "&&"),
            (sa.func.tstzrange(session.c.starts_at, session.c.ends_at), "&&"),
            name=f"ex_session_{resource}",
            using="gist",
            where=taken.is_not(None) & session.c.starts_at.is_not(None) & session.c.is_cancelled.is_(False),
            deferrable=True,
            initially="IMMEDIATE",  # judged when a statement ends, so that a series can move onto its own slots
            info={"field": resource},
        )
        session.append_constraint(rule.ddl_if(dialect="postgresql"))
