"""Submissions: the attempts of students at homework, answered, handed in and graded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, Field

from educore import Computed, From, Invalid, Later, NameOf, Problem, Role, UnitOfWork, Where, perform, where
from educore.assessment import (
    Answer,
    Assessment,
    Attempt,
    AttemptStatus,
    Question,
    QuestionKind,
    SeenAnswer,
    answers_of,
)
from educore.attendance import percent
from educore.people import Student
from educore.rewards import Rewards, reward_attempt
from educore.values import Line, Points, Text
from educore_web.apis.madrasti.dialect import FigureShape
from educore_web.apis.madrasti.sections.questions import HOMEWORK, OF_HOMEWORK, WRITERS, Number
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import SubmissionWord
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import LookupBy, To
from educore_web.rest.common import format_instant
from educore_web.rest.errors import ResponseData
from educore_web.rest.filters import choice_filter
from educore_web.rest.further_names import ADDITION, Also
from educore_web.rest.listing import ListSpec

MOST_ANSWERS, MOST_CHOSEN = 200, 100
MOST_SECONDS = 1_000_000_000
SHORT, LONG = 200, 2_000
"""The number of characters of a short and of a long answer."""

Chosen = Annotated[list[Number], Field(max_length=MOST_CHOSEN)]


class AnswerIn(Body):
    """The answer to a question: by the ids of choices, a text, the texts of blanks, pairs, or an order.

    Pairs and orders name the entries of the columns that the student sees by their numbers, from 1.
    """

    question: Annotated[int, To("question_id")]
    selected_choices: Annotated[Chosen | None, To("numbers"), Also("selected_choice_ids")] = None
    text: Annotated[Text | None, Field(max_length=LONG), Also("text_answer")] = None
    blanks: Annotated[list[Line] | None, Field(max_length=MOST_CHOSEN)] = None
    pairs: Annotated[list[tuple[Number, Number]] | None, Field(max_length=MOST_CHOSEN)] = None
    order: Chosen | None = None


Answers = Annotated[list[AnswerIn], Field(max_length=MOST_ANSWERS)]


class SubmissionIn(Body, of=Attempt):
    """An attempt. Students send their answers, teachers the score and the feedback; the server sets the rest."""

    homework: Annotated[int, To("assessment_id")]
    student: Annotated[int | None, To("student_id"), LookupBy(Student, "user_id")] = None
    time_taken: Annotated[int | None, Field(ge=0, le=MOST_SECONDS), To(None)] = None
    status: Annotated[SubmissionWord, To(None)] = SubmissionWord.DRAFT
    manual_score: Annotated[Points | None, To("override")] = None
    feedback: Annotated[Text | None, Also("teacher_feedback")] = None
    answers: Answers = Field(default_factory=list)


class HandInIn(Body, of=Attempt):
    """Answers that come with the hand-in, beside those that were saved."""

    answers: Answers = Field(default_factory=list)


class GradeIn(Body, of=Attempt):
    """The score of a submission that counts in place of its points, the feedback, or both."""

    manual_score: Annotated[Points | None, To("override")] = None
    feedback: Annotated[Text | None, Also("teacher_feedback")] = None
    status: Annotated[SubmissionWord, To(None)] = SubmissionWord.GRADED


def state_of(status: str, graded_by_id: int | None) -> str:
    """Return the document's word for the state of a submission."""
    if status == AttemptStatus.OPEN:
        return SubmissionWord.DRAFT.value
    return (SubmissionWord.SUBMITTED if graded_by_id is None else SubmissionWord.GRADED).value


def percent_of_score(override: Decimal | None, points: Decimal | None, most: Decimal) -> float | None:
    """Return the share of the score that counts in percent with one decimal; None as long as there is none."""
    score = points if override is None else override
    return None if score is None else float(percent(score, most))


def when_graded(graded_at: datetime | None, graded_by_id: int | None) -> str | None:
    """Return when a person graded a submission."""
    return None if graded_at is None or graded_by_id is None else format_instant(graded_at)


