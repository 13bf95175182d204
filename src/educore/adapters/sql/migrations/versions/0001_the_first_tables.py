"""the first tables"""

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.types import Exact, Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "center",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("logo", sa.String(length=255), nullable=True),
        sa.Column("description", sa.String(length=5000), nullable=False),
        sa.Column("license_number", sa.String(length=100), nullable=True),
        sa.Column("opened_at", sa.Date(), nullable=True),
        sa.Column(
            "status",
            sa.Enum("active", "inactive", name="status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("website", sa.String(length=500), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("director_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["director_id"], ["membership.id"], name=op.f("fk_center_director_id"), ondelete="SET NULL", use_alter=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_center")),
        sa.UniqueConstraint("license_number", name=op.f("uq_center_license_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("center", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_center_director_id"), ["director_id"], unique=False)

    op.create_table(
        "failed_sign_in",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("host", sa.String(length=64), nullable=False),
        sa.Column("failed_at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_sign_in")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("failed_sign_in", schema=None) as batch_op:
        batch_op.create_index("ix_failed_sign_in_host", ["host", "failed_at"], unique=False)
        batch_op.create_index("ix_failed_sign_in_name_host", ["name", "host", "failed_at"], unique=False)

    op.create_table(
        "course",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=5000), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_course_center_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("center_id", "name", name=op.f("uq_course_center_id_name")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("course", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_course_center_id"), ["center_id"], unique=False)
        batch_op.create_index("ix_course_center_id_id", ["center_id", "id"], unique=False)

    op.create_table(
        "user_",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("username", sa.String(length=150), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("first_name", sa.String(length=150), nullable=False),
        sa.Column("last_name", sa.String(length=150), nullable=False),
        sa.Column("passport_number", sa.String(length=20), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("image", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_user__center_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_")),
        sa.UniqueConstraint("email", name=op.f("uq_user__email")),
        sa.UniqueConstraint("phone", name=op.f("uq_user__phone")),
        sa.UniqueConstraint("username", name=op.f("uq_user__username")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("user_", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user__center_id"), ["center_id"], unique=False)

    op.create_table(
        "branch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("manager_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "status",
            sa.Enum("open", "closed", name="status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_branch_center_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["manager_id"], ["user_.id"], name=op.f("fk_branch_manager_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("branch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_branch_center_id"), ["center_id"], unique=False)
        batch_op.create_index("ix_branch_center_id_id", ["center_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_branch_manager_id"), ["manager_id"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "superadmin",
                "director",
                "manager",
                "admin",
                "staff",
                "teacher",
                "student",
                "parent",
                "driver",
                "anonymous",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_blocked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["center_id"], ["center.id"], name=op.f("fk_membership_center_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_.id"], name=op.f("fk_membership_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("center_id", "user_id", "role", name=op.f("uq_membership_center_id_user_id_role")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_center_id"), ["center_id"], unique=False)
        batch_op.create_index("ix_membership_center_id_id", ["center_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_membership_user_id"), ["user_id"], unique=False)

    op.create_table(
        "room",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("branch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("equipment", sa.String(length=500), nullable=False),
        sa.Column("is_available", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_room_branch_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_room_center_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("branch_id", "name", name=op.f("uq_room_branch_id_name")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_room_branch_id"), ["branch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_room_center_id"), ["center_id"], unique=False)
        batch_op.create_index("ix_room_center_id_id", ["center_id", "id"], unique=False)

    op.create_table(
        "teacher",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("branch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "status",
            sa.Enum("active", "inactive", name="status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("specialization", sa.String(length=500), nullable=False),
        sa.Column("qualification", sa.String(length=500), nullable=False),
        sa.Column("hire_date", sa.Date(), nullable=True),
        sa.Column("hourly_rate", Exact(precision=14, scale=2), nullable=True),
        sa.Column("performance_rating", Exact(precision=2, scale=1), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_teacher_branch_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_teacher_center_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["user_id"], ["user_.id"], name=op.f("fk_teacher_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teacher")),
        sa.UniqueConstraint("center_id", "user_id", name=op.f("uq_teacher_center_id_user_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("teacher", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_teacher_branch_id"), ["branch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_teacher_center_id"), ["center_id"], unique=False)
        batch_op.create_index("ix_teacher_center_id_id", ["center_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_teacher_user_id"), ["user_id"], unique=False)

    op.create_table(
        "group_",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("branch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("course_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("teacher_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "active", "inactive", "completed", name="status", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_group__branch_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_group__center_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_group__course_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["teacher_id"], ["teacher.id"], name=op.f("fk_group__teacher_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("group_", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group__branch_id"), ["branch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_group__center_id"), ["center_id"], unique=False)
        batch_op.create_index("ix_group__center_id_id", ["center_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_group__course_id"), ["course_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_group__teacher_id"), ["teacher_id"], unique=False)

    op.create_table(
        "teacher_rating",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("teacher_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rated_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("rated_at", Instant(timezone=True), nullable=False),
        sa.Column("rating", Exact(precision=2, scale=1), nullable=False),
        sa.Column("previous_rating", Exact(precision=2, scale=1), nullable=False),
        sa.ForeignKeyConstraint(
            ["center_id"], ["center.id"], name=op.f("fk_teacher_rating_center_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["rated_by_id"], ["user_.id"], name=op.f("fk_teacher_rating_rated_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["teacher_id"], ["teacher.id"], name=op.f("fk_teacher_rating_teacher_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teacher_rating")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("teacher_rating", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_teacher_rating_center_id"), ["center_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_teacher_rating_rated_by_id"), ["rated_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_teacher_rating_teacher_id"), ["teacher_id"], unique=False)

    op.create_table(
        "student",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("branch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "inactive",
                "blocked",
                "graduated",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("enrollment_date", sa.Date(), nullable=False),
        sa.Column("parent_name", sa.String(length=150), nullable=False),
        sa.Column("parent_phone", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_student_branch_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_student_center_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["group_id"], ["group_.id"], name=op.f("fk_student_group_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["user_id"], ["user_.id"], name=op.f("fk_student_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_student")),
        sa.UniqueConstraint("center_id", "user_id", name=op.f("uq_student_center_id_user_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("student", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_student_branch_id"), ["branch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_student_center_id"), ["center_id"], unique=False)
        batch_op.create_index("ix_student_center_id_status", ["center_id", "status", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_student_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_student_user_id"), ["user_id"], unique=False)

    op.create_table(
        "enrollment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("enrolled_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["center_id"], ["center.id"], name=op.f("fk_enrollment_center_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["group_id"], ["group_.id"], name=op.f("fk_enrollment_group_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["student_id"], ["student.id"], name=op.f("fk_enrollment_student_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("enrollment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrollment_center_id"), ["center_id"], unique=False)
        batch_op.create_index("ix_enrollment_center_id_id", ["center_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrollment_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrollment_student_id"), ["student_id"], unique=False)
        batch_op.create_index(
            "uq_enrollment_open",
            ["group_id", "student_id"],
            unique=True,
            sqlite_where=sa.text("left_on IS NULL"),
            postgresql_where=sa.text("left_on IS NULL"),
        )

    op.create_table(
        "sign_in",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("membership_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("teacher_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("token_id", sa.String(length=64), nullable=False),
        sa.Column("started_at", Instant(timezone=True), nullable=False),
        sa.Column("expires_at", Instant(timezone=True), nullable=False),
        sa.Column("ended_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_sign_in_center_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_sign_in_membership_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_sign_in_student_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["teacher_id"], ["teacher.id"], name=op.f("fk_sign_in_teacher_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user_.id"], name=op.f("fk_sign_in_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_center_id"), ["center_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_membership_id"), ["membership_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_student_id"), ["student_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_teacher_id"), ["teacher_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_user_id"), ["user_id"], unique=False)

    with op.batch_alter_table("center", schema=None) as batch_op:
        batch_op.create_foreign_key("fk_center_director_id", "membership", ["director_id"], ["id"], ondelete="SET NULL")


def downgrade() -> None:
    with op.batch_alter_table("center", schema=None) as batch_op:
        batch_op.drop_constraint("fk_center_director_id", type_="foreignkey")

    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_user_id"))
        batch_op.drop_index(batch_op.f("ix_sign_in_teacher_id"))
        batch_op.drop_index(batch_op.f("ix_sign_in_student_id"))
        batch_op.drop_index(batch_op.f("ix_sign_in_membership_id"))
        batch_op.drop_index(batch_op.f("ix_sign_in_center_id"))

    op.drop_table("sign_in")
    with op.batch_alter_table("enrollment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_enrollment_open", sqlite_where=sa.text("left_on IS NULL"), postgresql_where=sa.text("left_on IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_enrollment_student_id"))
        batch_op.drop_index(batch_op.f("ix_enrollment_group_id"))
        batch_op.drop_index("ix_enrollment_center_id_id")
        batch_op.drop_index(batch_op.f("ix_enrollment_center_id"))

    op.drop_table("enrollment")
    with op.batch_alter_table("student", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_student_user_id"))
        batch_op.drop_index(batch_op.f("ix_student_group_id"))
        batch_op.drop_index("ix_student_center_id_status")
        batch_op.drop_index(batch_op.f("ix_student_center_id"))
        batch_op.drop_index(batch_op.f("ix_student_branch_id"))

    op.drop_table("student")
    with op.batch_alter_table("teacher_rating", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_teacher_rating_teacher_id"))
        batch_op.drop_index(batch_op.f("ix_teacher_rating_rated_by_id"))
        batch_op.drop_index(batch_op.f("ix_teacher_rating_center_id"))

    op.drop_table("teacher_rating")
    with op.batch_alter_table("group_", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_group__teacher_id"))
        batch_op.drop_index(batch_op.f("ix_group__course_id"))
        batch_op.drop_index("ix_group__center_id_id")
        batch_op.drop_index(batch_op.f("ix_group__center_id"))
        batch_op.drop_index(batch_op.f("ix_group__branch_id"))

    op.drop_table("group_")
    with op.batch_alter_table("teacher", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_teacher_user_id"))
        batch_op.drop_index("ix_teacher_center_id_id")
        batch_op.drop_index(batch_op.f("ix_teacher_center_id"))
        batch_op.drop_index(batch_op.f("ix_teacher_branch_id"))

    op.drop_table("teacher")
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.drop_index("ix_room_center_id_id")
        batch_op.drop_index(batch_op.f("ix_room_center_id"))
        batch_op.drop_index(batch_op.f("ix_room_branch_id"))

    op.drop_table("room")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_user_id"))
        batch_op.drop_index("ix_membership_center_id_id")
        batch_op.drop_index(batch_op.f("ix_membership_center_id"))

    op.drop_table("membership")
    with op.batch_alter_table("branch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_branch_manager_id"))
        batch_op.drop_index("ix_branch_center_id_id")
        batch_op.drop_index(batch_op.f("ix_branch_center_id"))

    op.drop_table("branch")
    with op.batch_alter_table("user_", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user__center_id"))

    op.drop_table("user_")
    with op.batch_alter_table("course", schema=None) as batch_op:
        batch_op.drop_index("ix_course_center_id_id")
        batch_op.drop_index(batch_op.f("ix_course_center_id"))

    op.drop_table("course")
    with op.batch_alter_table("failed_sign_in", schema=None) as batch_op:
        batch_op.drop_index("ix_failed_sign_in_name_host")
        batch_op.drop_index("ix_failed_sign_in_host")

    op.drop_table("failed_sign_in")
    with op.batch_alter_table("center", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_center_director_id"))

    op.drop_table("center")
