"""The work sheet of an assignment: what each student of the group handed in, when, and how it is graded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from educore import Forbidden, From, Joined, Role, Shape, UnitOfWork, perform, where
from educore.assessment import Assignment, Submission
from educore_web.admin.pages.sheet import (
    Filled,
    Line,
    Sheet,
    file_name,
    full_name,
    in_order,
    number_written,
    seats,
    stored_line,
    write_lines,
)
from educore_web.admin.ui.forms import as_text


class Task(Shape, of=Assignment):
    """What a work sheet is about."""

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


class Work(Shape, of=Submission):
    """What a student handed in, and who graded it when."""

    id: int
    student_id: int
    name: Annotated[str | None, Joined("student.user.first_name", "student.user.last_name")]
    username: Annotated[str, From("student.user.username")]
    file: str | None
    submitted_at: datetime
    grade: Any
    feedback: str | None
    graded_at: datetime | None
    grader: Annotated[str | None, Joined("graded_by.first_name", "graded_by.last_name")]


def load(uow: UnitOfWork, assignment_id: int) -> Filled:
    """What was handed in so far, in three statements. Raises: NotFound, Forbidden."""
    task = uow.select_one(Task, assignment_id)
    _require_own_class(uow, task)
    handed_in = {work["student_id"]: work for work in uow.select(Work, where(assignment_id=assignment_id))}
    names = {id: full_name(work) for id, work in handed_in.items()} | seats(uow, task["group_id"], on=task["date"])
    may_grade = uow.may(Submission, "update")
    lines = [_line(id, name, task, handed_in.get(id), may_grade=may_grade) for id, name in names.items()]
    return Filled(task, in_order(lines), is_open=may_grade)


def write(uow: UnitOfWork, assignment_id: int, filled: Filled) -> None:
    """Grade what was graded differently. Raises: SheetRefused, Forbidden."""
    sent = [line for line in filled.lines if line.is_open and line.texts != _texts(line.known["work"])]
    grades = [{"student_id": line.id, **_wanted(line)} for line in sent]
    if sent:
        write_lines(sent, "grades", lambda: perform(uow, Assignment, "grade", assignment_id, grades=grades))


def _require_own_class(uow: UnitOfWork, task: Mapping[str, Any]) -> None:
    """Who only stands in for a teacher sees that there is work, not what was handed in. Raises: Forbidden."""
    if uow.actor.role is Role.TEACHER and uow.actor.teacher_id not in (task["teacher_id"], task["group_teacher_id"]):
        raise Forbidden(kind=Submission.__name__, action="read")


def _line(id: int, name: str, task: Mapping[str, Any], work: Mapping[str, Any] | None, *, may_grade: bool) -> Line:
    known: dict[str, Any] = {"work": work, "file": None, "file_name": "", "is_late": False}
    if work:
        handed_in_on = work["submitted_at"].astimezone(ZoneInfo(task["time_zone"])).date()
        known |= {"file": work["file"], "file_name": file_name(work["file"]), "is_late": handed_in_on > task["date"]}
    stored = stored_line(Submission, work, "grade", "feedback")
    return Line(id, name, known, _texts(work), may_grade and work is not None, stored)


def _texts(work: Mapping[str, Any] | None) -> dict[str, str]:
    grade = work["grade"] if work else None
    return {
        "grade": "" if grade is None else f"{grade.normalize():f}",
        "feedback": as_text(work["feedback"] if work else None),
    }


def _wanted(line: Line) -> dict[str, Any]:
    return {"grade": number_written(line.texts["grade"]), "feedback": line.texts["feedback"] or None}


WORK = Sheet("work", "ti ti-inbox", "read", ("grade", "feedback"), load, write)
