"""Classes of a school: groups with a grade level, an academic year and a section, and the students' places in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from educore.groups.entities import CLASS_FIELDS, Enrollment, Group
from educore.groups.events import StudentEnrolled
from educore.groups.places import lock_active_group, open_places, refuse_second_class, set_main_group, take_place
from educore.groups.seats import require_seat
from educore.groups.student_numbers import number_student
from educore.kernel.actions import use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student, StudentStatus
from educore.schooling.entities import GradeLevel


def class_name(grade_level: str, section: str) -> str:
    """Return the name of a class, such as "1ère Année Primaire - A"."""
    return f"{grade_level} - {section}"


def name_class(uow: UnitOfWork, fields: Mapping[str, Any], *, before: Group | None = None) -> dict[str, Any]:
    """Return the fields of a group with the name that follows from them if it is a class.

    Raises: Invalid("unknown_id") on grade_level_id; Invalid("follows_grade_level") on name for another name.
    """
    if before is not None and not fields.keys() & {"name", *CLASS_FIELDS}:
        return dict(fields)
    values = {name: fields.get(name, before and getattr(before, name)) for name in CLASS_FIELDS}
    if any(value is None for value in values.values()):
        return dict(fields)  # no class, or one that the entity refuses
    is_new = before is None
    grade = uow.reference(GradeLevel, values["grade_level_id"], field="grade_level_id", lock=is_new)
    name = class_name(grade.name, str(values["section"]).strip())
    if fields.get("name", name) not in (name, before and before.name):
        raise Invalid.because("name", "follows_grade_level", name=name)
    return {**fields, "name": name}


@use_case
def change_grade_level(uow: UnitOfWork, grade_level: GradeLevel, /, **fields: Any) -> GradeLevel:
    """Change a grade level; its classes are renamed after it in one statement.

    Raises: Conflict("taken") on number; Invalid("unknown_id") on stage_id; Invalid on name.
    """
    before = uow.get(GradeLevel, grade_level.id, to="update", lock=True)
    changed = uow.change(before, fields)
    if changed.name != before.name:
        _rename_classes(uow, changed)
    return changed


def _rename_classes(uow: UnitOfWork, grade_level: GradeLevel) -> None:
    platform = uow.as_platform()
    classes = platform.find(Group, where(grade_level_id=grade_level.id), lock=True)
    names = {group.id: {"name": class_name(grade_level.name, group.section or "")} for group in classes}
    try:
        platform.change_each(Group, names)
    except Invalid as error:
        raise type(error)({"name": next(iter(error.fields.values()))}) from None


@use_case
def enroll_in_class(
    uow: UnitOfWork,
    /,
    *,
    group_id: int,
    student_id: int,
    enrolled_on: date | None = None,
    student_number: str | None = None,
) -> Enrollment:
    """Enroll a student in a class, from `enrolled_on` or today on, and give them a number if they have none.

    Whoever may enroll in the class may take any active student of the school. A day before the student's enrollment
    date becomes that date. Students who are in no group have the class as their main one.
    Raises: Conflict("group_full"), ("group_not_active") on group_id; Conflict("already_in_group"),
    ("in_class_of_year"), ("student_not_active") on student_id; Conflict("taken") on student_number;
    Invalid("unknown_id") on group_id or student_id.
    """
    is_class = where(academic_year_id__isnull=False)
    group = uow.reference(Group, group_id, field="group_id", to="enroll", only=is_class)
    platform = uow.as_platform()
    student = _lock_student(platform, student_id, center_id=group.center_id)
    student = _begin_by(platform, student, enrolled_on)
    places = open_places(platform, student)
    enrollment, group = take_place(platform, student, places, group.id, since=enrolled_on)
    if enrollment in places:
        raise Conflict.because("student_id", "already_in_group")
    student = number_student(platform, student, group, number=student_number)
    if student.group_id is None:
        set_main_group(platform, student, group)
    return enrollment


@use_case
def correct_enrollment(
    uow: UnitOfWork,
    enrollment: Enrollment,
    /,
    *,
    enrolled_on: date | None = None,
    student_number: str | None = None,
    **fields: Any,
) -> Enrollment:
    """Correct the first day of a place in a group, and the number of its student; the group never changes.

    A day before the student's enrollment date becomes that date.
    Raises: Invalid("left_before") on enrolled_on for a day after the place was left, and what guards raise about marks
    and charges before it; Conflict("taken") on student_number; Invalid("cannot_change") on the other fields.
    """
    enrollment = uow.get(Enrollment, enrollment.id, to="update")
    platform = uow.as_platform()
    student = platform.get(Student, enrollment.student_id, lock=True)
    if student_number is not None:
        platform.change(student, {"student_number": student_number})
    if enrolled_on is None:
        return uow.change(enrollment, fields) if fields else enrollment
    if enrollment.left_on is not None and enrollment.left_on < enrolled_on:
        raise Invalid.because("enrolled_on", "left_before", date=enrollment.left_on.isoformat())
    _begin_by(platform, student, enrolled_on)
    return uow.change(enrollment, with_computed(fields, enrolled_on=enrolled_on))


@use_case
def enroll_here(
    uow: UnitOfWork,
    group: Group,
    /,
    *,
    student_id: int,
    enrolled_on: date | None = None,
    student_number: str | None = None,
) -> Enrollment:
    """Enroll a student in this class, as `enroll_in_class` does. Raises: its errors."""
    return enroll_in_class(
        uow, group_id=group.id, student_id=student_id, enrolled_on=enrolled_on, student_number=student_number
    )


@use_case
def reopen_enrollment(uow: UnitOfWork, enrollment: Enrollment, /) -> Enrollment:
    """Take back the end of a place in a group; a place that is open stays as it is.

    Raises: Conflict("group_full"), ("group_not_active") on group_id; Conflict("already_in_group"),
    ("in_class_of_year"), ("student_not_active") on student_id.
    """
    enrollment = uow.get(Enrollment, enrollment.id, to="reopen")
    platform = uow.as_platform()
    student = _lock_student(platform, enrollment.student_id, center_id=enrollment.center_id)
    group = lock_active_group(platform, enrollment.group_id)
    enrollment = platform.get(Enrollment, enrollment.id, lock=True)
    if enrollment.left_on is None:
        return enrollment
    places = open_places(platform, student)
    if any(place.group_id == group.id for place in places):
        raise Conflict.because("student_id", "already_in_group")
    refuse_second_class(platform, group, places)
    require_seat(platform, group, student.status)
    enrollment = platform.change(enrollment, {"left_on": None})
    if student.group_id is None:
        set_main_group(platform, student, group)
    uow.record(StudentEnrolled(center_id=group.center_id, group_id=group.id, student_id=student.id))
    return enrollment


def _lock_student(uow: UnitOfWork, student_id: int, *, center_id: int) -> Student:
    """Lock an active student of a Center. Raises: Invalid("unknown_id"), Conflict("student_not_active")."""
    student = uow.reference(Student, student_id, field="student_id", only=where(center_id=center_id), lock=True)
    if student.status is not StudentStatus.ACTIVE:
        raise Conflict.because("student_id", "student_not_active", status=student.status.value)
    return student


def _begin_by(uow: UnitOfWork, student: Student, day: date | None) -> Student:
    """Make a day the student's enrollment date if it lies before that one."""
    if day is None or day >= student.enrollment_date:
        return student
    return uow.change(student, {"enrollment_date": day})
