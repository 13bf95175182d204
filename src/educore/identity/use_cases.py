"""Accounts and memberships: opening, changing, blocking and closing them."""

from __future__ import annotations

from typing import Any

from educore.identity.entities import CalendarFeed, Membership, SignIn, User
from educore.identity.passwords import PasswordProof
from educore.kernel.conditions import everything, where
from educore.kernel.entity import ActedBy
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.policy import PLATFORM, Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.values import PasswordHash


def open_account(uow: UnitOfWork, *, center_id: int | None = None, password: str | None = None, **fields: Any) -> User:
    """Open an account that `center_id` looks after. Without a password nobody can sign in to it yet.

    A `PasswordHash` is stored as it is; a plain password is hashed here, while the transaction waits for it.
    Raises: Conflict("taken") on username, email or phone.
    """
    hashed = None if password is None else _stored_form(uow, password)
    return uow.add(User, center_id=center_id, password_hash=hashed, **fields)


def change_account(
    uow: UnitOfWork,
    user: User,
    *,
    password: str | None = None,
    old_password: PasswordProof | None = None,
    **fields: Any,
) -> User:
    """Change somebody's account. A new password signs them out everywhere and closes their calendar addresses.

    One's own password changes as by `change_own_password`, whatever else one may do.
    Raises: Conflict("taken") on username, email or phone; Invalid("own_password") on password.
    """
    if password is not None and user.id == uow.actor.user_id:
        if old_password is None:
            raise Invalid.because("password", "own_password")
        change_own_password(uow, old_password=old_password, new_password=password)
        password = None
    if password is not None:
        fields["password_hash"] = _stored_form(uow, password)
    changed = uow.change(user, **fields)
    if password is not None:
        end_sign_ins(uow, user_id=user.id)
        revoke_calendars(uow, user_id=user.id)
    return changed


def change_own_password(uow: UnitOfWork, *, old_password: PasswordProof, new_password: str) -> None:
    """Change the actor's own password; every other device is signed out, and calendar addresses are closed.

    `prove_password` makes the proof, before the unit of work opens, and `hash_passwords` the hash of the new one.
    Raises: Invalid("password_wrong") on old_password, also where it has been changed since.
    """
    me = uow.get(User, uow.actor.user_id or 0, to="change_own_password", lock=True)
    if old_password != PasswordProof(me.id, me.password_hash):
        raise Invalid.because("old_password", "password_wrong")
    uow.change(me, to="change_own_password", password_hash=_stored_form(uow, new_password))
    end_sign_ins(uow, user_id=me.id)
    revoke_calendars(uow, user_id=me.id)
    if uow.actor.sign_in_id is not None:
        uow.change(uow.get(SignIn, uow.actor.sign_in_id), ended_at=None)


def change_own_name(uow: UnitOfWork, **names: str) -> User:
    """Change what the actor is called: `first_name`, `last_name`."""
    me = uow.get(User, uow.actor.user_id or 0, to="change_own_name")
    return uow.change(me, to="change_own_name", **names)


def add_member(
    uow: UnitOfWork, *, account: dict[str, Any], role: Role, center_id: int | None, to: str = "create"
) -> Membership:
    """Open an account (user name, password, names and so on) and make its owner a member of a Center.

    Raises: Conflict("taken") on account.username, account.email or account.phone; Invalid on center_id.
    """
    try:
        user = open_account(uow, center_id=center_id, **account)
    except Invalid as error:
        raise _about_account(error) from None
    return uow.add(Membership, to=to, user_id=user.id, role=role, center_id=center_id)


def change_member_account(uow: UnitOfWork, *, user_id: int, account: dict[str, Any]) -> User:
    """Change the account of a member, reporting problems under `account`.

    Raises: Conflict("taken"), Forbidden where the account is not the actor's to manage.
    """
    user = uow.get(User, user_id)
    try:
        return change_account(uow, user, **account)
    except Invalid as error:
        raise error.prefixed("account") from None


def block_member(uow: UnitOfWork, membership: Membership) -> Membership:
    """Keep a member out: their sign-ins end now and new ones are refused. Repeating changes nothing."""
    blocked = uow.change(membership, is_blocked=True)
    end_sign_ins(uow, membership_id=membership.id)
    return blocked


def unblock_member(uow: UnitOfWork, membership: Membership) -> Membership:
    """Let a blocked member sign in again."""
    return uow.change(membership, is_blocked=False)


def remove_member(uow: UnitOfWork, membership: Membership) -> None:
    """End a membership; the account goes too, if it is the actor's to close and nothing refers to it any more.

    Raises: Conflict("in_use") naming what the member did in the Center: whoever acted stays named.
    """
    require_no_acts(uow, membership)
    uow.remove(membership)
    for user in uow.find(User, where(id=membership.user_id), to="delete"):
        if not uow.referencing_counts(user):
            uow.remove(user)


def require_no_acts(uow: UnitOfWork, membership: Membership) -> None:
    """Raises: Conflict("in_use") naming what the member did in their Center, or anywhere if they belong to none."""
    here = everything if membership.center_id is None else where(center_id=membership.center_id)
    for user in uow.as_actor(PLATFORM).find(User, where(id=membership.user_id)):
        if acts := uow.referencing_counts(user, within=here, marked=ActedBy):
            raise Conflict.because("", "in_use", kind=Membership.__name__, by=acts)


def end_sign_ins(uow: UnitOfWork, **whose: int) -> int:
    """Sign a user (`user_id`) or a member (`membership_id`) out everywhere; gives the number of devices."""
    return uow.change_all(SignIn, where(ended_at__isnull=True, **whose), to="end", ended_at=uow.ports.clock.now())


def revoke_calendars(uow: UnitOfWork, **whose: int) -> int:
    """Close the calendar addresses of a user (`user_id`) or a member (`membership_id`); gives how many there were."""
    now = uow.ports.clock.now()
    return uow.change_all(CalendarFeed, where(revoked_at__isnull=True, **whose), to="revoke", revoked_at=now)


def find_membership(uow: UnitOfWork, *, user_id: int, center_id: int, role: Role) -> Membership:
    """The membership behind a student or a teacher."""
    return uow.find(Membership, where(user_id=user_id, center_id=center_id, role=role), limit=1)[0]


def _stored_form(uow: UnitOfWork, password: str) -> str:
    return str(password if isinstance(password, PasswordHash) else uow.ports.passwords.hash(password))


def _about_account(error: Invalid) -> Invalid:
    """Problems of the account, except with the Center, which was given beside it."""
    return type(error)({p if p == "center_id" else f"account.{p}": found for p, found in error.fields.items()})
