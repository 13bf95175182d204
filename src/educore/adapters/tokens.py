"""Signed JSON Web Tokens."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from educore.kernel.errors import Unauthenticated
from educore.kernel.ports import Clock

TOKENS_KNOWN = 1000
"""How many tokens are known to be ours, so that the next request with one need not be checked again but for its age."""


class JwtTokens:
    """JSON Web Tokens signed with one secret (HS256)."""

    def __init__(self, secret: str, clock: Clock) -> None:
        import jwt  # cryptography comes with it, where that is installed, and takes half as long as all of educore

        self._jwt, self._unreadable = jwt.PyJWT(), jwt.InvalidTokenError
        self._secret, self._clock = secret, clock
        self._signed_by_us = lru_cache(maxsize=TOKENS_KNOWN)(self._verified)

    def sign(self, claims: Mapping[str, Any], lifetime: timedelta) -> str:
        """A token that is good from now until `lifetime` has passed."""
        now = self._clock.now()
        times = {"iat": int(now.timestamp()), "exp": int((now + lifetime).timestamp())}
        return self._jwt.encode({**claims, **times, "jti": secrets.token_hex(16)}, self._secret, algorithm="HS256")

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a token we signed. Raises: Unauthenticated."""
        claims = self._signed_by_us(token)
        if self._clock.now().timestamp() >= claims["exp"]:
            raise Unauthenticated("token_expired")
        return dict(claims)

    def _verified(self, token: str) -> dict[str, Any]:
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
