"""Refresh tokens: each can be renewed once, and for a few seconds a renewal answers again what it answered.

Each token carries a `rid`; the row of the sign-in stores that of the newest token in `token_id`, and a refresh replaces
it. An older token in use means that two parties have copies of it, and nothing tells the owner from the thief, so the
sign-in ends for both.

Two tabs of one browser share a token and renew it at the same moment, though, and an answer can get lost. So a token
that was replaced less than `RENEWAL_GRACE` ago gets the same two tokens again, byte for byte. They are not stored: the
`rid` of a successor is an HMAC of the `rid` before it under the random key of the sign-in, and everything else in the
two tokens follows from the `rid` and from the instant of the first renewal. The row stores these two, and of the key a
digest: a copy of the database makes no token. Tested in `tests/domain/test_refresh_tokens.py`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Self

from educore.identity.entities import SignIn
from educore.kernel.ports import Ports
from educore.people.authentication import SignInProof

RENEWAL_GRACE = timedelta(seconds=30)
"""The time in which a refresh token that was renewed answers the same new tokens."""

NO_CLAIMS: Mapping[str, Any] = MappingProxyType({})

MAX_REPLACED = 10
"""The number of replaced tokens that a sign-in remembers; more renewals within `RENEWAL_GRACE` are no browser."""


@dataclass(frozen=True)
class Lifetimes:
    """The time for which an access token works, and that after which an unused sign-in ends."""

    access: timedelta
    refresh: timedelta

    @classmethod
    def of(cls, ports: Ports) -> Self:
        """Return the lifetimes of the settings."""
        return cls(ports.access_lifetime, ports.refresh_lifetime)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Renewal:
    """The `rid` of new tokens and the instant from which they are valid: the two follow from it."""

    rid: str
    issued_at: datetime

    @classmethod
    def first(cls, now: datetime) -> Self:
        """Return the renewal with which a sign-in begins."""
        return cls(secrets.token_hex(16), now)

    @classmethod
    def after(cls, rid: str, *, key: str, at: datetime) -> Self:
        """Return the renewal that follows a token; only the bearer of the key of the sign-in can compute its `rid`."""
        return cls(hmac.digest(key.encode(errors="replace"), rid.encode(errors="replace"), "sha256").hex()[:32], at)

    def fields(self, lifetimes: Lifetimes) -> dict[str, Any]:
        """Return the fields of a `SignIn` that say which refresh token is the newest."""
        return {"token_id": self.rid, "expires_at": self.issued_at + lifetimes.refresh}

    def sign(
        self, ports: Ports, proof: SignInProof, lifetimes: Lifetimes, *, claims: Mapping[str, Any] = NO_CLAIMS
    ) -> tuple[str, str]:
        """Return the access token, with further claims, and the refresh token: the same ones every time."""
        own = {**proof.claims(), "typ": "refresh", "jti": self._token_id("refresh"), "rid": self.rid}
        return (
            sign_access(ports, proof, lifetimes, claims=claims, id=self._token_id("access"), at=self.issued_at),
            ports.tokens.sign(own, lifetimes.refresh, issued_at=self.issued_at),
        )

    def _token_id(self, kind: str) -> str:
        return hashlib.sha256(f"{kind} {self.rid}".encode()).hexdigest()[:32]


def sign_access(
    ports: Ports,
    proof: SignInProof,
    lifetimes: Lifetimes,
    *,
    claims: Mapping[str, Any] = NO_CLAIMS,
    id: str | None = None,
    at: datetime | None = None,
) -> str:
    """Return an access token, by default one with an id of its own that is valid from now.

    Further `claims` are for the client that shows them; nobody here reads them, and they never replace our own.
    """
    own = {**proof.claims(), "typ": "access", "jti": id or secrets.token_hex(16)}
    return ports.tokens.sign({**claims, **own}, lifetimes.access, issued_at=at)


def is_newest(row: SignIn, rid: str) -> bool:
    """Return whether a refresh token with this `rid` is the newest of a sign-in."""
    return hmac.compare_digest(row.token_id.encode(), rid.encode(errors="replace"))


def find_renewal(row: SignIn, rid: str, *, key: str, now: datetime) -> Renewal | None:
    """Return the renewal to answer to a token, None if the token was replaced too long ago; `row` must be locked."""
    if is_newest(row, rid):
        return Renewal.after(rid, key=key, at=now)
    replaced_at = _replaced(row, now).get(rid)
    return None if replaced_at is None else Renewal.after(rid, key=key, at=replaced_at)


def renewal_fields(row: SignIn, renewal: Renewal, lifetimes: Lifetimes) -> dict[str, Any]:
    """Return the fields of a `SignIn` whose newest token is renewed."""
    replaced = {**_replaced(row, renewal.issued_at), row.token_id: renewal.issued_at}
    texts = [f"{rid}@{(at - EPOCH) // MICROSECOND}" for rid, at in replaced.items()]
    return {**renewal.fields(lifetimes), "replaced_tokens": " ".join(texts[-MAX_REPLACED:])}


def _replaced(row: SignIn, now: datetime) -> Mapping[str, datetime]:
    """Return the instants at which tokens were replaced, by `rid`, as far as they are within `RENEWAL_GRACE`.

    An instant in the near future comes from a server whose clock is ahead.
    """
    parts = (text.partition("@") for text in row.replaced_tokens.split())
    replaced = {rid: EPOCH + int(micros) * MICROSECOND for rid, _, micros in parts}
    return {rid: at for rid, at in replaced.items() if abs(now - at) < RENEWAL_GRACE}
