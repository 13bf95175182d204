"""The bodies of requests about submissions, and the shapes of the answers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, Field

from educore import Computed, From, Later, NameOf, UnitOfWork
from educore.assessment import Attempt, AttemptStatus, SeenAnswer, answers_of
from educore.attendance import percent
from educore.people import Student
from educore.values import Line, Points, Text
from educore_web.apis.madrasti.dialect import FigureShape
from educore_web.apis.madrasti.sections.questions import Number
from educore_web.apis.madrasti.words import SubmissionWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import LookupBy, To
from educore_web.rest.common import format_instant
from educore_web.rest.further_names import ADDITION, Also

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


class ScoreIn(Body, of=Attempt):
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
