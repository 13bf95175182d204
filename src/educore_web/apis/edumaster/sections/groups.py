"""Guruhlar."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from educore import Count, From, NameOf, Role, UnitOfWork
from educore.groups import Enrollment, Group, enroll_student, leave_group, takes_seat
from educore.people import Student, Teacher
from educore.values import Day, Name, Places
from educore_web.apis.edumaster.dialect import EduShape
from educore_web.apis.edumaster.spec import crud, edu
from educore_web.apis.edumaster.words import STAFF
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import LookupBy, To


class GroupIn(Body, of=Group):
    """A group. `teacher` is a user with that role; without `max_students` there is room for all."""

    name: Name
    course: Annotated[int, To("course_id")]
    teacher: Annotated[int | None, To("teacher_id"), LookupBy(Teacher, "user_id")] = None
    start_date: Day | None = None
    max_students: Annotated[Places | None, To("capacity")] = None


class GroupOut(EduShape, of=Group):
    """A group."""

    id: int
    name: str
    course: Annotated[int | None, From("course_id")]
    teacher: Annotated[int | None, From("teacher.user_id")]
    start_date: date | None
    max_students: Annotated[int | None, From("capacity")]
    course_title: Annotated[str | None, From("course.name")]
    teacher_name: Annotated[str | None, NameOf("teacher")]
    students_count: Annotated[int, Count("Enrollment", takes_seat)]
    created_at: datetime


class StudentIn(Body, of=Enrollment):
    """A user with the role student."""

    student_id: Annotated[int, LookupBy(Student, "user_id")]


def add_student(uow: UnitOfWork, id: int, data: StudentIn) -> dict[str, Any]:
    """Add a student to a group"""
    enroll_student(uow, group_id=id, student_id=data.student_id, refuse_repeat=True)
    return uow.select_one(GroupOut, id)


def remove_student(uow: UnitOfWork, id: int, data: StudentIn) -> dict[str, Any]:
    """Take a student out of a group; who is not in it stays out"""
    leave_group(uow, group_id=id, student_id=data.student_id)
    return uow.select_one(GroupOut, id)


ENROLLMENT = {
    "kind": Group,
    "action": "enroll",
    "body": StudentIn,
    "out": GroupOut,
    "performs_action": False,
    "roles": STAFF - {Role.TEACHER},  # teachers enroll at schools only, and not here
}

ROUTES = [
    *crud(
        "/groups/",
        Group,
        GroupIn,
        GroupOut,
        search=("name", "course__name", "teacher__user__first_name", "teacher__user__last_name"),
    ),
    edu.post("/groups/{id}/add_student/", add_student, **ENROLLMENT),
    edu.post("/groups/{id}/remove_student/", remove_student, **ENROLLMENT, addition=True),
]
