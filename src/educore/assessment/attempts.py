"""Attempts of students at assessments: started, saved, handed in, and closed when their time is over.

An attempt has a row for the answer to each question from its start on, so its paper, its order and its points are
fixed then. Only the student's own acts change it until it is handed in; students read neither questions nor answers
(see `papers`). The student is locked first, the assessment never, so that a class that begins at once does not queue.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from educore.assessment.answer_contents import content_fields
from educore.assessment.assessments import LIVE_QUESTIONS, deadline_of
from educore.assessment.entities import Answer, Assessment, Attempt, AttemptStatus, Choice, Question
from educore.assessment.events import AttemptSubmitted
from educore.assessment.grading import require_own_student_id
from educore.assessment.scoring import mark_answers, publication, score_fields, settle_best
from educore.kernel.actions import use_case
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid, Problem
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student

HAND_IN_GRACE = timedelta(seconds=60)
"""The time after a deadline in which answers that were on their way are still taken."""

OVERDUE_BATCH = 200
"""The number of attempts that one run of `submit_overdue` hands in."""


@use_case
def start_attempt(uow: UnitOfWork, /, *, assessment_id: int, student_id: int | None = None) -> Attempt:
    """Start an attempt of the actor, who is a student, or return their open one.

    Raises: Invalid("unknown_id") on assessment_id; Invalid("only_yourself") on student_id; Conflict on assessment_id:
    ("not_open_yet"), ("assessment_over"), ("attempts_used"), ("no_questions"); Forbidden for others than students.
    """
    own_id, platform = require_own_student_id(uow, student_id), uow.as_platform()
    assessment = uow.reference(Assessment, assessment_id, field="assessment_id", to="take")
    platform.get(Student, own_id, lock=True)
    attempts = platform.find(Attempt, where(assessment_id=assessment.id, student_id=own_id))
    for attempt in attempts:
        if attempt.status is AttemptStatus.OPEN:
            return attempt
    assessment = _lock_published(platform, assessment)
    now = uow.ports.clock.now()
    _require_open(assessment, now)
    if assessment.max_attempts is not None and len(attempts) >= assessment.max_attempts:
        raise Conflict.because("assessment_id", "attempts_used", most=assessment.max_attempts)
    questions = platform.find(Question, LIVE_QUESTIONS & where(assessment_id=assessment.id), order=("position", "id"))
    if not questions:
        raise Conflict.because("assessment_id", "no_questions")
    attempt = platform.add(
        Attempt,
        {
            "center_id": assessment.center_id,
            "assessment_id": assessment.id,
            "student_id": own_id,
            "number": max((attempt.number for attempt in attempts), default=0) + 1,
            "started_at": now,
            "deadline": deadline_of(assessment, now),
            "max_points": sum((question.points for question in questions), Decimal(0)),
        },
    )
    if assessment.shuffles:
        random.Random(attempt.id).shuffle(questions)  # noqa: S311  # nobody gains by guessing the order
    shared = {"center_id": attempt.center_id, "attempt_id": attempt.id}
    rows = [{**shared, "question_id": question.id, "position": n} for n, question in enumerate(questions, 1)]
    platform.add_all(Answer, rows)
    return attempt


@use_case
def save_answers(uow: UnitOfWork, attempt: Attempt, /, *, answers: Sequence[Mapping[str, Any]]) -> Attempt:
    """Keep answers of an open attempt; of a question that is answered again, the last answer counts.

    Each is `{"question_id": 4, ...}` with a content (see `answer_contents`). When the time is over, the attempt is
    handed in as it was saved.
    Raises: Conflict("attempt_closed"); Invalid("unknown_id") and ("named_twice") on `answers.<number>.question_id`; the
    errors of `content_fields` below `answers.<number>`.
    """
    open_attempt, assessment = _lock_open(uow, attempt, to="save")
    if _is_over(open_attempt, uow.ports.clock.now()):
        _hand_in(uow, assessment, open_attempt)
    else:
        _keep(uow.as_platform(), open_attempt, answers)
    return uow.get(Attempt, open_attempt.id)


@use_case
def submit_attempt(uow: UnitOfWork, attempt: Attempt, /, *, answers: Sequence[Mapping[str, Any]] = ()) -> Attempt:
    """Hand in an attempt, with these answers beside those that were saved, and mark it as far as a program can.

    When the time is over, what was saved is handed in and the answers are left out.
    Raises: the errors of `save_answers`; Conflict("assessment_over") once nothing is taken any more.
    """
    open_attempt, assessment = _lock_open(uow, attempt, to="submit")
    _hand_in(uow, assessment, open_attempt, () if _is_over(open_attempt, uow.ports.clock.now()) else answers)
    return uow.get(Attempt, open_attempt.id)


def submit_overdue(uow: UnitOfWork) -> int:
    """Hand in the open attempts whose time is over, as the platform. Return their number, a batch at most."""
    over = where(status=AttemptStatus.OPEN, deadline__lte=uow.ports.clock.now() - HAND_IN_GRACE)
    late = uow.find(Attempt, over, order=("student_id", "id"), limit=OVERDUE_BATCH)
    for found in late:
        uow.get(Student, found.student_id, lock=True)
        attempt = uow.get(Attempt, found.id, lock=True)
        if attempt.status is AttemptStatus.OPEN:
            _hand_in(uow, uow.get(Assessment, attempt.assessment_id), attempt)
    return len(late)


def _lock_published(platform: UnitOfWork, assessment: Assessment) -> Assessment:
    """Lock an assessment, so that nobody hides or changes it until the attempt has its questions."""
    locked = platform.get(Assessment, assessment.id, lock=True)
    if not locked.is_published or locked.archived_at is not None:
        raise Invalid.because("assessment_id", "unknown_id", id=assessment.id)
    return locked


def _require_open(assessment: Assessment, now: datetime) -> None:
    if assessment.opens_at is not None and now < assessment.opens_at:
        raise Conflict.because("assessment_id", "not_open_yet", at=assessment.opens_at.isoformat())
    if assessment.due_at is not None and now > assessment.due_at and not assessment.takes_late:
        raise Conflict.because("assessment_id", "assessment_over", at=assessment.due_at.isoformat())


def _is_over(attempt: Attempt, now: datetime) -> bool:
    return attempt.deadline is not None and now > attempt.deadline + HAND_IN_GRACE


def _lock_open(uow: UnitOfWork, attempt: Attempt, *, to: str) -> tuple[Attempt, Assessment]:
    """Lock the student and an open attempt. Raises: Conflict("attempt_closed")."""
    platform = uow.as_platform()
    platform.get(Student, uow.get(Attempt, attempt.id, to=to).student_id, lock=True)
    locked = platform.get(Attempt, attempt.id, lock=True)
    if locked.status is not AttemptStatus.OPEN:
        raise Conflict.because("", "attempt_closed")
    return locked, platform.get(Assessment, locked.assessment_id)


def _keep(platform: UnitOfWork, attempt: Attempt, answers: Sequence[Mapping[str, Any]]) -> None:
    """Store answers, in a number of statements that does not grow with them."""
    if answers:
        rows = platform.find(Answer, where(attempt_id=attempt.id))
        sheet = _read_sheet(platform, rows, {answer.get("question_id") for answer in answers})
        platform.change_each(Answer, _contents(sheet, attempt, answers, platform.ports.clock.now()))


class _Sheet(NamedTuple):
    """The answers of an attempt, and its questions with their choices, or some of them."""

    answers: Sequence[Answer]
    questions: Sequence[Question]
    choices: Sequence[Choice]


def _read_sheet(platform: UnitOfWork, answers: Sequence[Answer], wanted: Collection[Any] | None = None) -> _Sheet:
    """Read the questions of some answers, or those wanted among them, in two statements."""
    ids = [answer.question_id for answer in answers if wanted is None or answer.question_id in wanted]
    questions = platform.find(Question, where(id__in=ids))
    return _Sheet(answers, questions, platform.find(Choice, where(question_id__in=ids)))


def _contents(
    sheet: _Sheet, attempt: Attempt, answers: Sequence[Mapping[str, Any]], now: datetime
) -> dict[int, dict[str, Any]]:
    """Return the fields that keep some answers, by the id of the row."""
    stored = {answer.question_id: answer for answer in sheet.answers}
    if problems := _misplaced([answer.get("question_id") for answer in answers], stored):
        raise Invalid(problems)
    questions = {question.id: question for question in sheet.questions}
    choices: dict[int, list[Choice]] = {}
    for choice in sheet.choices:
        if choice.retired_at is None:
            choices.setdefault(choice.question_id, []).append(choice)
    changes: dict[int, dict[str, Any]] = {}
    for number, answer in enumerate(answers):
        id = int(answer["question_id"])
        content = {name: value for name, value in answer.items() if name != "question_id"}
        try:
            fields = content_fields(questions[id], choices.get(id, []), content, student_id=attempt.student_id)
        except Invalid as error:
            raise error.prefixed(f"answers.{number}") from None
        changes[stored[id].id] = {**fields, "answered_at": now}
    return changes


def _misplaced(ids: Sequence[Any], known: Mapping[int, Answer]) -> dict[str, list[Problem]]:
    return {
        f"answers.{number}.question_id": [Problem("named_twice" if id in known else "unknown_id", {"id": id})]
        for number, id in enumerate(ids)
        if id not in known or ids.count(id) > 1
    }


def _hand_in(
    uow: UnitOfWork, assessment: Assessment, attempt: Attempt, answers: Sequence[Mapping[str, Any]] = ()
) -> Attempt:
    """Hand in a locked attempt of a locked student with some more answers, and mark it.

    What is answered and how it is marked is written at once, so both cost the same statements.
    """
    platform, now = uow.as_platform(), uow.ports.clock.now()
    over = attempt.deadline if _is_over(attempt, now) else None
    submitted_at = over or now
    sheet = _read_sheet(platform, platform.find(Answer, where(attempt_id=attempt.id)))
    contents = _contents(sheet, attempt, answers, now)
    filled = [answer.model_copy(update=contents.get(answer.id, {})) for answer in sheet.answers]
    marks = mark_answers(sheet.questions, sheet.choices, filled)
    marked = platform.change_each(Answer, {id: {**contents.get(id, {}), **fields} for id, fields in marks.items()})
    submitted = attempt.model_copy(
        update={
            "submitted_at": submitted_at,
            "seconds": int((submitted_at - attempt.started_at).total_seconds()),
            "is_late": assessment.due_at is not None and submitted_at > assessment.due_at,
        }
    )
    score = score_fields(assessment, submitted, marked)
    fields = {name: getattr(submitted, name) for name in ("submitted_at", "seconds", "is_late")}
    fields |= {**score, "auto_graded": score["percent"] is not None, **publication(assessment, submitted, now)}
    after = platform.change(attempt, fields)
    settle_best(uow, assessment_id=assessment.id, student_ids=[attempt.student_id])
    place = {"center_id": after.center_id, "assessment_id": after.assessment_id, "student_id": after.student_id}
    uow.record(AttemptSubmitted(attempt_id=after.id, **place))
    return after
