"""Classes: groups with a grade, an academic year and a section, and the students in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any

from educore import Computed, Count, From, Invalid, NameOf, NotFound, UnitOfWork, Where, perform, where
from educore.groups import Enrollment, Group, GroupStatus, create_group, enroll_in_class, takes_seat
from educore.people import Student, Teacher
from educore.values import Day, Places, Section
from educore_web.apis.madrasti.answers import DeletedOut, describe_deletion
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.sections.enrollments import (
    ENROLLING,
    IN_CLASSES,
    EnrollmentOut,
    StudentByUser,
    StudentNumber,
    is_open,
)
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import OFFICE
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import LookupBy, To
from educore_web.rest.cache_headers import Cache
from educore_web.rest.filters import ID_SCHEMA, flag_filter, id_filter, read_parameters, text_filter
from educore_web.rest.further_names import Also
from educore_web.rest.listing import ListSpec
from educore_web.rest.request import RequestData

ACTIVE = where(status=GroupStatus.ACTIVE)
OPEN = where(left_on__isnull=True)


class ClassIn(Body, of=Group):
    """A class. Its name follows from the grade and the section; without `max_students` there is room for all."""

    section: Section
    grade: Annotated[int, To("grade_level_id")]
    academic_year: Annotated[int, To("academic_year_id")]
    class_teacher: Annotated[int | None, To("teacher_id"), LookupBy(Teacher, "user_id")] = None
    room: Annotated[int | None, To("room_id")] = None
    max_students: Annotated[Places | None, To("capacity")] = None
    is_active: Annotated[bool, To("is_active")] = True


def is_active(status: str) -> bool:
    """Return whether a class takes students."""
    return status == GroupStatus.ACTIVE


class ClassOut(MadrastiShape, of=Group):
    """A class. `class_teacher` is a user, and `current_students` the number of places that are taken."""

    id: int
    name: str
    section: str | None
    grade: Annotated[int | None, From("grade_level_id")]
    grade_name: Annotated[str | None, From("grade_level.name")]
    academic_year: Annotated[int | None, From("academic_year_id")]
    academic_year_display: Annotated[str | None, From("academic_year.year")]
    class_teacher: Annotated[int | None, From("teacher.user_id")]
    class_teacher_name: Annotated[str | None, NameOf("teacher")]
    room: Annotated[int | None, From("room_id")]
    room_name: Annotated[str | None, From("room.name")]
    max_students: Annotated[int | None, From("capacity")]
    current_students: Annotated[int, Count("Enrollment", takes_seat), Also("students_count")]
    is_active: Annotated[bool, Computed(is_active, "status")]
    created_at: datetime
    updated_at: datetime


class StudentLine(MadrastiShape, of=Enrollment):
    """A student of a class; `id` is that of the user."""

    id: Annotated[int, From("student.user_id"), Also("student_id")]
    full_name: Annotated[str | None, NameOf("student")]
    email: Annotated[str | None, From("student.user.email")]
    student_number: Annotated[str | None, From("student.student_number")]
    enrollment_id: Annotated[int, From("id")]
    enrollment_date: Annotated[date, From("enrolled_on")]
    is_active: Annotated[bool, Computed(is_open, "left_on")]


class EnrollIn(Body, of=Enrollment):
    """A student who comes into the class, today if no day is given."""

    student: StudentByUser
    enrollment_date: Annotated[Day | None, To("enrolled_on")] = None
    student_number: StudentNumber | None = None


class UnenrollIn(Body):
    """The student who leaves; the query may name them instead."""

    student: Annotated[int | None, To("student_id"), LookupBy(Student, "user_id", to="enroll"), Also("student_id")] = (
        None
    )


def open_class(uow: UnitOfWork, *, is_active: bool = True, **fields: Any) -> Group:
    """Create a class, which takes students unless it is not active."""
    return create_group(uow, **fields, status=GroupStatus.ACTIVE if is_active else GroupStatus.INACTIVE)


def change_class(uow: UnitOfWork, group: Group, *, is_active: bool | None = None, **fields: Any) -> None:
    """Change a class; one that was completed stays so while it is not active."""
    if is_active is not None and is_active != (group.status is GroupStatus.ACTIVE):
        fields["status"] = GroupStatus.ACTIVE if is_active else GroupStatus.INACTIVE
    perform(uow, Group, "update", group.id, fields)


def list_students(uow: UnitOfWork, id: int, request: RequestData, only: Where) -> Any:
    """List the students who are in a class now"""
    uow.get(Group, id, to="read_roster", only=only)
    return madrasti.read_page(uow, request, ROSTER, seen=StudentLine, only=OPEN & where(group_id=id))


def enroll(uow: UnitOfWork, id: int, data: EnrollIn) -> dict[str, Any]:
    """Enroll a student in a class"""
    return uow.select_one(EnrollmentOut, enroll_in_class(uow, group_id=id, **data.fields()).id)


def unenroll(uow: UnitOfWork, id: int, data: UnenrollIn, request: RequestData) -> dict[str, Any]:
    """Take a student out of a class: the place ends today and stays in the history

    The student is named in the query or in the body. Raises: Invalid if neither or both name one; NotFound for a
    student who is not in the class.
    """
    user_id = _named_student(uow, data, request)
    places = OPEN & where(group_id=id, student__user_id=user_id)
    for place in uow.find(Enrollment, places, limit=1):
        perform(uow, Enrollment, "leave", place.id)
        return describe_deletion(place.id, request, at=uow.ports.clock.now())
    raise NotFound(kind="Student", id=user_id)


def _named_student(uow: UnitOfWork, data: UnenrollIn, request: RequestData) -> int:
    named = set(read_parameters([id_filter("student", "student")], request.query).values())
    if data.student is not None:
        named.add(uow.get(Student, data.student, to="enroll").user_id)
    if len(named) != 1:
        raise Invalid.because("student", "two_students" if named else "missing")
    user_id: int = named.pop()
    return user_id


def _by_activity(uow: UnitOfWork, wanted: bool) -> Where:
    return ACTIVE if wanted else where(status__in=[status for status in GroupStatus if not is_active(status)])


ROSTER = ListSpec(
    StudentLine, order=("student.user.last_name", "student.user.first_name", "id"), rules=madrasti.dialect.lists
)

NAMED: dict[str, Any] = {"resource": "schools.classes", "kind": Group, "only": IN_CLASSES}

ROUTES = [
    *madrasti.crud(
        "/schools/classes/",
        Group,
        ClassIn,
        ClassOut,
        create=open_class,
        update=change_class,
        resource="schools.classes",
        only=IN_CLASSES,
        write_roles=OFFICE,
        permission="can_manage_config",
        search=("name",),
        listing={
            "filters": (
                text_filter("section", "section"),
                flag_filter("has_teacher", "teacher_id__isnull", reverse=True),
                replace(flag_filter("is_active", "status"), condition=_by_activity),
            ),
            "orderings": {
                "id": "id",
                "name": "name",
                "section": "section",
                "grade": "grade_level_id",
                "grade__name": "grade_level.name",
                "grade__grade_number": "grade_level.number",
                "academic_year": "academic_year_id",
                "academic_year__year": "academic_year.year",
                "max_students": "capacity",
                "current_students": "current_students",
                "students_count": "current_students",
                "created_at": "created_at",
                "updated_at": "updated_at",
            },
        },
        archives=True,
        additions=("partial_update",),
        cache=Cache.STRUCTURE,
    ),
    madrasti.get(
        "/schools/classes/{id}/students/", list_students, action="read_roster", out=StudentLine, listing=ROSTER, **NAMED
    ),
    madrasti.post(
        "/schools/classes/{id}/enroll/",
        enroll,
        action="enroll",
        body=EnrollIn,
        out=EnrollmentOut,
        status=201,
        performs_action=False,
        roles=ENROLLING,
        **NAMED,
    ),
    madrasti.operation(
        "DELETE",
        "/schools/classes/{id}/unenroll/",
        unenroll,
        action="enroll",
        body=UnenrollIn,
        out=DeletedOut,
        parameters={"student": ID_SCHEMA},
        performs_action=False,
        roles=ENROLLING,
        **NAMED,
    ),
]
