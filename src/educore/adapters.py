"""The real adapters that need nothing but this package: clock, argon2, signed tokens, local files, a log."""

from __future__ import annotations

import base64
import errno
import hashlib
import hmac
import logging
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import argon2

from educore.kernel.errors import NotFound, Unauthenticated, Unavailable
from educore.kernel.ports import Clock, new_key
from educore.private import create_file, make_folder, narrow
from educore.values import PasswordHash

log = logging.getLogger("educore")

AT_ONCE = min(os.cpu_count() or 1, 4)
"""How many passwords are hashed at the same time, in threads of their own, which keep the memory it took."""

COST = argon2.Parameters(
    type=argon2.Type.ID, version=19, salt_len=16, hash_len=32, time_cost=2, memory_cost=19 * 1024, parallelism=1
)
"""What OWASP recommends of Argon2id: 19 MB and about 25 ms of one core; a whole class signs in at the same bell."""

TOKENS_KNOWN = 1000
"""How many tokens are known to be ours, so that the next request with one need not be checked again but for its age."""

NOT_THERE = (errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG)
"""How a disk says that there is no such file; whatever else it says means that it cannot be used."""


class SystemClock:
    """The computer's clock, in UTC."""

    def now(self) -> datetime:
        """This instant."""
        return datetime.now(UTC)


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


class KeyedSeal:
    """HMAC-SHA256 under one key."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    @classmethod
    def derived(cls, secret: str) -> Self:
        """A seal whose key follows from a secret that also serves for other things, and tells nothing about it."""
        return cls(hmac.new(secret.encode(), b"educore audit trail, version 1", hashlib.sha256).hexdigest())

    def sign(self, content: bytes) -> str:
        """The 64 hexadecimal digits of the HMAC."""
        return hmac.digest(self._key, content, "sha256").hex()


class LocalFiles:
    """Files in a folder, opened through signed addresses that stop working after `lifetime`."""

    def __init__(
        self, folder: Path, *, base_url: str, secret: str, clock: Clock, lifetime: timedelta = timedelta(hours=1)
    ) -> None:
        self.folder, self._base_url, self._clock, self._lifetime = folder, base_url.rstrip("/"), clock, lifetime
        narrow(folder)  # nobody gets past it to what lies deeper
        self._secret = hashlib.sha256(f"files:{secret}".encode()).digest()

    def save(self, content: bytes, *, folder: str, name: str) -> str:
        """Write the bytes under an unguessable key that ends in what is safe of the name. Raises: Unavailable.

        They are on the disk when it returns, so that no row speaks of a file that a power failure took; and where they
        cannot be written, nothing of them stays.
        """
        key = new_key(folder, name=name)
        path = self.path(key)
        try:
            make_folder(path.parent, top=self.folder.resolve())
            with os.fdopen(create_file(path), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _keep_names(path.relative_to(self.folder.resolve()), self.folder)
        except OSError as error:
            with suppress(OSError):
                _remove(path)
            raise Unavailable("files_unavailable") from error
        return key

    def read(self, key: str) -> bytes:
        """The bytes. Raises: NotFound, Unavailable."""
        with _reaching(key):
            return self.path(key).read_bytes()

    def delete(self, key: str) -> None:
        """Remove the file. Raises: Unavailable."""
        with _reaching(key):
            _remove(self.path(key))

    def url(self, key: str) -> str:
        """An address good for `lifetime`, rounded up so that browsers can cache it for a while."""
        step = int(self._lifetime.total_seconds())
        until = (int(self._clock.now().timestamp()) // step + 2) * step
        return f"{self._base_url}/files/{quote(key)}?until={until}&signature={self._sign(key, until)}"

    def opens(self, key: str, *, until: str, signature: str) -> bool:
        """Whether an address made by `url` is genuine and still good."""
        if not re.fullmatch("[0-9]{1,12}", until):
            return False
        good = hmac.compare_digest(self._sign(key, int(until)).encode(), signature.encode(errors="replace"))
        return good and int(until) > self._clock.now().timestamp()

    def path(self, key: str) -> Path:
        """Where the file lies, if there is one. Raises: NotFound, for what cannot be a key of ours."""
        try:
            path = (self.folder / key).resolve()
        except (ValueError, OSError):
            raise NotFound(kind="file", id=key) from None
        if not path.is_relative_to(self.folder.resolve()):
            raise NotFound(kind="file", id=key)
        return path

    def _sign(self, key: str, until: int) -> str:
        digest = hmac.digest(self._secret, f"{key}\n{until}".encode(errors="replace"), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _remove(path: Path) -> None:
    """Remove a file and the folder that held it alone, since each key has a folder of its own. Raises: OSError."""
    path.unlink(missing_ok=True)
    with suppress(OSError):  # somebody put something beside it
        path.parent.rmdir()


def _keep_names(path: Path, folder: Path) -> None:
    """Have the disk keep the names on the way to a new file, where a system lets folders be opened."""
    for parent in path.parents if os.name == "posix" else ():
        descriptor = os.open(folder / parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _reaching(key: str) -> Iterator[None]:
    """Tell a file that is not there from a folder that cannot be used. Raises: NotFound, Unavailable."""
    try:
        yield
    except OSError as error:
        if error.errno in NOT_THERE:
            raise NotFound(kind="file", id=key) from None
        raise Unavailable("files_unavailable") from error


class LoggedMail:
    """Sends no letter and notes in the log that it did not; what the letter says stays out of the log."""

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        """Note who would have got a letter, and about what."""
        log.warning("No mail server is set up; not sent to %r: %r", to, subject)


class ConsoleSms:
    """Sends no text and notes in the log that it did not; neither the whole number nor the text is seen there."""

    def send(self, *, to: str, text: str, key: str) -> None:
        """Note that somebody would have got a text, and how long a one."""
        log.warning("No SMS gateway is set up; not sent to %r: %d characters", _masked(to), len(text))


def _masked(phone: str) -> str:
    """A number somebody who knows it will recognise: `+998*******67`."""
    first, last = (phone[:4], phone[-2:]) if len(phone) > len("+998") + 4 else ("", "")
    return first + "*" * (len(phone) - len(first + last)) + last
