"""The sheet of an assignment: the submission of each student of the group, and its grade."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from educore import Forbidden, From, NameOf, Role, Shape, UnitOfWork, perform, where
from educore.assessment import Assignment, Submission
from educore.groups import not_left_before
from educore_web.admin.sheet import (
    Sheet,
    SheetLine,
    SheetState,
    load_students,
    parse_number,
    sort_by_name,
    stored_row,
    write_lines,
)
from educore_web.admin.ui.formats import file_name
from educore_web.admin.ui.forms import as_text


class AssignmentHead(Shape, of=Assignment):
    """The assignment of a sheet."""

    id: int
    title: str
    description: str
    group_id: int
    group: Annotated[str, From("group.name")]
    group_teacher_id: Annotated[int | None, From("group.teacher_id")]
    teacher_id: int | None
    file: str | None
    date: Annotated[date, From("due_date")]
    time_zone: Annotated[str, From("center.time_zone")]


class StudentSubmission(Shape, of=Submission):
    """The submission of a student, with the person who graded it and the time."""

    id: int
    student_id: int
    name: Annotated[str, NameOf("student")]
    file: str | None
    submitted_at: datetime
    grade: Any
    feedback: str | None
    graded_at: datetime | None
    grader: Annotated[str | None, NameOf("graded_by")]


def load(uow: UnitOfWork, assignment_id: int) -> SheetState:
    """Return the sheet with the submissions so far, in three statements. Raises: NotFound, Forbidden."""
    assignment = uow.select_one(AssignmentHead, assignment_id)
    _require_own_class(uow, assignment)
    handed_in = {
        submission["student_id"]: submission
        for submission in uow.select(StudentSubmission, where(assignment_id=assignment_id))
    }
    names = {id: submission["name"] for id, submission in handed_in.items()} | load_students(
        uow, assignment["group_id"], not_left_before(assignment["date"])
    )
    may_grade = uow.may(Submission, "update")
    lines = [_line(id, name, assignment, handed_in.get(id), may_grade=may_grade) for id, name in names.items()]
    return SheetState(assignment, sort_by_name(lines), is_open=may_grade)


def write(uow: UnitOfWork, assignment_id: int, state: SheetState) -> None:
    """Save the grades that were changed. Raises: SheetError, Forbidden."""
    sent = [line for line in state.lines if line.is_open and line.texts != _texts(line.facts["work"])]
    grades = [{"student_id": line.id, **_grade(line)} for line in sent]
    if sent:
        write_lines(sent, "grades", lambda: perform(uow, Assignment, "grade", assignment_id, {"grades": grades}))


def _require_own_class(uow: UnitOfWork, assignment: Mapping[str, Any]) -> None:
    """Require that a teacher teaches the group or gave the assignment; a substitute does not see submissions.

    Raises: Forbidden.
    """
    if uow.actor.role is Role.TEACHER and uow.actor.teacher_id not in (
        assignment["teacher_id"],
        assignment["group_teacher_id"],
    ):
        raise Forbidden(kind=Submission.__name__, action="read")


def _line(
    id: int, name: str, assignment: Mapping[str, Any], submission: Mapping[str, Any] | None, *, may_grade: bool
) -> SheetLine:
    facts: dict[str, Any] = {"work": submission, "file": None, "file_name": "", "is_late": False}
    if submission:
        handed_in_on = submission["submitted_at"].astimezone(ZoneInfo(assignment["time_zone"])).date()
        facts |= {
            "file": submission["file"],
            "file_name": file_name(submission["file"]),
            "is_late": handed_in_on > assignment["date"],
        }
    stored = stored_row(Submission, submission, "grade", "feedback")
    return SheetLine(id, name, facts, _texts(submission), may_grade and submission is not None, stored)


def _texts(submission: Mapping[str, Any] | None) -> dict[str, str]:
    grade = submission["grade"] if submission else None
    return {
        "grade": "" if grade is None else f"{grade.normalize():f}",
        "feedback": as_text(submission["feedback"] if submission else None),
    }


def _grade(line: SheetLine) -> dict[str, Any]:
    return {"grade": parse_number(line.texts["grade"]), "feedback": line.texts["feedback"] or None}


WORK = Sheet("work", "ti ti-inbox", "read", ("grade", "feedback"), load, write)
