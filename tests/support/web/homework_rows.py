"""Homework in each of the schools: one that the first pupil handed in and began again, a fresh one, and a draft."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from educore import Educore, UnitOfWork, perform
from educore.assessment import (
    Assessment,
    AssessmentKind,
    Question,
    QuestionKind,
    add_question,
    paper_of,
    publish_assessment,
    set_assessment,
    start_attempt,
    submit_attempt,
)
from support.homework import QUESTIONS, right
from support.school_cast import School

DUE = datetime(2024, 1, 8, 18, tzinfo=UTC)
"""A week after the day on which the clock of the tests stands still."""

SEED = 7
"""The secret by which the columns of a paper are shuffled."""

SHORT = (QuestionKind.SINGLE_CHOICE, QuestionKind.ORDERING)


@dataclass(frozen=True)
class HomeworkRows:
    """The ids of the homework of a school: `done` was handed in once and is begun again, nobody has begun `fresh`.

    `question` and `submission` are of the homework that is done, `begun` is its open submission, `draft_question` is of
    the unpublished homework. `put_away` is archived.
    """

    done: int
    fresh: int
    draft: int
    put_away: int
    question: int
    draft_question: int
    submission: int
    begun: int


def add_homework(platform: Educore, school: School, city: str) -> HomeworkRows:
    """Let the first teacher set homework for class A, and the first pupil answer.

    The columns of the papers are shuffled alike in every database, so that answers can be compared.
    """
    with patch("secrets.randbelow", return_value=SEED), platform.work(school.teacher) as uow:
        done, questions = _set(uow, school, f"Devoir de {city}", *SHORT)
        fresh, _ = _set(uow, school, f"Lecture à {city}", QuestionKind.TRUE_FALSE)
        draft, drafted = _set(uow, school, f"Brouillon de {city}", QuestionKind.SINGLE_CHOICE, is_published=False)
        old, _ = _set(uow, school, f"Ancien devoir de {city}", is_published=False)
        perform(uow, Assessment, "archive", old.id)
    with platform.work(school.student) as uow:
        first = start_attempt(uow, assessment_id=done.id)
        answers = [right(question) for question in paper_of(uow, done).questions]
        submitted = submit_attempt(uow, first, answers=answers)
        begun = start_attempt(uow, assessment_id=done.id)
    ids = (done.id, fresh.id, draft.id, old.id, questions[0].id, drafted[0].id, submitted.id, begun.id)
    return HomeworkRows(*ids)


def _set(
    uow: UnitOfWork, school: School, title: str, *kinds: QuestionKind, is_published: bool = True
) -> tuple[Assessment, list[Question]]:
    about: dict[str, Any] = {"course_id": school.course.id, "grade_level_id": school.first_grade.id, "due_at": DUE}
    words = {"title": title, "description": f"Pour {title}", "max_attempts": 3}
    group_ids = [school.class_a.id]
    homework = set_assessment(uow, kind=AssessmentKind.HOMEWORK, group_ids=group_ids, **about, **words)
    questions = []
    for kind in kinds:
        asked = {"text": f"{title}: {kind}?", "points": Decimal(5), "explanation": f"Parce que, {title}"}
        questions.append(add_question(uow, assessment_id=homework.id, kind=kind, choices=QUESTIONS[kind], **asked))
    return publish_assessment(uow, homework) if is_published else homework, questions
