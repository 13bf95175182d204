"""the equipment of a room is a list of texts; the languages of a Center"""

from __future__ import annotations

import json
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.table_rules import set_text_length

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

LONGEST = 500
"""The number of characters that the column had before."""


def upgrade() -> None:
    set_text_length("room", "equipment", most=None)
    _convert_equipment(_split)
    op.add_column("center", sa.Column("languages", sa.Text(), nullable=False, server_default=sa.text("'[]'")))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("center", "languages", server_default=None)


def downgrade() -> None:
    """Raises: RuntimeError if the equipment of a room is too long for the column of before."""
    op.drop_column("center", "languages")
    _convert_equipment(_join)
    set_text_length("room", "equipment", most=LONGEST)


def _convert_equipment(convert: Callable[[int, str], str]) -> None:
    room = sa.table("room", sa.column("id"), sa.column("equipment"))
    bind = op.get_bind()
    for id, equipment in bind.execute(sa.select(room.c.id, room.c.equipment)).all():
        bind.execute(sa.update(room).where(room.c.id == id).values(equipment=convert(id, equipment)))


def _split(id: int, text: str) -> str:
    listed = [line for part in text.split(",") if (line := part.strip())]
    return json.dumps(listed, ensure_ascii=False, separators=(",", ":"))


def _join(id: int, listed: str) -> str:
    text = ", ".join(json.loads(listed))
    if len(text) > LONGEST:
        raise RuntimeError(f"the equipment of room {id} has more than {LONGEST} characters")
    return text
