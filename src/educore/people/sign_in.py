"""Sign-in with a password, refresh, sign-out, and the end of all access after a restore."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from educore.identity.entities import CalendarFeed, SignIn, User
from educore.identity.passwords import PasswordTry, check_password, forget_failures
from educore.kernel.application import Educore
from educore.kernel.conditions import everything, where
from educore.kernel.errors import Forbidden, Unauthenticated
from educore.kernel.policy import ANONYMOUS, Actor, Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.authentication import (
    MemberState,
    SignInProof,
    new_token_fields,
    read_claims,
    refusal_code,
    secret_digest,
    sign_tokens,
    verify_sign_in,
)
from educore.people.entities import Student, Teacher

MAX_SIGN_INS = 20
"""Number of devices on which a person can be signed in at once; beyond it the oldest sign-in ends."""

ROLES_BY_RANK = tuple(Role)
"""All roles, the highest first."""


@dataclass(frozen=True)
class SignInResult:
    """The actor, their account, an access token, a refresh token and the proof in both. Do not log the tokens."""

    actor: Actor
    user: User
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    proof: SignInProof


def sign_in(school: Educore, *, password: str, host: str = "", **name: str) -> SignInResult:
    """Sign a person in by `username`, `email` or `phone`, with the highest role that they may use.

    The password is compared between two transactions, because its hash is slow; the account is therefore read again,
    and locked, before the sign-in begins.
    Raises: Unauthenticated("bad_credentials"), the same for unknown names and wrong passwords; Forbidden("blocked"),
    ("center_inactive"), ("no_membership"); TooManyAttempts (retry_after, seconds).
    """
    ((name_field, text),) = name.items()
    with school.work(ANONYMOUS, read_only=True) as uow:
        users = uow.find(User, where(**{name_field: text.lower()}), to="sign_in", limit=1)
    user = users[0] if users else None
    attempt = PasswordTry.of(user, name=text.lower(), host=host)
    wrong = Unauthenticated("bad_credentials")
    check_password(school, attempt, password, user.password_hash if user else None, wrong=wrong)
    with school.work(ANONYMOUS) as uow:
        forget_failures(uow, attempt)
        current = uow.find(User, where(id=attempt.user_id), to="sign_in", limit=1, lock=True)
        if user is None or not current or current[0].password_hash != user.password_hash:
            raise wrong  # the password was changed while this one was being compared
        return _start(uow, current[0], attempt.host)


def refresh_sign_in(school: Educore, *, token: str) -> SignInResult:
    """Exchange a refresh token for new tokens; the old one stops working, and its second use ends the sign-in.

    Raises: Unauthenticated("token_invalid"), ("token_expired"), ("signed_out"), ("blocked"), ("center_inactive").
    """
    claims = read_claims(school.ports, token, kind="refresh")
    proof = SignInProof.from_claims(claims)
    with school.work(ANONYMOUS) as uow:
        actor = verify_sign_in(uow, proof)
        own_work = uow.as_actor(actor)
        row = own_work.get(SignIn, proof.sign_in_id, lock=True)  # two refreshes at once take turns
        is_reused = not hmac.compare_digest(row.token_id, str(claims.get("rid")))
        if is_reused:
            own_work.change(row, {"ended_at": uow.ports.clock.now()})
        else:
            row = own_work.change(row, new_token_fields(uow))
            user = own_work.get(User, row.user_id)
    if is_reused:  # raised after the commit, so that the end of the sign-in is stored
        raise Unauthenticated("signed_out")
    return SignInResult(actor, user, *sign_tokens(school.ports, proof, row), proof)


def sign_out(uow: UnitOfWork) -> None:
    """End the sign-in of the actor's token; an actor without one is fine."""
    if uow.actor.sign_in_id is not None:
        uow.change(uow.get(SignIn, uow.actor.sign_in_id), {"ended_at": uow.ports.clock.now()})


def revoke_all_access(uow: UnitOfWork) -> None:
    """Sign all users out and close all calendar feeds, for use after a restore.

    Sign-ins and feeds that were ended after the backup was made would otherwise work again.
    Raises: Forbidden unless the actor may do so in all Centers.
    """
    for kind, action in ((SignIn, "end"), (CalendarFeed, "revoke")):
        if uow.scope(kind, action) != everything:
            raise Forbidden(kind=kind.__name__, action=action)
    now = uow.ports.clock.now()
    uow.change_all(SignIn, where(ended_at__isnull=True), {"ended_at": now}, to="end")
    uow.change_all(CalendarFeed, where(revoked_at__isnull=True), {"revoked_at": now}, to="revoke")


def _start(uow: UnitOfWork, user: User, host: str) -> SignInResult:
    """Start a sign-in with the highest role. Raises: Forbidden("no_membership"), ("blocked"), ("center_inactive")."""
    member = _select_membership(uow, user)
    actor = Actor(Role(member["role"]), user.id, member["id"], member["center_id"])
    profile = _find_profile(uow, actor)
    own_work = uow.as_actor(replace(actor, **profile))
    _end_oldest(own_work, user.id)
    key = secrets.token_urlsafe(32)
    row = own_work.add(
        SignIn,
        {
            "user_id": user.id,
            "membership_id": member["id"],
            "center_id": member["center_id"],
            "started_at": uow.ports.clock.now(),
            "key_digest": secret_digest(key),
            "host": host,
            **profile,
            **new_token_fields(uow),
        },
    )
    proof = SignInProof(user.id, row.id, key)
    actor = verify_sign_in(uow, proof)
    return SignInResult(actor, own_work.get(User, user.id), *sign_tokens(uow.ports, proof, row), proof)


def _select_membership(uow: UnitOfWork, user: User) -> dict[str, Any]:
    """Return the membership with the highest role among those that may sign in."""
    members = uow.select(MemberState, where(user_id=user.id), to="sign_in")
    if not members:
        raise Forbidden("no_membership")
    members.sort(key=lambda member: ROLES_BY_RANK.index(Role(member["role"])))
    member = next((member for member in members if refusal_code(member) is None), members[0])
    if code := refusal_code(member):
        raise Forbidden(code)
    return member


def _end_oldest(uow: UnitOfWork, user_id: int) -> None:
    """Make room for one more sign-in: remove expired ones, and end the oldest if there are too many."""
    now = uow.ports.clock.now()
    uow.remove_all(SignIn, where(user_id=user_id, expires_at__lte=now))
    is_open = where(user_id=user_id, ended_at__isnull=True)
    for last in uow.find(SignIn, is_open, order=("-id",), offset=MAX_SIGN_INS - 1, limit=1):
        uow.change_all(SignIn, is_open & where(id__lte=last.id), {"ended_at": now})


def _find_profile(uow: UnitOfWork, actor: Actor) -> dict[str, Any]:
    """Return the id of the student or teacher that the actor is, by field; empty for other roles."""
    kinds: dict[Role, tuple[str, type[Student | Teacher]]] = {
        Role.STUDENT: ("student_id", Student),
        Role.TEACHER: ("teacher_id", Teacher),
    }
    if actor.role not in kinds:
        return {}
    field, kind = kinds[actor.role]
    profiles = uow.find(kind, where(user_id=actor.user_id, center_id=actor.center_id), to="sign_in", limit=1)
    return {field: profiles[0].id} if profiles else {}
