"""Groups, the places in them, and the students who take those places."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from educore.courses.entities import Course
from educore.groups.entities import Enrollment, Group, GroupStatus, takes_seat
from educore.groups.events import StudentBlocked, StudentEnrolled
from educore.identity.use_cases import (
    add_member,
    block_member,
    change_member_account,
    find_membership,
    remove_member,
    unblock_member,
)
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid, NotFound
from educore.kernel.policy import Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Branch
from educore.organization.use_cases import get_or_create_main_branch, local_today, require_open_branch
from educore.people.entities import SEAT_STATUSES, Student, StudentStatus


def create_group(uow: UnitOfWork, **fields: Any) -> Group:
    """Open a group on an active course in an open branch, the Center's main one unless given.

    Raises: Invalid("branch_closed") on branch_id, Invalid("course_inactive") on course_id.
    """
    if fields.get("branch_id") is None:
        center_id = uow.actor.center_id or _center_of_course(uow, course_id=fields["course_id"])
        fields["branch_id"] = get_or_create_main_branch(uow, center_id=center_id).id
    group = uow.add(Group, **fields)
    require_open_branch(uow, branch_id=group.branch_id)
    _require_active_course(uow, group)
    return group


def change_group(uow: UnitOfWork, group: Group, **fields: Any) -> Group:
    """Change a group.

    Raises: Invalid("capacity_below_enrolment") on capacity, with how many are seated; Invalid("branch_closed")
    on branch_id, Invalid("course_inactive") on course_id.
    """
    group = uow.get(Group, group.id, to="update", lock=True)
    changed = uow.change(group, **fields)
    seated = uow.count(Enrollment, where(group_id=group.id) & takes_seat)
    if changed.capacity != group.capacity and changed.capacity is not None and changed.capacity < seated:
        raise Invalid.because("capacity", "capacity_below_enrolment", seated=seated)
    if changed.branch_id != group.branch_id:
        require_open_branch(uow, branch_id=changed.branch_id)
    if changed.course_id != group.course_id:
        _require_active_course(uow, changed)
    return changed


def enroll_student(uow: UnitOfWork, *, group_id: int, student_id: int, once: bool = False) -> Enrollment:
    """Give a student a place in a group, beside any other group they are in.

    It becomes their main group if they have none. A place they already hold is given back as it is, or refused
    where it is to be given `once`.
    Raises: Conflict("group_full"), Conflict("group_not_active") on group_id; Conflict("already_in_group") on
    student_id; Invalid("unknown_id").
    """
    student = _student(uow, student_id)
    group = _group_to_enroll_in(uow, group_id)
    held = uow.find(Enrollment, where(group_id=group.id, student_id=student.id, left_on__isnull=True), limit=1)
    if held and once:
        raise Conflict.because("student_id", "already_in_group")
    if held:
        return held[0]
    _require_seat(uow, group, student.status)
    enrollment = uow.add(
        Enrollment,
        center_id=group.center_id,
        group_id=group.id,
        student_id=student.id,
        enrolled_on=local_today(uow, group.center_id),
    )
    if student.group_id is None:
        uow.change(student, group_id=group.id, branch_id=group.branch_id)
    uow.record(StudentEnrolled(center_id=group.center_id, group_id=group.id, student_id=student.id))
    return enrollment


def leave_group(uow: UnitOfWork, *, group_id: int, student_id: int) -> None:
    """End a student's place in a group; what happened in it stays. Not being in it is fine."""
    student = _student(uow, student_id)
    for held in uow.find(Enrollment, where(group_id=group_id, student_id=student_id, left_on__isnull=True)):
        uow.change(held, left_on=max(held.enrolled_on, local_today(uow, held.center_id)))
    if student.group_id == group_id:
        uow.change(student, group_id=None)


def end_enrollment(uow: UnitOfWork, enrollment: Enrollment) -> Enrollment:
    """End one place in a group, as `leave_group` does."""
    leave_group(uow, group_id=enrollment.group_id, student_id=enrollment.student_id)
    return uow.get(Enrollment, enrollment.id)


def move_student(uow: UnitOfWork, student: Student, *, group_id: int | None) -> Student:
    """Make a group the student's main one in place of the present one, which they leave (center_crm 6.8).

    The branch follows the group. The same group again changes nothing.
    Raises: Conflict("group_full"), Conflict("group_not_active") on group_id; Invalid("unknown_id").
    """
    student = uow.get(Student, student.id, to="update", lock=True)
    if student.group_id == group_id:
        return student
    if student.group_id is not None:
        leave_group(uow, group_id=student.group_id, student_id=student.id)
    if group_id is not None:
        enroll_student(uow, group_id=group_id, student_id=student.id)
    return uow.get(Student, student.id)


def register_student(
    uow: UnitOfWork, *, account: dict[str, Any], branch_id: int, group_id: int | None = None, **fields: Any
) -> Student:
    """Register a student at an open branch, with an account and, if given, a place in a group (center_crm 6.2).

    Raises: Conflict("taken") on account.username, account.email or account.phone; Invalid("branch_closed")
    on branch_id; what `enroll_student` raises.
    """
    center_id = uow.reference(Branch, branch_id, field="branch_id").center_id
    require_open_branch(uow, branch_id=branch_id)
    member = add_member(uow, account=account, role=Role.STUDENT, center_id=center_id)
    fields["enrollment_date"] = fields.get("enrollment_date") or local_today(uow, center_id)
    student = uow.add(Student, center_id=center_id, user_id=member.user_id, branch_id=branch_id, **fields)
    if student.status is StudentStatus.BLOCKED:
        block_member(uow, member)
    return move_student(uow, student, group_id=group_id)


