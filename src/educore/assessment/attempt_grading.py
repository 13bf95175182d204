"""Marks by hand: points for answers that a person must judge, and scores of whole attempts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from educore.assessment.entities import Answer, Assessment, Attempt, AttemptStatus, Question, ShowsScore
from educore.assessment.events import AttemptGraded, ScorePublished
from educore.assessment.grading import grader_fields, refuse_own_work
from educore.assessment.scoring import publication, score_fields, settle_best
from educore.kernel.actions import use_case
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student

PUBLISHED_BATCH = 100
"""The number of scores that one run of `publish_due_scores` publishes; their students are locked, and rewarded."""


@use_case
def grade_answer(uow: UnitOfWork, answer: Answer, /, *, points: Decimal, feedback: str | None = None) -> Attempt:
    """Give points for one answer of a submitted attempt, in place of those it had; the score follows.

    Raises: Invalid("less_than_equal") on points above those of the question; Conflict("not_submitted");
    Forbidden("own_work").
    """
    known = uow.get(Answer, answer.id, to="grade")
    attempt, assessment = _lock_submitted(uow, known.attempt_id)
    platform = uow.as_platform()
    most = platform.get(Question, known.question_id).points
    if points > most:
        raise Invalid.because("points", "less_than_equal", le=most)
    judged: dict[str, Any] = {"points": points, "is_correct": points == most, **grader_fields(uow, is_graded=True)}
    if feedback is not None:
        judged["feedback"] = feedback
    uow.change(known, judged, to="grade")
    answers = platform.find(Answer, where(attempt_id=attempt.id))
    return _settle(uow, assessment, attempt, score_fields(assessment, attempt, answers))


@use_case
def grade_attempt(
    uow: UnitOfWork, attempt: Attempt, /, *, override: Decimal | None = None, feedback: str | None = None
) -> Attempt:
    """Give a submitted attempt a score that counts in place of its points, feedback, or both.

    Raises: Invalid("less_than_equal") on override; Conflict("not_submitted"); Forbidden("own_work").
    """
    attempt, assessment = _lock_submitted(uow, uow.get(Attempt, attempt.id, to="grade").id)
    if override is not None and override > attempt.max_points:
        raise Invalid.because("override", "less_than_equal", le=attempt.max_points)
    comment = {} if feedback is None else {"feedback": feedback}
    if override is None:
        return _settle(uow, assessment, attempt, comment)
    judged = attempt.model_copy(update={"override": override})
    answers = uow.as_platform().find(Answer, where(attempt_id=attempt.id))
    score = score_fields(assessment, judged, answers)
    return _settle(uow, assessment, attempt, {**comment, "override": override, **score})


def publish_due_scores(uow: UnitOfWork) -> int:
    """Show students the scores of assessments that have become due, as the platform. Return their number."""
    now = uow.ports.clock.now()
    waiting = where(
        submitted_at__isnull=False,
        score_published_at__isnull=True,
        assessment__due_at__lte=now,
        assessment__shows_score=ShowsScore.WHEN_DUE,
    )
    due = uow.find(Attempt, waiting, order=("id",), limit=PUBLISHED_BATCH)
    if not due:
        return 0
    students = {attempt.student_id for attempt in due}
    uow.find(Student, where(id__in=students), order=("id",), lock=True)  # as whoever hands in does
    found = uow.find(Attempt, waiting & where(id__in=[attempt.id for attempt in due]), order=("id",), lock=True)
    for attempt in uow.change_each(Attempt, {attempt.id: {"score_published_at": now} for attempt in found}):
        uow.record(ScorePublished(attempt.center_id, attempt.id, attempt.assessment_id, attempt.student_id))
    return len(found)


def _lock_submitted(uow: UnitOfWork, attempt_id: int) -> tuple[Attempt, Assessment]:
    """Lock the student and a submitted attempt. Raises: Conflict("not_submitted"); Forbidden("own_work")."""
    platform = uow.as_platform()
    student_id = platform.get(Attempt, attempt_id).student_id
    refuse_own_work(uow, [student_id])
    platform.get(Student, student_id, lock=True)
    attempt = platform.get(Attempt, attempt_id, lock=True)
    if attempt.status is AttemptStatus.OPEN:
        raise Conflict.because("", "not_submitted")
    return attempt, platform.get(Assessment, attempt.assessment_id)


def _settle(uow: UnitOfWork, assessment: Assessment, attempt: Attempt, fields: dict[str, Any]) -> Attempt:
    """Store what a person said of an attempt, and who said it when."""
    judged = {**fields, **grader_fields(uow, is_graded=True)}
    after = attempt.model_copy(update=judged)
    judged |= publication(assessment, after, uow.ports.clock.now())
    uow.change(attempt, judged, to="grade")
    settle_best(uow, assessment_id=assessment.id, student_ids=[attempt.student_id])
    place = {"center_id": attempt.center_id, "assessment_id": assessment.id, "student_id": attempt.student_id}
    uow.record(AttemptGraded(attempt_id=attempt.id, **place))
    return uow.get(Attempt, attempt.id)
