"""Submissions: the attempts of students at homework, answered, handed in and graded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from educore import Invalid, Problem, Role, UnitOfWork, Where, perform, where
from educore.assessment import Answer, Assessment, Attempt, AttemptStatus, Question, QuestionKind, answers_of
from educore.rewards import Rewards, reward_attempt
from educore_web.apis.madrasti.sections.questions import HOMEWORK, OF_HOMEWORK, WRITERS
from educore_web.apis.madrasti.sections.submission_schemas import (
    SHORT,
    HandedInOut,
    HandInIn,
    ScoreIn,
    SubmissionIn,
    SubmissionOut,
    percent_of_score,
    state_of,
)
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import SubmissionWord
from educore_web.rest.bodies import make_partial
from educore_web.rest.errors import ResponseData
from educore_web.rest.filters import choice_filter
from educore_web.rest.listing import ListSpec

# -- students ------------------------------------------------------------------------------------------


def open_submission(uow: UnitOfWork, data: SubmissionIn) -> ResponseData:
    """Create a submission, or return the one that is open

    Answers that come along are saved.
    """
    fields = data.fields()
    named = {"student_id": fields["student_id"]} if fields.get("student_id") is not None else {}
    return _begin(uow, fields["assessment_id"], field="assessment_id", answers=fields.get("answers", ()), **named)


def start_submission(uow: UnitOfWork, id: int, only: Where) -> ResponseData:
    """Start a submission of a homework, or return the one that is open"""
    uow.get(Assessment, id, only=only)
    return _begin(uow, id, field="")


def save_submission(uow: UnitOfWork, id: int, data: SubmissionIn, only: Where) -> dict[str, Any]:
    """Save the answers of an open submission, or grade one that was handed in"""
    attempt, fields = uow.get(Attempt, id, only=only), data.fields()
    _require_same(attempt, fields)
    answers = fields.get("answers") or []
    changed = _changes(uow, attempt, answers)
    if uow.actor.role is Role.STUDENT:
        if changed:
            require_short_texts(uow, answers)
            perform(uow, Attempt, "save", id, {"answers": answers}, only=only)
    else:
        if changed:
            raise Invalid({f"answers.{number}.question_id": [problem] for number, problem in changed.items()})
        judged: dict[str, Any] = {name: fields[name] for name in ("override", "feedback") if name in fields}
        if judged:
            perform(uow, Attempt, "grade", id, judged, only=only)
    return uow.select_one(SubmissionOut, id, only=only)


def hand_in(uow: UnitOfWork, id: int, data: HandInIn, only: Where) -> dict[str, Any]:
    """Submit a submission: it is marked as far as a program can"""
    answers = data.fields().get("answers") or []
    require_short_texts(uow, answers)
    attempt = perform(uow, Attempt, "submit", id, {"answers": answers}, only=only, returns=Attempt)
    return describe_handed_in(uow, attempt)


def describe_handed_in(uow: UnitOfWork, attempt: Attempt) -> dict[str, Any]:
    """Return a submission as its student sees it when it was handed in."""
    rewards = reward_attempt(uow, attempt)
    # Students read no answers; what is counted of them here is shown no earlier than the score.
    marks = uow.as_platform().count_by(Answer, "is_correct", where(attempt_id=attempt.id))
    is_shown = attempt.score_published_at is not None
    return {
        "submission_id": attempt.id,
        "status": state_of(attempt.status, attempt.graded_by_id),
        "score": _number(attempt.points),
        "score_percentage": percent_of_score(attempt.override, attempt.points, attempt.max_points),
        "auto_graded": bool(attempt.auto_graded),
        "correct_answers": marks.get(True, 0) if is_shown and attempt.points is not None else None,
        "total_questions": sum(marks.values()),
        "points_earned": _number(attempt.raw_points) if attempt.points is not None else None,
        "total_points": float(attempt.max_points),
        "time_taken": attempt.seconds,
        "rewards_earned": describe_rewards(rewards),
    }


def describe_rewards(rewards: Rewards) -> dict[str, Any]:
    """Return what a submission brings, as this document writes it."""
    parts = {name: float(getattr(rewards, name)) for name in ("base_points", "score_bonus", "time_bonus")}
    badges = [badge.name for badge in rewards.badges]
    return {**parts, "total_points": float(rewards.total_points), "badges_earned": badges}


def require_short_texts(uow: UnitOfWork, answers: Sequence[Mapping[str, Any]]) -> None:
    """Raise Invalid("string_too_long") on the text of an answer to a question that takes a short one."""
    long = {n: answer for n, answer in enumerate(answers) if len(answer.get("text") or "") > SHORT}
    if not long:
        return
    ids = {answer["question_id"] for answer in long.values()}
    # The kind of a question is no secret, but students may not read the row.
    questions = uow.as_platform().find(Question, where(id__in=ids, kind=QuestionKind.SHORT_TEXT))
    short = {question.id for question in questions}
    problem = Problem("string_too_long", {"max_length": SHORT})
    if wrong := {f"answers.{n}.text": [problem] for n, answer in long.items() if answer["question_id"] in short}:
        raise Invalid(wrong)


def _begin(
    uow: UnitOfWork, homework_id: int, *, field: str, answers: Sequence[Mapping[str, Any]] = (), **named: int
) -> ResponseData:
    """Start an attempt at a homework, and save answers."""
    uow.reference(Assessment, homework_id, field="assessment_id", only=HOMEWORK)
    before = {row.id for row in uow.find(Attempt, where(assessment_id=homework_id))}
    attempt = perform(uow, Attempt, "create", fields={"assessment_id": homework_id, **named}, returns=Attempt)
    if answers:
        require_short_texts(uow, answers)
        perform(uow, Attempt, "save", attempt.id, {"answers": answers})
    return ResponseData(200 if attempt.id in before else 201, uow.select_one(SubmissionOut, attempt.id))


def _require_same(attempt: Attempt, fields: Mapping[str, Any]) -> None:
    """Raise Invalid("cannot_change") on the homework or the student of a submission."""
    for name in ("assessment_id", "student_id"):
        if fields.get(name) is not None and fields[name] != getattr(attempt, name):
            raise Invalid.because(name, "cannot_change")


def _changes(uow: UnitOfWork, attempt: Attempt, answers: Sequence[Mapping[str, Any]]) -> dict[int, Problem]:
    """Return which of some answers are not those that the submission has, as they are shown, and why not."""
    if not answers:
        return {}
    stored = {answer.question_id: _meaning(answer.content) for answer in answers_of(uow, [attempt.id])[attempt.id]}
    return {
        number: Problem("cannot_change") if id in stored else Problem("unknown_id", {"id": id})
        for number, answer in enumerate(answers)
        if _meaning(answer) != stored.get(id := answer["question_id"])
    }


def _meaning(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an answer says, without the fields that are empty."""
    filled = {name: value for name, value in content.items() if name != "question_id" and value not in (None, "", [])}
    return filled | ({"pairs": [list(pair) for pair in filled["pairs"]]} if "pairs" in filled else {})


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


