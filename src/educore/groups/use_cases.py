"""Groups, and the enrollment of students in them."""

from __future__ import annotations

from typing import Any

from educore.courses.entities import Course
from educore.groups.classes import name_class
from educore.groups.entities import Enrollment, Group
from educore.groups.places import first_group, leave_place, open_places, replace_main_group, set_main_group, take_place
from educore.groups.seats import count_seats_taken
from educore.kernel.actions import locks_row, use_case
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.use_cases import get_or_create_main_branch, require_open_branch
from educore.people.entities import Student
from educore.schooling.entities import GradeLevel


@use_case
def create_group(uow: UnitOfWork, /, **fields: Any) -> Group:
    """Create a group for an active course, or a class of a school, in an open branch.

    Without `branch_id` it is the Center's main branch. A class is named after its grade level and
    section, so it needs no `name`.
    Raises: Invalid("branch_closed") on branch_id; Invalid("course_inactive") on course_id; Invalid("missing");
    Invalid("follows_grade_level") on name; Conflict("taken") on grade_level_id, academic_year_id and section.
    """
    center_id = uow.actor.center_id
    if center_id is None and fields.get("course_id") is not None:
        center_id = uow.reference(Course, fields["course_id"], field="course_id").center_id
    if center_id is None and fields.get("grade_level_id") is not None:
        center_id = uow.reference(GradeLevel, fields["grade_level_id"], field="grade_level_id").center_id
    fields = name_class(uow, fields)
    if fields.get("branch_id") is None and center_id is not None:
        fields["branch_id"] = get_or_create_main_branch(uow, center_id=center_id).id
    group = uow.add(Group, fields)
    require_open_branch(uow, branch_id=group.branch_id)
    _require_active_course(uow, group)
    return group


@locks_row
@use_case
def change_group(uow: UnitOfWork, group: Group, /, **fields: Any) -> Group:
    """Change a group. If it moves to another branch, the students whose main group it is move along.

    The name of a class follows its grade level and section; its academic year never changes.
    Raises: Invalid("capacity_below_enrolment") on capacity, with the number of seats taken; Invalid("branch_closed")
    on branch_id; Invalid("course_inactive") on course_id.
    """
    group = uow.get(Group, group.id, to="update", lock=True)
    changed = uow.change(group, name_class(uow, fields, before=group) if group.is_class else fields)
    if changed.capacity != group.capacity and changed.capacity is not None:
        taken = count_seats_taken(uow, group)
        if changed.capacity < taken:
            raise Invalid.because("capacity", "capacity_below_enrolment", seated=taken)
    if changed.branch_id != group.branch_id:
        require_open_branch(uow, branch_id=changed.branch_id)
        _move_students(uow, changed)
    if changed.course_id != group.course_id:
        _require_active_course(uow, changed)
    return changed


@use_case
def enroll_student(uow: UnitOfWork, /, *, group_id: int, student_id: int, refuse_repeat: bool = False) -> Enrollment:
    """Enroll a student in a group from today on, in addition to their other groups.

    The group becomes their main one if they have none. A student who is already in the group keeps the enrollment,
    which is returned, or is refused with `refuse_repeat`. A student whose enrollment date is later begins on that day.
    Raises: Conflict("group_full"), Conflict("group_not_active") on group_id; Conflict("already_in_group") on
    student_id; Invalid("unknown_id") on either.
    """
    student = _lock_student(uow, student_id)
    places = open_places(uow, student)
    enrollment, group = take_place(uow, student, places, group_id)
    if enrollment in places and refuse_repeat:
        raise Conflict.because("student_id", "already_in_group")
    if student.group_id is None:
        set_main_group(uow, student, group)
    return enrollment


@use_case
def leave_group(uow: UnitOfWork, /, *, group_id: int, student_id: int) -> None:
    """End the enrollment of a student in a group; the history stays. A student who is not in the group is fine.

    If it was their main group, the group that they have been in for the longest time becomes the main one.
    Raises: Invalid("unknown_id") on student_id.
    """
    student = _lock_student(uow, student_id)
    others = leave_place(uow, open_places(uow, student), group_id)
    if student.group_id in (None, group_id) and (others or student.group_id):
        set_main_group(uow, student, first_group(uow, others))


@use_case
def end_enrollment(uow: UnitOfWork, enrollment: Enrollment, /) -> Enrollment:
    """End one enrollment, as `leave_group` does; one that has ended stays as it is.

    Whoever may end it needs no other right.
    """
    enrollment = uow.get(Enrollment, enrollment.id, to="leave")
    if enrollment.left_on is not None:  # the student may hold a later place in the same group
        return enrollment
    leave_group(uow.as_platform(), group_id=enrollment.group_id, student_id=enrollment.student_id)
    return uow.get(Enrollment, enrollment.id)


@locks_row
@use_case
def move_student(uow: UnitOfWork, student: Student, /, *, group_id: int | None) -> Student:
    """Replace the student's main group, which they leave; None only leaves it (center_crm 6.8).

    The student's branch becomes that of the new group; a group that they were in beside the main one becomes the main
    one. The same group again changes nothing. Without a new group, the main one is chosen as `leave_group` chooses.
    Raises: Conflict("group_full"), Conflict("group_not_active") on group_id; Invalid("unknown_id") on group_id.
    """
    student = uow.get(Student, student.id, to="update", lock=True)
    return replace_main_group(uow, student, group_id)


def _lock_student(uow: UnitOfWork, student_id: int) -> Student:
    """Lock the student before any group, in the lock order that `educore.groups.seats` describes."""
    return uow.reference(Student, student_id, field="student_id", to="update", lock=True)


def _move_students(uow: UnitOfWork, group: Group) -> None:
    """Give the students whose main group it is the branch of the group (center_crm C48).

    They are locked after the group, against the usual order: a group moves so seldom that two users who meet here may
    rather try again than every change of a group take a statement more.
    """
    students = uow.find(Student, where(group_id=group.id))
    uow.change_each(Student, {student.id: {"branch_id": group.branch_id} for student in students})


def _require_active_course(uow: UnitOfWork, group: Group) -> None:
    if group.course_id is not None and uow.count(Course, where(id=group.course_id, is_active=False)):
        raise Invalid.because("course_id", "course_inactive")
