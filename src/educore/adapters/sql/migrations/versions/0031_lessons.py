"""lessons, with resources, tags, views and progress"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.types import Instant

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT, HTML, TEXT = Instant(timezone=True), sa.String(100_000), sa.String(5000)
NAME, LINE, TAG, FILE = sa.String(200), sa.String(500), sa.String(50), sa.String(255)
NUMBER, FLAG = sa.Integer(), sa.Boolean()

WORDS = {
    "cycle": ("first", "second"),
    "difficulty": ("easy", "medium", "hard"),
    "kind": ("pdf", "image", "video", "audio", "document", "presentation", "link", "text"),
}


def upgrade() -> None:
    _create_lessons()
    _create_tags()
    _create_traces()


def downgrade() -> None:
    for table in ("lesson_progress", "lesson_view", "lesson_tag", "tag", "lesson_resource", "lesson"):
        op.drop_table(table)


def _create_lessons() -> None:
    _create(
        "lesson",
        _column("archived_at", MOMENT, nullable=True),
        *_stamps(),
        *(
            _reference("lesson", f"{column}_id", target, nullable=True)
            for column, target in (("course", "course"), ("grade_level", "grade_level"), ("created_by", "user_"))
        ),
        _column("title", NAME),
        *(_column(column, NAME, nullable=True) for column in ("title_ar", "title_fr")),
        _column("description", TEXT),
        *(_column(column, TEXT, nullable=True) for column in ("description_ar", "description_fr")),
        _column("content", HTML),
        _word("cycle", nullable=True),
        _column("position", NUMBER, nullable=True),
        *(_column(column, TEXT) for column in ("objectives", "prerequisites")),
        _word("difficulty", nullable=True),
        _column("minutes", NUMBER, nullable=True),
        *(_column(column, FLAG) for column in ("is_active", "is_published")),
        _column("published_at", MOMENT, nullable=True),
        indexed=("course_id", "grade_level_id", "created_by_id"),
    )
    _create(
        "lesson_resource",
        *_stamps(),
        _reference("lesson_resource", "lesson_id", "lesson", on_delete="CASCADE"),
        _word("kind"),
        _column("title", NAME),
        _column("description", TEXT),
        _column("file", FILE, nullable=True),
        _column("url", LINE, nullable=True),
        _column("text", HTML, nullable=True),
        _column("position", NUMBER),
        _column("is_downloadable", FLAG),
        _column("size", NUMBER, nullable=True),
        _column("media_type", sa.String(100)),
        indexed=("lesson_id",),
        is_listed=False,
    )


def _create_tags() -> None:
    _create(
        "tag",
        _column("name", TAG),
        _column("folded", NAME),
        *(_column(column, TAG, nullable=True) for column in ("name_ar", "name_fr")),
        _column("color", sa.String(7), nullable=True),
        sa.UniqueConstraint("center_id", "folded", name="uq_tag_center_id_folded"),
        indexed=(),
    )
    _create(
        "lesson_tag",
        _reference("lesson_tag", "lesson_id", "lesson", on_delete="CASCADE"),
        _reference("lesson_tag", "tag_id", "tag", on_delete="CASCADE"),
        sa.UniqueConstraint("lesson_id", "tag_id", name="uq_lesson_tag_lesson_id_tag_id"),
        indexed=("tag_id",),
        is_listed=False,
    )


def _create_traces() -> None:
    _create(
        "lesson_view",
        _reference("lesson_view", "lesson_id", "lesson", on_delete="CASCADE"),
        _reference("lesson_view", "student_id", "student", on_delete="CASCADE"),
        _column("viewed_at", MOMENT),
        *(_column(column, NUMBER) for column in ("weekday", "half_hour")),
        sa.UniqueConstraint(
            "lesson_id", "student_id", "half_hour", name="uq_lesson_view_lesson_id_student_id_half_hour"
        ),
        indexed=("student_id",),
        is_listed=False,
    )
    op.create_index("ix_lesson_view_lesson_id_weekday", "lesson_view", ["lesson_id", "center_id", "weekday"])
    _create(
        "lesson_progress",
        _reference("lesson_progress", "lesson_id", "lesson"),
        _reference("lesson_progress", "student_id", "student", on_delete="CASCADE"),
        _column("seconds", NUMBER),
        _column("completed_at", MOMENT, nullable=True),
        _column("updated_at", MOMENT),
        sa.UniqueConstraint("lesson_id", "student_id", name="uq_lesson_progress_lesson_id_student_id"),
        indexed=("student_id",),
        is_listed=False,
    )


def _create(
    table: str, *parts: sa.Column[Any] | sa.UniqueConstraint, indexed: tuple[str, ...], is_listed: bool = True
) -> None:
    """Create a table of rows of a Center, with its indexes."""
    op.create_table(
        table,
        _column("id", BIG),
        _reference(table, "center_id", "center"),
        *parts,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sqlite_autoincrement=True,
    )
    if is_listed:
        op.create_index(f"ix_{table}_center_id_id", table, ["center_id", "id"])
    else:
        op.create_index(f"ix_{table}_center_id", table, ["center_id"])
    for column in indexed:
        op.create_index(f"ix_{table}_{column}", table, [column])


def _column(name: str, type_: sa.types.TypeEngine[Any], *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=nullable)


def _stamps() -> list[sa.Column[Any]]:
    return [_column(name, MOMENT) for name in ("created_at", "updated_at")]


def _word(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """Return a column that holds one of some words."""
    words = sa.Enum(*WORDS[name], name=name, native_enum=False, create_constraint=True, length=32)
    return _column(name, words, nullable=nullable)


def _reference(
    table: str, column: str, target: str, *, nullable: bool = False, on_delete: str = "RESTRICT"
) -> sa.Column[int]:
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}", ondelete=on_delete)
    return sa.Column(column, BIG, key, nullable=nullable)
