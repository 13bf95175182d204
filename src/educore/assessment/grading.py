"""Rules that assignments and exams share: the teacher, the student who hands in, and the person who grades."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from educore.assessment.entities import Assignment, Exam
from educore.groups.entities import Group
from educore.kernel.conditions import where
from educore.kernel.errors import Forbidden, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student
from educore.timetable.resources import resolve_teacher


def group_fields(uow: UnitOfWork, group_id: int, teacher_id: int | None) -> dict[str, Any]:
    """Return the Center, the group and the teacher of a new assignment or exam.

    Raises: Invalid("unknown_id") on group_id; Invalid("only_yourself") on teacher_id.
    """
    group = uow.reference(Group, group_id, field="group_id")
    teacher_id = resolve_teacher(uow, teacher_id, group=group)
    return {"center_id": group.center_id, "group_id": group.id, "teacher_id": teacher_id}


def refuse_other_teacher(uow: UnitOfWork, work: Assignment | Exam, fields: Mapping[str, Any]) -> None:
    """Refuse a change to a teacher whom the actor may not give. Raises: Invalid("only_yourself") on teacher_id."""
    if fields.get("teacher_id") not in (None, work.teacher_id):
        resolve_teacher(uow, fields["teacher_id"], group=uow.get(Group, work.group_id))


def require_own_student_id(uow: UnitOfWork, student_id: int | None) -> int:
    """Return the actor's id as a student; a given id must be the same.

    Raises: Forbidden for actors who are not students; Invalid("only_yourself") on student_id.
    """
    own_id = uow.actor.student_id
    if own_id is None:
        raise Forbidden()
    if student_id not in (None, own_id):
        raise Invalid.because("student_id", "only_yourself")
    return own_id


def refuse_own_work(uow: UnitOfWork, student_ids: Collection[int]) -> None:
    """Keep a person from grading themself, even if they also teach or run the Center. Raises: Forbidden("own_work")."""
    if uow.count(Student, where(id__in=student_ids, user_id=uow.actor.user_id)):
        raise Forbidden("own_work")


def grader_fields(uow: UnitOfWork, *, is_graded: bool) -> dict[str, Any]:
    """Return the actor and the time of a grade; None for both if there is no grade, or no longer one."""
    return {
        "graded_at": uow.ports.clock.now() if is_graded else None,
        "graded_by_id": uow.actor.user_id if is_graded else None,
    }
