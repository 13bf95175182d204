"""Signed JSON Web Tokens."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from educore.kernel.errors import Unauthenticated
from educore.kernel.ports import Clock

CACHED_TOKENS = 1000
"""The size of the cache of verified tokens; a cached token is only checked for its age."""


class JwtTokens:
    """JSON Web Tokens signed with one secret (HS256)."""

    def __init__(self, secret: str, clock: Clock) -> None:
        import jwt  # imported here because it may import cryptography, which takes half as long as all of educore

        self._jwt, self._unreadable = jwt.PyJWT(), jwt.InvalidTokenError
        self._secret, self._clock = secret, clock
        self._verify_cached = lru_cache(maxsize=CACHED_TOKENS)(self._verify)

    def sign(self, claims: Mapping[str, Any], lifetime: timedelta, *, issued_at: datetime | None = None) -> str:
        """Return a token that expires `lifetime` after `issued_at`, by default now."""
        now = issued_at or self._clock.now()
        times = {"iat": int(now.timestamp()), "exp": int((now + lifetime).timestamp())}
        return self._jwt.encode({"jti": secrets.token_hex(16), **claims, **times}, self._secret, algorithm="HS256")

    def read(self, token: str) -> dict[str, Any]:
        """Return the claims. Raises: Unauthenticated("token_expired") (at), Unauthenticated("token_invalid")."""
        claims = self._verify_cached(token)
        if self._clock.now().timestamp() >= claims["exp"]:
            raise Unauthenticated("token_expired", at=datetime.fromtimestamp(max(claims["exp"], 0), UTC))
        return dict(claims)

    def _verify(self, token: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = self._jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                options={"require": ["exp"], "verify_exp": False, "verify_iat": False},
            )
        except (self._unreadable, UnicodeEncodeError):
            raise Unauthenticated("token_invalid") from None
        if not isinstance(claims["exp"], int):
            raise Unauthenticated("token_invalid")
        return claims
