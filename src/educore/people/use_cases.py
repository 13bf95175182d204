"""Directors, staff and teachers. Students take seats, so `educore.groups` registers them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from educore.identity.entities import Membership, User
from educore.identity.use_cases import (
    add_member,
    block_member,
    change_member_account,
    find_membership,
    open_account,
    remove_member,
    unblock_member,
)
from educore.kernel.actions import locks_row, use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Invalid
from educore.kernel.policy import Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Branch, Center, CenterKind
from educore.organization.use_cases import appoint_if_vacant, move_director
from educore.people.entities import Teacher, TeacherRating

HELD_IN_SCHOOLS = (Role.STAFF, Role.PARENT, Role.DRIVER)
"""The roles, beside those of every Center, that members of a school may have."""


@use_case
def open_superadmin(uow: UnitOfWork, /, *, account: dict[str, Any]) -> User:
    """Open an account for a superadmin, who belongs to no Center.

    `uow` must act as a superadmin; for the first one, as `PLATFORM`.
    Raises: Conflict("taken") on username; Invalid.
    """
    user = open_account(uow, center_id=None, **account)
    uow.add(Membership, {"user_id": user.id, "role": Role.SUPERADMIN, "center_id": None})
    return user


@use_case
def register_director(uow: UnitOfWork, /, *, account: dict[str, Any], center_id: int | None = None) -> Membership:
    """Register a director of a Center, as its main one if it has none (center_crm 2.2).

    Without a Center the director cannot sign in until one names them: see `appoint_director`.

    Raises: Conflict("taken") on account.username; Invalid on center_id.
    """
    director = add_member(uow, account=account, role=Role.DIRECTOR, center_id=center_id)
    if center_id is not None:
        appoint_if_vacant(uow, director)
    return director


@use_case
def register_staff(
    uow: UnitOfWork, /, *, account: dict[str, Any], role: Role, center_id: int | None = None
) -> Membership:
    """Register somebody of the office, a parent or a driver; without `center_id`, of the actor's Center.

    Raises: Conflict("taken") on account.username; Invalid("missing"),
    Invalid("unknown_id") on center_id.
    """
    center_id = uow.actor.center_id if center_id is None else center_id
    if center_id is None:
        raise Invalid.because("center_id", "missing")
    return add_member(uow, account=account, role=role, center_id=center_id)


@use_case
def register_member(
    uow: UnitOfWork, /, *, account: dict[str, Any], role: Role, center_id: int | None = None
) -> Membership:
    """Register a director, a manager or an admin, in a school also other staff, a parent or a driver.

    Students and teachers have use cases of their own.

    Raises: the errors of `register_director` and `register_staff`; Invalid("not_this_role") on role.
    """
    if role is Role.DIRECTOR:
        if center_id is None:
            raise Invalid.because("center_id", "missing")
        return register_director(uow, account=account, center_id=center_id)
    center_id = uow.actor.center_id if center_id is None else center_id
    if role not in (Role.MANAGER, Role.ADMIN) and not _is_school_role(uow, role, center_id):
        raise Invalid.because("role", "not_this_role", expected="director, manager, admin")
    return register_staff(uow, account=account, role=role, center_id=center_id)


def _is_school_role(uow: UnitOfWork, role: Role, center_id: int | None) -> bool:
    if role not in HELD_IN_SCHOOLS or center_id is None:
        return False
    return bool(uow.count(Center, where(id=center_id, kind=CenterKind.SCHOOL)))


@locks_row
@use_case
def change_member(
    uow: UnitOfWork, membership: Membership, /, *, account: dict[str, Any] | None = None, **fields: Any
) -> Membership:
    """Change a director or staff member: their account, block or unblock them, move a director to another Center.

    Raises: Conflict("taken"); Invalid("unknown_id") on center_id, Invalid("cannot_change") on role.
    """
    membership = uow.get(Membership, membership.id, to="update", lock=True)  # before the account, as everywhere
    if account:
        change_member_account(uow, user_id=membership.user_id, account=account)
    if fields.pop("role", membership.role) != membership.role:
        raise Invalid.because("role", "cannot_change")
    is_blocked = fields.pop("is_blocked", membership.is_blocked)
    if is_blocked != membership.is_blocked:
        membership = (block_member if is_blocked else unblock_member)(uow, membership)
    center_id = fields.pop("center_id", membership.center_id)
    if center_id == membership.center_id:
        return uow.change(membership, fields)
    if membership.role is not Role.DIRECTOR or center_id is None:
        raise Invalid.because("center_id", "cannot_change")
    return move_director(uow, uow.change(membership, fields), center_id=center_id)


@use_case
def register_teacher(uow: UnitOfWork, /, *, account: dict[str, Any], branch_id: int, **fields: Any) -> Teacher:
    """Register a teacher at a branch (center_crm 7.2).

    Raises: Conflict("taken") on account.username; Invalid on branch_id.
    """
    center_id = uow.reference(Branch, branch_id, field="branch_id").center_id
    member = add_member(uow, account=account, role=Role.TEACHER, center_id=center_id)
    return uow.add(Teacher, with_computed(fields, center_id=center_id, user_id=member.user_id, branch_id=branch_id))


@locks_row
@use_case
def change_teacher(
    uow: UnitOfWork, teacher: Teacher, /, *, account: dict[str, Any] | None = None, **fields: Any
) -> Teacher:
    """Change a teacher and their account. Raises: Conflict("taken"), Invalid on branch_id."""
    teacher = uow.get(Teacher, teacher.id, to="update", lock=True)  # before the account, as everywhere
    if account:
        change_member_account(uow, user_id=teacher.user_id, account=account)
    return uow.change(teacher, fields)


@use_case
def block_teacher(uow: UnitOfWork, teacher: Teacher, /) -> Teacher:
    """Block a teacher: they are signed out and cannot sign in. Groups and sessions stay theirs; repeating is fine."""
    block_member(uow, _lock_membership(uow, teacher))
    return teacher


@use_case
def unblock_teacher(uow: UnitOfWork, teacher: Teacher, /) -> Teacher:
    """Let a blocked teacher sign in again."""
    unblock_member(uow, _lock_membership(uow, teacher))
    return teacher


@locks_row
@use_case
def remove_teacher(uow: UnitOfWork, teacher: Teacher, /) -> None:
    """Remove a teacher and their account; their groups stay without a teacher.

    Raises: Conflict("in_use") if other rows refer to the teacher.
    """
    teacher = uow.get(Teacher, teacher.id, to="delete", lock=True)
    member = _lock_membership(uow, teacher)
    uow.remove(teacher)
    remove_member(uow, member)


@locks_row
@use_case
def rate_teacher(uow: UnitOfWork, teacher: Teacher, /, *, rating: Decimal) -> Teacher:
    """Set the performance rating of a teacher and store a `TeacherRating` (center_crm 7.7)."""
    rated = uow.change(teacher, {"performance_rating": rating}, to="rate")
    uow.add(
        TeacherRating,
        {
            "center_id": teacher.center_id,
            "teacher_id": teacher.id,
            "rated_by_id": uow.actor.user_id,
            "rated_at": uow.ports.clock.now(),
            "rating": rating,
            "previous_rating": teacher.performance_rating,
        },
    )
    return rated


def _lock_membership(uow: UnitOfWork, teacher: Teacher) -> Membership:
    owner: dict[str, Any] = {"user_id": teacher.user_id, "center_id": teacher.center_id}
    return find_membership(uow, **owner, role=Role.TEACHER, lock=True)
