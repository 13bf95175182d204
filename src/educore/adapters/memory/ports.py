"""Fakes of the ports, which touch nothing outside the process: for tests, notebooks and demonstrations."""

from __future__ import annotations

import hmac
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from educore.kernel.errors import NotFound, Unauthenticated
from educore.kernel.ports import Ports, Undelivered, new_key
from educore.values import PasswordHash


class FixedClock:
    """Tells the time it was last set to."""

    def __init__(self, now: datetime = datetime(2024, 1, 1, 10, tzinfo=UTC)) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def advance(self, **how_long: float) -> None:
        """Let time pass: `clock.advance(minutes=31)`."""
        self.time += timedelta(**how_long)


class PlainPasswords:
    """Keeps passwords readable, quickly. For tests only."""

    def hash(self, password: str) -> PasswordHash:
        return PasswordHash(f"plain:{password!r}")

    def verify(self, password: str, hashed: str | None) -> bool:
        return hashed == f"plain:{password!r}"


class MemoryTokens:
    """Remembers what it signed instead of signing."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock, self.signed = clock, dict[str, tuple[dict[str, Any], datetime]]()
        self._numbers = itertools.count(1)

    def sign(self, claims: Mapping[str, Any], lifetime: timedelta) -> str:
        token = f"token-{next(self._numbers)}"
        self.signed[token] = dict(claims), self.clock.now() + lifetime
        return token

    def read(self, token: str) -> dict[str, Any]:
        if token not in self.signed:
            raise Unauthenticated("token_invalid")
        claims, end = self.signed[token]
        if self.clock.now() >= end:
            raise Unauthenticated("token_expired")
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

    def url(self, key: str) -> str:
        return f"memory://{key}"


@dataclass(frozen=True)
class SentMail:
    """A letter that `FakeMail` was given."""

    to: str
    subject: str
    text: str
    key: str


class FakeMail:
    """Keeps letters instead of sending them; while there is a `failure`, it keeps nothing and raises that."""

    def __init__(self) -> None:
        self.letters: list[SentMail] = []
        self.failure: Undelivered | None = None

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.letters.append(SentMail(to, subject, text, key))


@dataclass(frozen=True)
class SentSms:
    """A text that `FakeSms` was given."""

    to: str
    text: str
    key: str


class FakeSms:
    """Keeps texts instead of sending them; while there is a `failure`, it keeps nothing and raises that."""

    def __init__(self) -> None:
        self.texts: list[SentSms] = []
        self.failure: Undelivered | None = None

    def send(self, *, to: str, text: str, key: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.texts.append(SentSms(to, text, key))


class MemorySeal:
    """Seals under a key that everybody knows who reads this."""

    def __init__(self, key: str = "memory") -> None:
        self._key = key.encode()

    def sign(self, content: bytes) -> str:
        return hmac.digest(self._key, content, "sha256").hex()


def memory_ports(clock: FixedClock | None = None) -> Ports:
    """Ports that touch nothing outside the process."""
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
