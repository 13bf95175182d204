"""Tokens and cookies: their contents, and the actor they stand for.

An access token, a refresh token and the cookie of the admin all carry a proof of one `SignIn` row: the account, the id
of the row and a random key, of which the row stores a digest. The row is read again with every request, so a sign-out,
a block or the deactivation of a Center works at once. The id alone would prove nothing: after a restore or a fail-over
the database assigns the same ids again, and an old token would open the sign-in of another person.

Tested in `tests/domain/test_sign_in.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Self

from educore.identity.entities import Membership, SignIn
from educore.kernel.conditions import Where, everything, where
from educore.kernel.errors import Forbidden, Unauthenticated
from educore.kernel.policy import Actor, Role
from educore.kernel.ports import Ports
from educore.kernel.shape import From, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import CenterKind, CenterStatus
from educore.values import LanguageCodes, Region


@dataclass(frozen=True)
class SignInProof:
    """Proof of a sign-in, carried by a token or a cookie: the account, the `SignIn` row and its random key."""

    user_id: int
    sign_in_id: int
    key: str = field(repr=False)

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> Self:
        """Read a proof from the claims that `claims()` returned. Raises: Unauthenticated("token_invalid")."""
        sub, sid, key = (claims.get(name) for name in ("sub", "sid", "key"))
        if not (isinstance(sub, str) and sub.isdecimal() and type(sid) is int and isinstance(key, str)):
            raise Unauthenticated("token_invalid")
        return cls(int(sub), sid, key)

    def claims(self) -> dict[str, Any]:
        """Return the proof as claims for a token or a cookie, which signs them."""
        return {"sub": str(self.user_id), "sid": self.sign_in_id, "key": self.key}

    def condition(self) -> Where:
        """Return the condition for the sign-in that this proves.

        Digests are compared, so that the duration of a comparison reveals nothing about a key.
        """
        return where(id=self.sign_in_id, user_id=self.user_id, key_digest=secret_digest(self.key))


class MemberState(Shape, of=Membership):
    """The facts that decide whether a member may sign in, and with which role."""

    id: int
    user_id: int
    center_id: int | None
    role: str
    is_blocked: bool
    language: Annotated[str | None, From("user.language")]
    center_languages: Annotated[LanguageCodes | None, From("center.languages")]
    center_kind: Annotated[str | None, From("center.kind")]
    archived_at: datetime | None
    center_status: Annotated[str | None, From("center.status")]
    country: Annotated[str | None, From("center.country")]
    time_zone: Annotated[str | None, From("center.time_zone")]
    currency: Annotated[str | None, From("center.currency")]


class SignInState(Shape, of=SignIn):
    """The facts that decide whether a token is valid; read with every request."""

    id: int
    student_id: int | None
    teacher_id: int | None
    expires_at: datetime
    ended_at: datetime | None
    member: Annotated[MemberState, From("membership")]


def authenticate(uow: UnitOfWork, *, token: str, among: Where = everything) -> Actor:
    """Return the actor of an access token.

    Raises: Unauthenticated("token_invalid"), ("token_expired"); the errors of `verify_sign_in`.
    """
    return verify_sign_in(uow, SignInProof.from_claims(read_claims(uow.ports, token, kind="access")), among=among)


def verify_sign_in(uow: UnitOfWork, proof: SignInProof, *, among: Where = everything) -> Actor:
    """Return the actor of a sign-in that is still valid, of a membership `among` those that the caller addresses.

    Raises: Unauthenticated("signed_out"), ("blocked"), ("center_inactive"); Forbidden("not_addressed").
    """
    platform, condition = uow.as_platform(), proof.condition()
    addressed = condition & among.along("membership")
    rows = platform.select(SignInState, addressed, to="authenticate", limit=1)
    if not rows and among != everything and platform.count(SignIn, condition, to="authenticate"):
        raise Forbidden("not_addressed")
    if not rows or rows[0]["ended_at"] or rows[0]["expires_at"] <= uow.ports.clock.now():
        raise Unauthenticated("signed_out")
    return build_actor(rows[0], sign_in_id=proof.sign_in_id)


def verify_sign_ins(uow: UnitOfWork, proofs: Iterable[SignInProof]) -> dict[int, Actor]:
    """Return the actors of those sign-ins that are still valid, by the id of the sign-in, in one statement."""
    digests = {proof.sign_in_id: (proof.user_id, secret_digest(proof.key)) for proof in proofs}
    proven = where(id__in=list(digests), key_digest__in=[digest for _, digest in digests.values()])
    now, actors = uow.ports.clock.now(), {}
    for state in uow.as_platform().select(SignInState, proven, to="authenticate") if digests else []:
        if state["ended_at"] or state["expires_at"] <= now or state["member"]["user_id"] != digests[state["id"]][0]:
            continue
        with suppress(Unauthenticated):
            actors[state["id"]] = build_actor(state, sign_in_id=state["id"])
    return actors


def build_actor(state: Mapping[str, Any], *, sign_in_id: int | None = None) -> Actor:
    """Return the actor of a row with `student_id`, `teacher_id` and `member` in the shape `MemberState`.

    Raises: Unauthenticated("blocked"), ("center_inactive").
    """
    member = state["member"]
    if code := refusal_code(member):
        raise Unauthenticated(code)
    role, ids = Role(member["role"]), (member["user_id"], member["id"], member["center_id"])
    region = Region(member["country"], member["time_zone"], member["currency"]) if member["time_zone"] else None
    return Actor(
        role,
        *ids,
        state["student_id"],
        state["teacher_id"],
        sign_in_id,
        school_id=member["center_id"] if member["center_kind"] == CenterKind.SCHOOL else None,
        language=member["language"] or next(iter(member["center_languages"] or ()), None),
        region=region,
    )


def refusal_code(member: Mapping[str, Any]) -> str | None:
    """Return the error code that keeps a member in the shape `MemberState` from signing in, None if nothing does."""
    if member["is_blocked"]:
        return "blocked"
    if member["archived_at"] is not None or member["center_id"] is None and member["role"] != Role.SUPERADMIN:
        return "no_membership"  # removed from the Center, or a director whom no Center has named yet
    return "center_inactive" if member["center_status"] == CenterStatus.INACTIVE else None


def read_claims(ports: Ports, token: str, *, kind: str) -> dict[str, Any]:
    """Return the claims of an `access` or a `refresh` token.

    Raises: Unauthenticated("token_invalid"), ("token_expired").
    """
    claims = ports.tokens.read(token)
    if claims.get("typ") != kind:
        raise Unauthenticated("token_invalid")
    return claims


def secret_digest(secret: str) -> str:
    """Return the SHA-256 digest of a long random secret, in the form in which it is stored."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
