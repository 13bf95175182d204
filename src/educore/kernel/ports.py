"""Ports: the interfaces to the outside world, each as small as the domain needs it."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, Protocol

from educore.kernel.carriers import Carrier, SilentCarrier
from educore.kernel.errors import reduce_error
from educore.kernel.payment_gateways import PaymentGateway, Provider
from educore.kernel.uploads import RefusingUploads, Uploads
from educore.values import DEFAULT_REGION, PasswordHash, PlainPassword, Region


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present instant, in UTC."""
        ...


class Passwords(Protocol):
    """Hashes and verifies passwords."""

    def hash(self, password: str) -> PasswordHash:
        """Return a salted, slow hash to store. Never call it inside a transaction."""
        ...

    def verify(self, password: str, hashed: str | None) -> bool:
        """Return whether the password fits the hash; without a hash it is False, after the same time."""
        ...


class Tokens(Protocol):
    """Issues signed tokens."""

    def sign(self, claims: Mapping[str, Any], lifetime: timedelta, *, issued_at: datetime | None = None) -> str:
        """Return a token with the claims that expires `lifetime` after `issued_at`, by default now.

        With `issued_at` and a claim `jti`, the same arguments give the same token.
        """
        ...

    def read(self, token: str) -> dict[str, Any]:
        """Return the claims. Raises: Unauthenticated("token_expired"), Unauthenticated("token_invalid")."""
        ...


class Files(Protocol):
    """Stores uploaded files under keys such as `logo/3f2a.../crest.png`."""

    def save(self, content: bytes, *, folder: str, name: str) -> str:
        """Store the bytes and return their key, at most 255 characters. Raises: Unavailable("files_unavailable")."""
        ...

    def read(self, key: str) -> bytes:
        """Return the bytes. Raises: NotFound, Unavailable("files_unavailable")."""
        ...

    def delete(self, key: str) -> None:
        """Delete the file, if there is one. Raises: Unavailable("files_unavailable")."""
        ...

    def keys(self, folder: str) -> Iterator[str]:
        """Yield the keys of all files in a folder. Raises: Unavailable("files_unavailable")."""
        ...

    def url(self, key: str) -> str:
        """Return an absolute URL that opens the file for a limited time."""
        ...


class Seal(Protocol):
    """Computes seals, which make later changes of sealed content evident."""

    def sign(self, content: bytes) -> str:
        """Return 64 hexadecimal digits, the same for the same content, that need the key to compute."""
        ...


class Mail(Protocol):
    """Sends e-mail."""

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        """Send one message in plain text; the same `key` marks it as the same message. Raises: Undelivered."""
        ...


class Sms(Protocol):
    """Sends text messages to phones."""

    def send(self, *, to: str, text: str, key: str) -> None:
        """Send one text to a number in international form; `key` marks repetitions of it. Raises: Undelivered."""
        ...


class UnkeyedSeal:
    """Seals without a key: anyone who can write to the database can also compute new seals for changed content."""

    def sign(self, content: bytes) -> str:
        """Return the SHA-256 digest."""
        return hashlib.sha256(content).hexdigest()


def hash_passwords(passwords: Passwords, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with a hash in place of every new password, in nested mappings too.

    Call it before the unit of work opens: one hash takes longer than all statements of a unit of work.
    """
    return {name: _hashed(passwords, value) for name, value in values.items()}


def _hashed(passwords: Passwords, value: Any) -> Any:
    if isinstance(value, PlainPassword):
        return PasswordHash(passwords.hash(value))
    return hash_passwords(passwords, value) if isinstance(value, dict) else value


class Undelivered(Exception):
    """A message was not accepted. `reason` holds no secret; `is_permanent` means that no later attempt can succeed."""

    def __init__(self, reason: str, *, is_permanent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_permanent = is_permanent

    def __reduce__(self) -> tuple[Any, ...]:
        return reduce_error(self)


class RefusingSender:
    """Refuses every message; the default if no mail server or SMS gateway is set up."""

    def send(self, *, to: str, text: str, key: str, subject: str = "") -> None:
        """Refuse the message. Raises: Undelivered, permanent."""
        raise Undelivered("nothing is set up to send it with", is_permanent=True)


NO_SENDER, NO_UPLOADS, UNKEYED, SILENT = RefusingSender(), RefusingUploads(), UnkeyedSeal(), SilentCarrier()
MAX_NAME_LENGTH = 100
MAX_NAME_BYTES = 255
MAX_SUFFIX_LENGTH = 11


def new_key(folder: str, *, name: str) -> str:
    """Return an unguessable key that ends in the safe form of the name; the folder has at most 120 characters."""
    return f"{folder}/{secrets.token_hex(16)}/{safe_name(name)}"


def safe_name(name: str) -> str:
    """Return the name without folders and leading dots, in letters and digits of any script, dot, dash and underscore.

    It has at most 100 characters, and 255 bytes because disks count those. A long name is cut off before its suffix.
    """
    bare = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1].strip()
    clean = "".join(c if c in ".-_" or unicodedata.category(c)[0] in "LMN" else "_" for c in bare).lstrip(".")
    suffix = PurePosixPath(clean).suffix if len(PurePosixPath(clean).suffix) <= MAX_SUFFIX_LENGTH else ""
    stem = clean.removesuffix(suffix)[: MAX_NAME_LENGTH - len(suffix)].encode()
    return stem[: MAX_NAME_BYTES - len(suffix.encode())].decode(errors="ignore") + suffix or "file"


def is_shown(media_type: str) -> bool:
    """Return whether browsers may display such a file. They only download others, so that no script in them runs."""
    is_media = media_type.startswith(("image/", "audio/", "video/")) or media_type == "application/pdf"
    return is_media and media_type != "image/svg+xml"


@dataclass(frozen=True)
class Ports:
    """The adapters of a unit of work: real ones from `educore.adapters`, or fakes from `educore.adapters.memory`."""

    clock: Clock
    passwords: Passwords
    tokens: Tokens
    files: Files
    uploads: Uploads = NO_UPLOADS
    mail: Mail = NO_SENDER
    sms: Sms = NO_SENDER
    gateways: Mapping[Provider, PaymentGateway] = field(default_factory=dict)
    seal: Seal = UNKEYED
    publish: Callable[[object], None] = lambda event: None
    carrier: Carrier = SILENT
    access_lifetime: timedelta = timedelta(minutes=30)
    refresh_lifetime: timedelta = timedelta(days=7)
    meeting_url: str = "https://meet.jit.si"
    reset_url: str = "http://127.0.0.1:8000/reset-password"
    region: Region = DEFAULT_REGION
    language: str = "en"
    texts_per_day: int = 1000
    sign_up_center: str | None = None
