"""whoever acted stays named; a keyed seal, and names in the trail"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ACTED = (
    ("attendance", "marker_id"),
    ("attendance_correction", "corrected_by_id"),
    ("charge_run", "made_by_id"),
    ("charge_run", "reverted_by_id"),
    ("contract", "verified_by_id"),
    ("delivery", "sent_by_id"),
    ("exam_result", "graded_by_id"),
    ("import", "made_by_id"),
    ("import", "reverted_by_id"),
    ("ledger_entry", "made_by_id"),
    ("payment", "received_by_id"),
    ("submission", "graded_by_id"),
    ("teacher_rating", "rated_by_id"),
)
REFUSE, CLEAR, CASCADE = "RESTRICT", "SET NULL", "CASCADE"


def upgrade() -> None:
    for table, column in ACTED:
        _change_key(table, column, "user_", CLEAR, REFUSE)
    _change_key("enrollment", "student_id", "student", CASCADE, REFUSE)
    _read_schema_again()
    for table, column, type_ in _added():
        op.add_column(table, sa.Column(column, type_, nullable=False, server_default=""))
        if op.get_bind().dialect.name == "postgresql":
            op.alter_column(table, column, server_default=None)


def downgrade() -> None:
    for table, column, _ in _added():
        op.drop_column(table, column)
    _change_key("enrollment", "student_id", "student", REFUSE, CASCADE)
    for table, column in ACTED:
        _change_key(table, column, "user_", REFUSE, CLEAR)
    _read_schema_again()


def _added() -> list[tuple[str, str, sa.types.TypeEngine[str]]]:
    return [
        ("audit_entry", "row_name", sa.Text()),
        ("audit_entry", "names", sa.Text()),
        ("audit_head", "seal", sa.String(64)),
    ]


def _change_key(table: str, column: str, target: str, before: str, after: str) -> None:
    name = f"fk_{table}_{column}"
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(name, table, type_="foreignkey")
        op.create_foreign_key(name, table, target, [column], ["id"], ondelete=after)
    else:
        _rewrite_key(
            table, f"CONSTRAINT {name} FOREIGN KEY({column}) REFERENCES {target} (id) ON DELETE ", before, after
        )


def _rewrite_key(table: str, key: str, before: str, after: str) -> None:
    """Change a rule in SQLite, which no row depends on, where it is written.

    Making the table anew, as SQLite asks for other changes, would delete the old one, and with it or in its way all
    rows that point at it: foreign keys cannot be turned off within a transaction. Writing the schema is what its
    documentation advises for rules like this one.
    """
    op.execute("PRAGMA writable_schema = ON")
    changed = op.get_bind().execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :before, :after) WHERE type = 'table' AND name = :name "
            "AND instr(sql, :before) > 0"
        ),
        {"name": table, "before": key + before, "after": key + after},
    )
    if changed.rowcount != 1:
        raise RuntimeError(f"the table {table} has no rule {key}{before}")


def _read_schema_again() -> None:
    """Have SQLite, here and in every other process, notice the rules that were rewritten."""
    if op.get_bind().dialect.name == "sqlite":
        version = op.get_bind().scalar(sa.text("PRAGMA schema_version"))
        op.execute(f"PRAGMA schema_version = {version + 1}")
        op.execute("PRAGMA writable_schema = RESET")
