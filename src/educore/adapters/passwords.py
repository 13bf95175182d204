"""Password hashing with Argon2id."""

from __future__ import annotations

import base64
import os
import secrets
from concurrent.futures import ThreadPoolExecutor

import argon2

from educore.values import PasswordHash

HASHING_THREADS = min(os.cpu_count() or 1, 4)
"""The number of passwords hashed at the same time. Threads of their own reuse the memory that a hash needs."""

COST = argon2.Parameters(
    type=argon2.Type.ID, version=19, salt_len=16, hash_len=32, time_cost=2, memory_cost=19 * 1024, parallelism=1
)
"""The parameters that OWASP recommends: 19 MB and about 25 ms of one core, as a whole class may sign in at once."""


class Argon2Passwords:
    """Argon2id at the `COST` that OWASP recommends; hashes of another cost are verified too."""

    def __init__(self) -> None:
        self._hasher = argon2.PasswordHasher.from_parameters(COST)
        self._threads = ThreadPoolExecutor(HASHING_THREADS, thread_name_prefix="passwords")
        self._dummy_hash = _dummy_hash(self._hasher)

    def hash(self, password: str) -> PasswordHash:
        """Return a salted hash; it takes about 25 ms."""
        return PasswordHash(self._threads.submit(self._hasher.hash, password).result())

    def verify(self, password: str, hashed: str | None) -> bool:
        """Return whether they match; without a hash it takes the same time, so that user names cannot be probed."""
        try:
            found = self._threads.submit(self._hasher.verify, hashed or self._dummy_hash, password).result()
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError, UnicodeEncodeError):
            return False
        return found and hashed is not None


def _dummy_hash(hasher: argon2.PasswordHasher) -> str:
    """Return a random hash in the format of the hasher that fits no password; nothing is hashed for it."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (hasher.salt_len, hasher.hash_len)
    )
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={argon2.low_level.ARGON2_VERSION}${cost}${salt}${digest}"