def change_student(
    uow: UnitOfWork, student: Student, *, account: dict[str, Any] | None = None, **fields: Any
) -> Student:
    """Change a student, their account, status or main group; setting the status blocks and unblocks.

    Raises: Conflict("taken"), Conflict("group_full"), Invalid, ("branch_closed") on a branch_id that moves;
    Forbidden for fields that are not the actor's.
    """
    uow.require_fields(Student, "update", fields)
    if fields.get("branch_id", student.branch_id) != student.branch_id:
        require_open_branch(uow, branch_id=fields["branch_id"])
    group_id = fields.pop("group_id", student.group_id)
    status = fields.pop("status", student.status)
    changed = uow.change(student, **fields)
    if account:
        change_member_account(uow, user_id=student.user_id, account=account)
    if status != student.status:
        changed = _change_status(uow, changed, StudentStatus(status))
    if group_id != student.group_id:
        changed = move_student(uow, changed, group_id=group_id)
    return changed


def block_student(uow: UnitOfWork, student: Student) -> Student:
    """Keep a student out: no sign-in, status blocked; history and seat stay. Repeating is fine (C47)."""
    return _change_status(uow, student, StudentStatus.BLOCKED)


def unblock_student(uow: UnitOfWork, student: Student) -> Student:
    """Let a blocked student in again; a student who is not blocked stays as they are."""
    student = uow.get(Student, student.id, lock=True)
    if student.status is not StudentStatus.BLOCKED:
        return student
    return _change_status(uow, student, StudentStatus.ACTIVE)


def remove_student(uow: UnitOfWork, student: Student) -> None:
    """Remove a student with their places and close the account. Raises: Conflict("in_use") if history would be lost."""
    blockers = {kind: count for kind, count in uow.referencing_counts(student).items() if kind != Enrollment.__name__}
    if blockers:
        raise Conflict.because("", "in_use", kind=Student.__name__, by=blockers)
    member = find_membership(uow, user_id=student.user_id, center_id=student.center_id, role=Role.STUDENT)
    uow.remove_all(Enrollment, where(student_id=student.id))
    uow.remove(student)
    remove_member(uow, member)


def _change_status(uow: UnitOfWork, student: Student, status: StudentStatus) -> Student:
    student = uow.get(Student, student.id, lock=True)
    if status == student.status:
        return student
    if status in SEAT_STATUSES and student.status not in SEAT_STATUSES:
        for held in uow.find(Enrollment, where(student_id=student.id, left_on__isnull=True), order=("group_id",)):
            _require_seat(uow, uow.get(Group, held.group_id, to="enroll", lock=True), status)
    changed = uow.change(student, status=status)
    blocked = status is StudentStatus.BLOCKED
    if blocked or student.status is StudentStatus.BLOCKED:
        member = find_membership(uow, user_id=student.user_id, center_id=student.center_id, role=Role.STUDENT)
        (block_member if blocked else unblock_member)(uow, member)
    if blocked:
        uow.record(StudentBlocked(center_id=student.center_id, student_id=student.id))
    return changed


def _student(uow: UnitOfWork, student_id: int) -> Student:
    """The student, locked before any group is, so that two who move them take turns and never block each other."""
    try:
        return uow.get(Student, student_id, to="update", lock=True)
    except NotFound:
        raise Invalid.because("student_id", "unknown_id", id=student_id) from None


def _group_to_enroll_in(uow: UnitOfWork, group_id: int) -> Group:
    """The group, locked, so that its seats can be counted and taken without a race."""
    try:
        group = uow.get(Group, group_id, to="enroll", lock=True)
    except NotFound:
        raise Invalid.because("group_id", "unknown_id", id=group_id) from None
    if group.status is not GroupStatus.ACTIVE:
        raise Conflict.because("group_id", "group_not_active", status=group.status.value)
    return group


def _require_seat(uow: UnitOfWork, group: Group, status: StudentStatus) -> None:
    if status not in SEAT_STATUSES or group.capacity is None:
        return
    if uow.count(Enrollment, where(group_id=group.id) & takes_seat) >= group.capacity:
        raise group_full_error(uow, group.id)


def group_full_error(uow: UnitOfWork, group_id: int) -> Conflict:
    """Return the error for a group without free seats: Conflict("group_full") on group_id, with its capacity."""
    return Conflict.because("group_id", "group_full", capacity=uow.get(Group, group_id).capacity)


def seats_left(uow: UnitOfWork, group_ids: Collection[int]) -> dict[int, int]:
    """Return the number of free seats by group id; groups without a capacity are left out."""
    groups = uow.find(Group, where(id__in=group_ids, capacity__isnull=False))
    seated = uow.count_by(Enrollment, "group_id", where(group_id__in=group_ids) & takes_seat)
    return {group.id: (group.capacity or 0) - seated.get(group.id, 0) for group in groups}


def _center_of_course(uow: UnitOfWork, *, course_id: int) -> int:
    for course in uow.find(Course, where(id=course_id), limit=1):
        return course.center_id
    raise Invalid.because("course_id", "unknown_id", id=course_id)


def _require_active_course(uow: UnitOfWork, group: Group) -> None:
    if uow.count(Course, where(id=group.course_id, is_active=False)):
        raise Invalid.because("course_id", "course_inactive")
