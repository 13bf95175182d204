"""assessments, whose questions are answered in attempts"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from educore.adapters.sql.types import Exact, Instant

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT, TEXT, NAME, LINE = Instant(timezone=True), sa.String(5000), sa.String(200), sa.String(500)
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
    _create(
        "assessment",
        _column("archived_at", MOMENT, nullable=True),
        *_stamps(),
        *_words("assessment"),
        _reference("assessment", "teacher_id", "teacher", nullable=True, on_delete="SET NULL"),
        *(
            _reference("assessment", f"{column}_id", target, nullable=True)
            for column, target in (("created_by", "user_"), ("course", "course"), ("grade_level", "grade_level"))
        ),
        _column("title", NAME),
        *(_column(column, NAME, nullable=True) for column in ("title_ar", "title_fr")),
        *(_column(column, TEXT) for column in ("description", "instructions")),
        *(_column(column, TEXT, nullable=True) for column in ("description_ar", "description_fr")),
        *(_column(column, MOMENT, nullable=True) for column in ("opens_at", "due_at", "published_at")),
        *(_column(column, NUMBER, nullable=True) for column in ("minutes", "max_attempts")),
        _column("passing_percent", PERCENT, nullable=True),
        _column("total_points", POINTS),
        _column("late_penalty", PERCENT),
        *(_column(column, FLAG) for column in ("is_published", "shuffles", "takes_late")),
        indexed=("teacher_id", "created_by_id", "course_id", "grade_level_id"),
    )
    _create(
        "audience",
        _reference("audience", "assessment_id", "assessment", on_delete="CASCADE"),
        _reference("audience", "group_id", "group_"),
        sa.UniqueConstraint("assessment_id", "group_id", name="uq_audience_assessment_id_group_id"),
        indexed=("group_id",),
        is_listed=False,
    )


def _create_questions() -> None:
    _create(
        "question",
        *_stamps(),
        _reference("question", "assessment_id", "assessment"),
        *_words("question"),
        *(_column(column, TEXT) for column in ("text", "explanation", "model_answer")),
        *(_column(column, TEXT, nullable=True) for column in ("text_ar", "text_fr")),
        _column("points", POINTS),
        *(_column(column, NUMBER) for column in ("position", "seed")),
        _column("image", sa.String(255), nullable=True),
        *(_column(column, FLAG) for column in ("is_required", "case_sensitive")),
        _column("retired_at", MOMENT, nullable=True),
        indexed=("assessment_id",),
    )
    _create(
        "choice",
        _reference("choice", "question_id", "question", on_delete="CASCADE"),
        _column("position", NUMBER),
        _column("text", sa.String(1000)),
        _column("match", LINE, nullable=True),
        *(_column(column, NUMBER, nullable=True) for column in ("blank", "place")),
        _column("is_correct", FLAG),
        _column("retired_at", MOMENT, nullable=True),
        indexed=("question_id",),
        is_listed=False,
    )
    _partial("uq_choice_question_id_position", "choice", "question_id", "position", only="retired_at IS NULL")


def _create_attempts() -> None:
    _create(
        "attempt",
        *_stamps(),
        _reference("attempt", "assessment_id", "assessment"),
        _reference("attempt", "student_id", "student"),
        _reference("attempt", "graded_by_id", "user_", nullable=True),
        *_words("attempt"),
        _column("number", NUMBER),
        _column("started_at", MOMENT),
        *(
            _column(column, MOMENT, nullable=True)
            for column in ("deadline", "submitted_at", "graded_at", "score_published_at")
        ),
        _column("seconds", NUMBER, nullable=True),
        _column("max_points", POINTS),
        *(_column(column, POINTS, nullable=True) for column in ("raw_points", "points", "override")),
        _column("percent", PERCENT, nullable=True),
        _column("feedback", TEXT, nullable=True),
        _column("auto_graded", FLAG, nullable=True),
        *(_column(column, FLAG) for column in ("is_late", "is_best")),
        sa.UniqueConstraint("assessment_id", "student_id", "number", name="uq_attempt_assessment_id_student_id_number"),
        indexed=("student_id", "graded_by_id"),
    )
    is_true = "IS 1" if op.get_bind().dialect.name == "sqlite" else "IS true"
    pair = ("assessment_id", "student_id")
    _partial("uq_attempt_assessment_id_student_id", "attempt", *pair, only=f"is_best {is_true}")
    _partial("uq_attempt_open", "attempt", *pair, only="status = 'open'")
    _partial("ix_attempt_open_deadline", "attempt", "deadline", only="status = 'open'", unique=False)
    _create(
        "answer",
        _reference("answer", "attempt_id", "attempt", on_delete="CASCADE"),
        _reference("answer", "question_id", "question"),
        _reference("answer", "choice_id", "choice", nullable=True),
        _reference("answer", "graded_by_id", "user_", nullable=True),
        _column("position", NUMBER),
        *(_column(column, TEXT, nullable=True) for column in ("text", "feedback")),
        _column("given", sa.Text(), nullable=True),
        *(_column(column, MOMENT, nullable=True) for column in ("answered_at", "graded_at")),
        _column("points", POINTS, nullable=True),
        _column("is_correct", FLAG, nullable=True),
        sa.UniqueConstraint("attempt_id", "question_id", name="uq_answer_attempt_id_question_id"),
        indexed=("question_id", "choice_id", "graded_by_id"),
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


def _words(table: str) -> list[sa.Column[Any]]:
    """Return the columns of a table that hold one of some words."""
    found = {place.partition(".")[2]: words for place, words in WORDS.items() if place.startswith(f"{table}.")}
    return [
        _column(name, sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32))
        for name, words in found.items()
    ]


def _reference(
    table: str, column: str, target: str, *, nullable: bool = False, on_delete: str = "RESTRICT"
) -> sa.Column[int]:
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}", ondelete=on_delete)
    return sa.Column(column, BIG, key, nullable=nullable)


def _partial(name: str, table: str, *columns: str, only: str, unique: bool = True) -> None:
    """Add an index over the rows that match a condition."""
    where = sa.text(only)
    op.create_index(name, table, list(columns), unique=unique, sqlite_where=where, postgresql_where=where)
