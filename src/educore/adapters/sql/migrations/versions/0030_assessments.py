"""assessments, whose questions are answered in attempts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.new_tables import (
    MOMENT,
    create_partial_index,
    create_table,
    new_column,
    reference,
    stamps,
    word_columns,
)
from educore.adapters.sql.types import Exact

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TEXT, NAME, LINE = sa.String(5000), sa.String(200), sa.String(500)
POINTS, PERCENT, NUMBER, FLAG = Exact(8, 2), Exact(5, 2), sa.Integer(), sa.Boolean()

WORDS = {
    "assessment.kind": ("quiz", "exam", "assignment", "homework", "interview"),
    "assessment.content": ("choice", "book", "open", "mixed"),
    "assessment.shows_answers": ("never", "after_each", "after_last", "after_pass", "after_due"),
    "assessment.shows_score": ("at_once", "when_due"),
    "question.kind": (
        "single_choice",
        "multiple_choice",
        "true_false",
        "fill_blanks",
        "short_text",
        "long_text",
        "matching",
        "ordering",
    ),
    "attempt.status": ("open", "submitted", "graded"),
}


def upgrade() -> None:
    _create_assessments()
    _create_questions()
    _create_attempts()


def downgrade() -> None:
    for table in ("answer", "attempt", "choice", "question", "audience", "assessment"):
        op.drop_table(table)


def _create_assessments() -> None:
    create_table(
        "assessment",
        new_column("archived_at", MOMENT, nullable=True),
        *stamps(),
        *word_columns("assessment", WORDS),
        reference("assessment", "teacher_id", "teacher", nullable=True, on_delete="SET NULL"),
        *(
            reference("assessment", f"{name}_id", target, nullable=True)
            for name, target in (("created_by", "user_"), ("course", "course"), ("grade_level", "grade_level"))
        ),
        new_column("title", NAME),
        *(new_column(name, NAME, nullable=True) for name in ("title_ar", "title_fr")),
        *(new_column(name, TEXT) for name in ("description", "instructions")),
        *(new_column(name, TEXT, nullable=True) for name in ("description_ar", "description_fr")),
        *(new_column(name, MOMENT, nullable=True) for name in ("opens_at", "due_at", "published_at")),
        *(new_column(name, NUMBER, nullable=True) for name in ("minutes", "max_attempts")),
        new_column("passing_percent", PERCENT, nullable=True),
        new_column("total_points", POINTS),
        new_column("late_penalty", PERCENT),
        *(new_column(name, FLAG) for name in ("is_published", "shuffles", "takes_late")),
        indexed=("teacher_id", "created_by_id", "course_id", "grade_level_id"),
    )
    create_table(
        "audience",
        reference("audience", "assessment_id", "assessment", on_delete="CASCADE"),
        reference("audience", "group_id", "group_"),
        sa.UniqueConstraint("assessment_id", "group_id", name="uq_audience_assessment_id_group_id"),
        indexed=("group_id",),
        is_listed=False,
    )


def _create_questions() -> None:
    create_table(
        "question",
        *stamps(),
        reference("question", "assessment_id", "assessment"),
        *word_columns("question", WORDS),
        *(new_column(name, TEXT) for name in ("text", "explanation", "model_answer")),
        *(new_column(name, TEXT, nullable=True) for name in ("text_ar", "text_fr")),
        new_column("points", POINTS),
        *(new_column(name, NUMBER) for name in ("position", "seed")),
        new_column("image", sa.String(255), nullable=True),
        *(new_column(name, FLAG) for name in ("is_required", "case_sensitive")),
        new_column("retired_at", MOMENT, nullable=True),
        indexed=("assessment_id",),
    )
    create_table(
        "choice",
        reference("choice", "question_id", "question", on_delete="CASCADE"),
        new_column("position", NUMBER),
        new_column("text", sa.String(1000)),
        new_column("match", LINE, nullable=True),
        *(new_column(name, NUMBER, nullable=True) for name in ("blank", "place")),
        new_column("is_correct", FLAG),
        new_column("retired_at", MOMENT, nullable=True),
        indexed=("question_id",),
        is_listed=False,
    )
    create_partial_index(
        "uq_choice_question_id_position", "choice", "question_id", "position", only="retired_at IS NULL"
    )


def _create_attempts() -> None:
    create_table(
        "attempt",
        *stamps(),
        reference("attempt", "assessment_id", "assessment"),
        reference("attempt", "student_id", "student"),
        reference("attempt", "graded_by_id", "user_", nullable=True),
        *word_columns("attempt", WORDS),
        new_column("number", NUMBER),
        new_column("started_at", MOMENT),
        *(
            new_column(name, MOMENT, nullable=True)
            for name in ("deadline", "submitted_at", "graded_at", "score_published_at")
        ),
        new_column("seconds", NUMBER, nullable=True),
        new_column("max_points", POINTS),
        *(new_column(name, POINTS, nullable=True) for name in ("raw_points", "points", "override")),
        new_column("percent", PERCENT, nullable=True),
        new_column("feedback", TEXT, nullable=True),
        new_column("auto_graded", FLAG, nullable=True),
        *(new_column(name, FLAG) for name in ("is_late", "is_best")),
        sa.UniqueConstraint("assessment_id", "student_id", "number", name="uq_attempt_assessment_id_student_id_number"),
        indexed=("student_id", "graded_by_id"),
    )
    is_true = "IS 1" if op.get_bind().dialect.name == "sqlite" else "IS true"
    pair = ("assessment_id", "student_id")
    create_partial_index("uq_attempt_assessment_id_student_id", "attempt", *pair, only=f"is_best {is_true}")
    create_partial_index("uq_attempt_open", "attempt", *pair, only="status = 'open'")
    create_partial_index("ix_attempt_open_deadline", "attempt", "deadline", only="status = 'open'", unique=False)
    create_table(
        "answer",
        reference("answer", "attempt_id", "attempt", on_delete="CASCADE"),
        reference("answer", "question_id", "question"),
        reference("answer", "choice_id", "choice", nullable=True),
        reference("answer", "graded_by_id", "user_", nullable=True),
        new_column("position", NUMBER),
        *(new_column(name, TEXT, nullable=True) for name in ("text", "feedback")),
        new_column("given", sa.Text(), nullable=True),
        *(new_column(name, MOMENT, nullable=True) for name in ("answered_at", "graded_at")),
        new_column("points", POINTS, nullable=True),
        new_column("is_correct", FLAG, nullable=True),
        sa.UniqueConstraint("attempt_id", "question_id", name="uq_answer_attempt_id_question_id"),
        indexed=("question_id", "choice_id", "graded_by_id"),
        is_listed=False,
    )
