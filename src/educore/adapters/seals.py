"""Seals of the audit trail under a secret key."""

from __future__ import annotations

import hashlib
import hmac
from typing import Self


class KeyedSeal:
    """Seals by HMAC-SHA256 under one key."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    @classmethod
    def from_secret(cls, secret: str) -> Self:
        """Return a seal whose key is derived from a secret with other uses; the key does not reveal the secret."""
        return cls(hmac.new(secret.encode(), b"educore audit trail, version 1", hashlib.sha256).hexdigest())

    def sign(self, content: bytes) -> str:
        """Return the 64 hexadecimal digits of the HMAC."""
        return hmac.digest(self._key, content, "sha256").hex()
