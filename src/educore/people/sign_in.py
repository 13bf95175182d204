"""Signing in and out, and finding out who a token belongs to."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, Self

from educore.identity.entities import CalendarFeed, Membership, SignIn, User
from educore.identity.passwords import PasswordTry, check_password, forget_failures
from educore.kernel.application import Educore
from educore.kernel.conditions import Where, everything, where
from educore.kernel.errors import Forbidden, Unauthenticated
from educore.kernel.policy import ANONYMOUS, Actor, Role
from educore.kernel.ports import Ports
from educore.kernel.shape import From, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import CenterStatus
from educore.people.entities import Student, Teacher

MAX_SIGN_INS = 20
"""Number of devices on which a person can be signed in at once; beyond it the oldest sign-in ends."""

RANKS = tuple(Role)
"""The highest role first."""


@dataclass(frozen=True)
class SignInProof:
    """Proof of a sign-in, carried by a token or a cookie: the person, the id of the sign-in, and its random key.

    The id alone proves nothing: after a restore or a fail-over it is given again, to somebody else.
    """

    user_id: int
    sign_in_id: int
    key: str = field(repr=False)

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> Self:
        """Read a proof that was signed as `claims()`. Raises: Unauthenticated("token_invalid")."""
        sub, sid, key = (claims.get(name) for name in ("sub", "sid", "key"))
        if not (isinstance(sub, str) and sub.isdecimal() and isinstance(sid, int) and isinstance(key, str)):
            raise Unauthenticated("token_invalid")
        return cls(int(sub), sid, key)

    def claims(self) -> dict[str, Any]:
        """Return the proof as claims for a token or a cookie, which signs them."""
        return {"sub": str(self.user_id), "sid": self.sign_in_id, "key": self.key}

    def rows(self) -> Where:
        """Return the condition for the sign-in that this proves.

        Digests are compared, so that the duration of a comparison reveals nothing about a key.
        """
        return where(id=self.sign_in_id, user_id=self.user_id, key_digest=secret_digest(self.key))


@dataclass(frozen=True)
class SignInResult:
    """The result of a sign-in: the actor, their account, two tokens and the proof in them (do not log them)."""

    actor: Actor
    user: User
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    proof: SignInProof


class MemberState(Shape, of=Membership):
    """What decides whether a member may sign in, and as what."""

    id: int
    user_id: int
    center_id: int | None
    role: str
    is_blocked: bool
    center_status: Annotated[str | None, From("center.status")]


class SignInState(Shape, of=SignIn):
    """What decides whether a token still works; read on every request."""

    id: int
    student_id: int | None
    teacher_id: int | None
    expires_at: datetime
    ended_at: datetime | None
    member: Annotated[MemberState, From("membership")]


def sign_in(school: Educore, *, password: str, host: str = "", **name: str) -> SignInResult:
    """Sign somebody in by `username`, `email` or `phone`, as the highest role among their open memberships.

    Raises: Unauthenticated("bad_credentials"), the same for unknown names and wrong passwords;
    Forbidden("blocked"), Forbidden("center_inactive"); TooManyAttempts (retry_after, seconds).
    """
    ((way, given),) = name.items()
    with school.work(ANONYMOUS, read_only=True) as uow:
        found = uow.find(User, where(**{way: given.lower()}), to="sign_in", limit=1)
    user = found[0] if found else None
    attempt = PasswordTry.of(user, name=given.lower(), host=host)
    wrong = Unauthenticated("bad_credentials")
    check_password(school, attempt, password, user.password_hash if user else None, wrong=wrong)
    with school.work(ANONYMOUS) as uow:
        forget_failures(uow, attempt)
        present = uow.find(User, where(id=attempt.user_id), to="sign_in", limit=1, lock=True)
        if user is None or not present or present[0].password_hash != user.password_hash:
            raise wrong  # the password was changed while this one was being compared
        return _start(uow, present[0], attempt.host)


def refresh_sign_in(school: Educore, *, token: str) -> SignInResult:
    """Exchange a refresh token for new tokens; the old one stops working, and using it again ends the sign-in.

    Raises: Unauthenticated("token_invalid"), ("token_expired"), ("signed_out").
    """
    claims = _claims(school.ports, token, "refresh")
    proof = SignInProof.from_claims(claims)
    with school.work(ANONYMOUS) as uow:
        actor = verify_sign_in(uow, proof)
        me = uow.as_actor(actor)
        current = me.get(SignIn, proof.sign_in_id, lock=True)
        stolen = not hmac.compare_digest(current.token_id, str(claims.get("rid")))
        if stolen:
            me.change(current, ended_at=uow.ports.clock.now())
        else:
            renewed = me.change(current, **_token_fields(uow))
            user = me.get(User, renewed.user_id)
    if stolen:
        raise Unauthenticated("signed_out")
    return SignInResult(actor, user, *_tokens(school.ports, proof, renewed), proof)


def sign_out(uow: UnitOfWork) -> None:
    """End the sign-in the actor's token belongs to."""
    if uow.actor.sign_in_id is not None:
        uow.change(uow.get(SignIn, uow.actor.sign_in_id), ended_at=uow.ports.clock.now())


