"""Password hashing with Argon2id."""

from __future__ import annotations

import base64
import os
import secrets
from concurrent.futures import ThreadPoolExecutor

import argon2

from educore.values import PasswordHash

AT_ONCE = min(os.cpu_count() or 1, 4)
"""How many passwords are hashed at the same time, in threads of their own, which keep the memory it took."""

COST = argon2.Parameters(
    type=argon2.Type.ID, version=19, salt_len=16, hash_len=32, time_cost=2, memory_cost=19 * 1024, parallelism=1
)
"""What OWASP recommends of Argon2id: 19 MB and about 25 ms of one core; a whole class signs in at the same bell."""


class Argon2Passwords:
    """Argon2id at the `COST` that OWASP recommends; a hash made at another cost is still understood."""

    def __init__(self) -> None:
        self._hasher = argon2.PasswordHasher.from_parameters(COST)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._nobody = _hash_of_nobody(self._hasher)

    def hash(self, password: str) -> PasswordHash:
        """A salted hash; about 25 ms of work."""
        return PasswordHash(self._threads.submit(self._hasher.hash, password).result())

    def verify(self, password: str, hashed: str | None) -> bool:
        """Whether they match; an absent hash costs the same time, so that nobody can probe for names."""
        try:
            found = self._threads.submit(self._hasher.verify, hashed or self._nobody, password).result()
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError, UnicodeEncodeError):
            return False
        return found and hashed is not None


def _hash_of_nobody(hasher: argon2.PasswordHasher) -> str:
    """What looks like a hash of this hasher and is one of no password; nothing is hashed for it."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (hasher.salt_len, hasher.hash_len)
    )
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={argon2.low_level.ARGON2_VERSION}${cost}${salt}${digest}"
