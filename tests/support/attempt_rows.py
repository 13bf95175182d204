"""Attempts at an assessment, of which one has a published score: `sit_attempts(uow, town)`."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from educore import UnitOfWork
from educore.assessment import Answer, Assessment, AssessmentKind, Attempt, Question, QuestionKind
from support.cast import Town
from support.plain_rows import plain

NOW = datetime(2024, 1, 1, 10, tzinfo=UTC)


def sit_attempts(uow: UnitOfWork, town: Town) -> None:
    """Let both students of a town sit an assessment of its teacher; the score of the first one is published."""
    center, teacher = {"center_id": town.center.id}, {"teacher_id": town.teacher.teacher_id}
    sheet = plain(uow, Assessment).add(Assessment, {**center, **teacher, "kind": AssessmentKind.QUIZ, "title": "Sums"})
    asked = {"assessment_id": sheet.id, "kind": QuestionKind.LONG_TEXT, "text": "Why?", "points": Decimal(5)}
    question = plain(uow, Question).add(Question, {**center, **asked})
    sitting = {**center, "assessment_id": sheet.id, "number": 1, "started_at": NOW, "max_points": Decimal(5)}
    for student, published_at in ((town.student, NOW), (town.classmate, None)):
        row = {"student_id": student.student_id, "score_published_at": published_at}
        attempt = plain(uow, Attempt).add(Attempt, {**sitting, **row})
        plain(uow, Answer).add(Answer, {**center, "attempt_id": attempt.id, "question_id": question.id, "position": 1})
