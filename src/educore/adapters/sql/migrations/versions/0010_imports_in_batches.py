"""how far an import is, and who is at work on it"""

import re

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.types import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATES = "'running', 'done', 'reverting', 'reverted', 'failed'"
ADDED = (
    f"state VARCHAR(32) DEFAULT 'done' NOT NULL CONSTRAINT ck_import_state CHECK (state IN ({STATES}))",
    "rows_done INTEGER DEFAULT 0 NOT NULL",
    "attempts INTEGER DEFAULT 0 NOT NULL",
)
"""In one piece, as SQLite cannot add a rule to a table later, and to copy the table would delete what refers to it.

The defaults stay, so that a server of the version before, which knows nothing of these columns, can go on importing.
"""


def upgrade() -> None:
    for column in ADDED:
        op.execute(f"ALTER TABLE import ADD COLUMN {column}")
    for name in ("lease_until", "finished_at"):
        op.add_column("import", sa.Column(name, Instant(timezone=True), nullable=True))
    op.execute("UPDATE import SET rows_done = rows, finished_at = created_at")
    op.execute("UPDATE import SET state = 'reverted', rows_done = 0 WHERE reverted_at IS NOT NULL")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _unwrite_rule()
    for column in ("finished_at", "lease_until", "attempts", "rows_done", "state"):
        op.drop_column("import", column)


def _unwrite_rule() -> None:
    """Take the rule out of where SQLite has it written: it drops no column that a rule of the table speaks of."""
    where = {"name": "import"}
    written = op.get_bind().scalar(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name"), where
    )
    left = re.sub(r",\s*CONSTRAINT ck_import_state CHECK \(state IN \([^)]*\)\)", "", written)
    version = op.get_bind().scalar(sa.text("PRAGMA schema_version"))
    op.execute("PRAGMA writable_schema = ON")
    op.get_bind().execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"), where | {"sql": left}
    )
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")
