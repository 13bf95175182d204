"""Homework of a school, with questions of every kind, and students who answer them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from educore import Actor, Educore, Invalid
from educore.assessment import (
    Assessment,
    AssessmentKind,
    Attempt,
    Paper,
    PaperQuestion,
    QuestionKind,
    add_question,
    paper_of,
    publish_assessment,
    set_assessment,
    start_attempt,
    submit_attempt,
)
from support.refusals import expect_invalid
from support.school_cast import School

NOW = datetime(2024, 11, 4, 10, tzinfo=UTC)
DUE = NOW + timedelta(days=2)
KINDS = QuestionKind
QUESTIONS: dict[QuestionKind, list[dict[str, Any]]] = {
    KINDS.SINGLE_CHOICE: [{"text": "3"}, {"text": "4", "is_correct": True}],
    KINDS.MULTIPLE_CHOICE: [{"text": "2", "is_correct": True}, {"text": "4"}, {"text": "3", "is_correct": True}],
    KINDS.TRUE_FALSE: [{"text": "True", "is_correct": True}, {"text": "False"}],
    KINDS.FILL_BLANKS: [{"text": "Paris", "blank": 1}, {"text": "1789", "blank": 2}],
    KINDS.SHORT_TEXT: [],
    KINDS.LONG_TEXT: [],
    KINDS.MATCHING: [{"text": "1", "match": "one"}, {"text": "2", "match": "two"}, {"match": "three"}],
    KINDS.ORDERING: [{"text": "first"}, {"text": "second"}, {"text": "third"}],
}
BY_HAND = (KINDS.SHORT_TEXT, KINDS.LONG_TEXT)
BY_MACHINE = [kind for kind in KINDS if kind not in BY_HAND]


def do(platform: Educore, who: Actor, act: Callable[..., Any], *row: Any, **fields: Any) -> Any:
    """A use case in a transaction of its own."""
    with platform.work(who) as uow:
        return act(uow, *row, **fields)


@contextmanager
def refused(field: str, code: str, kind: type[Invalid] = Invalid) -> Iterator[None]:
    """Expect this refusal of one field and no other."""
    with expect_invalid(kind) as found:
        yield
    assert found == {field: code}


def homework(
    platform: Educore, school: School, *kinds: QuestionKind, is_published: bool = True, **fields: Any
) -> Assessment:
    """Homework of Tarik for class A, with a question of five points of each kind."""
    given = {"kind": AssessmentKind.HOMEWORK, "title": "Chiffres", "course_id": school.course.id, "due_at": DUE}
    with platform.work(school.teacher) as uow:
        assessment = set_assessment(uow, group_ids=[school.class_a.id], **{**given, **fields})
        for kind in kinds:
            points, parts = Decimal(5), QUESTIONS[kind]
            add_question(uow, assessment_id=assessment.id, kind=kind, text=f"{kind}?", points=points, choices=parts)
        if is_published:
            publish_assessment(uow, assessment)
        return uow.get(Assessment, assessment.id)


def begin(platform: Educore, school: School, assessment: Assessment) -> Attempt:
    attempt: Attempt = do(platform, school.student, start_attempt, assessment_id=assessment.id)
    return attempt


def paper(platform: Educore, school: School, assessment: Assessment) -> Paper:
    read: Paper = do(platform, school.student, paper_of, assessment)
    return read


def right(question: PaperQuestion) -> dict[str, Any]:
    """The right answer to one of the questions above, as a student finds it on the paper."""
    left, others = ({part.text: part.id for part in side} for side in (question.left, question.right))
    return {"question_id": question.id} | {
        KINDS.SINGLE_CHOICE: lambda: {"choice_id": left["4"]},
        KINDS.MULTIPLE_CHOICE: lambda: {"choices": [left["3"], left["2"]]},
        KINDS.TRUE_FALSE: lambda: {"choice_id": left["True"]},
        KINDS.FILL_BLANKS: lambda: {"blanks": ["paris", "1789"]},
        KINDS.SHORT_TEXT: lambda: {"text": "Parce que."},
        KINDS.LONG_TEXT: lambda: {"text": "Parce que."},
        KINDS.MATCHING: lambda: {"pairs": [[left["2"], others["two"]], [left["1"], others["one"]]]},
        KINDS.ORDERING: lambda: {"order": [left["first"], left["second"], left["third"]]},
    }[question.kind]()


def hand_in(platform: Educore, school: School, assessment: Assessment, *, leave_out: int = 0) -> Attempt:
    """An attempt whose answers are right but for the last ones, which are left out."""
    attempt = begin(platform, school, assessment)
    questions = paper(platform, school, assessment).questions
    answers = [right(question) for question in questions[: len(questions) - leave_out]]
    submitted: Attempt = do(platform, school.student, submit_attempt, attempt, answers=answers)
    return submitted
