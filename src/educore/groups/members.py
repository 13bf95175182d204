"""Members of a Center of any role: registered, changed and removed through one function each.

Directors, staff, teachers and students each have use cases of their own; these functions choose among them by role.
They stand in `groups` and not in `people`, because registering a student means taking a seat. Members who give no user
name get one that is made from the phone number (edumaster E09, E10).
"""

from __future__ import annotations

from typing import Any

from educore.groups.entities import Group, is_in_group
from educore.groups.students import block_student, register_student, remove_student, unblock_student
from educore.identity.entities import Membership, User
from educore.identity.use_cases import (
    appoint_member,
    block_member,
    change_member_account,
    find_membership,
    remove_member,
    unblock_member,
)
from educore.identity.usernames import free_username
from educore.kernel.actions import use_case
from educore.kernel.conditions import Where, nothing, where
from educore.kernel.errors import Invalid
from educore.kernel.policy import Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center
from educore.organization.queries import country_of
from educore.organization.use_cases import appoint_if_vacant, get_or_create_main_branch
from educore.people.entities import Student, Teacher
from educore.people.use_cases import register_staff, register_teacher, remove_teacher
from educore.values import complete_phone


@use_case
def register_person(
    uow: UnitOfWork, /, *, role: Role, account: dict[str, Any], center_id: int | None = None
) -> Membership:
    """Register a director, manager, admin, teacher or student of a Center; without `center_id`, of the actor's Center.

    Teachers and students belong to its main branch. Without a user name one is made from the phone.
    Raises: Invalid("missing") or Invalid("unknown_id") on
    center_id; Forbidden for roles that the actor may not give.
    """
    center_id = uow.actor.center_id if center_id is None else center_id
    if center_id is None:
        raise Invalid.because("center_id", "missing")
    center = uow.reference(Center, center_id, field="center_id")
    try:
        return _register(uow, role, _with_username(uow, account, center.id), center.id)
    except Invalid as error:
        raise _report_username_as_phone(error) from None


def change_person(
    uow: UnitOfWork, membership: Membership, *, account: dict[str, Any] | None = None, is_blocked: bool | None = None
) -> Membership:
    """Change the account of a member, and block or unblock them; students change their status too.

    A user name that is the phone number, as it was made in earlier versions, changes with it.
    """
    if account:
        _change_account(uow, membership.user_id, account)
    if is_blocked is None or is_blocked == membership.is_blocked:
        return membership
    for student in uow.find(Student, _has_profile(membership, Role.STUDENT)):
        (block_student if is_blocked else unblock_student)(uow, student)
    return (block_member if is_blocked else unblock_member)(uow, membership)


def remove_person(uow: UnitOfWork, membership: Membership) -> None:
    """Remove a member with their student or teacher row. Raises: Conflict("in_use") if other rows refer to them."""
    for student in uow.find(Student, _has_profile(membership, Role.STUDENT)):
        return remove_student(uow, student)
    for teacher in uow.find(Teacher, _has_profile(membership, Role.TEACHER)):
        return remove_teacher(uow, teacher)
    return remove_member(uow, membership)


def students_in_group(uow: UnitOfWork, group_id: int) -> Where:
    """Return the condition for the members who are students with an open enrollment in a group that the actor sees."""
    for group in uow.find(Group, where(id=group_id), limit=1):
        student = is_in_group(group_id) & where(center_id=group.center_id)
        return where(role=Role.STUDENT, center_id=group.center_id, user__has=where(Student__has=student))
    return nothing


def _register(uow: UnitOfWork, role: Role, account: dict[str, Any], center_id: int) -> Membership:
    if role is Role.DIRECTOR:
        director = appoint_member(uow, account=account, role=role, center_id=center_id)
        appoint_if_vacant(uow, director)
        return director
    if role not in (Role.TEACHER, Role.STUDENT):
        return register_staff(uow, account=account, role=role, center_id=center_id)
    branch = get_or_create_main_branch(uow, center_id=center_id)
    if role is Role.STUDENT:
        user_id = register_student(uow, account=account, branch_id=branch.id).user_id
    else:
        user_id = register_teacher(uow, account=account, branch_id=branch.id).user_id
    return find_membership(uow, user_id=user_id, center_id=center_id, role=role)


def _change_account(uow: UnitOfWork, user_id: int, account: dict[str, Any]) -> None:
    user = uow.get(User, user_id)
    phone = _complete(uow, account.get("phone"), user.center_id)
    if phone is not None and user.username == user.phone != phone:
        account = _with_username(uow, account, user.center_id)
    try:
        change_member_account(uow, user_id=user_id, account=account)
    except Invalid as error:
        raise _report_username_as_phone(error) from None


def _with_username(uow: UnitOfWork, account: dict[str, Any], center_id: int | None) -> dict[str, Any]:
    """Return the account with a user name made from its phone, unless it has one; without a phone it gets none."""
    phone = _complete(uow, account.get("phone"), center_id)
    if phone is None or "username" in account:
        return {"username": None, **account}
    return {**account, "username": free_username(uow, center_id=center_id, email=account.get("email"), phone=phone)}


def _complete(uow: UnitOfWork, phone: str | None, center_id: int | None) -> str | None:
    """Return a phone as it will be stored; what is none stays, and is refused with the row."""
    if phone is None or phone.startswith("+"):
        return phone
    return complete_phone(phone, country=country_of(uow, center_id)) or phone


def _has_profile(membership: Membership, role: Role) -> Where:
    """Return the condition for the student or teacher row of a member who has this role; nothing for other roles."""
    return where(user_id=membership.user_id, center_id=membership.center_id) if membership.role is role else nothing


def _report_username_as_phone(error: Invalid) -> Invalid:
    """Move problems of the user name to the phone number, which is the field that callers know."""
    renamed = {"account.username": "account.phone"}
    return type(error)({renamed.get(path, path): problems for path, problems in error.fields.items()})
