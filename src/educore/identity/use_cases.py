"""Accounts and memberships: opening, changing, blocking and closing them."""

from __future__ import annotations

from typing import Any

from educore.identity.entities import CalendarFeed, Membership, SignIn, User
from educore.identity.passwords import PasswordProof
from educore.kernel.actions import locks_row, use_case, with_computed
from educore.kernel.conditions import everything, where
from educore.kernel.entity import ActedBy
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.policy import Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.values import PasswordHash


@use_case
def open_account(
    uow: UnitOfWork,
    /,
    *,
    center_id: int | None = None,
    password: str | None = None,
    password_is_initial: bool | None = None,
    **fields: Any,
) -> User:
    """Open an account for a Center. Without a password its owner cannot sign in yet.

    A password that a person chooses for another one is an initial one, unless `password_is_initial` says otherwise.
    A `PasswordHash` is stored as it is; a plain password is hashed here, which makes the transaction slow.
    Raises: Conflict("taken") on username.
    """
    credentials = _new_password(uow, password)
    if password_is_initial is not None:
        credentials["password_is_initial"] = password_is_initial
    return uow.add(User, with_computed(fields, center_id=center_id, **credentials))


@locks_row
@use_case
def change_account(
    uow: UnitOfWork,
    user: User,
    /,
    *,
    password: str | None = None,
    old_password: PasswordProof | None = None,
    **fields: Any,
) -> User:
    """Change an account. A new password signs its owner out on all devices and closes their calendar feeds.

    The actor's own password needs a proof of the old one, whatever their role, as in `change_own_password`.
    Raises: Conflict("taken") on username; Invalid("own_password") on password.
    """
    if password is not None and user.id == uow.actor.user_id:
        if old_password is None:
            raise Invalid.because("password", "own_password")
        change_own_password(uow, old_password=old_password, new_password=password)
        password = None
    if password is not None:
        fields = with_computed(fields, **_new_password(uow, password, owner_id=user.id))
    changed = uow.change(user, fields)
    if password is not None:
        end_sign_ins(uow, user_id=user.id)
        revoke_calendars(uow, user_id=user.id)
    return changed


@use_case
def change_own_password(uow: UnitOfWork, /, *, old_password: PasswordProof, new_password: str) -> None:
    """Change the actor's own password; all other devices are signed out, and calendar feeds are closed.

    Call `prove_password` for the proof, and hash the new password, before the unit of work opens.
    Raises: Invalid("password_wrong") on old_password, also if the password was changed after the proof.
    """
    account = uow.get(User, uow.actor.user_id or 0, to="change_own_password", lock=True)
    if old_password != PasswordProof(account.id, account.password_hash):
        raise Invalid.because("old_password", "password_wrong")
    chosen = {"password_hash": _hash_unless_hashed(uow, new_password), "password_is_initial": False}
    uow.change(account, chosen, to="change_own_password")
    end_sign_ins(uow, user_id=account.id)
    revoke_calendars(uow, user_id=account.id)
    if uow.actor.sign_in_id is not None:
        uow.change(uow.get(SignIn, uow.actor.sign_in_id), {"ended_at": None})


@use_case
def change_own_name(uow: UnitOfWork, /, **names: str) -> User:
    """Change the actor's own `first_name` and `last_name`."""
    account = uow.get(User, uow.actor.user_id or 0, to="change_own_name")
    return uow.change(account, names, to="change_own_name")


@use_case
def change_own_profile(uow: UnitOfWork, /, **fields: Any) -> User:
    """Change what the actor's account says about them: names, phone, birthday, picture, address, language and so on.

    Raises: Forbidden for other fields.
    """
    account = uow.get(User, uow.actor.user_id or 0, to="change_own_profile", lock=True)
    return uow.change(account, fields, to="change_own_profile")


@use_case
def add_member(uow: UnitOfWork, /, *, account: dict[str, Any], role: Role, center_id: int | None) -> Membership:
    """Open an account (user name, password, names and so on) and make its owner a member of a Center.

    Raises: Conflict("taken") on account.username; Invalid on center_id.
    """
    return uow.add(Membership, _open_membership(uow, account, role, center_id))


@use_case
def appoint_member(uow: UnitOfWork, /, *, account: dict[str, Any], role: Role, center_id: int | None) -> Membership:
    """Do the same by the right to appoint, which other roles may have than the right to add members."""
    return uow.add(Membership, _open_membership(uow, account, role, center_id), to="appoint")


def _open_membership(uow: UnitOfWork, account: dict[str, Any], role: Role, center_id: int | None) -> dict[str, Any]:
    try:
        user = open_account(uow, center_id=center_id, **account)
    except Invalid as error:
        raise _prefix_account(error) from None
    return {"user_id": user.id, "role": role, "center_id": center_id}


@use_case
def move_member(uow: UnitOfWork, membership: Membership, /, *, center_id: int) -> Membership:
    """Move a member and their account to another Center.

    Raises: Invalid("unknown_id") on center_id.
    """
    moved = uow.change(membership, {"center_id": center_id})
    uow.change(uow.get(User, membership.user_id), {"center_id": center_id})
    return moved


