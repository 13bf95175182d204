"""Fakes of the ports, which touch nothing outside the process: for tests, notebooks and demonstrations."""

from __future__ import annotations

import hmac
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from educore.kernel.errors import NotFound, Unauthenticated
from educore.kernel.ports import Ports, Undelivered, new_key
from educore.values import PasswordHash


class FixedClock:
    """A clock that stands still until it is advanced."""

    def __init__(self, now: datetime = datetime(2024, 1, 1, 10, tzinfo=UTC)) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def advance(self, **duration: float) -> None:
        """Advance the clock: `clock.advance(minutes=31)`."""
        self.time += timedelta(**duration)


class PlainPasswords:
    """Stores passwords in plain text, which is fast. For tests only."""

    def hash(self, password: str) -> PasswordHash:
        return PasswordHash(f"plain:{password!r}")

    def verify(self, password: str, hashed: str | None) -> bool:
        return hashed == f"plain:{password!r}"


class MemoryTokens:
    """Remembers the claims of each token instead of signing them."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock, self.signed = clock, dict[str, tuple[dict[str, Any], datetime]]()
        self._numbers = itertools.count(1)

    def sign(self, claims: Mapping[str, Any], lifetime: timedelta, *, issued_at: datetime | None = None) -> str:
        token = f"token-{claims['jti'] if issued_at else next(self._numbers)}"
        self.signed[token] = dict(claims), (issued_at or self.clock.now()) + lifetime
        return token

    def read(self, token: str) -> dict[str, Any]:
        if token not in self.signed:
            raise Unauthenticated("token_invalid")
        claims, end = self.signed[token]
        if self.clock.now() >= end:
            raise Unauthenticated("token_expired", at=end)
        return claims


class MemoryFiles:
    """Keeps files in a dictionary."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def save(self, content: bytes, *, folder: str, name: str) -> str:
        key = new_key(folder, name=name)
        self.contents[key] = content
        return key

    def read(self, key: str) -> bytes:
        if key not in self.contents:
            raise NotFound(kind="file", id=key)
        return self.contents[key]

    def delete(self, key: str) -> None:
        self.contents.pop(key, None)

    def keys(self, folder: str) -> Iterator[str]:
        return (key for key in list(self.contents) if key.startswith(f"{folder}/"))

    def url(self, key: str) -> str:
        return f"memory://{key}"


@dataclass(frozen=True)
class SentMail:
    """A message that `FakeMail` accepted."""

    to: str
    subject: str
    text: str
    key: str


class FakeMail:
    """Keeps messages in `sent` instead of sending them; if there is a `failure`, it raises that instead."""

    def __init__(self) -> None:
        self.sent: list[SentMail] = []
        self.failure: Undelivered | None = None

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent.append(SentMail(to, subject, text, key))


@dataclass(frozen=True)
class SentSms:
    """A text that `FakeSms` accepted."""

    to: str
    text: str
    key: str


class FakeSms:
    """Keeps texts in `sent` instead of sending them; if there is a `failure`, it raises that instead."""

    def __init__(self) -> None:
        self.sent: list[SentSms] = []
        self.failure: Undelivered | None = None

    def send(self, *, to: str, text: str, key: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent.append(SentSms(to, text, key))


class MemorySeal:
    """Seals under a key that is public in this source."""

    def __init__(self, key: str = "memory") -> None:
        self._key = key.encode()

    def sign(self, content: bytes) -> str:
        return hmac.digest(self._key, content, "sha256").hex()


def memory_ports(clock: FixedClock | None = None) -> Ports:
    """Return ports with a fake for each, which use nothing outside the process."""
    clock = clock or FixedClock()
    return Ports(
        clock=clock,
        passwords=PlainPasswords(),
        tokens=MemoryTokens(clock),
        files=MemoryFiles(),
        mail=FakeMail(),
        sms=FakeSms(),
        seal=MemorySeal(),
    )
