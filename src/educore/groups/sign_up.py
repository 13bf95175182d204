"""Registration at a school: by oneself as a student or a parent, or by its office.

People sign in with their e-mail address, so it is unique among those whom the caller addresses, and their user names
are made up from it. A stranger thus learns whether an address is known; documents print that answer, so the number of
such questions is limited. Tested in `tests/domain/test_sign_up.py`.
"""

from __future__ import annotations

from typing import Any

from educore.groups.members import register_person
from educore.identity.entities import Membership, User
from educore.identity.passwords import PasswordTry, count_try, forget_try
from educore.identity.usernames import free_username
from educore.kernel.actions import use_case
from educore.kernel.application import Educore
from educore.kernel.conditions import Where, everything, where
from educore.kernel.errors import Conflict, Forbidden, Invalid
from educore.kernel.policy import Actor, Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center, CenterKind, CenterStatus
from educore.organization.queries import local_today

MAX_TRIES = 3
"""The number of times that a registration is tried whose user name somebody else takes at the same moment."""


def sign_up(
    school: Educore,
    *,
    actor: Actor,
    role: Role,
    account: dict[str, Any],
    center_id: int,
    among: Where = everything,
    host: str = "",
) -> Membership:
    """Register a person at a Center: a visitor oneself, or the office somebody else.

    The account needs an e-mail that nobody `among` the addressed members has, and a hashed password. No unit of work
    may be open.
    Raises: Forbidden for a role or a Center for which the actor may register nobody; Invalid("missing") and
    Conflict("taken") on account.email; Invalid("in_future") on account.birthday; TooManyAttempts (retry_after, seconds)
    for visitors.
    """
    attempt = PasswordTry.of_visitor(host=host) if actor.role is Role.ANONYMOUS else None
    if attempt is not None:
        count_try(school, attempt)
    for is_last in (*[False] * (MAX_TRIES - 1), True):
        try:
            with school.work(actor) as uow:
                member = register_by_email(uow, role=role, account=account, center_id=center_id, among=among)
                if attempt is not None:
                    forget_try(uow, attempt)
                return member
        except Conflict as error:
            if is_last or "account.username" not in error.fields:
                raise
    raise AssertionError("the last try returns or raises")


@use_case
def register_by_email(
    uow: UnitOfWork, /, *, role: Role, account: dict[str, Any], center_id: int, among: Where = everything
) -> Membership:
    """Register a person under a user name made from their e-mail; teachers and students join the main branch.

    The policy of Membership decides on the finished member by the action `register`: a visitor may not read accounts,
    nor a clerk add teachers elsewhere. Raises: the errors of `sign_up`.
    """
    platform, email = uow.as_platform(), account.get("email")
    if not email:
        raise Invalid.because("account.email", "missing")
    if not uow.may(Membership, "register"):
        raise Forbidden(kind=Membership.__name__, action="register")
    if (born := account.get("birthday")) and born > (today := local_today(platform, center_id)):
        raise Invalid.because("account.birthday", "in_future", today=today.isoformat())
    refuse_taken_email(platform, email, among=among, field="account.email")
    account = {"password_is_initial": uow.actor.user_id is not None, **account}
    account["username"] = free_username(uow, center_id=center_id, email=email)
    member = register_person(platform, role=role, account=account, center_id=center_id)
    if not uow.count(Membership, where(id=member.id), to="register"):
        raise Forbidden(kind=Membership.__name__, action="register")
    return member


def refuse_taken_email(uow: UnitOfWork, email: str, *, among: Where, field: str = "email") -> None:
    """Refuse an e-mail address of one of the addressed members, also of one who may come back.

    Raises: Conflict("taken") on the field.
    """
    platform, email = uow.as_platform(), email.lower()
    if platform.count(User, where(email=email, Membership__has=among)) or platform.count(
        Membership, among & where(user__email=email), to="restore"
    ):
        raise Conflict.because(field, "taken")


def find_sign_up_center(uow: UnitOfWork, handle: str | None) -> int:
    """Return the id of the school at which visitors register: the one with the handle, else the only one there is.

    Raises: Forbidden("sign_up_closed").
    """
    schools = where(kind=CenterKind.SCHOOL, status=CenterStatus.ACTIVE)
    wanted = schools if handle is None else schools & where(handle=handle)
    found = uow.as_platform().find(Center, wanted, limit=2)
    if len(found) != 1:
        raise Forbidden("sign_up_closed")
    return found[0].id