def change_member_account(uow: UnitOfWork, *, user_id: int, account: dict[str, Any]) -> User:
    """Change the account of a member, reporting problems under `account`.

    Raises: Conflict("taken") under `account`; Forbidden for accounts that the actor may not change.
    """
    user = uow.get(User, user_id, lock=True)
    try:
        return change_account(uow, user, **account)
    except Invalid as error:
        raise error.prefixed("account") from None


@locks_row
@use_case
def block_member(uow: UnitOfWork, membership: Membership, /) -> Membership:
    """Block a member: their sign-ins end and new ones are refused. Repeating changes nothing."""
    blocked = uow.change(membership, {"is_blocked": True})
    end_sign_ins(uow, membership_id=membership.id)
    return blocked


@locks_row
@use_case
def unblock_member(uow: UnitOfWork, membership: Membership, /) -> Membership:
    """Let a blocked member sign in again."""
    return uow.change(membership, {"is_blocked": False})


@use_case
def archive_member(uow: UnitOfWork, membership: Membership, /) -> Membership:
    """Remove a member from their Center so that they can come back: they are signed out and cannot sign in.

    The account stays, and with it the user name. Raises: Conflict("own_membership") for the actor's own one;
    Conflict("last_director") for the only director of the Center who is not blocked.
    """
    if membership.user_id == uow.actor.user_id:
        raise Conflict.because("", "own_membership")
    if membership.role is Role.DIRECTOR:
        _require_another_director(uow, membership)
    archived = uow.archive(membership)
    end_sign_ins(uow, membership_id=membership.id)
    return archived


@locks_row
@use_case
def restore_member(uow: UnitOfWork, membership: Membership, /) -> Membership:
    """Bring a member back who was removed from their Center; they can sign in again."""
    return uow.restore(membership)


def _require_another_director(uow: UnitOfWork, membership: Membership) -> None:
    """Lock the directors of a Center, so that two who are archived at once take turns, and refuse the last one."""
    directors = where(center_id=membership.center_id, role=Role.DIRECTOR, is_blocked=False)
    if {found.id for found in uow.as_platform().find(Membership, directors, lock=True)} <= {membership.id}:
        raise Conflict.because("", "last_director")


@locks_row
@use_case
def remove_member(uow: UnitOfWork, membership: Membership, /) -> None:
    """Remove a membership, and the account too if the actor may close it and no row refers to it any more.

    Raises: Conflict("in_use") with the number of rows by kind, if the member acted in the Center.
    """
    require_no_acts(uow, membership)
    uow.remove(membership)
    for user in uow.find(User, where(id=membership.user_id), to="delete"):
        if not uow.referencing_counts(user):
            uow.remove(user)


def require_no_acts(uow: UnitOfWork, membership: Membership) -> None:
    """Refuse a member who acted in their Center, or anywhere if they belong to none: they must stay named as the actor.

    Raises: Conflict("in_use") with the number of rows by kind.
    """
    here = everything if membership.center_id is None else where(center_id=membership.center_id)
    for user in uow.as_platform().find(User, where(id=membership.user_id)):
        if counts := uow.referencing_counts(user, within=here, marked=ActedBy):
            raise Conflict.because("", "in_use", kind=Membership.__name__, by=counts)


def end_sign_ins(uow: UnitOfWork, **owner: int) -> int:
    """Sign a user (`user_id=3`) or a member (`membership_id=5`) out on all devices; return the number of devices."""
    return uow.change_all(SignIn, where(ended_at__isnull=True, **owner), {"ended_at": uow.ports.clock.now()}, to="end")


def revoke_calendars(uow: UnitOfWork, **owner: int) -> int:
    """Close the calendar feeds of a user (`user_id=3`) or a member (`membership_id=5`); return their number."""
    now = uow.ports.clock.now()
    return uow.change_all(CalendarFeed, where(revoked_at__isnull=True, **owner), {"revoked_at": now}, to="revoke")


def find_membership(uow: UnitOfWork, *, user_id: int, center_id: int, role: Role, lock: bool = False) -> Membership:
    """Return the membership of a student or a teacher; lock their own row before it.

    Raises: Conflict("archived") if they were removed from the Center.
    """
    found = uow.find(Membership, where(user_id=user_id, center_id=center_id, role=role), limit=1, lock=lock)
    if not found:
        raise Conflict.because("", "archived", kind=Membership.__name__)
    return found[0]


def _new_password(uow: UnitOfWork, password: str | None, *, owner_id: int | None = None) -> dict[str, Any]:
    """Return the fields of an account that keep a password; that of an account of somebody else is an initial one."""
    hashed = None if password is None else _hash_unless_hashed(uow, password)
    is_initial = hashed is not None and uow.actor.user_id not in (None, owner_id)
    return {"password_hash": hashed, "password_is_initial": is_initial}


def _hash_unless_hashed(uow: UnitOfWork, password: str) -> str:
    return str(password if isinstance(password, PasswordHash) else uow.ports.passwords.hash(password))


def _prefix_account(error: Invalid) -> Invalid:
    """Move the problems under `account`, except those of `center_id`, which callers give beside the account."""
    paths = {path: path if path == "center_id" else f"account.{path}" for path in error.fields}
    return type(error)({paths[path]: problems for path, problems in error.fields.items()})
