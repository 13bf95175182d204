"""Assignments: given to a group, handed in by students, graded one by one or on one sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from educore.assessment.entities import Assignment, AssignmentStatus, Submission
from educore.assessment.events import AssignmentGiven, WorkGraded
from educore.assessment.grading import (
    grader_fields,
    group_fields,
    refuse_other_teacher,
    refuse_own_work,
    require_own_student_id,
)
from educore.kernel.actions import locks_row, use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.rosters import strangers_among, upsert_by_student, validate_roster


@use_case
def give_assignment(uow: UnitOfWork, /, *, group_id: int, teacher_id: int | None = None, **fields: Any) -> Assignment:
    """Give a group an assignment; without `teacher_id`, in the name of the group's teacher (center_crm 11.2, C67).

    Raises: Invalid("unknown_id"); Invalid("only_yourself") on teacher_id.
    """
    assignment = uow.add(Assignment, with_computed(fields, **group_fields(uow, group_id, teacher_id)))
    uow.record(AssignmentGiven(center_id=assignment.center_id, assignment_id=assignment.id))
    return assignment


@locks_row
@use_case
def change_assignment(uow: UnitOfWork, assignment: Assignment, /, **fields: Any) -> Assignment:
    """Change an assignment, or close it. Raises: Invalid("only_yourself") on teacher_id."""
    refuse_other_teacher(uow, assignment, fields)
    return uow.change(assignment, fields)


@use_case
def submit_assignment(
    uow: UnitOfWork, /, *, assignment_id: int, student_id: int | None = None, file: str | None = None
) -> Submission:
    """Hand in work as the actor, who is a student; before it is graded, a second file replaces the first (C68).

    Raises: Invalid("unknown_id") on assignment_id, ("only_yourself") on student_id, ("missing") on file;
    Conflict("assignment_closed"), ("already_graded") on assignment_id.
    """
    own_id = require_own_student_id(uow, student_id)
    # Locked, so that handing in twice at once, and closing the assignment meanwhile, take turns.
    assignment = uow.reference(Assignment, assignment_id, field="assignment_id", to="submit", lock=True)
    if assignment.status is AssignmentStatus.CLOSED:
        raise Conflict.because("assignment_id", "assignment_closed")
    if file is None:
        raise Invalid.because("file", "missing")
    now = uow.ports.clock.now()
    keys: dict[str, Any] = {"center_id": assignment.center_id, "assignment_id": assignment.id, "student_id": own_id}
    for earlier in uow.find(Submission, where(**keys), limit=1):
        if earlier.grade is not None:
            raise Conflict.because("assignment_id", "already_graded")
        return uow.change(earlier, {"file": file, "submitted_at": now}, to="replace")
    return uow.add(Submission, {**keys, "file": file, "submitted_at": now})


@locks_row
@use_case
def grade_submission(uow: UnitOfWork, submission: Submission, /, **fields: Any) -> Submission:
    """Grade one submission from 0 to 100, with feedback (center_crm 12.4); the same grade again changes nothing.

    Raises: Forbidden("own_work").
    """
    refuse_own_work(uow, [submission.student_id])
    is_graded = "grade" in fields and fields["grade"] != submission.grade
    changed = uow.change(submission, _grade_fields(uow, fields) if is_graded else fields)
    if is_graded:
        uow.record(WorkGraded(center_id=changed.center_id, submission_id=changed.id))
    return changed


@locks_row
@use_case
def grade_submissions(
    uow: UnitOfWork, assignment: Assignment, /, *, grades: Sequence[Mapping[str, Any]]
) -> list[Submission]:
    """Grade the submissions of an assignment on one sheet, all or none.

    Each row is `{"student_id", "grade", "feedback"}`; a grade of None removes the grade. Rows that are the same as
    before change nothing.
    Raises: Invalid on `grades` ("too_few"), `grades.<number>.student_id` ("twice", "nothing_handed_in") and
    `grades.<number>.grade`; Forbidden("own_work").
    """
    assignment = uow.get(Assignment, assignment.id, to="grade", lock=True)
    student_ids = [int(row["student_id"]) for row in grades]
    stored = {work.student_id: work for work in uow.find(Submission, where(assignment_id=assignment.id))}
    validate_roster(student_ids, strangers_among(student_ids, stored, code="nothing_handed_in"), name="grades")
    refuse_own_work(uow, student_ids)
    wanted = {id: _grade_fields(uow, row) for id, row in zip(student_ids, grades, strict=True)}
    rows, graded = upsert_by_student(
        wanted,
        stored,
        name="grades",
        compare=("grade", "feedback"),
        add=lambda ids: [],
        change=lambda ids: uow.change_each(Submission, {stored[id].id: wanted[id] for id in ids}),
    )
    for submission in graded:
        uow.record(WorkGraded(center_id=submission.center_id, submission_id=submission.id))
    return rows


def _grade_fields(uow: UnitOfWork, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the grade and the feedback among the fields, and who graded when."""
    grade = {name: fields[name] for name in ("grade", "feedback") if name in fields}
    return {**grade, **grader_fields(uow, is_graded=fields.get("grade") is not None)}
