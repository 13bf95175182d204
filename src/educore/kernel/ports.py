"""What the domain needs from the outside world, each as small as the domain needs it."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, Protocol

from educore.values import PasswordHash, PlainPassword


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...


class Passwords(Protocol):
    """Keeps passwords unreadable."""

    def hash(self, password: str) -> PasswordHash:
        """A salted, slow hash to store; never inside a transaction."""
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
        """Store the bytes and give their key, at most 255 characters. Raises: Unavailable("files_unavailable")."""
        ...

    def read(self, key: str) -> bytes:
        """The bytes. Raises: NotFound, Unavailable("files_unavailable")."""
        ...

    def delete(self, key: str) -> None:
        """Forget the file; a key that is gone already is fine."""
        ...

    def url(self, key: str) -> str:
        """An absolute address that opens the file for a limited time."""
        ...


class Seal(Protocol):
    """Seals what nobody may change unseen."""

    def sign(self, content: bytes) -> str:
        """64 hexadecimal digits that only who has the key can make; the same for the same content."""
        ...


class Mail(Protocol):
    """Carries letters to mailboxes."""

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        """Hand over one letter in plain text; the same `key` marks it as the same letter. Raises: Undelivered."""
        ...


class Sms(Protocol):
    """Carries short texts to phones."""

    def send(self, *, to: str, text: str, key: str) -> None:
        """Hand over one text for `+998901234567`; the same `key` marks it as the same text. Raises: Undelivered."""
        ...


class UnkeyedSeal:
    """Seals without a key, for those who have none: who can write to the database can seal anew what they change."""

    def sign(self, content: bytes) -> str:
        """The SHA-256 digest."""
        return hashlib.sha256(content).hexdigest()


def hash_passwords(passwords: Passwords, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with the hash of every new password in its place, in structures too.

    Call it before the unit of work that stores them opens: a hash takes longer than all the statements of one.
    """
    return {name: _hashed(passwords, value) for name, value in values.items()}


def _hashed(passwords: Passwords, value: Any) -> Any:
    if isinstance(value, PlainPassword):
        return PasswordHash(passwords.hash(value))
    return hash_passwords(passwords, value) if isinstance(value, dict) else value


class Undelivered(Exception):
    """A message nobody took: `reason` says why and holds no secret; `is_permanent` means that it never will."""

    def __init__(self, reason: str, *, is_permanent: bool) -> None:
        super().__init__(reason)
        self.reason, self.is_permanent = reason, is_permanent


class RefusingSender:
    """Refuses every letter and every text, for those who have set up nobody to carry them."""

    def send(self, *, to: str, text: str, key: str, subject: str = "") -> None:
        """Raises: Undelivered, for good."""
        raise Undelivered("nothing is set up to send it with", is_permanent=True)


NO_SENDER, UNKEYED = RefusingSender(), UnkeyedSeal()
LONGEST_NAME = 100
LONGEST_NAME_IN_BYTES = 255
LONGEST_ENDING = 11


def new_key(folder: str, *, name: str) -> str:
    """A key that nobody can guess and that ends in what is safe of the name; the folder has at most 120 characters."""
    return f"{folder}/{secrets.token_hex(16)}/{safe_name(name)}"


def safe_name(name: str) -> str:
    """The name without folders and leading dots, in letters and digits of any script, dot, dash and underscore.

    At most 100 characters, and 255 bytes because disks count those; what is too long loses its middle, not its ending.
    """
    bare = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1].strip()
    clean = "".join(c if c in ".-_" or unicodedata.category(c)[0] in "LMN" else "_" for c in bare).lstrip(".")
    ending = PurePosixPath(clean).suffix if len(PurePosixPath(clean).suffix) <= LONGEST_ENDING else ""
    stem = clean.removesuffix(ending)[: LONGEST_NAME - len(ending)].encode()
    return stem[: LONGEST_NAME_IN_BYTES - len(ending.encode())].decode(errors="ignore") + ending or "file"


def is_shown(media_type: str) -> bool:
    """Whether browsers may show such a file; every other one they only download, so that it never runs in our name."""
    shown = media_type.startswith(("image/", "audio/", "video/")) or media_type == "application/pdf"
    return shown and media_type != "image/svg+xml"


@dataclass(frozen=True)
class Ports:
    """The adapters of a unit of work; `educore.adapters` has real ones, `educore.adapters.memory` fakes."""

    clock: Clock
    passwords: Passwords
    tokens: Tokens
    files: Files
    mail: Mail = NO_SENDER
    sms: Sms = NO_SENDER
    seal: Seal = UNKEYED
    publish: Callable[[object], None] = lambda event: None
    access_lifetime: timedelta = timedelta(minutes=30)
    refresh_lifetime: timedelta = timedelta(days=7)
    meeting_url: str = "https://meet.jit.si"
    language: str = "en"
    texts_per_day: int = 1000
