"""Papers and results: the ways in which students and parents see questions; `paper_pages` has them for lists.

All read as the platform after a check that the assessment is theirs, and leave out what must not be seen yet. A
paper holds no part of a key; a result shows the right answers once the assessment says so (`ShowsAnswers`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from educore.assessment.answer_contents import TAKES, blanks_of, content_of, numbers_of
from educore.assessment.assessments import LIVE_QUESTIONS
from educore.assessment.columns import PartColumns, columns_for
from educore.assessment.entities import (
    Answer,
    Assessment,
    Attempt,
    AttemptStatus,
    Choice,
    Given,
    Question,
    QuestionKind,
    ShowsAnswers,
)
from educore.assessment.marking import right_order
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student

SHOWN_BY_ID = frozenset({QuestionKind.SINGLE_CHOICE, QuestionKind.MULTIPLE_CHOICE, QuestionKind.TRUE_FALSE})
"""The kinds of questions whose choices are named by id; the parts of the others have numbers in columns."""


@dataclass(frozen=True)
class PaperPart:
    """A choice by its id, or a part of a column by its number there. `position` is that of a choice in its question."""

    id: int
    text: str
    position: int | None = None


@dataclass(frozen=True)
class AnswerKey:
    """The right answer to a question, in the words in which a student answers, why it is right, and how exactly."""

    content: dict[str, Any]
    explanation: str
    case_sensitive: bool


@dataclass(frozen=True)
class PaperQuestion:
    """A question as a student sees it. `answer` is their content so far (see `answer_contents`).

    `number` is its place on the paper, and `position` the one that its author gave it. `left` holds the choices, the
    items or the left column, `right` the right column, `blanks` the number of blanks.
    Of a result, `points`, `is_correct` and `feedback` say how the answer was marked, None as long as they are not to be
    seen; so is `key`.
    """

    id: int
    assessment_id: int
    kind: QuestionKind
    text: str
    text_ar: str | None
    text_fr: str | None
    most: Decimal
    number: int
    position: int
    is_required: bool
    image: str | None
    created_at: datetime
    updated_at: datetime
    left: tuple[PaperPart, ...]
    right: tuple[PaperPart, ...]
    blanks: int
    answer: dict[str, Any] | None = None
    points: Decimal | None = None
    is_correct: bool | None = None
    feedback: str | None = None
    key: AnswerKey | None = None


@dataclass(frozen=True)
class Paper:
    """The questions of an assessment for one student, with their answers if they have begun."""

    assessment: Assessment
    attempt: Attempt | None
    questions: tuple[PaperQuestion, ...]


def paper_of(uow: UnitOfWork, assessment: Assessment, *, student_id: int | None = None) -> Paper:
    """Return the paper of an assessment: that of the newest attempt of the student, else what a new one would be.

    Students see their own; parents name their child.
    Raises: NotFound; Invalid("unknown_id") on student_id for one whom the actor may not see.
    """
    seen = uow.get(Assessment, assessment.id)
    student = _require_student(uow, student_id)
    platform = uow.as_platform()
    attempts = platform.find(Attempt, where(assessment_id=seen.id, student_id=student), order=("-number",), limit=1)
    if attempts:
        return _paper_of_attempt(uow, seen, attempts[0], shows_marks=False)
    questions = platform.find(Question, LIVE_QUESTIONS & where(assessment_id=seen.id), order=("position", "id"))
    parts = read_parts(platform, questions)
    shown = (show_question(q, parts[q.id], number=n, student_id=student) for n, q in enumerate(questions, 1))
    return Paper(seen, None, tuple(shown))


def result_of(uow: UnitOfWork, attempt: Attempt) -> Paper:
    """Return the paper of a submitted attempt with its marks, and with the right answers if they are to be seen.

    Raises: NotFound; Conflict("not_submitted").
    """
    seen = uow.get(Attempt, attempt.id)
    if seen.status is AttemptStatus.OPEN:
        raise Conflict.because("", "not_submitted")
    return _paper_of_attempt(uow, uow.as_platform().get(Assessment, seen.assessment_id), seen, shows_marks=True)


def shows_keys(uow: UnitOfWork, assessment: Assessment, *, student_id: int) -> bool:
    """Return whether a student who handed in sees the right answers of an assessment now."""
    attempts = uow.as_platform().find(Attempt, where(assessment_id=assessment.id, student_id=student_id))
    return opens_keys(assessment, attempts, uow.ports.clock.now())


def opens_keys(assessment: Assessment, attempts: Sequence[Attempt], now: datetime) -> bool:
    """Return whether a student with these attempts, one of which was handed in, sees the right answers."""
    is_due = assessment.due_at is not None and assessment.due_at <= now
    match assessment.shows_answers:
        case ShowsAnswers.NEVER:
            return False
        case ShowsAnswers.AFTER_EACH:
            return True
        case ShowsAnswers.AFTER_DUE:
            return is_due
    if assessment.shows_answers is ShowsAnswers.AFTER_PASS:
        least = assessment.passing_percent or Decimal(50)
        return any(attempt.percent is not None and attempt.percent >= least for attempt in attempts)
    is_answering = any(attempt.status is AttemptStatus.OPEN for attempt in attempts)
    is_last = assessment.max_attempts is not None and len(attempts) >= assessment.max_attempts
    return not is_answering and (is_last or is_due)


def preview_of(uow: UnitOfWork, assessment: Assessment) -> Paper:
    """Return the paper that a new attempt would have, for those who write the assessment; the parts stand in any order.

    Raises: NotFound, Forbidden.
    """
    seen, platform = uow.get(Assessment, assessment.id, to="read_analytics"), uow.as_platform()
    questions = platform.find(Question, LIVE_QUESTIONS & where(assessment_id=seen.id), order=("position", "id"))
    parts = read_parts(platform, questions)
    return Paper(
        seen, None, tuple(show_question(q, parts[q.id], number=n, student_id=0) for n, q in enumerate(questions, 1))
    )


def _require_student(uow: UnitOfWork, student_id: int | None) -> int:
    wanted = uow.actor.student_id if student_id is None else student_id
    if wanted is None:
        raise Invalid.because("student_id", "missing")
    return uow.reference(Student, wanted, field="student_id").id


def _paper_of_attempt(uow: UnitOfWork, assessment: Assessment, attempt: Attempt, *, shows_marks: bool) -> Paper:
    platform = uow.as_platform()
    answers = platform.find(Answer, where(attempt_id=attempt.id), order=("position",))
    questions = {q.id: q for q in platform.find(Question, where(id__in=[answer.question_id for answer in answers]))}
    parts = read_parts(platform, questions.values())
    is_published = attempt.score_published_at is not None
    has_keys = shows_marks and is_published and shows_keys(uow, assessment, student_id=attempt.student_id)
    shown = (
        show_question(
            questions[answer.question_id],
            parts[answer.question_id],
            number=number,
            student_id=attempt.student_id,
            answer=answer,
            shows_marks=shows_marks and is_published,
            shows_key=has_keys,
        )
        for number, answer in enumerate(answers, 1)
    )
    return Paper(assessment, uow.get(Attempt, attempt.id), tuple(shown))


def read_parts(platform: UnitOfWork, questions: Iterable[Question]) -> defaultdict[int, list[Choice]]:
    """Return the live choices of questions by the id of the question, in one statement."""
    ids = [question.id for question in questions]
    live = where(question_id__in=ids) & where(retired_at__isnull=True)
    parts: defaultdict[int, list[Choice]] = defaultdict(list)
    for choice in platform.find(Choice, live, order=("position", "id")) if ids else ():
        parts[choice.question_id].append(choice)
    return parts


def show_question(
    question: Question,
    choices: Sequence[Choice],
    *,
    number: int,
    student_id: int,
    answer: Answer | None = None,
    shows_marks: bool = False,
    shows_key: bool = False,
) -> PaperQuestion:
    """Return a question as a student sees it; the caller has checked what of it they may see."""
    columns = columns_for(question, choices, student_id=student_id)
    is_blank = question.kind is QuestionKind.FILL_BLANKS
    by_id = question.kind in SHOWN_BY_ID
    lefts = () if is_blank else enumerate(columns.left, 1)
    left = tuple(PaperPart(c.id, c.text, c.position) if by_id else PaperPart(n, c.text) for n, c in lefts)
    marks: dict[str, Any] = {}
    if answer is not None:
        marks["answer"] = content_of(question.kind, columns, answer)
        if shows_marks:
            marks |= {"points": answer.points, "is_correct": answer.is_correct, "feedback": answer.feedback}
    if shows_key:
        content = _right_content(question, choices, columns)
        marks["key"] = AnswerKey(content, question.explanation, question.case_sensitive)
    return PaperQuestion(
        id=question.id,
        assessment_id=question.assessment_id,
        kind=question.kind,
        text=question.text,
        text_ar=question.text_ar,
        text_fr=question.text_fr,
        most=question.points,
        number=number,
        position=question.position,
        is_required=question.is_required,
        image=question.image,
        created_at=question.created_at,
        updated_at=question.updated_at,
        left=left,
        right=tuple(PaperPart(n, c.match or "") for n, c in enumerate(columns.right, 1)),
        blanks=len(blanks_of(choices)) if is_blank else 0,
        **marks,
    )


def _right_content(question: Question, choices: Sequence[Choice], columns: PartColumns) -> dict[str, Any]:
    """Return the right answer as a student would send it; of a blank, all texts that it accepts."""
    correct = tuple(choice.id for choice in choices if choice.is_correct)
    match TAKES[question.kind]:
        case "blanks":
            numbers = sorted(blanks_of(choices))
            return {"blanks": [[c.text for c in choices if (c.blank or 1) == number] for number in numbers]}
        case "choice_id":
            return {"choice_id": next(iter(correct), None)}
        case "choices":
            return {"choices": list(correct)}
        case "text":
            return {"text": question.model_answer or None}
        case "pairs":
            given = Given(pairs=tuple((choice.id, choice.id) for choice in choices if choice.text))
            return {"pairs": numbers_of(given, "pairs", columns)}
    return {"order": numbers_of(Given(order=tuple(right_order(choices))), "order", columns)}
