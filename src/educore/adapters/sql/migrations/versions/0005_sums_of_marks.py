"""how often each mark was given in each session, kept by triggers"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BY_ROW = """
CREATE TRIGGER attendance_sum_{act} AFTER {act}{of} ON attendance BEGIN
    INSERT INTO attendance_sum (session_id, status, center_id, number) VALUES {changes}
    ON CONFLICT (session_id, status, center_id) DO UPDATE SET number = number + excluded.number;
END
"""
NEW, OLD = "(NEW.session_id, NEW.status, NEW.center_id, 1)", "(OLD.session_id, OLD.status, OLD.center_id, -1)"

BY_STATEMENT = """
CREATE FUNCTION attendance_sum_{act}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM attendance_sum WHERE session_id IN (SELECT session_id FROM ({changes}) AS changes)
        ORDER BY session_id, status, center_id FOR UPDATE;
    INSERT INTO attendance_sum (session_id, status, center_id, number)
        SELECT session_id, status, center_id, sum(number) FROM ({changes}) AS changes
        GROUP BY session_id, status, center_id HAVING sum(number) <> 0 ORDER BY session_id, status, center_id
        ON CONFLICT (session_id, status, center_id)
        DO UPDATE SET number = attendance_sum.number + excluded.number;
    RETURN NULL;
END $$;
CREATE TRIGGER attendance_sum_{act} AFTER {act} ON attendance REFERENCING {versions}
    FOR EACH STATEMENT EXECUTE FUNCTION attendance_sum_{act}()
"""
MORE, LESS = "SELECT *, 1 AS number FROM new_rows", "SELECT *, -1 AS number FROM old_rows"
NEW_ROWS, OLD_ROWS = "NEW TABLE AS new_rows", "OLD TABLE AS old_rows"

TRIGGERS = {
    "sqlite": (
        BY_ROW.format(act="insert", of="", changes=NEW),
        BY_ROW.format(act="delete", of="", changes=OLD),
        BY_ROW.format(act="update", of=" OF session_id, status, center_id", changes=f"{OLD}, {NEW}"),
    ),
    "postgresql": (
        BY_STATEMENT.format(act="insert", changes=MORE, versions=NEW_ROWS),
        BY_STATEMENT.format(act="delete", changes=LESS, versions=OLD_ROWS),
        BY_STATEMENT.format(act="update", changes=f"{MORE} UNION ALL {LESS}", versions=f"{NEW_ROWS} {OLD_ROWS}"),
    ),
}


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    words = ("present", "absent", "late", "excused")
    op.create_table(
        "attendance_sum",
        sa.Column("session_id", big, nullable=False),
        sa.Column(
            "status",
            sa.Enum(*words, name="status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("center_id", big, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_attendance_sum_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["center_id"], ["center.id"], name=op.f("fk_attendance_sum_center_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "status", "center_id", name=op.f("pk_attendance_sum")),
    )
    op.create_index("ix_attendance_sum_center_id", "attendance_sum", ["center_id"])
    for statement in TRIGGERS[op.get_context().dialect.name]:  # from now on nobody marks until this is done
        op.execute(statement)
    op.execute(
        "INSERT INTO attendance_sum (session_id, status, center_id, number) "
        "SELECT session_id, status, center_id, count(*) FROM attendance GROUP BY session_id, status, center_id"
    )


def downgrade() -> None:
    is_postgresql = op.get_context().dialect.name == "postgresql"
    for act in ("insert", "delete", "update"):
        op.execute(f"DROP TRIGGER attendance_sum_{act}{' ON attendance' if is_postgresql else ''}")
        if is_postgresql:
            op.execute(f"DROP FUNCTION attendance_sum_{act}")
    op.drop_table("attendance_sum")
