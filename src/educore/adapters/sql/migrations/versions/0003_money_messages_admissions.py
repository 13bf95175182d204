"""money, messages, admissions, imports, audit"""

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.types import Exact, Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    "ledger_entry",
    "payment",
    "lead",
    "invoice",
    "contract",
    "payroll",
    "imported_row",
    "notification",
    "import",
    "delivery",
    "charge_run",
    "answered_request",
    "sms_template",
    "number_series",
    "job",
    "audit_head",
    "audit_entry",
)


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.Integer(), nullable=True),
        sa.Column("chain", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=310), nullable=False),
        sa.Column("actor_role", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "created", "changed", "removed", name="action", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("chain", "number", name=op.f("uq_audit_entry_chain_number")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_entry_center_id_id", "audit_entry", ["center_id", "id"], unique=False)
    op.create_index("ix_audit_entry_kind_row_id", "audit_entry", ["kind", "row_id"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chain", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
        sa.UniqueConstraint("chain", name=op.f("uq_audit_head_chain")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=True),
        sa.Column(
            "status",
            sa.Enum("waiting", "done", "failed", name="status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("next_try_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_job_center_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("key", name=op.f("uq_job_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_center_id", "job", ["center_id"], unique=False)
    op.create_index(
        "ix_job_waiting",
        "job",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )

    op.create_table(
        "number_series",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["center_id"], ["center.id"], name=op.f("fk_number_series_center_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_series")),
        sa.UniqueConstraint("center_id", "purpose", name=op.f("uq_number_series_center_id_purpose")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_number_series_center_id", "number_series", ["center_id"], unique=False)

    op.create_table(
        "sms_template",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["center_id"], ["center.id"], name=op.f("fk_sms_template_center_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_template")),
        sa.UniqueConstraint("center_id", "name", name=op.f("uq_sms_template_center_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sms_template_center_id", "sms_template", ["center_id"], unique=False)
    op.create_index("ix_sms_template_center_id_id", "sms_template", ["center_id", "id"], unique=False)

    op.create_table(
        "answered_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["center_id"], ["center.id"], name=op.f("fk_answered_request_center_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_.id"], name=op.f("fk_answered_request_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answered_request")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_answered_request_user_id_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_answered_request_center_id", "answered_request", ["center_id"], unique=False)
    op.create_index("ix_answered_request_user_id", "answered_request", ["user_id"], unique=False)

    op.create_table(
        "charge_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("reverted_at", Instant(timezone=True), nullable=True),
        sa.Column("reverted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["center_id"], ["center.id"], name=op.f("fk_charge_run_center_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_.id"], name=op.f("fk_charge_run_made_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["reverted_by_id"], ["user_.id"], name=op.f("fk_charge_run_reverted_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_run")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_charge_run_center_id", "charge_run", ["center_id"], unique=False)
    op.create_index("ix_charge_run_center_id_id", "charge_run", ["center_id", "id"], unique=False)
    op.create_index("ix_charge_run_made_by_id", "charge_run", ["made_by_id"], unique=False)
    op.create_index("ix_charge_run_reverted_by_id", "charge_run", ["reverted_by_id"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("sms", "email", name="channel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("text", sa.String(length=5000), nullable=False),
        sa.Column("template_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "status",
            sa.Enum("queued", "sent", "failed", name="status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("sent_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("next_try_at", Instant(timezone=True), nullable=True),
        sa.Column("sent_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_delivery_center_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["sent_by_id"], ["user_.id"], name=op.f("fk_delivery_sent_by_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["template_id"], ["sms_template.id"], name=op.f("fk_delivery_template_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delivery_center_id", "delivery", ["center_id"], unique=False)
    op.create_index("ix_delivery_center_id_id", "delivery", ["center_id", "id"], unique=False)
    op.create_index("ix_delivery_sent_by_id", "delivery", ["sent_by_id"], unique=False)
    op.create_index("ix_delivery_template_id", "delivery", ["template_id"], unique=False)
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("status = 'queued'"),
        postgresql_where=sa.text("status = 'queued'"),
    )

    op.create_table(
        "import",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "students", "payments", "attendance", name="kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("file_name", sa.String(length=500), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("reverted_at", Instant(timezone=True), nullable=True),
        sa.Column("reverted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_import_center_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_.id"], name=op.f("fk_import_made_by_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["reverted_by_id"], ["user_.id"], name=op.f("fk_import_reverted_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_import_center_id", "import", ["center_id"], unique=False)
    op.create_index("ix_import_center_id_id", "import", ["center_id", "id"], unique=False)
    op.create_index("ix_import_made_by_id", "import", ["made_by_id"], unique=False)
    op.create_index("ix_import_reverted_by_id", "import", ["reverted_by_id"], unique=False)

    op.create_table(
        "notification",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "lesson_reminder",
                "payment_reminder",
                "lesson_cancelled",
                "assignment_created",
                "exam_scheduled",
                "result_published",
                "general",
                name="type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("message", sa.String(length=5000), nullable=False),
        sa.Column("is_read", sa.Boolean(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=True),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["center_id"], ["center.id"], name=op.f("fk_notification_center_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_.id"], name=op.f("fk_notification_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_notification_user_id_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notification_center_id", "notification", ["center_id"], unique=False)
    op.create_index("ix_notification_center_id_id", "notification", ["center_id", "id"], unique=False)
    op.create_index("ix_notification_user_id", "notification", ["user_id"], unique=False)

    op.create_table(
        "imported_row",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["center_id"], ["center.id"], name=op.f("fk_imported_row_center_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import.id"], name=op.f("fk_imported_row_import_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_row")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_imported_row_center_id", "imported_row", ["center_id"], unique=False)
    op.create_index("ix_imported_row_center_id_id", "imported_row", ["center_id", "id"], unique=False)
    op.create_index("ix_imported_row_import_id", "imported_row", ["import_id"], unique=False)

    op.create_table(
        "payroll",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("teacher_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("base_salary", Exact(precision=14, scale=2), nullable=False),
        sa.Column("bonus", Exact(precision=14, scale=2), nullable=False),
        sa.Column("penalty", Exact(precision=14, scale=2), nullable=False),
        sa.Column("total", Exact(precision=16, scale=2), nullable=False),
        sa.Column("is_paid", sa.Boolean(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_payroll_center_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["teacher_id"], ["teacher.id"], name=op.f("fk_payroll_teacher_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payroll")),
        sa.UniqueConstraint("teacher_id", "month", name=op.f("uq_payroll_teacher_id_month")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_payroll_center_id", "payroll", ["center_id"], unique=False)
    op.create_index("ix_payroll_center_id_id", "payroll", ["center_id", "id"], unique=False)
    op.create_index("ix_payroll_teacher_id", "payroll", ["teacher_id"], unique=False)

    op.create_table(
        "contract",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contract_number", sa.String(length=64), nullable=False),
        sa.Column("contract_file", sa.String(length=255), nullable=False),
        sa.Column("signed_date", sa.Date(), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("verified_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("verified_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_contract_center_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["group_id"], ["group_.id"], name=op.f("fk_contract_group_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["student_id"], ["student.id"], name=op.f("fk_contract_student_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["user_.id"], name=op.f("fk_contract_verified_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("center_id", "contract_number", name=op.f("uq_contract_center_id_contract_number")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contract_center_id", "contract", ["center_id"], unique=False)
    op.create_index("ix_contract_center_id_id", "contract", ["center_id", "id"], unique=False)
    op.create_index("ix_contract_group_id", "contract", ["group_id"], unique=False)
    op.create_index("ix_contract_student_id", "contract", ["student_id"], unique=False)
    op.create_index("ix_contract_verified_by_id", "contract", ["verified_by_id"], unique=False)

    op.create_table(
        "invoice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("charged_for", sa.String(length=7), nullable=True),
        sa.Column("amount", Exact(precision=14, scale=2), nullable=False),
        sa.Column("paid", Exact(precision=14, scale=2), nullable=False),
        sa.Column("remaining", Exact(precision=14, scale=2), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("cancelled_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_invoice_center_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["group_id"], ["group_.id"], name=op.f("fk_invoice_group_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["run_id"], ["charge_run.id"], name=op.f("fk_invoice_run_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["student_id"], ["student.id"], name=op.f("fk_invoice_student_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint(
            "group_id", "student_id", "charged_for", name=op.f("uq_invoice_group_id_student_id_charged_for")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_invoice_center_id", "invoice", ["center_id"], unique=False)
    op.create_index("ix_invoice_center_id_due_date", "invoice", ["center_id", "due_date"], unique=False)
    op.create_index("ix_invoice_center_id_id", "invoice", ["center_id", "id"], unique=False)
    op.create_index("ix_invoice_group_id", "invoice", ["group_id"], unique=False)
    op.create_index("ix_invoice_run_id", "invoice", ["run_id"], unique=False)
    op.create_index("ix_invoice_student_id", "invoice", ["student_id"], unique=False)

    op.create_table(
        "lead",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("branch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("course_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "new",
                "contacted",
                "converted",
                "lost",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=100), nullable=True),
        sa.Column("assigned_to_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("notes", sa.String(length=5000), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("converted_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["assigned_to_id"], ["user_.id"], name=op.f("fk_lead_assigned_to_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_lead_branch_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_lead_center_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_lead_course_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["student_id"], ["student.id"], name=op.f("fk_lead_student_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_lead_assigned_to_id", "lead", ["assigned_to_id"], unique=False)
    op.create_index("ix_lead_branch_id", "lead", ["branch_id"], unique=False)
    op.create_index("ix_lead_center_id", "lead", ["center_id"], unique=False)
    op.create_index("ix_lead_center_id_id", "lead", ["center_id", "id"], unique=False)
    op.create_index("ix_lead_course_id", "lead", ["course_id"], unique=False)
    op.create_index("ix_lead_student_id", "lead", ["student_id"], unique=False)

    op.create_table(
        "payment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("invoice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("amount", Exact(precision=14, scale=2), nullable=False),
        sa.Column("unallocated", Exact(precision=14, scale=2), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "cash",
                "card",
                "transfer",
                "online",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("receipt_number", sa.String(length=64), nullable=False),
        sa.Column("document", sa.String(length=255), nullable=True),
        sa.Column("received_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("notes", sa.String(length=5000), nullable=False),
        sa.Column("withdrawn_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["center_id"], ["center.id"], name=op.f("fk_payment_center_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["group_id"], ["group_.id"], name=op.f("fk_payment_group_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_payment_invoice_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["received_by_id"], ["user_.id"], name=op.f("fk_payment_received_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["student.id"], name=op.f("fk_payment_student_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("center_id", "receipt_number", name=op.f("uq_payment_center_id_receipt_number")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_payment_center_id", "payment", ["center_id"], unique=False)
    op.create_index("ix_payment_center_id_due_date", "payment", ["center_id", "due_date"], unique=False)
    op.create_index("ix_payment_center_id_id", "payment", ["center_id", "id"], unique=False)
    op.create_index("ix_payment_group_id", "payment", ["group_id"], unique=False)
    op.create_index("ix_payment_invoice_id", "payment", ["invoice_id"], unique=False)
    op.create_index("ix_payment_received_by_id", "payment", ["received_by_id"], unique=False)
    op.create_index("ix_payment_student_id", "payment", ["student_id"], unique=False)

    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("center_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("charge", "payment", "salary", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("amount", Exact(precision=16, scale=2), nullable=False),
        sa.Column("student_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("invoice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("payroll_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["center_id"], ["center.id"], name=op.f("fk_ledger_entry_center_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_ledger_entry_invoice_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_.id"], name=op.f("fk_ledger_entry_made_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_ledger_entry_payment_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["payroll_id"], ["payroll.id"], name=op.f("fk_ledger_entry_payroll_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["student.id"], name=op.f("fk_ledger_entry_student_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ledger_entry_center_id", "ledger_entry", ["center_id"], unique=False)
    op.create_index("ix_ledger_entry_center_id_id", "ledger_entry", ["center_id", "id"], unique=False)
    op.create_index("ix_ledger_entry_invoice_id", "ledger_entry", ["invoice_id"], unique=False)
    op.create_index("ix_ledger_entry_made_by_id", "ledger_entry", ["made_by_id"], unique=False)
    op.create_index("ix_ledger_entry_payment_id", "ledger_entry", ["payment_id"], unique=False)
    op.create_index("ix_ledger_entry_payroll_id", "ledger_entry", ["payroll_id"], unique=False)
    op.create_index("ix_ledger_entry_student_id", "ledger_entry", ["student_id"], unique=False)

    op.add_column("center", sa.Column("currency", sa.String(length=3), nullable=False, server_default="UZS"))

    op.add_column("group_", sa.Column("monthly_fee", Exact(precision=14, scale=2), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("center", "currency", server_default=None)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("group_", "monthly_fee")
    op.drop_column("center", "currency")
