"""The sheet of an attempt: each of its answers with the points it got, to give others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

from educore import EducoreError, From, NameOf, Shape, UnitOfWork, perform, where
from educore.assessment import Answer, Attempt, AttemptStatus, Choice, Given, QuestionKind
from educore.people import Student
from educore_web.admin.sheet import Sheet, SheetError, SheetLine, SheetState, parse_number, stored_row
from educore_web.admin.ui.forms import as_text
from educore_web.admin.ui.problems import error_message


class AttemptHead(Shape, of=Attempt):
    """The attempt of a sheet."""

    id: int
    title: Annotated[str, From("assessment.title")]
    student: Annotated[str | None, NameOf("student")]
    number: int
    status: AttemptStatus
    points: Decimal | None
    max_points: Decimal
    feedback: str | None


class AnsweredQuestion(Shape, of=Answer):
    """An answer with its question."""

    id: int
    question_id: int
    position: int
    kind: Annotated[QuestionKind, From("question.kind")]
    question: Annotated[str, From("question.text")]
    most: Annotated[Decimal, From("question.points")]
    model_answer: Annotated[str, From("question.model_answer")]
    choice_id: int | None
    text: str | None
    given: Any
    points: Decimal | None
    is_correct: bool | None
    feedback: str | None


def load(uow: UnitOfWork, attempt_id: int) -> SheetState:
    """Return the sheet with the answers of a submitted attempt, in four statements. Raises: NotFound, Forbidden."""
    attempt = uow.get(Attempt, attempt_id, to="grade")
    head = uow.select_one(AttemptHead, attempt_id)
    answers = uow.select(AnsweredQuestion, where(attempt_id=attempt_id), order=("position",))
    choices: defaultdict[int, list[Choice]] = defaultdict(list)
    for choice in uow.find(Choice, where(question_id__in=[answer["question_id"] for answer in answers])):
        choices[choice.question_id].append(choice)
    is_open = attempt.status is not AttemptStatus.OPEN
    lines = [_line(answer, choices[answer["question_id"]], is_open=is_open) for answer in answers]
    return SheetState(head, lines, is_open=is_open)


def write(uow: UnitOfWork, attempt_id: int, state: SheetState) -> None:
    """Give the points that were changed. Raises: SheetError, Forbidden."""
    messages: list[str] = []
    for line in state.lines:
        if not line.is_open or line.texts == line.facts["texts"]:
            continue
        judged: dict[str, Any] = {"points": parse_number(line.texts["points"]), "feedback": line.texts["feedback"]}
        if judged["points"] is None and line.facts["texts"]["points"] == "":
            judged = {"points": Decimal(0), **judged} if judged["feedback"] else judged
        try:
            perform(uow, Answer, "grade", line.id, judged)
        except EducoreError as error:
            line.errors.append(error_message(error))
    if messages or any(line.errors for line in state.lines):
        raise SheetError(messages)


def lock(uow: UnitOfWork, attempt_id: int) -> None:
    """Lock the attempt after its student, as the use cases do. Raises: NotFound, Forbidden."""
    attempt = uow.get(Attempt, attempt_id, to="grade")
    uow.as_platform().get(Student, attempt.student_id, lock=True)  # a teacher may lock no student
    uow.get(Attempt, attempt_id, to="grade", lock=True)


def _line(answer: Mapping[str, Any], choices: Sequence[Choice], *, is_open: bool) -> SheetLine:
    texts = {"points": _short(answer["points"]), "feedback": as_text(answer["feedback"])}
    facts = {
        "answer": answer,
        "words": answer_words(answer, choices),
        "key": key_words(answer, choices),
        "texts": texts,
    }
    stored = stored_row(Answer, answer, "points", "feedback")
    return SheetLine(answer["id"], answer["question"], facts, dict(texts), is_open, stored)


def answer_words(answer: Mapping[str, Any], choices: Sequence[Choice]) -> list[str]:
    """Return what a student answered, a line for each part of it."""
    names = {choice.id: choice for choice in choices}
    if answer["text"]:
        return [answer["text"]]
    if answer["choice_id"]:
        return [names[answer["choice_id"]].text]
    if answer["given"] is None:
        return []
    given = Given.model_validate(answer["given"])
    pairs = [f"{names[left].text} — {names[right].match}" for left, right in given.pairs]
    return [*(names[id].text for id in (*given.choices, *given.order)), *given.blanks, *pairs]


def key_words(answer: Mapping[str, Any], choices: Sequence[Choice]) -> list[str]:
    """Return the right answer, a line for each part of it; of a text the model answer."""
    live = [choice for choice in choices if choice.retired_at is None]
    match answer["kind"]:
        case QuestionKind.SHORT_TEXT | QuestionKind.LONG_TEXT:
            return [answer["model_answer"]] if answer["model_answer"] else []
        case QuestionKind.MATCHING:
            return [f"{choice.text} — {choice.match}" for choice in live if choice.text]
        case QuestionKind.ORDERING:
            return [choice.text for choice in sorted(live, key=lambda choice: choice.place or 0)]
    return [choice.text for choice in live if choice.is_correct]


def _short(points: Decimal | None) -> str:
    """Return points without trailing zeros: 5 for 5.00."""
    return "" if points is None else f"{points.normalize():f}"


ANSWERS = Sheet("answers", "ti ti-checkup-list", "grade", ("points", "feedback"), load, write, lock=lock)
