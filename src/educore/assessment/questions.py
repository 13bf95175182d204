"""Questions of assessments: added, changed and retired, each with the choices that hold its key.

From the first attempt on, a question stays as the students saw it: it can be retired, which leaves it in the attempts
that have it, and its key can be mended by `regrade`, which marks all attempts anew.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

from educore.assessment.assessments import LIVE_QUESTIONS, refuse_answered
from educore.assessment.entities import Assessment, Choice, Question, QuestionKind
from educore.assessment.question_parts import part_rows
from educore.assessment.scoring import mark_anew
from educore.kernel.actions import use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.shape import Count, Shape, Sum
from educore.kernel.unit_of_work import UnitOfWork

MAX_QUESTIONS = 200
"""The largest number of live questions of an assessment."""

KEY_FIELDS = frozenset({"case_sensitive", "explanation", "model_answer"})
"""The fields of a question that may change after the first attempt, because students did not see them."""


NO_PART: Mapping[str, Any] = {"text": "", "match": None, "blank": None, "place": None, "is_correct": False}
"""The fields of a choice that is nothing yet."""


class PresentQuestions(Shape, of=Assessment):
    """The attempts and the live questions of an assessment, and the sum of their points."""

    attempts: Annotated[int, Count("Attempt")]
    questions: Annotated[int, Count("Question", LIVE_QUESTIONS)]
    points: Annotated[Decimal, Sum("Question", "points", LIVE_QUESTIONS)]


@use_case
def add_question(
    uow: UnitOfWork, /, *, assessment_id: int, choices: Sequence[Mapping[str, Any]] = (), **fields: Any
) -> Question:
    """Add a question to an assessment that nobody has begun; without a `position` it comes last.

    Raises: Invalid("unknown_id") on assessment_id; Conflict("already_answered") and ("too_many") there; the errors of
    `part_rows`.
    """
    assessment = uow.reference(Assessment, assessment_id, field="assessment_id", to="update", lock=True)
    platform = uow.as_platform()
    present = platform.select_one(PresentQuestions, assessment.id)
    if count := present["attempts"]:
        raise Conflict.because("assessment_id", "already_answered", count=count)
    parts = part_rows(_kind_of(fields), choices)
    if present["questions"] >= MAX_QUESTIONS:
        raise Conflict.because("assessment_id", "too_many", most=MAX_QUESTIONS)
    if "position" not in fields:
        fields["position"] = _last_position(platform, assessment) + 1
    place = {"center_id": assessment.center_id, "assessment_id": assessment.id}
    question = uow.add(Question, with_computed(fields, **place, seed=secrets.randbelow(2**31)))
    _add_choices(platform, question, parts)  # who may add the question may add its choices
    platform.change(assessment, {"total_points": Decimal(present["points"]) + question.points})
    return question


@use_case
def change_question(
    uow: UnitOfWork,
    question: Question,
    /,
    *,
    choices: Sequence[Mapping[str, Any]] | None = None,
    regrade: bool = False,
    **fields: Any,
) -> Question:
    """Change a question; `choices` replace those that it has.

    After the first attempt only its key changes, and only with `regrade`: the choices then keep their texts and differ
    in `is_correct`, in `place`, or in the texts that a blank accepts. All attempts are marked anew.
    Raises: Conflict("already_answered"); the errors of `part_rows`.
    """
    assessment = _lock_assessment(uow, question)
    question = uow.get(Question, question.id, to="update", lock=True)
    fields = {name: value for name, value in fields.items() if getattr(question, name) != value}
    parts = None if choices is None else part_rows(question.kind, choices)
    if fields.keys() - KEY_FIELDS or parts is not None and not regrade:
        refuse_answered(uow, assessment)
    after = uow.change(question, fields)
    if parts is not None and regrade and question.kind is not QuestionKind.FILL_BLANKS:
        _mend_key(uow, after, parts)
    elif parts is not None:  # of blanks, nobody has seen the texts that are accepted
        _replace_choices(uow, after, parts)
    platform = uow.as_platform()
    if "points" in fields:
        _set_total(platform, assessment, platform.find(Question, LIVE_QUESTIONS & where(assessment_id=assessment.id)))
    if regrade:
        mark_anew(uow, assessment, after)
    return after


@use_case
def retire_question(uow: UnitOfWork, question: Question, /) -> None:
    """Take a question out of an assessment: it is removed if nobody has begun, and else in no new attempt."""
    assessment = _lock_assessment(uow, question)
    question = uow.get(Question, question.id, to="delete", lock=True)
    platform = uow.as_platform()
    try:
        refuse_answered(uow, assessment)
    except Conflict:
        platform.change(question, {"retired_at": uow.ports.clock.now()})
    else:
        uow.remove(question)
    _set_total(platform, assessment, platform.find(Question, LIVE_QUESTIONS & where(assessment_id=assessment.id)))


def _last_position(platform: UnitOfWork, assessment: Assessment) -> int:
    """Return the position of the last live question of an assessment, 0 if there is none."""
    live = LIVE_QUESTIONS & where(assessment_id=assessment.id)
    found = platform.find(Question, live, order=("-position",), limit=1)
    return found[0].position if found else 0


def _kind_of(fields: Mapping[str, Any]) -> QuestionKind:
    """Return the kind of a new question. Raises: Invalid("missing") or ("enum") on kind."""
    try:
        return QuestionKind(fields["kind"])
    except KeyError:
        raise Invalid.because("kind", "missing") from None
    except ValueError:
        raise Invalid.because("kind", "enum", expected=", ".join(QuestionKind)) from None


def _lock_assessment(uow: UnitOfWork, question: Question) -> Assessment:
    """Lock and return the assessment of a question, which is always locked before its questions."""
    known = uow.get(Question, question.id, to="update")
    return uow.get(Assessment, known.assessment_id, to="update", lock=True)


def _add_choices(uow: UnitOfWork, question: Question, parts: Sequence[dict[str, Any]]) -> None:
    shared = {"center_id": question.center_id, "question_id": question.id}
    uow.add_all(Choice, [{**part, **shared} for part in parts])


def _replace_choices(uow: UnitOfWork, question: Question, parts: Sequence[dict[str, Any]]) -> None:
    """Give a question other choices: those at the same position are changed, so that few rows come and go."""
    stored = {choice.position: choice for choice in uow.find(Choice, where(question_id=question.id))}
    wanted = {part["position"]: {**NO_PART, **part} for part in parts}
    for position in stored.keys() - wanted.keys():
        uow.remove(stored[position])
    uow.change_each(Choice, {stored[position].id: wanted[position] for position in stored.keys() & wanted.keys()})
    _add_choices(uow, question, [part for position, part in wanted.items() if position not in stored])


def _mend_key(uow: UnitOfWork, question: Question, parts: Sequence[dict[str, Any]]) -> None:
    """Change the key of a question whose choices were seen. Raises: Conflict("already_answered") on choices."""
    stored = {choice.position: choice for choice in uow.find(Choice, where(question_id=question.id))}
    seen = {position: (choice.text, choice.match) for position, choice in stored.items()}
    if seen != {part["position"]: (part.get("text", ""), part.get("match")) for part in parts}:
        raise Conflict.because("choices", "already_answered", count=len(stored))
    key = ("is_correct", "place")
    changes = {stored[part["position"]].id: {name: part[name] for name in key if name in part} for part in parts}
    uow.change_each(Choice, {id: fields for id, fields in changes.items() if fields})


def _set_total(platform: UnitOfWork, assessment: Assessment, questions: Sequence[Question]) -> None:
    """Store the sum of the points of the live questions of a locked assessment."""
    total = sum((question.points for question in questions), Decimal(0))
    platform.change(assessment, {"total_points": total})
