"""Students: registration, changes, blocking and removal. They live here because they take seats in groups."""

from __future__ import annotations

from typing import Any

from educore.groups.entities import Enrollment, Group
from educore.groups.events import StudentBlocked
from educore.groups.places import correct_enrollment_date, replace_main_group
from educore.groups.seats import require_seat
from educore.identity.entities import Membership
from educore.identity.use_cases import (
    add_member,
    block_member,
    change_member_account,
    find_membership,
    remove_member,
    unblock_member,
)
from educore.kernel.actions import locks_row, use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.policy import Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Branch
from educore.organization.queries import local_today
from educore.organization.use_cases import refuse_closed, require_open_branch
from educore.people.entities import SEAT_STATUSES, Guardianship, Student, StudentStatus


@use_case
def register_student(
    uow: UnitOfWork,
    /,
    *,
    account: dict[str, Any],
    branch_id: int | None = None,
    group_id: int | None = None,
    **fields: Any,
) -> Student:
    """Register a student at an open branch, with an account and, if `group_id` is given, a seat (center_crm 6.2).

    The seat is taken from the enrollment date on, which is today unless it is given. Without `branch_id`, the branch
    is that of the group.
    Raises: Conflict("taken") on account.username; Invalid("branch_closed"), ("unknown_id"), ("missing") and
    ("not_branch_of_group") on branch_id; the errors of `enroll_student`.
    """
    if branch_id is None and group_id is not None:
        branch_id = uow.reference(Group, group_id, field="group_id", to="enroll", lock=True).branch_id
    if branch_id is None:
        raise Invalid.because("branch_id", "missing")
    branch = uow.reference(Branch, branch_id, field="branch_id")
    refuse_closed(branch)
    center_id = branch.center_id
    member = add_member(uow, account=account, role=Role.STUDENT, center_id=center_id)
    fields["enrollment_date"] = fields.get("enrollment_date") or local_today(uow, center_id)
    student = uow.add(Student, with_computed(fields, center_id=center_id, user_id=member.user_id, branch_id=branch_id))
    if student.status is StudentStatus.BLOCKED:
        block_member(uow, member)
    placed = replace_main_group(uow, student, group_id, since=student.enrollment_date)
    _refuse_other_branch(uow, placed, branch_id)
    return placed


@locks_row
@use_case
def change_student(
    uow: UnitOfWork, student: Student, /, *, account: dict[str, Any] | None = None, **fields: Any
) -> Student:
    """Change a student, their account, status or main group. A new status also blocks or unblocks the member.

    The branch follows the main group. A corrected enrollment date also moves the beginning of places in groups, as
    `correct_enrollment_date` describes; a student without a group takes a new place from the corrected date on.
    Raises: Conflict("taken") under `account`; Conflict("group_full"), Conflict("group_not_active") on group_id;
    Invalid("branch_closed") on a branch_id that changes, ("not_branch_of_group") on a branch_id that is not that of
    the main group; Invalid("left_before"), Conflict("marked_before"), ("charged_before") on enrollment_date;
    Forbidden for fields that the actor may not change.
    """
    uow.require_fields(Student, "update", fields)
    if fields.get("branch_id", student.branch_id) != student.branch_id:
        require_open_branch(uow, branch_id=fields["branch_id"])
    group_id = fields.pop("group_id", student.group_id)
    status = fields.pop("status", student.status)
    changed = uow.change(student, fields)
    if account:
        change_member_account(uow, user_id=student.user_id, account=account)
    if status != student.status:
        changed = _change_status(uow, changed, StudentStatus(status))
    since = None
    if changed.enrollment_date != student.enrollment_date:
        correct_enrollment_date(uow, changed, before=student.enrollment_date)
        since = changed.enrollment_date if student.group_id is None else None
    if group_id != student.group_id:
        changed = replace_main_group(uow, changed, group_id, since=since)
    if group_id is not None and (group_id, fields.get("branch_id")) != (student.group_id, student.branch_id):
        _refuse_other_branch(uow, changed, fields.get("branch_id"))
    return changed


@locks_row
@use_case
def block_student(uow: UnitOfWork, student: Student, /) -> Student:
    """Block a student: they are signed out and cannot sign in. History and seat stay; repeating is fine (C47)."""
    return _change_status(uow, student, StudentStatus.BLOCKED)


@locks_row
@use_case
def unblock_student(uow: UnitOfWork, student: Student, /) -> Student:
    """Make a blocked student active again; a student who is not blocked stays unchanged."""
    student = uow.get(Student, student.id, lock=True)
    if student.status is not StudentStatus.BLOCKED:
        return student
    return _change_status(uow, student, StudentStatus.ACTIVE)


@locks_row
@use_case
def remove_student(uow: UnitOfWork, student: Student, /) -> None:
    """Remove a student, their enrollments and their account.

    Raises: Conflict("in_use") with the number of rows by kind, if other rows refer to the student.
    """
    student = uow.get(Student, student.id, to="delete", lock=True)
    counts = uow.referencing_counts(student)
    counts.pop(Enrollment.__name__, None)
    guardians = counts.pop(Guardianship.__name__, 0)
    if counts:
        raise Conflict.because("", "in_use", kind=Student.__name__, by=counts)
    member = _lock_membership(uow, student)
    uow.remove_all(Enrollment, where(student_id=student.id))
    if guardians:
        uow.remove_all(Guardianship, where(student_id=student.id))
    uow.remove(student)
    remove_member(uow, member)


def _change_status(uow: UnitOfWork, student: Student, status: StudentStatus) -> Student:
    """Change the status; a student who takes seats again needs a free one in each of their groups.

    Raises: Conflict("group_full") on group_id.
    """
    student = uow.get(Student, student.id, lock=True)
    if status == student.status:
        return student
    if status in SEAT_STATUSES and student.status not in SEAT_STATUSES:
        enrollments = uow.find(Enrollment, where(student_id=student.id, left_on__isnull=True), order=("group_id",))
        for enrollment in enrollments:
            require_seat(uow, uow.get(Group, enrollment.group_id, to="enroll", lock=True), status)
    changed = uow.change(student, {"status": status})
    is_blocked = status is StudentStatus.BLOCKED
    if is_blocked or student.status is StudentStatus.BLOCKED:
        member = _lock_membership(uow, student)
        (block_member if is_blocked else unblock_member)(uow, member)
    if is_blocked:
        uow.record(StudentBlocked(center_id=student.center_id, student_id=student.id))
    return changed


def _refuse_other_branch(uow: UnitOfWork, student: Student, branch_id: int | None) -> None:
    """Refuse a given branch that is not that of the main group. Raises: Invalid("not_branch_of_group") on branch_id."""
    if branch_id is None or student.group_id is None:
        return
    group = uow.get(Group, student.group_id)
    if group.branch_id != branch_id:
        branch = uow.get(Branch, group.branch_id).name
        raise Invalid.because("branch_id", "not_branch_of_group", group=group.name, branch=branch)


def _lock_membership(uow: UnitOfWork, student: Student) -> Membership:
    owner: dict[str, Any] = {"user_id": student.user_id, "center_id": student.center_id}
    return find_membership(uow, **owner, role=Role.STUDENT, lock=True)
