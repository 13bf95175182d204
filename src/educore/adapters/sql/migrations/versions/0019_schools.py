"""the structure of a school; groups that are classes; guardians of students"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.types import Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STAGES = ("primary", "middle", "high")
REFUSE, CASCADE, CLEAR = "RESTRICT", "CASCADE", "SET NULL"
LIVE = "archived_at IS NULL"
LONG_AGO = "1970-01-01 00:00:00.000000"

ADDED = (
    ("group_", "grade_level_id", "grade_level", REFUSE),
    ("group_", "academic_year_id", "academic_year", REFUSE),
    ("group_", "room_id", "room", CLEAR),
    ("enrollment", "academic_year_id", "academic_year", REFUSE),
)
"""The references that tables of before get: table, column, target and what happens when the target is deleted."""


def upgrade() -> None:
    _create_structure()
    _create_guardianships()
    for added in ADDED:
        _add_reference(*added)
        op.create_index(f"ix_{added[0]}_{added[1]}", added[0], [added[1]])
    op.add_column("group_", sa.Column("section", sa.String(20), nullable=True))
    _unique("group_", "grade_level_id", "academic_year_id", "section", only="academic_year_id IS NOT NULL")
    _unique("enrollment", "student_id", "academic_year_id", only="left_on IS NULL")
    _let_course_be_empty(True)
    _add_times_of_enrollments()


def downgrade() -> None:
    """Raises: RuntimeError if there are classes, because the version before knows no group without a course."""
    if classes := op.get_bind().scalar(sa.text("SELECT count(*) FROM group_ WHERE course_id IS NULL")):
        raise RuntimeError(f"{classes} groups are classes, which have no course")
    _let_course_be_empty(False)
    for column in ("updated_at", "created_at"):
        op.drop_column("enrollment", column)
    op.drop_index("uq_enrollment_student_id_academic_year_id", "enrollment")
    op.drop_index("uq_group__grade_level_id_academic_year_id_section", "group_")
    op.drop_column("group_", "section")
    for added in reversed(ADDED):
        op.drop_index(f"ix_{added[0]}_{added[1]}", added[0])
        _drop_reference(*added)
    for table in ("guardianship", "curriculum_entry", "grade_level", "education_stage", "academic_year"):
        op.drop_table(table)


def _create_structure() -> None:
    _create(
        "academic_year",
        *_times(),
        sa.Column("archived_at", Instant(timezone=True), nullable=True),
        _reference("academic_year", "center_id", "center"),
        sa.Column("year", sa.String(9), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("registration_start", sa.Date(), nullable=True),
        sa.Column("registration_end", sa.Date(), nullable=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("description", sa.String(5000), nullable=False),
    )
    op.create_index("ix_academic_year_center_id_id", "academic_year", ["center_id", "id"])
    _unique("academic_year", "center_id", "year", only=LIVE)
    is_true = "is_current IS 1" if op.get_bind().dialect.name == "sqlite" else "is_current IS true"
    _unique("academic_year", "center_id", only=is_true)
    names = (sa.Column(name, sa.String(200), nullable=name != "name") for name in ("name", "name_ar", "name_fr"))
    _create(
        "education_stage",
        *_times(),
        sa.Column("archived_at", Instant(timezone=True), nullable=True),
        _reference("education_stage", "center_id", "center"),
        *names,
        sa.Column(
            "stage",
            sa.Enum(*STAGES, name="stage", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(5000), nullable=False),
        sa.Column("min_age", sa.Integer(), nullable=True),
        sa.Column("max_age", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_education_stage_center_id_id", "education_stage", ["center_id", "id"])
    _unique("education_stage", "center_id", "name", only=LIVE)
    names = (sa.Column(name, sa.String(200), nullable=name != "name") for name in ("name", "name_ar", "name_fr"))
    _create(
        "grade_level",
        *_times(),
        sa.Column("archived_at", Instant(timezone=True), nullable=True),
        _reference("grade_level", "center_id", "center"),
        _reference("grade_level", "stage_id", "education_stage"),
        sa.Column("number", sa.Integer(), nullable=False),
        *names,
        sa.Column("description", sa.String(5000), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_grade_level_center_id_id", "grade_level", ["center_id", "id"])
    op.create_index("ix_grade_level_stage_id", "grade_level", ["stage_id"])
    _unique("grade_level", "stage_id", "number", only=LIVE)
    _create(
        "curriculum_entry",
        _reference("curriculum_entry", "center_id", "center"),
        _reference("curriculum_entry", "grade_level_id", "grade_level", CASCADE),
        _reference("curriculum_entry", "course_id", "course", CASCADE),
        sa.UniqueConstraint("grade_level_id", "course_id", name="uq_curriculum_entry_grade_level_id_course_id"),
    )
    op.create_index("ix_curriculum_entry_center_id", "curriculum_entry", ["center_id"])
    op.create_index("ix_curriculum_entry_course_id", "curriculum_entry", ["course_id"])


def _create_guardianships() -> None:
    _create(
        "guardianship",
        _reference("guardianship", "center_id", "center"),
        _reference("guardianship", "guardian_id", "user_"),
        _reference("guardianship", "student_id", "student"),
        sa.Column("relationship", sa.String(50), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("ended_at", Instant(timezone=True), nullable=True),
    )
    op.create_index("ix_guardianship_center_id_id", "guardianship", ["center_id", "id"])
    for column in ("guardian_id", "student_id"):
        op.create_index(f"ix_guardianship_{column}", "guardianship", [column])
    _unique("guardianship", "guardian_id", "student_id", only="ended_at IS NULL")


def _create(table: str, *parts: sa.schema.SchemaItem) -> None:
    key = sa.PrimaryKeyConstraint("id", name=f"pk_{table}")
    op.create_table(table, sa.Column("id", BIG, nullable=False), *parts, key, sqlite_autoincrement=True)


def _times() -> list[sa.Column[object]]:
    return [sa.Column(name, Instant(timezone=True), nullable=False) for name in ("created_at", "updated_at")]


def _reference(table: str, column: str, target: str, on_delete: str = REFUSE) -> sa.Column[int]:
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}", ondelete=on_delete)
    return sa.Column(column, BIG, key, nullable=False)


def _unique(table: str, *columns: str, only: str) -> None:
    """Add a unique index over the rows that match a condition."""
    where = sa.text(only)
    name = f"uq_{table}_{'_'.join(columns)}"
    op.create_index(name, table, list(columns), unique=True, sqlite_where=where, postgresql_where=where)


def _add_reference(table: str, column: str, target: str, on_delete: str) -> None:
    op.add_column(table, sa.Column(column, BIG, nullable=True))
    name = f"fk_{table}_{column}"
    if op.get_bind().dialect.name == "postgresql":
        op.create_foreign_key(name, table, target, [column], ["id"], ondelete=on_delete)
    else:
        _rewrite(table, r"\s*\)$", f", \n\t{_key(name, column, target, on_delete)}\n)")


def _drop_reference(table: str, column: str, target: str, on_delete: str) -> None:
    if op.get_bind().dialect.name == "sqlite":  # it drops no column that a rule of the table speaks of
        _rewrite(table, r",\s*" + re.escape(_key(f"fk_{table}_{column}", column, target, on_delete)), "")
    op.drop_column(table, column)


def _key(name: str, column: str, target: str, on_delete: str) -> str:
    return f"CONSTRAINT {name} FOREIGN KEY({column}) REFERENCES {target} (id) ON DELETE {on_delete}"


def _let_course_be_empty(empty: bool) -> None:
    """Change whether a group needs a course."""
    before, after = (" NOT NULL", "") if empty else ("", " NOT NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("group_", "course_id", nullable=empty)
    else:
        _rewrite("group_", rf"(\bcourse_id (?:BIGINT|INTEGER)){before}(?=,)", rf"\g<1>{after}")


def _rewrite(table: str, before: str, after: str) -> None:
    """Change a rule in SQLite where it is written, as its documentation advises.

    Making the table anew would delete the old one, and with it all rows that point at it (see 0009).
    """
    named = {"name": table}
    sql = op.get_bind().scalar(sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name"), named)
    changed, count = re.subn(before, after, sql)
    if count != 1:
        raise RuntimeError(f"the table {table} has no {before}")
    op.execute("PRAGMA writable_schema = ON")
    update = "UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"
    op.get_bind().execute(sa.text(update), {"sql": changed, **named})
    version = op.get_bind().scalar(sa.text("PRAGMA schema_version"))
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")


def _add_times_of_enrollments() -> None:
    """Take the times of places of before from the audit trail; where it knows nothing, from their first day."""
    for column in ("created_at", "updated_at"):
        op.add_column(
            "enrollment",
            sa.Column(column, Instant(timezone=True), nullable=False, server_default=sa.text(f"'{LONG_AGO}'")),
        )
    first_day = "enrolled_on || ' 00:00:00.000000'"
    if op.get_bind().dialect.name == "postgresql":
        first_day = "enrolled_on::timestamp AT TIME ZONE 'UTC'"
    for column, choose, action in (("created_at", "min", "AND entry.action = 'created'"), ("updated_at", "max", "")):
        op.execute(
            f"UPDATE enrollment SET {column} = coalesce((SELECT {choose}(entry.at) FROM audit_entry AS entry"  # noqa: S608 - constants
            f" WHERE entry.kind = 'Enrollment' {action} AND entry.row_id = enrollment.id), {first_day})"
        )
        if op.get_bind().dialect.name == "postgresql":
            op.alter_column("enrollment", column, server_default=None)
