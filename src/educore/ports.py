"""What the domain needs from the outside world, each as small as the domain needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...


class Passwords(Protocol):
    """Keeps passwords unreadable."""

    def hash(self, password: str) -> str:
        """A salted, slow hash to store."""
        ...

    def verify(self, password: str, hashed: str | None) -> bool:
        """Whether they belong together; takes as long when there is no hash to compare with."""
        ...


class Tokens(Protocol):
    """Signs facts so that nobody else can make them up."""

    def sign(self, claims: Mapping[str, Any], lifetime: timedelta) -> str:
        """A token that carries the claims and stops being good after `lifetime`."""
        ...

    def read(self, token: str) -> dict[str, Any]:
        """The claims. Raises: Unauthenticated("token_expired"), Unauthenticated("token_invalid")."""
        ...


class Files(Protocol):
    """Keeps uploaded files under keys such as `logo/3f2a.../crest.png`."""

    def save(self, content: bytes, *, folder: str, name: str) -> str:
        """Store the bytes and give their key, at most 255 characters."""
        ...

    def read(self, key: str) -> bytes:
        """The bytes. Raises: NotFound."""
        ...

    def delete(self, key: str) -> None:
        """Forget the file; a key that is gone already is fine."""
        ...

    def url(self, key: str) -> str:
        """An absolute address that opens the file for a limited time."""
        ...


@dataclass(frozen=True)
class Ports:
    """The adapters a unit of work uses; `educore.adapters` has real ones, `educore.memory` fakes."""

    clock: Clock
    passwords: Passwords
    tokens: Tokens
    files: Files
    publish: Callable[[object], None] = lambda event: None
    access_lifetime: timedelta = timedelta(minutes=30)
    refresh_lifetime: timedelta = timedelta(days=7)
