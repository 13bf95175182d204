"""Signing in and out, and finding out who a token belongs to."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol

from educore.errors import Forbidden, TooManyAttempts, Unauthenticated
from educore.identity.entities import FailedSignIn, Membership, SignIn, User
from educore.organization.entities import CenterStatus
from educore.people.entities import Student, Teacher
from educore.policy import ANONYMOUS, Actor, Role
from educore.ports import Ports
from educore.shape import At, Shape
from educore.values import is_storable
from educore.where import Where, where
from educore.work import UnitOfWork

ATTEMPTS_WINDOW = timedelta(minutes=15)
ATTEMPTS_PER_NAME_AND_HOST = 5
ATTEMPTS_PER_NAME = 50
ATTEMPTS_PER_HOST = 100

RANKS = tuple(Role)
"""The highest role first."""


class OpensWork(Protocol):
    """What opens units of work: `educore.Educore`."""

    ports: Ports

    def work(self, actor: Actor, *, read_only: bool = False) -> UnitOfWork:
        """Open a unit of work for somebody."""
        ...


@dataclass(frozen=True)
class SignedIn:
    """The outcome of a sign-in: who acts, their account, and two tokens (do not log them)."""

    actor: Actor
    user: User
    access: str
    refresh: str


class MemberState(Shape, of=Membership):
    """What decides whether a member may sign in, and as what."""

    id: int
    user_id: int
    center_id: int | None
    role: str
    is_blocked: bool
    center_status: Annotated[str | None, At("center.status")]


class SignInState(Shape, of=SignIn):
    """What decides whether a token still works; read on every request."""

    id: int
    student_id: int | None
    teacher_id: int | None
    expires_at: datetime
    ended_at: datetime | None
    member: Annotated[MemberState, At("membership")]


def sign_in(school: OpensWork, *, password: str, host: str = "", **name: str) -> SignedIn:
    """Sign somebody in by `username`, `email` or `phone`, as the highest role among their open memberships.

    Raises: Unauthenticated("bad_credentials"), the same for unknown names and wrong passwords;
    Forbidden("blocked"), Forbidden("center_inactive"); TooManyAttempts (retry_after, seconds).
    """
    ((field, given),) = name.items()
    attempted = "".join(filter(is_storable, given.lower()))[:254]
    attempt = where(name=attempted), where(host=host[:64])
    with school.work(ANONYMOUS, read_only=True) as uow:
        _refuse_too_many(uow, *attempt)
        found = uow.find(User, where(**{field: given.lower()}), to="sign_in", limit=1)
    if not school.ports.passwords.verify(password, found[0].password_hash if found else None):
        _remember_failure(school, name=attempted, host=host[:64])
        raise Unauthenticated("bad_credentials")
    with school.work(ANONYMOUS) as uow:
        return _start(uow, found[0])


def refresh_sign_in(school: OpensWork, *, token: str) -> SignedIn:
    """Exchange a refresh token for new tokens; the old one stops working, and using it again ends the sign-in.

    Raises: Unauthenticated("token_invalid"), ("token_expired"), ("signed_out").
    """
    claims = _claims(school.ports, token, "refresh")
    with school.work(ANONYMOUS) as uow:
        actor = _actor(uow, int(claims["sid"]))
        me = uow.acting_as(actor)
        current = me.get(SignIn, int(claims["sid"]), lock=True)
        stolen = current.token_id != claims["rid"]
        if stolen:
            me.change(current, ended_at=uow.ports.clock.now())
        else:
            renewed = me.change(current, **_token_fields(uow))
            user = me.get(User, renewed.user_id)
    if stolen:
        raise Unauthenticated("signed_out")
    return SignedIn(actor, user, *_tokens(school.ports, renewed))


def sign_out(uow: UnitOfWork) -> None:
    """End the sign-in the actor's token belongs to."""
    if uow.actor.sign_in_id is not None:
        uow.change(uow.get(SignIn, uow.actor.sign_in_id), ended_at=uow.ports.clock.now())


def revoke_all_access(uow: UnitOfWork) -> None:
    """Sign everybody out, as after a restore. For a superadmin or the `PLATFORM`."""
    uow.change_all(SignIn, where(ended_at__isnull=True), ended_at=uow.ports.clock.now())


