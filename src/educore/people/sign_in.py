"""Sign-in with a password, refresh, sign-out, and the end of all access after a restore."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from educore.identity.entities import CalendarFeed, Membership, SignIn, User
from educore.identity.passwords import PasswordTry, compare_password, forget_failures
from educore.kernel.application import Educore
from educore.kernel.conditions import Where, everything, where
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
from educore.people.refresh_tokens import Lifetimes, Renewal, find_renewal, is_newest, renewal_fields, sign_access
from educore.people.sign_in_names import KINDS_OF_NAMES, find_named_accounts

MAX_SIGN_INS = 20
"""Number of devices on which a person can be signed in at once; beyond it the oldest sign-in ends."""

ROLES_BY_RANK = tuple(Role)
"""All roles, the highest first."""

Claims = Callable[[Actor, User], Mapping[str, Any]]
"""Returns what an access token tells its client about the bearer, beside what it tells us."""


@dataclass(frozen=True)
class SignInResult:
    """The actor, their account, an access token, a refresh token and the proof in both. Do not log the tokens."""

    actor: Actor
    user: User
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    proof: SignInProof


def no_claims(actor: Actor, user: User) -> Mapping[str, Any]:
    """Tell the client nothing."""
    return {}


def sign_in(
    school: Educore,
    *,
    password: str,
    host: str = "",
    among: Where = everything,
    role: Role | None = None,
    lifetimes: Lifetimes | None = None,
    claims: Claims = no_claims,
    **name: str,
) -> SignInResult:
    """Sign a person in by `username`, `email` or `phone`, or by a `name` that may be any of the three.

    Only memberships `among` those that the caller addresses count: an account found by e-mail or phone has one, and
    the person gets the one with the highest role, or with `role`. If the password fits several accounts, the person
    has to give the user name. `lifetimes` are those of the settings by default; `claims` adds to the access token.

    The password is compared between two transactions, because its hash is slow; the account is therefore locked, and
    its password looked at again, before the sign-in begins.
    Raises: Unauthenticated("bad_credentials"), the same for unknown names and wrong passwords; ("several_accounts");
    Forbidden("blocked"), ("center_inactive"), ("no_membership"), ("not_addressed"); TooManyAttempts (retry_after,
    seconds).
    """
    ((kind, text),) = name.items()
    if kind not in KINDS_OF_NAMES:
        raise TypeError(f"sign_in() knows no {kind!r}{did_you_mean(kind, KINDS_OF_NAMES)}")
    with school.work(ANONYMOUS, read_only=True) as uow:
        named = find_named_accounts(uow, text, kind=kind, among=among)
    tries = [PasswordTry.of_account(user, host=host) for user in named.users]
    tries = tries or [PasswordTry.of_unknown(named.key, host=host)]
    result = compare_password(school, tries, password, comparisons=named.comparisons)
    if not result.fitting:
        raise Unauthenticated("bad_credentials")
    with school.work(ANONYMOUS) as uow:
        forget_failures(uow, tries, result)
        users = named.choose(result.fitting)
        if len(users) == 1:
            user = _note_sign_in(uow, users[0])
            member = _select_membership(uow, user, among if role is None else among & where(role=role))
            return _start(uow, user, member, tries[0].host, lifetimes or Lifetimes.of(uow.ports), claims)
    raise Unauthenticated("several_accounts")


def refresh_sign_in(school: Educore, *, token: str, among: Where = everything) -> SignInResult:
    """Exchange a refresh token for new tokens, and again for the same ones during `RENEWAL_GRACE`.

    A later use ends the sign-in.

    Raises: Unauthenticated("token_invalid"), ("token_expired"), ("signed_out"), ("blocked"), ("center_inactive");
    Forbidden("not_addressed").
    """
    claims = read_claims(school.ports, token, kind="refresh")
    proof, rid = SignInProof.from_claims(claims), str(claims.get("rid"))
    lifetimes = Lifetimes.of(school.ports)
    with school.work(ANONYMOUS) as uow:
        actor = verify_sign_in(uow, proof, among=among)
        own_work = uow.as_actor(actor)
        row = own_work.get(SignIn, proof.sign_in_id, lock=True)  # two refreshes at once take turns
        now = uow.ports.clock.now()
        renewal = find_renewal(row, rid, key=proof.key, now=now)
        if renewal is None:
            own_work.change(row, {"ended_at": now})
        else:
            if rid == row.token_id:
                own_work.change(row, renewal_fields(row, renewal, lifetimes))
            user = own_work.get(User, row.user_id)
    if renewal is None:  # raised after the commit, so that the end of the sign-in is stored
        raise Unauthenticated("signed_out")
    return SignInResult(actor, user, *renewal.sign(school.ports, proof, lifetimes), proof)


def renew_access(
    school: Educore,
    *,
    token: str,
    among: Where = everything,
    lifetimes: Lifetimes | None = None,
    claims: Claims = no_claims,
) -> str:
    """Return a new access token for a refresh token, which stays as it is, while the sign-in stands.

    Raises: Unauthenticated("token_invalid"), ("token_expired"), ("signed_out"), ("blocked"), ("center_inactive");
    Forbidden("not_addressed").
    """
    found = read_claims(school.ports, token, kind="refresh")
    proof = SignInProof.from_claims(found)
    with school.work(ANONYMOUS, read_only=True) as uow:
        actor = verify_sign_in(uow, proof, among=among)
        own_work = uow.as_actor(actor)
        row = own_work.get(SignIn, proof.sign_in_id)
        if not is_newest(row, str(found.get("rid"))):
            raise Unauthenticated("signed_out")
        user = own_work.get(User, proof.user_id)
    return sign_access(school.ports, proof, lifetimes or Lifetimes.of(school.ports), claims=claims(actor, user))


def verify_token(school: Educore, *, token: str, among: Where = everything) -> Actor:
    """Return the actor of an access or a refresh token that still works.

    Raises: the errors of `renew_access`.
    """
    claims = school.ports.tokens.read(token)
    if claims.get("typ") not in ("access", "refresh"):
        raise Unauthenticated("token_invalid")
    with school.work(ANONYMOUS, read_only=True) as uow:
        return verify_sign_in(uow, SignInProof.from_claims(claims), among=among)


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


def _start(
    uow: UnitOfWork, user: User, member: Mapping[str, Any], host: str, lifetimes: Lifetimes, claims: Claims
) -> SignInResult:
    """Start a sign-in of a member in the shape `MemberState`."""
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
            **renewal.fields(lifetimes),
        },
    )
    proof = SignInProof(user.id, row.id, key)
    actor = verify_sign_in(uow, proof)
    tokens = renewal.sign(uow.ports, proof, lifetimes, claims=claims(actor, user))
    return SignInResult(actor, user, *tokens, proof)


def _select_membership(uow: UnitOfWork, user: User, among: Where) -> dict[str, Any]:
    """Return the membership with the highest role among those that may sign in.

    Raises: Forbidden("no_membership"), ("not_addressed"), ("blocked"), ("center_inactive").
    """
    members = uow.select(MemberState, where(user_id=user.id) & among, to="sign_in")
    if not members:
        is_member = among != everything and uow.count(Membership, where(user_id=user.id), to="sign_in")
        raise Forbidden("not_addressed" if is_member else "no_membership")
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
