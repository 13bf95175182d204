"""Questions and answers for lists: what `paper_of` and `result_of` show of one attempt, for a page of rows at once.

Both read as the platform, and only what belongs to assessments and attempts that the actor may read, so the number of
statements does not grow with the page. A reader of the own family sees marks and keys no earlier than on a result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from educore.assessment.answer_contents import TAKES, content_of
from educore.assessment.assessments import LIVE_QUESTIONS
from educore.assessment.columns import columns_for, written_columns
from educore.assessment.entities import Answer, Assessment, Attempt, Choice, Given, Question, QuestionKind
from educore.assessment.papers import PaperQuestion, opens_keys, read_parts, show_question
from educore.kernel.conditions import Where, everything, where
from educore.kernel.policy import Role
from educore.kernel.shape import From, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student

FAMILY = frozenset({Role.STUDENT, Role.PARENT})
"""The roles that see a score once it is published."""


@dataclass(frozen=True)
class QuestionPage:
    """A page of questions, and the number of all that were found."""

    count: int
    questions: tuple[PaperQuestion, ...]


@dataclass(frozen=True)
class SeenAnswer:
    """The answer of an attempt to a question, in the words in which it is given (see `answer_contents`).

    Choices are named by their positions. `points` and `is_correct` are None as long as the actor may not see them.
    """

    question_id: int
    kind: QuestionKind
    content: dict[str, Any]
    points: Decimal | None
    is_correct: bool | None
    feedback: str | None


class AnswerRow(Shape, of=Answer):
    """An answer with what is needed to show it."""

    attempt_id: int
    question_id: int
    position: int
    choice_id: int | None
    text: str | None
    given: Given | None
    points: Decimal | None
    is_correct: bool | None
    feedback: str | None
    kind: Annotated[QuestionKind, From("question.kind")]
    seed: Annotated[int, From("question.seed")]
    student_id: Annotated[int, From("attempt.student_id")]
    published_at: Annotated[datetime | None, From("attempt.score_published_at")]


def for_student(student_id: int) -> Where:
    """Return the condition for the assessments that are for a student now, or that they have begun."""
    place = where(Enrollment__has=where(student_id=student_id, left_on__isnull=True))
    is_for_them = where(is_published=True) & where(Audience__has=where(group__has=place))
    return is_for_them | where(Attempt__has=where(student_id=student_id))


def page_questions(
    uow: UnitOfWork,
    assessments: Where,
    *,
    student_ids: Sequence[int],
    only: Where = everything,
    order: tuple[str, ...] = ("-assessment_id", "position", "id"),
    limit: int | None = None,
    offset: int = 0,
) -> QuestionPage:
    """Return a page of the questions of assessments as students see them.

    Each question is shown as to the first of the students whose assessment it is: from their newest attempt, else as it
    would be in a new one. `only` limits the questions.
    """
    platform = uow.as_platform()
    learners = find_learners(uow, assessments, student_ids)
    attempts = _find_attempts(platform, learners)
    newest = [found[-1].id for found in attempts.values()]
    untouched = [id for id in learners if id not in attempts]
    in_attempts = where(Answer__has=where(attempt_id__in=newest))
    in_new_ones = LIVE_QUESTIONS & where(assessment_id__in=untouched)
    wanted = where(assessment_id__in=list(learners)) & (in_attempts | in_new_ones) & only
    questions = platform.find(Question, wanted, order=order, limit=limit, offset=offset)
    count = len(questions) if limit is None else platform.count(Question, wanted)
    parts, now = read_parts(platform, questions), uow.ports.clock.now()
    shown = []
    for question in questions:
        assessment, student_id = learners[question.assessment_id]
        sat = attempts.get(assessment.id, [])
        is_told = any(attempt.score_published_at is not None for attempt in sat)
        shows_key = is_told and opens_keys(assessment, sat, now)
        shown.append(
            show_question(
                question, parts[question.id], number=question.position, student_id=student_id, shows_key=shows_key
            )
        )
    return QuestionPage(count, tuple(shown))


def answers_of(uow: UnitOfWork, attempt_ids: Collection[int]) -> Mapping[int, list[SeenAnswer]]:
    """Return the answers of those attempts that the actor may read, by attempt, in two statements.

    Parts of columns are numbered as the reader sees the question: students and their parents in the columns of the
    student, everybody else as it was written.
    """
    platform, is_family = uow.as_platform(), uow.actor.role in FAMILY
    readable = where(attempt_id__in=attempt_ids) & where(attempt__has=uow.scope(Attempt, "read"))
    rows = platform.read(AnswerRow, readable, order=("attempt_id", "position"))
    parts: defaultdict[int, list[Choice]] = defaultdict(list)
    with_parts = {row.question_id for row in rows if TAKES[row.kind] != "text"}
    for choice in platform.find(Choice, where(question_id__in=with_parts)) if with_parts else ():
        parts[choice.question_id].append(choice)
    found: dict[int, list[SeenAnswer]] = {}
    for row in rows:
        choices = [choice for choice in parts[row.question_id] if choice.retired_at is None]
        columns = columns_for(row, choices, student_id=row.student_id)
        content = content_of(row.kind, columns if is_family else written_columns(row.kind, choices), row)
        positions = {choice.id: choice.position for choice in parts[row.question_id]}
        shows_marks = not is_family or row.published_at is not None
        marks = (row.points, row.is_correct, row.feedback) if shows_marks else (None, None, None)
        seen = SeenAnswer(row.question_id, row.kind, _by_position(content, positions), *marks)
        found.setdefault(row.attempt_id, []).append(seen)
    return found


def find_learners(uow: UnitOfWork, assessments: Where, student_ids: Sequence[int]) -> dict[int, tuple[Assessment, int]]:
    """Return the assessments by id that the actor may read, each with the first of the students whose it is.

    Students whom the actor may not read count not.
    """
    others = set(student_ids) - {uow.actor.student_id}
    visible = uow.visible_ids(Student, others) if others else set()
    seen = {assessment.id: assessment for assessment in uow.find(Assessment, assessments)}
    learners: dict[int, tuple[Assessment, int]] = {}
    for student_id in student_ids:
        if student_id == uow.actor.student_id:
            learners = {id: (assessment, student_id) for id, assessment in seen.items()}
        elif student_id in visible:
            # Parents read no enrollments, so that the platform says whose each of these is.
            theirs = uow.as_platform().find(Assessment, where(id__in=set(seen)) & for_student(student_id))
            learners |= {row.id: (seen[row.id], student_id) for row in theirs if row.id not in learners}
    return learners


def _find_attempts(platform: UnitOfWork, learners: Mapping[int, tuple[Assessment, int]]) -> dict[int, list[Attempt]]:
    """Return the attempts of each student at their assessment, the newest last."""
    students = {student_id for _, student_id in learners.values()}
    rows = where(assessment_id__in=set(learners), student_id__in=students)
    found: dict[int, list[Attempt]] = {}
    for attempt in platform.find(Attempt, rows, order=("number",)) if learners else ():
        if learners[attempt.assessment_id][1] == attempt.student_id:
            found.setdefault(attempt.assessment_id, []).append(attempt)
    return found


def _by_position(content: dict[str, Any], positions: Mapping[int, int]) -> dict[str, Any]:
    """Return a content with the positions of choices in place of their ids."""
    if content.get("choice_id") is not None:
        return {"numbers": [positions[content["choice_id"]]]}
    if content.get("choices") is not None:
        return {"numbers": [positions[id] for id in content["choices"]]}
    return content if content.keys() - {"choice_id", "choices"} else {"numbers": None}
