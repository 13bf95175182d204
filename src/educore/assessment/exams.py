"""Exams: planned for a group; results handed in, entered and corrected, one by one or on one sheet."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from educore.assessment.entities import Exam, ExamResult, Grade
from educore.assessment.events import ExamPlanned, ResultPublished
from educore.assessment.grading import (
    grader_fields,
    group_fields,
    refuse_other_teacher,
    refuse_own_work,
    require_own_student_id,
)
from educore.groups.entities import Enrollment
from educore.kernel.actions import locks_row, use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid, Problem
from educore.kernel.policy import Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import center_time_zone
from educore.people.rosters import strangers_among, upsert_by_student, validate_roster
from educore.values import DEFER_BUILD, Points

POINTS: TypeAdapter[Decimal | None] = TypeAdapter(Points | None, config=DEFER_BUILD)

GRADE_SCALE = ((85, Grade.A), (70, Grade.B), (60, Grade.C), (50, Grade.D), (0, Grade.F))
"""Letter grades with the least share of the exam's points that each needs, in percent (center_crm C69)."""


@use_case
def plan_exam(uow: UnitOfWork, /, *, group_id: int, teacher_id: int | None = None, **fields: Any) -> Exam:
    """Plan an exam of a group (center_crm 13.2, C67, C72).

    Raises: Invalid("unknown_id"), ("only_yourself") on teacher_id, ("ends_before_start") on end_time.
    """
    exam = uow.add(Exam, with_computed(fields, **group_fields(uow, group_id, teacher_id)))
    uow.record(ExamPlanned(center_id=exam.center_id, exam_id=exam.id))
    return exam


@locks_row
@use_case
def change_exam(uow: UnitOfWork, exam: Exam, /, **fields: Any) -> Exam:
    """Change an exam.

    Raises: Conflict("points_below_scores") on total_points (center_crm C72); Invalid("only_yourself") on teacher_id.
    """
    refuse_other_teacher(uow, exam, fields)
    exam = uow.get(Exam, exam.id, to="update", lock=True)
    changed = uow.change(exam, fields)
    best = uow.find(ExamResult, where(exam_id=exam.id, score__gte=changed.total_points), order=("-score",), limit=1)
    if best and best[0].score is not None and best[0].score > changed.total_points:
        raise Conflict.because("total_points", "points_below_scores", score=best[0].score)
    return changed


@use_case
def enter_result(
    uow: UnitOfWork, /, *, exam_id: int, student_id: int | None = None, answer_file: str | None = None, **fields: Any
) -> ExamResult:
    """Enter the result of a student; a student hands in their own answers instead (center_crm 14.2).

    A score without a letter grade gets the one of `GRADE_SCALE`. Answers that a student hands in are added to a result
    without any, such as one that the teacher has entered already.
    Raises: Forbidden when a student sends a score or a grade; Invalid("unknown_id"); Invalid("missing"),
    ("only_yourself"), ("not_in_group") on student_id; Invalid("score_above_total") on score; Conflict("taken") on
    student_id; Conflict("exam_not_started") on exam_id.
    """
    uow.require_fields(ExamResult, "create", fields)
    is_student = uow.actor.role is Role.STUDENT
    if is_student:
        student_id = require_own_student_id(uow, student_id)
    if student_id is None:
        raise Invalid.because("student_id", "missing")
    # Locked, so that the total of points cannot become less than the score meanwhile.
    exam = uow.reference(Exam, exam_id, field="exam_id", lock=True)
    if is_student:
        _require_started(uow, exam)
        if (result := _add_answers(uow, exam, student_id, answer_file)) is not None:
            return result
    else:
        if student_id not in _members(uow, exam, [student_id]):
            raise Invalid.because("student_id", "not_in_group", id=student_id)
        refuse_own_work(uow, [student_id])
    result = uow.add(
        ExamResult,
        {
            "center_id": exam.center_id,
            "exam_id": exam.id,
            "student_id": student_id,
            "answer_file": answer_file,
            "submitted_at": uow.ports.clock.now(),
            **_score_fields(uow, exam, fields),
        },
    )
    _record_publication(uow, result)
    return result


@use_case
def change_result(uow: UnitOfWork, result: ExamResult, /, **fields: Any) -> ExamResult:
    """Grade answers or correct a result (center_crm 14.4); without a letter grade, the score decides it again.

    The same score and grade again change nothing.

    Raises: Invalid("score_above_total") on score; Forbidden("own_work").
    """
    refuse_own_work(uow, [result.student_id])
    exam = uow.get(Exam, result.exam_id, lock=True)
    scores: dict[str, Any] = {name: fields.pop(name) for name in ("score", "grade") if name in fields}
    if all(value == getattr(result, name) for name, value in scores.items()):
        scores = {}
    else:
        scores = {"score": result.score, **scores}
    changed = uow.change(result, with_computed(fields, **_score_fields(uow, exam, scores)))
    if scores:
        _record_publication(uow, changed)
    return changed


