"""Sign-in with a password, refresh, sign-out, and the end of all access after a restore."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from educore.identity.entities import CalendarFeed, SignIn, User
from educore.identity.passwords import PasswordTry, compare_password, forget_failures
from educore.kernel.application import Educore
from educore.kernel.conditions import everything, where
from educore.kernel.errors import Forbidden, Unauthenticated
from educore.kernel.policy import ANONYMOUS, Actor, Role
from educore.kernel.suggestions import did_you_mean
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.authentication import (
    MemberState,
    SignInProof,
    read_claims,
    refusal_code,
    secret_digest,
    verify_sign_in,
)
from educore.people.entities import Student, Teacher
from educore.people.refresh_tokens import Renewal, find_renewal, renewal_fields
from educore.people.sign_in_names import KINDS_OF_NAMES, find_named_accounts

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


def sign_in(
    school: Educore, *, password: str, host: str = "", roles: Collection[Role] | None = None, **name: str
) -> SignInResult:
    """Sign a person in by `username`, `email` or `phone`, or by a `name` that may be any of the three.

    The person gets the highest role that they may use. Accounts found by e-mail or phone must have one of `roles`,
    those that the caller speaks to. If the password fits several, the person has to give the user name.

    The password is compared between two transactions, because its hash is slow; the account is therefore locked, and
    its password looked at again, before the sign-in begins.
    Raises: Unauthenticated("bad_credentials"), the same for unknown names and wrong passwords; ("several_accounts");
    Forbidden("blocked"), ("center_inactive"), ("no_membership"); TooManyAttempts (retry_after, seconds).
    """
    ((kind, text),) = name.items()
    if kind not in KINDS_OF_NAMES:
        raise TypeError(f"sign_in() knows no {kind!r}{did_you_mean(kind, KINDS_OF_NAMES)}")
    with school.work(ANONYMOUS, read_only=True) as uow:
        named = find_named_accounts(uow, text, kind=kind, roles=roles)
    tries = [PasswordTry.of_account(user, host=host) for user in named.users]
    tries = tries or [PasswordTry.of_unknown(named.key, host=host)]
    result = compare_password(school, tries, password, comparisons=named.comparisons)
    if not result.fitting:
        raise Unauthenticated("bad_credentials")
    with school.work(ANONYMOUS) as uow:
        forget_failures(uow, tries, result)
        users = named.choose(result.fitting)
        if len(users) == 1:
            return _start(uow, _note_sign_in(uow, users[0]), tries[0].host)
    raise Unauthenticated("several_accounts")


def refresh_sign_in(school: Educore, *, token: str) -> SignInResult:
    """Exchange a refresh token for new tokens, and again for the same ones during `RENEWAL_GRACE`.

    A later use ends the sign-in.

    Raises: Unauthenticated("token_invalid"), ("token_expired"), ("signed_out"), ("blocked"), ("center_inactive").
    """
    claims = read_claims(school.ports, token, kind="refresh")
    proof, rid = SignInProof.from_claims(claims), str(claims.get("rid"))
    with school.work(ANONYMOUS) as uow:
        actor = verify_sign_in(uow, proof)
        own_work = uow.as_actor(actor)
        row = own_work.get(SignIn, proof.sign_in_id, lock=True)  # two refreshes at once take turns
        now = uow.ports.clock.now()
        renewal = find_renewal(row, rid, key=proof.key, now=now)
        if renewal is None:
            own_work.change(row, {"ended_at": now})
        else:
            if rid == row.token_id:
                own_work.change(row, renewal_fields(row, renewal, uow.ports))
            user = own_work.get(User, row.user_id)
    if renewal is None:  # raised after the commit, so that the end of the sign-in is stored
        raise Unauthenticated("signed_out")
    return SignInResult(actor, user, *renewal.sign(school.ports, proof), proof)


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


def _note_sign_in(uow: UnitOfWork, user: User) -> User:
    """Lock the account and note the time, unless its password was changed while it was being compared.

    One statement locks, compares and writes, so the account is returned as it was found a moment ago.
    Raises: Unauthenticated("bad_credentials").
    """
    unchanged = where(id=user.id, password_hash=user.password_hash)
    noted = {"last_signed_in_at": uow.ports.clock.now()}
    if not uow.as_platform().change_all(User, unchanged, noted, to="sign_in"):
        raise Unauthenticated("bad_credentials")
    return user.model_copy(update=noted)


def _start(uow: UnitOfWork, user: User, host: str) -> SignInResult:
    """Start a sign-in with the highest role. Raises: Forbidden("no_membership"), ("blocked"), ("center_inactive")."""
    member = _select_membership(uow, user)
    actor = Actor(Role(member["role"]), user.id, member["id"], member["center_id"])
    profile = _find_profile(uow, actor)
    own_work = uow.as_actor(replace(actor, **profile))
    _end_oldest(own_work, user.id)
    now, key = uow.ports.clock.now(), secrets.token_urlsafe(32)
    renewal = Renewal.first(now)
    row = own_work.add(
        SignIn,
        {
            "user_id": user.id,
            "membership_id": member["id"],
            "center_id": member["center_id"],
            "started_at": now,
            "key_digest": secret_digest(key),
            "host": host,
            **profile,
            **renewal.fields(uow.ports),
        },
    )
    proof = SignInProof(user.id, row.id, key)
    actor = verify_sign_in(uow, proof)
    return SignInResult(actor, user, *renewal.sign(uow.ports, proof), proof)


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
