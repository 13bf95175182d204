"""indexes that answer by themselves; none that another one makes superfluous"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MADE = (
    ("attendance", "ix_attendance_session_id_status", ["session_id", "center_id", "status"]),
    ("attendance", "ix_attendance_student_id_status", ["student_id", "center_id", "status"]),
    ("student", "ix_student_center_id_id", ["center_id", "id"]),
)
DROPPED = (
    ("answered_request", "ix_answered_request_user_id", ["user_id"]),
    ("assignment", "ix_assignment_center_id", ["center_id"]),
    ("attendance", "ix_attendance_center_id", ["center_id"]),
    ("attendance", "ix_attendance_center_id_session_id", ["center_id", "session_id"]),
    ("attendance", "ix_attendance_session_id", ["session_id"]),
    ("attendance", "ix_attendance_student_id", ["student_id"]),
    ("branch", "ix_branch_center_id", ["center_id"]),
    ("charge_run", "ix_charge_run_center_id", ["center_id"]),
    ("contract", "ix_contract_center_id", ["center_id"]),
    ("course", "ix_course_center_id", ["center_id"]),
    ("delivery", "ix_delivery_center_id", ["center_id"]),
    ("enrollment", "ix_enrollment_center_id", ["center_id"]),
    ("exam", "ix_exam_center_id", ["center_id"]),
    ("exam_result", "ix_exam_result_center_id", ["center_id"]),
    ("exam_result", "ix_exam_result_exam_id", ["exam_id"]),
    ("group_", "ix_group__center_id", ["center_id"]),
    ("import", "ix_import_center_id", ["center_id"]),
    ("imported_row", "ix_imported_row_center_id", ["center_id"]),
    ("invoice", "ix_invoice_center_id", ["center_id"]),
    ("invoice", "ix_invoice_group_id", ["group_id"]),
    ("lead", "ix_lead_center_id", ["center_id"]),
    ("ledger_entry", "ix_ledger_entry_center_id", ["center_id"]),
    ("membership", "ix_membership_center_id", ["center_id"]),
    ("notification", "ix_notification_center_id", ["center_id"]),
    ("notification", "ix_notification_user_id", ["user_id"]),
    ("number_series", "ix_number_series_center_id", ["center_id"]),
    ("payment", "ix_payment_center_id", ["center_id"]),
    ("payroll", "ix_payroll_center_id", ["center_id"]),
    ("payroll", "ix_payroll_teacher_id", ["teacher_id"]),
    ("room", "ix_room_branch_id", ["branch_id"]),
    ("room", "ix_room_center_id", ["center_id"]),
    ("session", "ix_session_center_id", ["center_id"]),
    ("sms_template", "ix_sms_template_center_id", ["center_id"]),
    ("student", "ix_student_center_id", ["center_id"]),
    ("submission", "ix_submission_assignment_id", ["assignment_id"]),
    ("submission", "ix_submission_center_id", ["center_id"]),
    ("teacher", "ix_teacher_center_id", ["center_id"]),
)


def upgrade() -> None:
    for table, name, columns in MADE:
        op.create_index(name, table, columns)
    for table, name, _ in DROPPED:
        op.drop_index(name, table)


def downgrade() -> None:
    for table, name, columns in DROPPED:
        op.create_index(name, table, columns)
    for table, name, _ in MADE:
        op.drop_index(name, table)