@locks_row
@use_case
def record_results(uow: UnitOfWork, exam: Exam, /, *, results: Sequence[Mapping[str, Any]]) -> list[ExamResult]:
    """Enter the results of an exam on one sheet, all or none; results that are stored already are corrected.

    Each row is `{"student_id", "score", "grade"}`, the letter grade optional.
    Raises: Invalid on `results` ("too_few"), `results.<number>.student_id` ("twice", "not_in_group") and
    `results.<number>.score` ("score_above_total"); Forbidden("own_work").
    """
    exam = uow.get(Exam, exam.id, to="record_results", lock=True)
    student_ids = [int(row["student_id"]) for row in results]
    members = _members(uow, exam, student_ids)
    validate_roster(student_ids, strangers_among(student_ids, members, code="not_in_group"), name="results")
    refuse_own_work(uow, student_ids)
    wanted = dict(zip(student_ids, _all_score_fields(uow, exam, results), strict=True))
    stored = {result.student_id: result for result in uow.find(ExamResult, where(exam_id=exam.id))}
    common = {"center_id": exam.center_id, "exam_id": exam.id, "submitted_at": uow.ports.clock.now()}
    rows, written = upsert_by_student(
        wanted,
        stored,
        name="results",
        compare=("score", "grade"),
        add=lambda ids: uow.add_all(ExamResult, [{**common, "student_id": id, **wanted[id]} for id in ids]),
        change=lambda ids: uow.change_each(ExamResult, {stored[id].id: wanted[id] for id in ids}),
    )
    for result in written:
        _record_publication(uow, result)
    return rows


def letter_grade(score: Decimal, *, total: int) -> Grade:
    """Return the letter grade for a score out of `total` points, by `GRADE_SCALE`."""
    percent = 100 * score / total
    return next(grade for least, grade in GRADE_SCALE if percent >= least)


def _add_answers(uow: UnitOfWork, exam: Exam, student_id: int, answer_file: str | None) -> ExamResult | None:
    """Add the file to the student's result if it has none; return None if there is no file or no such result."""
    if answer_file is None:
        return None
    without_answers = where(exam_id=exam.id, student_id=student_id, answer_file__isnull=True)
    for result in uow.find(ExamResult, without_answers, to="hand_in", limit=1):
        handed_in = {"answer_file": answer_file, "submitted_at": uow.ports.clock.now()}
        return uow.change(result, handed_in, to="hand_in")
    return None


def _require_started(uow: UnitOfWork, exam: Exam) -> None:
    start = datetime.combine(exam.exam_date, exam.start_time, center_time_zone(uow, exam.center_id))
    if uow.ports.clock.now() < start:
        raise Conflict.because("exam_id", "exam_not_started", date=exam.exam_date.isoformat())


def _members(uow: UnitOfWork, exam: Exam, student_ids: Sequence[int]) -> Container[int]:
    """Return the ids of those students who are or were in the exam's group."""
    return uow.count_by(Enrollment, "student_id", where(group_id=exam.group_id, student_id__in=student_ids))


def _all_score_fields(uow: UnitOfWork, exam: Exam, results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the fields to store for each row. Raises: Invalid with the problems of all rows."""
    rows: list[dict[str, Any]] = []
    problems: dict[str, list[Problem]] = {}
    for number, row in enumerate(results):
        try:
            rows.append(_score_fields(uow, exam, {"score": row.get("score"), "grade": row.get("grade")}))
        except Invalid as error:
            problems |= error.prefixed(f"results.{number}").fields
    if problems:
        raise Invalid(problems)
    return rows


def _score_fields(uow: UnitOfWork, exam: Exam, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields to store for a score and a letter grade, with who graded when; empty without fields."""
    if not fields:
        return {}
    score = _parse_points(fields.get("score"))
    if score is not None and score > exam.total_points:
        raise Invalid.because("score", "score_above_total", total=exam.total_points)
    stored = dict(fields)
    if "score" in fields and fields.get("grade") is None:
        stored["grade"] = None if score is None else letter_grade(score, total=exam.total_points)
    is_graded = score is not None or fields.get("grade") is not None
    return {**stored, **grader_fields(uow, is_graded=is_graded)}


def _parse_points(score: Any) -> Decimal | None:
    try:
        return POINTS.validate_python(score)
    except ValidationError as error:
        raise Invalid.from_pydantic(error).prefixed("score") from None


def _record_publication(uow: UnitOfWork, result: ExamResult) -> None:
    """Record the event that tells the student about their result, unless it is not graded yet."""
    if result.graded_at is not None:
        uow.record(ResultPublished(center_id=result.center_id, result_id=result.id))