class AnswerOut(BaseModel):
    """An answer. `is_correct` and `points_earned` are null until they may be seen."""

    question: int
    selected_choices: list[int]
    text: str | None
    blanks: list[str]
    pairs: list[tuple[int, int]]
    order: list[int]
    is_correct: bool | None
    points_earned: float | None
    selected_choice_ids: Annotated[list[int], ADDITION]
    text_answer: Annotated[str | None, ADDITION]
    feedback: Annotated[str | None, ADDITION]


class SubmissionOut(FigureShape, of=Attempt):
    """A submission. The score and what follows from it are null until students may see them."""

    id: int
    homework: Annotated[int, From("assessment_id")]
    homework_title: Annotated[str, From("assessment.title")]
    student: Annotated[int, From("student.user_id")]
    student_name: Annotated[str | None, NameOf("student")]
    submitted_at: datetime | None
    is_late: bool
    attempt_number: Annotated[int, From("number")]
    time_taken: Annotated[int | None, From("seconds")]
    status: Annotated[SubmissionWord, Computed(state_of, "status", "graded_by_id")]
    score: Annotated[float | None, From("points")]
    score_percentage: Annotated[float | None, Computed(percent_of_score, "override", "points", "max_points")]
    manual_score: Annotated[float | None, From("override")]
    feedback: str | None
    auto_graded: bool | None
    graded_by: Annotated[int | None, From("graded_by_id")]
    graded_at: Annotated[datetime | None, Computed(when_graded, "graded_at", "graded_by_id")]
    answers: Annotated[list[AnswerOut], Later()]
    created_at: datetime
    updated_at: datetime
    total_points: Annotated[float, From("max_points"), ADDITION]
    started_at: Annotated[datetime, ADDITION]
    deadline: Annotated[datetime | None, ADDITION]

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """List the answers of all submissions, in two statements."""
        found = answers_of(uow, [row["id"] for row in rows])
        for row in rows:
            row["answers"] = [describe_answer(answer) for answer in found.get(row["id"], ())]


def describe_answer(answer: SeenAnswer) -> dict[str, Any]:
    """Return an answer as this document writes it; the lists that its question does not take are empty."""
    content = answer.content
    chosen, text = content.get("numbers") or [], content.get("text")
    return {
        "question": answer.question_id,
        "selected_choices": chosen,
        "text": text,
        "blanks": content.get("blanks") or [],
        "pairs": content.get("pairs") or [],
        "order": content.get("order") or [],
        "is_correct": answer.is_correct,
        "points_earned": None if answer.points is None else float(answer.points),
        "selected_choice_ids": chosen,
        "text_answer": text,
        "feedback": answer.feedback,
    }


class RewardsOut(BaseModel):
    """The points that a submission brings, exact to halves; `total_points` leaves those of badges out."""

    base_points: float
    score_bonus: float
    time_bonus: float
    total_points: float
    badges_earned: list[str]


class HandedInOut(BaseModel):
    """A submission as it was marked; what students may not see yet is null."""

    submission_id: int
    status: SubmissionWord
    score: float | None
    score_percentage: float | None
    auto_graded: bool
    correct_answers: int | None
    total_questions: int
    points_earned: float | None
    total_points: float
    time_taken: int | None
    rewards_earned: RewardsOut


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
    asked = uow.as_platform().find(Question, where(id__in=ids, kind=QuestionKind.SHORT_TEXT))
    short = {question.id for question in asked}
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
    said = {name: value for name, value in content.items() if name != "question_id" and value not in (None, "", [])}
    return said | ({"pairs": [list(pair) for pair in said["pairs"]]} if "pairs" in said else {})


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


# -- teachers ------------------------------------------------------------------------------------------


def grade(uow: UnitOfWork, id: int, data: GradeIn, only: Where) -> dict[str, Any]:
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
        body=GradeIn,
        out=SubmissionOut,
        roles=WRITERS,
        permission="can_create_homework",
        addition=True,
        **ACTED,
    ),
]
