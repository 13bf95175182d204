"""Groups, and the enrollment of students in them."""

from __future__ import annotations

from typing import Any

from educore.courses.entities import Course
from educore.groups.entities import Enrollment, Group, GroupStatus
from educore.groups.events import StudentEnrolled
from educore.groups.seats import count_seats_taken, require_seat
from educore.kernel.actions import locks_row, use_case
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import local_today
from educore.organization.use_cases import get_or_create_main_branch, require_open_branch
from educore.people.entities import Student


@use_case
def create_group(uow: UnitOfWork, /, **fields: Any) -> Group:
    """Create a group for an active course in an open branch; without `branch_id`, in the Center's main branch.

    Raises: Invalid("branch_closed") on branch_id; Invalid("course_inactive") on course_id; Invalid("missing").
    """
    center_id = uow.actor.center_id
    if center_id is None and fields.get("course_id") is not None:
        center_id = uow.reference(Course, fields["course_id"], field="course_id").center_id
    if fields.get("branch_id") is None and center_id is not None:
        fields["branch_id"] = get_or_create_main_branch(uow, center_id=center_id).id
    group = uow.add(Group, fields)
    require_open_branch(uow, branch_id=group.branch_id)
    _require_active_course(uow, group)
    return group


@locks_row
@use_case
def change_group(uow: UnitOfWork, group: Group, /, **fields: Any) -> Group:
    """Change a group.

    Raises: Invalid("capacity_below_enrolment") on capacity, with the number of seats taken; Invalid("branch_closed")
    on branch_id; Invalid("course_inactive") on course_id.
    """
    group = uow.get(Group, group.id, to="update", lock=True)
    changed = uow.change(group, fields)
    taken = count_seats_taken(uow, group)
    if changed.capacity != group.capacity and changed.capacity is not None and changed.capacity < taken:
        raise Invalid.because("capacity", "capacity_below_enrolment", seated=taken)
    if changed.branch_id != group.branch_id:
        require_open_branch(uow, branch_id=changed.branch_id)
    if changed.course_id != group.course_id:
        _require_active_course(uow, changed)
    return changed


@use_case
def enroll_student(uow: UnitOfWork, /, *, group_id: int, student_id: int, refuse_repeat: bool = False) -> Enrollment:
    """Enroll a student in a group, in addition to their other groups.

    The group becomes their main one if they have none. A student who is already in the group keeps the enrollment,
    which is returned, or is refused with `refuse_repeat`.
    Raises: Conflict("group_full"), Conflict("group_not_active") on group_id; Conflict("already_in_group") on
    student_id; Invalid("unknown_id") on either.
    """
    student = _lock_student(uow, student_id)
    group = _lock_active_group(uow, group_id)
    present = uow.find(Enrollment, where(group_id=group.id, student_id=student.id, left_on__isnull=True), limit=1)
    if present and refuse_repeat:
        raise Conflict.because("student_id", "already_in_group")
    if present:
        return present[0]
    require_seat(uow, group, student.status)
    enrollment = uow.add(
        Enrollment,
        {
            "center_id": group.center_id,
            "group_id": group.id,
            "student_id": student.id,
            "enrolled_on": local_today(uow, group.center_id),
        },
    )
    if student.group_id is None:
        uow.change(student, {"group_id": group.id, "branch_id": group.branch_id})
    uow.record(StudentEnrolled(center_id=group.center_id, group_id=group.id, student_id=student.id))
    return enrollment


@use_case
def leave_group(uow: UnitOfWork, /, *, group_id: int, student_id: int) -> None:
    """End the enrollment of a student in a group; the history stays. A student who is not in the group is fine.

    Raises: Invalid("unknown_id") on student_id.
    """
    student = _lock_student(uow, student_id)
    present = where(group_id=group_id, student_id=student_id, left_on__isnull=True)
    for enrollment in uow.find(Enrollment, present):
        uow.change(enrollment, {"left_on": max(enrollment.enrolled_on, local_today(uow, enrollment.center_id))})
    if student.group_id == group_id:
        uow.change(student, {"group_id": None})


@use_case
def end_enrollment(uow: UnitOfWork, enrollment: Enrollment, /) -> Enrollment:
    """End one enrollment, as `leave_group` does."""
    leave_group(uow, group_id=enrollment.group_id, student_id=enrollment.student_id)
    return uow.get(Enrollment, enrollment.id)


@locks_row
@use_case
def move_student(uow: UnitOfWork, student: Student, /, *, group_id: int | None) -> Student:
    """Replace the student's main group, which they leave; None only leaves it (center_crm 6.8).

    The student's branch becomes that of the new group. The same group again changes nothing.
    Raises: Conflict("group_full"), Conflict("group_not_active") on group_id; Invalid("unknown_id") on group_id.
    """
    student = uow.get(Student, student.id, to="update", lock=True)
    if student.group_id == group_id:
        return student
    if student.group_id is not None:
        leave_group(uow, group_id=student.group_id, student_id=student.id)
    if group_id is not None:
        enroll_student(uow, group_id=group_id, student_id=student.id)
    return uow.get(Student, student.id)


def _lock_student(uow: UnitOfWork, student_id: int) -> Student:
    """Lock the student before any group, in the lock order that `educore.groups.seats` describes."""
    return uow.reference(Student, student_id, field="student_id", to="update", lock=True)


def _lock_active_group(uow: UnitOfWork, group_id: int) -> Group:
    """Lock the group, so that its seats are counted and taken without a race. Raises: Conflict("group_not_active")."""
    group = uow.reference(Group, group_id, field="group_id", to="enroll", lock=True)
    if group.status is not GroupStatus.ACTIVE:
        raise Conflict.because("group_id", "group_not_active", status=group.status.value)
    return group


def _require_active_course(uow: UnitOfWork, group: Group) -> None:
    if uow.count(Course, where(id=group.course_id, is_active=False)):
        raise Invalid.because("course_id", "course_inactive")