def authenticate(uow: UnitOfWork, *, token: str) -> Actor:
    """Who an access token belongs to, asked of the store each time, so that a block works at once.

    Raises: Unauthenticated("token_invalid"), ("token_expired"), ("signed_out").
    """
    return actor_of_sign_in(uow, sign_in_id=int(_claims(uow.ports, token, "access")["sid"]))


def actor_of_sign_in(uow: UnitOfWork, *, sign_in_id: int) -> Actor:
    """Who is signed in by a sign-in that still works. Raises: Unauthenticated("signed_out")."""
    return _actor(uow.acting_as(ANONYMOUS), sign_in_id)


def _refuse_too_many(uow: UnitOfWork, name: Where, host: Where) -> None:
    now = uow.ports.clock.now()
    recent = where(failed_at__gte=now - ATTEMPTS_WINDOW)
    limits = (name & host, ATTEMPTS_PER_NAME_AND_HOST), (name, ATTEMPTS_PER_NAME), (host, ATTEMPTS_PER_HOST)
    for attempts, most in limits:
        failures = uow.find(FailedSignIn, attempts & recent, order=("-failed_at",), limit=most)
        if len(failures) == most:
            wait = failures[-1].failed_at + ATTEMPTS_WINDOW - now
            raise TooManyAttempts(retry_after=max(1, round(wait.total_seconds())))


def _remember_failure(school: OpensWork, *, name: str, host: str) -> None:
    with school.work(ANONYMOUS) as uow:
        now = uow.ports.clock.now()
        uow.remove_all(FailedSignIn, where(failed_at__lte=now - ATTEMPTS_WINDOW))
        uow.add(FailedSignIn, name=name, host=host, failed_at=now)


def _start(uow: UnitOfWork, user: User) -> SignedIn:
    members = uow.view(MemberState, where(user_id=user.id), to="sign_in")
    if not members:
        raise Forbidden("no_membership")
    members.sort(key=lambda member: RANKS.index(Role(member["role"])))
    member = next((m for m in members if _refusal(m) is None), members[0])
    if refusal := _refusal(member):
        raise Forbidden(refusal)
    someone = Actor(Role(member["role"]), user.id, member["id"], member["center_id"])
    profile = _profile(uow, someone)
    me = uow.acting_as(replace(someone, **profile))
    me.remove_all(SignIn, where(user_id=user.id, expires_at__lte=uow.ports.clock.now()))
    started = me.add(
        SignIn,
        user_id=user.id,
        membership_id=member["id"],
        center_id=member["center_id"],
        started_at=uow.ports.clock.now(),
        **profile,
        **_token_fields(uow),
    )
    return SignedIn(_actor(uow, started.id), me.get(User, user.id), *_tokens(uow.ports, started))


def _profile(uow: UnitOfWork, actor: Actor) -> dict[str, Any]:
    """The student or teacher a member is."""
    mine = where(user_id=actor.user_id, center_id=actor.center_id)
    kinds: dict[Role, tuple[str, type[Student | Teacher]]] = {
        Role.STUDENT: ("student_id", Student),
        Role.TEACHER: ("teacher_id", Teacher),
    }
    if actor.role not in kinds:
        return {}
    field, kind = kinds[actor.role]
    found = uow.find(kind, mine, to="sign_in", limit=1)
    return {field: found[0].id} if found else {}


def _actor(uow: UnitOfWork, sign_in_id: int) -> Actor:
    found = uow.view(SignInState, where(id=sign_in_id), to="authenticate", limit=1)
    if not found or found[0]["ended_at"] or found[0]["expires_at"] <= uow.ports.clock.now():
        raise Unauthenticated("signed_out")
    return replace(actor_behind(found[0]), sign_in_id=sign_in_id)


def actor_behind(state: Mapping[str, Any]) -> Actor:
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


def _tokens(ports: Ports, started: SignIn) -> tuple[str, str]:
    person = {"sub": str(started.user_id), "sid": started.id}
    access = ports.tokens.sign({**person, "typ": "access"}, ports.access_lifetime)
    refresh = ports.tokens.sign({**person, "typ": "refresh", "rid": started.token_id}, ports.refresh_lifetime)
    return access, refresh


def _claims(ports: Ports, token: str, kind: str) -> dict[str, Any]:
    claims = ports.tokens.read(token)
    if claims.get("typ") != kind:
        raise Unauthenticated("token_invalid")
    return claims
