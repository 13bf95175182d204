"""Giving work and exams, handing in, and grading."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from educore.assessment.entities import Assignment, AssignmentStatus, Exam, ExamResult, Grade, Submission
from educore.assessment.events import AssignmentGiven, ExamPlanned, ResultPublished, WorkGraded
from educore.groups.entities import Enrollment, Group
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from educore.kernel.policy import Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.use_cases import center_time_zone
from educore.people.entities import Student
from educore.people.rosters import errors_by_position, validate_roster
from educore.timetable.use_cases import resolve_teacher
from educore.values import DEFER_BUILD, Points

POINTS: TypeAdapter[Decimal | None] = TypeAdapter(Points | None, config=DEFER_BUILD)
SCALE = ((85, Grade.A), (70, Grade.B), (60, Grade.C), (50, Grade.D), (0, Grade.F))
"""The letters by percent of the points of an exam, from this share on (center_crm C69)."""


def give_assignment(uow: UnitOfWork, *, group_id: int, teacher_id: int | None = None, **fields: Any) -> Assignment:
    """Give a group work to do, in the name of its teacher unless another is named (center_crm 11.2, C67).

    Raises: Invalid("unknown_id"), Invalid("only_yourself") on teacher_id.
    """
    given = uow.add(Assignment, **_of_group(uow, group_id, teacher_id), **fields)
    uow.record(AssignmentGiven(center_id=given.center_id, assignment_id=given.id))
    return given


def plan_exam(uow: UnitOfWork, *, group_id: int, teacher_id: int | None = None, **fields: Any) -> Exam:
    """Plan an exam of a group (center_crm 13.2, C67, C72).

    Raises: Invalid("unknown_id"), ("only_yourself") on teacher_id, ("ends_before_start") on end_time.
    """
    planned = uow.add(Exam, **_of_group(uow, group_id, teacher_id), **fields)
    uow.record(ExamPlanned(center_id=planned.center_id, exam_id=planned.id))
    return planned


def change_assignment(uow: UnitOfWork, assignment: Assignment, **fields: Any) -> Assignment:
    """Change an assignment, or close it. Raises: Invalid("only_yourself") on teacher_id."""
    _refuse_other_teacher(uow, assignment, fields)
    return uow.change(assignment, **fields)


def change_exam(uow: UnitOfWork, exam: Exam, **fields: Any) -> Exam:
    """Change an exam. Raises: Conflict("points_below_scores") on total_points (center_crm C72)."""
    _refuse_other_teacher(uow, exam, fields)
    exam = uow.get(Exam, exam.id, to="update", lock=True)
    changed = uow.change(exam, **fields)
    best = uow.find(ExamResult, where(exam_id=exam.id, score__gte=changed.total_points), order=("-score",), limit=1)
    if best and best[0].score is not None and best[0].score > changed.total_points:
        raise Conflict.because("total_points", "points_below_scores", score=best[0].score)
    return changed


def submit_assignment(
    uow: UnitOfWork, *, assignment_id: int, student_id: int | None = None, file: str | None = None
) -> Submission:
    """Hand in work, as the student who acts; until it is graded, handing in again replaces it (center_crm C68).

    Raises: Invalid("unknown_id") on assignment_id, ("only_yourself") on student_id, ("missing") on file;
    Conflict("assignment_closed"), ("already_graded") on assignment_id.
    """
    me = _myself(uow, student_id)
    assignment = _to_hand_in(uow, Assignment, "assignment_id", assignment_id, to="submit")
    if assignment.status is AssignmentStatus.CLOSED:
        raise Conflict.because("assignment_id", "assignment_closed")
    if file is None:
        raise Invalid.because("file", "missing")
    now = uow.ports.clock.now()
    whose = {"center_id": assignment.center_id, "assignment_id": assignment.id, "student_id": me}
    for earlier in uow.find(Submission, where(**whose), limit=1):
        if earlier.grade is not None:
            raise Conflict.because("assignment_id", "already_graded")
        return uow.change(earlier, to="replace", file=file, submitted_at=now)
    return uow.add(Submission, **whose, file=file, submitted_at=now)


def grade_submission(uow: UnitOfWork, submission: Submission, **fields: Any) -> Submission:
    """Grade work from 0 to 100, with feedback (center_crm 12.4). Raises: Forbidden("own_work")."""
    _refuse_own_work(uow, submission.student_id)
    changed = uow.change(submission, **(_graded(uow, fields) if "grade" in fields else fields))
    if "grade" in fields:
        uow.record(WorkGraded(center_id=changed.center_id, submission_id=changed.id))
    return changed


def grade_work(uow: UnitOfWork, assignment: Assignment, *, grades: Sequence[Mapping[str, Any]]) -> list[Submission]:
    """Grade what was handed in for an assignment on one sheet, all or none.

    Each is `{"student_id", "grade", "feedback"}`; a grade of None takes it back. Raises: Invalid on `grades`
    ("too_few") and `grades.<place>.student_id` ("twice", "nothing_handed_in"), `grades.<place>.grade`; Forbidden.
    """
    assignment = uow.get(Assignment, assignment.id, to="grade", lock=True)
    students = [int(row["student_id"]) for row in grades]
    work = {one.student_id: one for one in uow.find(Submission, where(assignment_id=assignment.id))}
    validate_roster(students, work, under="grades", unknown="nothing_handed_in")
    if uow.count(Student, where(id__in=students, user_id=uow.actor.user_id)):
        raise Forbidden("own_work")
    changes = {work[int(row["student_id"])].id: _graded(uow, row) for row in grades}
    with errors_by_position("grades", range(len(students))):
        graded = uow.change_each(Submission, changes)
    for one in graded:
        uow.record(WorkGraded(center_id=one.center_id, submission_id=one.id))
    return graded


def enter_result(
    uow: UnitOfWork, *, exam_id: int, student_id: int | None = None, answer_file: str | None = None, **fields: Any
) -> ExamResult:
    """Hand in answers, as the student who acts, or enter a student's result, as who teaches (center_crm 14.2).

    A score without a letter gets the letter of SCALE. Raises: Forbidden when a student sends a score or a letter;
    Invalid("unknown_id"), ("missing") or ("only_yourself") or ("not_in_group") on student_id, ("score_above_total")
    on score; Conflict("taken") on student_id, ("exam_not_started") on exam_id.
    """
    uow.require_fields(ExamResult, "create", fields)
    if uow.actor.role is Role.STUDENT:
        student_id = _myself(uow, student_id)
    if student_id is None:
        raise Invalid.because("student_id", "missing")
    exam = _to_hand_in(uow, Exam, "exam_id", exam_id, to="read")
    if uow.actor.role is Role.STUDENT:
        _require_started(uow, exam)
    else:
        if student_id not in _members(uow, exam, [student_id]):
            raise Invalid.because("student_id", "not_in_group", id=student_id)
        _refuse_own_work(uow, student_id)
    whose = {"center_id": exam.center_id, "exam_id": exam.id, "student_id": student_id, "answer_file": answer_file}
    made = uow.add(ExamResult, **whose, submitted_at=uow.ports.clock.now(), **_marks(uow, exam, fields))
    _published(uow, made)
    return made


def change_result(uow: UnitOfWork, result: ExamResult, **fields: Any) -> ExamResult:
    """Grade answers or correct a result (center_crm 14.4); a letter taken away becomes that of the score again.

    Raises: Invalid("score_above_total") on score, Forbidden("own_work").
    """
    _refuse_own_work(uow, result.student_id)
    exam = uow.get(Exam, result.exam_id, lock=True)
    marks: dict[str, Any] = {name: fields[name] for name in ("score", "grade") if name in fields}
    if marks:
        marks = {"score": result.score, **marks}
    changed = uow.change(result, **{**fields, **_marks(uow, exam, marks)})
    if marks:
        _published(uow, changed)
    return changed


def record_results(uow: UnitOfWork, exam: Exam, *, results: Sequence[Mapping[str, Any]]) -> list[ExamResult]:
    """Enter the results of an exam on one sheet, all or none; results entered before are corrected.

    Each is `{"student_id", "score", "grade"}`, the letter optional. Raises: Invalid on `results` ("too_few") and
    `results.<place>.student_id` ("twice", "not_in_group"), `results.<place>.score` ("score_above_total").
    """
    exam = uow.get(Exam, exam.id, to="record_results", lock=True)
    students = [int(row["student_id"]) for row in results]
    validate_roster(students, _members(uow, exam, students), under="results", unknown="not_in_group")
    if uow.count(Student, where(id__in=students, user_id=uow.actor.user_id)):
        raise Forbidden("own_work")
    marks = _all_marks(uow, exam, results)
    present = {result.student_id: result for result in uow.find(ExamResult, where(exam_id=exam.id))}
    wanted = dict(zip(students, marks, strict=True))
    whose = {"center_id": exam.center_id, "exam_id": exam.id, "submitted_at": uow.ports.clock.now()}
    new = [id for id in students if id not in present]
    differing = [id for id in students if id in present and _is_new(present[id], wanted[id])]
    places = {id: place for place, id in enumerate(students)}
    with errors_by_position("results", [places[id] for id in new]):
        entered = uow.add_all(ExamResult, [{**whose, "student_id": id, **wanted[id]} for id in new])
    with errors_by_position("results", [places[id] for id in differing]):
        corrected = uow.change_each(ExamResult, {present[id].id: wanted[id] for id in differing})
    for result in (*entered, *corrected):
        _published(uow, result)
    now = present | {result.student_id: result for result in (*entered, *corrected)}
    return [now[id] for id in students]


def letter_grade(score: Decimal, *, total: int) -> Grade:
    """The letter for a score, by the share of the points that can be reached."""
    percent = 100 * score / total
    return next(grade for least, grade in SCALE if percent >= least)


def _of_group(uow: UnitOfWork, group_id: int, teacher_id: int | None) -> dict[str, Any]:
    try:
        group = uow.get(Group, group_id)
    except NotFound:
        raise Invalid.because("group_id", "unknown_id", id=group_id) from None
    return {
        "center_id": group.center_id,
        "group_id": group.id,
        "teacher_id": resolve_teacher(uow, teacher_id, group=group),
    }


def _refuse_other_teacher(uow: UnitOfWork, given: Assignment | Exam, fields: Mapping[str, Any]) -> None:
    if fields.get("teacher_id") not in (None, given.teacher_id):
        resolve_teacher(uow, fields["teacher_id"], group=uow.get(Group, given.group_id))


def _myself(uow: UnitOfWork, student_id: int | None) -> int:
    me = uow.actor.student_id
    if me is None:
        raise Forbidden()
    if student_id not in (None, me):
        raise Invalid.because("student_id", "only_yourself")
    return me


def _to_hand_in(uow: UnitOfWork, kind: type[Any], field: str, id: int, *, to: str) -> Any:
    """The assignment or exam, locked, so that handing in twice at once, closing and changing points take turns."""
    try:
        return uow.get(kind, id, to=to, lock=True)
    except NotFound:
        raise Invalid.because(field, "unknown_id", id=id) from None


def _require_started(uow: UnitOfWork, exam: Exam) -> None:
    start = datetime.combine(exam.exam_date, exam.start_time, center_time_zone(uow, exam.center_id))
    if uow.ports.clock.now() < start:
        raise Conflict.because("exam_id", "exam_not_started", date=exam.exam_date.isoformat())


def _members(uow: UnitOfWork, exam: Exam, students: Sequence[int]) -> Container[int]:
    """Those of the students who are in the exam's group, or ever were."""
    return uow.count_by(Enrollment, "student_id", where(group_id=exam.group_id, student_id__in=students))