def revoke_all_access(uow: UnitOfWork) -> None:
    """Sign everybody out and close every calendar feed, for use after a restore.

    Sign-ins and feeds that were ended after the backup was made would otherwise work again.
    Raises: Forbidden unless the actor may do so in all Centers.
    """
    for kind, action in ((SignIn, "end"), (CalendarFeed, "revoke")):
        if uow.scope(kind, action) != everything:
            raise Forbidden(kind=kind.__name__, action=action)
    now = uow.ports.clock.now()
    uow.change_all(SignIn, where(ended_at__isnull=True), to="end", ended_at=now)
    uow.change_all(CalendarFeed, where(revoked_at__isnull=True), to="revoke", revoked_at=now)


def authenticate(uow: UnitOfWork, *, token: str) -> Actor:
    """Who an access token belongs to, asked of the store each time, so that a block works at once.

    Raises: Unauthenticated("token_invalid"), ("token_expired"), ("signed_out").
    """
    return verify_sign_in(uow, SignInProof.from_claims(_claims(uow.ports, token, "access")))


def verify_sign_in(uow: UnitOfWork, proof: SignInProof) -> Actor:
    """Who is signed in by a sign-in that still works. Raises: Unauthenticated("signed_out")."""
    found = uow.as_actor(ANONYMOUS).select(SignInState, proof.rows(), to="authenticate", limit=1)
    if not found or found[0]["ended_at"] or found[0]["expires_at"] <= uow.ports.clock.now():
        raise Unauthenticated("signed_out")
    return replace(build_actor(found[0]), sign_in_id=proof.sign_in_id)


def _start(uow: UnitOfWork, user: User, host: str) -> SignInResult:
    members = uow.select(MemberState, where(user_id=user.id), to="sign_in")
    if not members:
        raise Forbidden("no_membership")
    members.sort(key=lambda member: RANKS.index(Role(member["role"])))
    member = next((m for m in members if _refusal(m) is None), members[0])
    if refusal := _refusal(member):
        raise Forbidden(refusal)
    someone = Actor(Role(member["role"]), user.id, member["id"], member["center_id"])
    profile = _profile(uow, someone)
    me = uow.as_actor(replace(someone, **profile))
    _end_oldest(me, user.id)
    key = secrets.token_urlsafe(32)
    started = me.add(
        SignIn,
        user_id=user.id,
        membership_id=member["id"],
        center_id=member["center_id"],
        started_at=uow.ports.clock.now(),
        key_digest=secret_digest(key),
        host=host,
        **profile,
        **_token_fields(uow),
    )
    proof = SignInProof(user.id, started.id, key)
    actor = verify_sign_in(uow, proof)
    return SignInResult(actor, me.get(User, user.id), *_tokens(uow.ports, proof, started), proof)


def _end_oldest(me: UnitOfWork, user_id: int) -> None:
    """Make room for one more sign-in: remove expired ones, and end the oldest if there are too many."""
    now = me.ports.clock.now()
    me.remove_all(SignIn, where(user_id=user_id, expires_at__lte=now))
    open_ones = where(user_id=user_id, ended_at__isnull=True)
    for last in me.find(SignIn, open_ones, order=("-id",), offset=MAX_SIGN_INS - 1, limit=1):
        me.change_all(SignIn, open_ones & where(id__lte=last.id), ended_at=now)


def _profile(uow: UnitOfWork, actor: Actor) -> dict[str, Any]:
    """The student or teacher a member is."""
    own_rows = where(user_id=actor.user_id, center_id=actor.center_id)
    kinds: dict[Role, tuple[str, type[Student | Teacher]]] = {
        Role.STUDENT: ("student_id", Student),
        Role.TEACHER: ("teacher_id", Teacher),
    }
    if actor.role not in kinds:
        return {}
    field, kind = kinds[actor.role]
    found = uow.find(kind, own_rows, to="sign_in", limit=1)
    return {field: found[0].id} if found else {}


def build_actor(state: Mapping[str, Any]) -> Actor:
    """Who acts, from a row that shows `student_id`, `teacher_id` and a `member` in the shape `MemberState`.

    Raises: Unauthenticated("blocked"), ("center_inactive").
    """
    member = state["member"]
    if refusal := _refusal(member):
        raise Unauthenticated(refusal)
    role, whose = Role(member["role"]), (member["user_id"], member["id"], member["center_id"])
    return Actor(role, *whose, state["student_id"], state["teacher_id"])


def _refusal(member: dict[str, Any]) -> str | None:
    if member["is_blocked"]:
        return "blocked"
    return "center_inactive" if member["center_status"] == CenterStatus.INACTIVE else None


def _token_fields(uow: UnitOfWork) -> dict[str, Any]:
    return {"token_id": secrets.token_hex(16), "expires_at": uow.ports.clock.now() + uow.ports.refresh_lifetime}


def _tokens(ports: Ports, proof: SignInProof, started: SignIn) -> tuple[str, str]:
    claims = proof.claims()
    access = ports.tokens.sign({**claims, "typ": "access"}, ports.access_lifetime)
    refresh = ports.tokens.sign({**claims, "typ": "refresh", "rid": started.token_id}, ports.refresh_lifetime)
    return access, refresh


def _claims(ports: Ports, token: str, kind: str) -> dict[str, Any]:
    claims = ports.tokens.read(token)
    if claims.get("typ") != kind:
        raise Unauthenticated("token_invalid")
    return claims


def secret_digest(secret: str) -> str:
    """Return the digest (SHA-256) of a long random secret, as it is stored."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
