"""Scores of attempts: what follows from the points of their answers, and which attempt of a student is the best."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from educore.assessment.entities import Answer, Assessment, Attempt, AttemptStatus, Choice, Question, ShowsScore
from educore.assessment.events import ScorePublished
from educore.assessment.marking import mark, percent_of, points_after_penalty
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student


def score_fields(assessment: Assessment, attempt: Attempt, answers: Iterable[Answer]) -> dict[str, Any]:
    """Return the fields of a submitted attempt that follow from the points of its answers.

    The points are complete once every answer has some. A score by hand stands as it was given, without penalty.
    """
    given = [answer.points for answer in answers]
    raw = sum((points for points in given if points is not None), Decimal(0))
    is_complete = None not in given
    penalty = assessment.late_penalty if attempt.is_late else Decimal(0)
    points = points_after_penalty(raw, penalty=penalty) if is_complete else None
    final = attempt.override if attempt.override is not None else points
    return {
        "raw_points": raw,
        "points": points,
        "percent": None if final is None else percent_of(final, attempt.max_points),
        "status": AttemptStatus.SUBMITTED if final is None else AttemptStatus.GRADED,
    }


def publication(assessment: Assessment, attempt: Attempt, now: datetime) -> dict[str, Any]:
    """Return when the student sees the score of an attempt: at once, or when it is due or marked by a person."""
    if attempt.score_published_at is not None:
        return {}
    is_due = assessment.due_at is None or assessment.due_at <= now
    is_shown = assessment.shows_score is ShowsScore.AT_ONCE or is_due or attempt.graded_by_id is not None
    return {"score_published_at": now} if is_shown else {}


def mark_answers(
    questions: Sequence[Question], choices: Sequence[Choice], answers: Sequence[Answer]
) -> dict[int, dict[str, Any]]:
    """Return the points of answers by id, and whether they are right; None for both where a person must mark."""
    by_id = {question.id: question for question in questions}
    parts: defaultdict[int, list[Choice]] = defaultdict(list)
    for choice in choices:
        parts[choice.question_id].append(choice)
    marked: dict[int, dict[str, Any]] = {}
    for answer in answers:
        question = by_id[answer.question_id]
        points = mark(question, parts[question.id], answer)
        marked[answer.id] = {"points": points, "is_correct": None if points is None else points == question.points}
    return marked


def settle_best(uow: UnitOfWork, *, assessment_id: int, student_ids: Iterable[int]) -> None:
    """Mark the best attempt of students, whose rows are locked: the highest percent, of equal ones the earlier.

    The number of statements does not grow with the students.
    """
    platform = uow.as_platform()
    rows = where(assessment_id=assessment_id, student_id__in=set(student_ids))
    best: dict[int, Attempt] = {}
    attempts = platform.find(Attempt, rows, order=("number",))
    for attempt in attempts:
        if attempt.percent is not None and _beats(attempt, best.get(attempt.student_id)):
            best[attempt.student_id] = attempt
    wanted = {attempt.id for attempt in best.values()}
    platform.change_each(Attempt, {a.id: {"is_best": False} for a in attempts if a.is_best and a.id not in wanted})
    platform.change_each(Attempt, {a.id: {"is_best": True} for a in attempts if a.id in wanted and not a.is_best})


def mark_anew(uow: UnitOfWork, assessment: Assessment, question: Question) -> None:
    """Mark the answers to a question whose key has changed, in all submitted attempts; points given by hand stay."""
    platform = uow.as_platform()
    submitted = where(assessment_id=assessment.id, status__in=[AttemptStatus.SUBMITTED, AttemptStatus.GRADED])
    concerned = submitted & where(Answer__has=where(question_id=question.id))
    students = set(platform.count_by(Attempt, "student_id", concerned))
    if not students:
        return
    platform.find(Student, where(id__in=students), order=("id",), lock=True)  # as whoever hands in does
    attempts = platform.find(Attempt, concerned & where(student_id__in=students), lock=True)
    answers = platform.find(Answer, where(attempt_id__in=[attempt.id for attempt in attempts]))
    by_machine = [a for a in answers if a.question_id == question.id and a.graded_by_id is None]
    marked = mark_answers([question], platform.find(Choice, where(question_id=question.id)), by_machine)
    changed = {answer.id: answer for answer in platform.change_each(Answer, marked)}
    of_attempt: defaultdict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        of_attempt[answer.attempt_id].append(changed.get(answer.id, answer))
    platform.change_each(Attempt, {a.id: score_fields(assessment, a, of_attempt[a.id]) for a in attempts})
    settle_best(uow, assessment_id=assessment.id, student_ids=students)
    for a in attempts:
        uow.record(ScorePublished(a.center_id, a.id, assessment.id, a.student_id))


def _beats(attempt: Attempt, other: Attempt | None) -> bool:
    return other is None or (attempt.percent or 0) > (other.percent or 0)