def _graded(uow: UnitOfWork, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The grade and feedback sent, and who graded when; nobody did where the grade is taken back."""
    is_graded = fields.get("grade") is not None
    return {
        **{name: fields[name] for name in ("grade", "feedback") if name in fields},
        "graded_at": uow.ports.clock.now() if is_graded else None,
        "graded_by_id": uow.actor.user_id if is_graded else None,
    }


def _refuse_own_work(uow: UnitOfWork, student_id: int) -> None:
    """A student never grades themself, not even one who also teaches or runs the Center."""
    if uow.count(Student, where(id=student_id, user_id=uow.actor.user_id)):
        raise Forbidden("own_work")


def _all_marks(uow: UnitOfWork, exam: Exam, results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    marks: list[dict[str, Any]] = []
    problems: dict[str, list[Problem]] = {}
    for place, row in enumerate(results):
        try:
            marks.append(_marks(uow, exam, {"score": row.get("score"), "grade": row.get("grade")}))
        except Invalid as error:
            problems |= error.prefixed(f"results.{place}").fields
    if problems:
        raise Invalid(problems)
    return marks


def _marks(uow: UnitOfWork, exam: Exam, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored of a score and a letter that somebody sent, and who graded when."""
    if not fields:
        return {}
    score = _points(fields.get("score"))
    if score is not None and score > exam.total_points:
        raise Invalid.because("score", "score_above_total", total=exam.total_points)
    marks = dict(fields)
    if "score" in fields and fields.get("grade") is None:
        marks["grade"] = None if score is None else letter_grade(score, total=exam.total_points)
    is_graded = score is not None or fields.get("grade") is not None
    return {
        **marks,
        "graded_at": uow.ports.clock.now() if is_graded else None,
        "graded_by_id": uow.actor.user_id if is_graded else None,
    }


def _points(score: Any) -> Decimal | None:
    try:
        return POINTS.validate_python(score)
    except ValidationError as error:
        raise Invalid.from_pydantic(error).prefixed("score") from None


def _is_new(result: ExamResult, marks: Mapping[str, Any]) -> bool:
    return any(getattr(result, name) != marks[name] for name in ("score", "grade"))


def _published(uow: UnitOfWork, result: ExamResult) -> None:
    if result.graded_at is not None:
        uow.record(ResultPublished(center_id=result.center_id, result_id=result.id))
