"""Enrollments: the places of students in classes, each for one academic year."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from educore import Computed, From, Invalid, NameOf, Role, UnitOfWork, perform, where
from educore.groups import Enrollment, Group, correct_enrollment, end_enrollment, enroll_in_class
from educore.people import Student
from educore.values import Day, Line
from educore_web.apis.madrasti.answers import DeletedOut, describe_deletion
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import OFFICE
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import LookupBy, To
from educore_web.rest.bulk import with_bulk
from educore_web.rest.filters import flag_filter
from educore_web.rest.further_names import Also
from educore_web.rest.request import RequestData

ENROLLING = OFFICE | {Role.TEACHER}
"""The roles that enroll students; teachers in the classes that they teach or lead."""

IN_CLASSES = where(academic_year_id__isnull=False)
"""The condition for the groups that are classes, and for the places in them."""

StudentByUser = Annotated[int, To("student_id"), LookupBy(Student, "user_id", to="enroll"), Also("student_id")]
"""A student by the id of their account. Whoever enrolls may name any student of the school."""

StudentNumber = Annotated[Line, Field(min_length=1, max_length=32)]


class EnrollmentIn(Body, of=Enrollment):
    """A place of a student in a class. The academic year is that of the class; without a number they get the next."""

    student: StudentByUser
    school_class: Annotated[int, To("group_id"), Also("class_id")]
    academic_year: Annotated[int, To("academic_year_id")]
    enrollment_date: Annotated[Day, To("enrolled_on")]
    is_active: Annotated[bool, To("is_active")] = True
    student_number: StudentNumber | None = None


def is_open(left_on: date | None) -> bool:
    """Return whether a place has not ended."""
    return left_on is None


class EnrollmentOut(MadrastiShape, of=Enrollment):
    """A place of a student in a class."""

    id: int
    student: Annotated[int, From("student.user_id"), Also("student_id")]
    student_name: Annotated[str | None, NameOf("student")]
    school_class: Annotated[int, From("group_id"), Also("class_id")]
    school_class_name: Annotated[str, From("group.name")]
    academic_year: Annotated[int | None, From("academic_year_id")]
    academic_year_name: Annotated[str | None, From("academic_year.year")]
    enrollment_date: Annotated[date, From("enrolled_on")]
    is_active: Annotated[bool, Computed(is_open, "left_on")]
    student_number: Annotated[str | None, From("student.student_number")]
    created_at: datetime
    updated_at: datetime


def add_enrollment(
    uow: UnitOfWork, *, group_id: int, academic_year_id: int, is_active: bool = True, **fields: Any
) -> Enrollment:
    """Enroll a student in a class; a place that is not active has ended today.

    Raises: Invalid("other_year") on academic_year_id; the errors of `enroll_in_class`.
    """
    group = uow.reference(Group, group_id, field="group_id", only=IN_CLASSES)
    if academic_year_id != group.academic_year_id:
        raise Invalid.because("academic_year_id", "other_year", id=academic_year_id)
    enrollment = enroll_in_class(uow, group_id=group_id, **fields)
    return enrollment if is_active else end_enrollment(uow, enrollment)


def change_enrollment(uow: UnitOfWork, enrollment: Enrollment, *, is_active: bool | None = None, **fields: Any) -> None:
    """Correct a place, and end or reopen it. Raises: the errors of `correct_enrollment` and `reopen_enrollment`."""
    correct_enrollment(uow, enrollment, **fields)
    if is_active is not None:
        perform(uow, Enrollment, "reopen" if is_active else "leave", enrollment.id)


def delete_enrollment(uow: UnitOfWork, id: int, request: RequestData) -> dict[str, Any]:
    """Delete an enrollment: the place ends today and stays in the history"""
    perform(uow, Enrollment, "leave", id, only=IN_CLASSES)
    return describe_deletion(id, request, at=uow.ports.clock.now())


def restore_enrollment(uow: UnitOfWork, id: int) -> dict[str, Any]:
    """Restore an enrollment: the end of the place is taken back"""
    perform(uow, Enrollment, "reopen", id, only=IN_CLASSES)
    return uow.select_one(EnrollmentOut, id)


NAMED: dict[str, Any] = {"resource": "users.enrollments", "roles": ENROLLING, "only": IN_CLASSES}
ROW = "/users/enrollments/{id}/"

SINGLE = [
    madrasti.list(
        "/users/enrollments/",
        EnrollmentOut,
        search=("student__user__first_name", "student__user__last_name", "student__student_number"),
        filters=(flag_filter("is_active", "left_on__isnull"),),
        **NAMED,
    ),
    madrasti.create("/users/enrollments/", Enrollment, EnrollmentIn, EnrollmentOut, use_case=add_enrollment, **NAMED),
    madrasti.retrieve(ROW, EnrollmentOut, **NAMED),
    madrasti.update(ROW, Enrollment, make_partial(EnrollmentIn), EnrollmentOut, use_case=change_enrollment, **NAMED),
    madrasti.update(
        ROW,
        Enrollment,
        make_partial(EnrollmentIn),
        EnrollmentOut,
        method="PATCH",
        use_case=change_enrollment,
        addition=True,
        **NAMED,
    ),
    madrasti.operation(
        "DELETE", ROW, delete_enrollment, verb="delete", kind=Enrollment, action="leave", out=DeletedOut, **NAMED
    ),
    madrasti.post(
        f"{ROW}restore/",
        restore_enrollment,
        verb="restore",
        kind=Enrollment,
        action="reopen",
        out=EnrollmentOut,
        addition=True,
        **NAMED,
    ),
]
ROUTES = with_bulk(SINGLE, creates=True, updates=True)
