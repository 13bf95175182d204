"""lessons, with resources, tags, views and progress"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.new_tables import MOMENT, create_table, new_column, reference, stamps, word_column

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

HTML, TEXT = sa.String(100_000), sa.String(5000)
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
    create_table(
        "lesson",
        new_column("archived_at", MOMENT, nullable=True),
        *stamps(),
        *(
            reference("lesson", f"{name}_id", target, nullable=True)
            for name, target in (("course", "course"), ("grade_level", "grade_level"), ("created_by", "user_"))
        ),
        new_column("title", NAME),
        *(new_column(name, NAME, nullable=True) for name in ("title_ar", "title_fr")),
        new_column("description", TEXT),
        *(new_column(name, TEXT, nullable=True) for name in ("description_ar", "description_fr")),
        new_column("content", HTML),
        word_column("cycle", WORDS["cycle"], nullable=True),
        new_column("position", NUMBER, nullable=True),
        *(new_column(name, TEXT) for name in ("objectives", "prerequisites")),
        word_column("difficulty", WORDS["difficulty"], nullable=True),
        new_column("minutes", NUMBER, nullable=True),
        *(new_column(name, FLAG) for name in ("is_active", "is_published")),
        new_column("published_at", MOMENT, nullable=True),
        indexed=("course_id", "grade_level_id", "created_by_id"),
    )
    create_table(
        "lesson_resource",
        *stamps(),
        reference("lesson_resource", "lesson_id", "lesson", on_delete="CASCADE"),
        word_column("kind", WORDS["kind"]),
        new_column("title", NAME),
        new_column("description", TEXT),
        new_column("file", FILE, nullable=True),
        new_column("url", LINE, nullable=True),
        new_column("text", HTML, nullable=True),
        new_column("position", NUMBER),
        new_column("is_downloadable", FLAG),
        new_column("size", NUMBER, nullable=True),
        new_column("media_type", sa.String(100)),
        indexed=("lesson_id",),
        is_listed=False,
    )


def _create_tags() -> None:
    create_table(
        "tag",
        new_column("name", TAG),
        new_column("folded", NAME),
        *(new_column(name, TAG, nullable=True) for name in ("name_ar", "name_fr")),
        new_column("color", sa.String(7), nullable=True),
        sa.UniqueConstraint("center_id", "folded", name="uq_tag_center_id_folded"),
        indexed=(),
    )
    create_table(
        "lesson_tag",
        reference("lesson_tag", "lesson_id", "lesson", on_delete="CASCADE"),
        reference("lesson_tag", "tag_id", "tag", on_delete="CASCADE"),
        sa.UniqueConstraint("lesson_id", "tag_id", name="uq_lesson_tag_lesson_id_tag_id"),
        indexed=("tag_id",),
        is_listed=False,
    )


def _create_traces() -> None:
    create_table(
        "lesson_view",
        reference("lesson_view", "lesson_id", "lesson", on_delete="CASCADE"),
        reference("lesson_view", "student_id", "student", on_delete="CASCADE"),
        new_column("viewed_at", MOMENT),
        *(new_column(name, NUMBER) for name in ("weekday", "half_hour")),
        sa.UniqueConstraint(
            "lesson_id", "student_id", "half_hour", name="uq_lesson_view_lesson_id_student_id_half_hour"
        ),
        indexed=("student_id",),
        is_listed=False,
    )
    op.create_index("ix_lesson_view_lesson_id_weekday", "lesson_view", ["lesson_id", "center_id", "weekday"])
    create_table(
        "lesson_progress",
        reference("lesson_progress", "lesson_id", "lesson"),
        reference("lesson_progress", "student_id", "student", on_delete="CASCADE"),
        new_column("seconds", NUMBER),
        new_column("completed_at", MOMENT, nullable=True),
        new_column("updated_at", MOMENT),
        sa.UniqueConstraint("lesson_id", "student_id", name="uq_lesson_progress_lesson_id_student_id"),
        indexed=("student_id",),
        is_listed=False,
    )