# -- teachers ------------------------------------------------------------------------------------------


def grade(uow: UnitOfWork, id: int, data: ScoreIn, only: Where) -> dict[str, Any]:
    """Grade a submission"""
    perform(uow, Attempt, "grade", id, data.fields(), only=only)
    return uow.select_one(SubmissionOut, id, only=only)


STATES = {
    SubmissionWord.DRAFT: where(status=AttemptStatus.OPEN),
    SubmissionWord.SUBMITTED: where(status__in=[AttemptStatus.SUBMITTED, AttemptStatus.GRADED])
    & where(graded_by_id__isnull=True),
    SubmissionWord.GRADED: where(status__in=[AttemptStatus.SUBMITTED, AttemptStatus.GRADED])
    & where(graded_by_id__isnull=False),
}


def by_state(uow: UnitOfWork, wanted: SubmissionWord) -> Where:
    """Return the condition for the submissions in a state."""
    return STATES[wanted]


PATH, ROW = "/homework/submissions/", "/homework/submissions/{id}/"
NAMED: dict[str, Any] = {"resource": "homework.submissions", "only": OF_HOMEWORK}
ACTED: dict[str, Any] = {**NAMED, "kind": Attempt}
SENT: dict[str, Any] = {"permission": "can_submit_homework"}
ANSWERING = frozenset({Role.STUDENT})

RULES = madrasti.dialect.lists
FILTERS = (
    replace(choice_filter("status", "status", {word.value: word for word in SubmissionWord}), condition=by_state),
)
SEARCH = ("assessment__title", "student__user__first_name", "student__user__last_name")
LISTED: dict[str, Any] = {"search": SEARCH, "order": ("-id",), "filters": FILTERS}
SUBMISSIONS = ListSpec(SubmissionOut, **LISTED, rules=RULES)
"""The list of the submissions of one homework."""

CHANGED: dict[str, Any] = {
    **ACTED,
    "body": make_partial(SubmissionIn),
    "out": SubmissionOut,
    "roles": WRITERS | ANSWERING,
    "performs_action": False,
}
STARTED: dict[str, Any] = {
    "further_statuses": (200,),
    "performs_action": False,
    "resource": "homework.submissions",
    "kind": Assessment,
    "action": "take",
    "only": HOMEWORK,
    "out": SubmissionOut,
    "status": 201,
    "roles": ANSWERING,
    **SENT,
}

ROUTES = [
    madrasti.list(PATH, SubmissionOut, **LISTED, **NAMED),
    madrasti.post(PATH, open_submission, verb="create", body=SubmissionIn, **STARTED),
    madrasti.retrieve(ROW, SubmissionOut, **NAMED),
    madrasti.operation("PUT", ROW, save_submission, verb="update", **CHANGED),
    madrasti.operation("PATCH", ROW, save_submission, verb="partial_update", **CHANGED),
    madrasti.post(
        f"{ROW}submit/", hand_in, action="submit", body=HandInIn, out=HandedInOut, roles=ANSWERING, **SENT, **ACTED
    ),
    madrasti.post(f"{ROW}start/", start_submission, addition=True, **STARTED),
    madrasti.post(
        f"{ROW}grade/",
        grade,
        action="grade",
        body=ScoreIn,
        out=SubmissionOut,
        roles=WRITERS,
        permission="can_create_homework",
        addition=True,
        **ACTED,
    ),
]
