"""Uploads past the application: where a client may send one file by itself, and to whom an uploaded file belongs.

A client that wants to send a file asks for a `SignedUpload` and posts the file to its address. The answer names a key,
which the client then writes into a row. Every key begins with a folder that the server chose for that user, so a key
belongs to whoever can have its folder signed, and no table has to remember it. The next step of a key is the time of
the signature: a day later the file can no longer be attached, and is deleted unless a row names it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from educore.kernel.errors import Unavailable

LONGEST_KEY = 255
ATTACH_WITHIN = timedelta(days=1)
"""The time after its signature in which an uploaded file can be attached to a row."""


class UploadKind(StrEnum):
    """The kinds of files that a client can announce."""

    IMAGE = "image"
    DOCUMENT = "document"
    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True)
class SignedUpload:
    """The address to post a file to, and the form fields that go with it.

    `timestamp` counts the seconds since 1970. The address takes the file until `expires_at`.
    """

    url: str
    folder: str
    timestamp: int
    signature: str
    api_key: str
    expires_at: datetime


class Uploads(Protocol):
    """Lets clients send files straight to the storage."""

    def folder(self, context: str, user_id: int, kind: UploadKind) -> str:
        """Return the folder of the files of a user for a purpose such as `profiles`; nobody else can compute it."""
        ...

    def sign(self, folder: str, *, kind: UploadKind, most: int, at: datetime) -> SignedUpload:
        """Return a permission to send a file of at most `most` bytes into the folder, to a step named by the time.

        Raises: Unavailable.
        """
        ...


class RefusingUploads:
    """Signs nothing; the default if no storage is set up to take files from clients."""

    def folder(self, context: str, user_id: int, kind: UploadKind) -> str:
        """Return a folder in which no file ever is."""
        return f"nowhere/{context}/{user_id}"

    def sign(self, folder: str, *, kind: UploadKind, most: int, at: datetime) -> SignedUpload:
        """Raises: Unavailable("files_unavailable")."""
        raise Unavailable("files_unavailable")


def user_folder(top: str, context: str, user_id: int, *, secret: bytes) -> str:
    """Return `top/context/user_id-digest`, whose digest needs the secret to compute."""
    place = f"{context}/{user_id}"
    digest = hmac.digest(secret, place.encode(), hashlib.sha256).hex()[:8]
    return f"{top}/{place}-{digest}"


def owns_key(uploads: Uploads, key: str, *, context: str, user_id: int, at: datetime) -> bool:
    """Return whether a key is of a file that this user may attach at this time for this purpose, of whatever kind."""
    signed_at = time_of_signature(key)
    if not is_plain_key(key) or signed_at is None or at - signed_at > ATTACH_WITHIN:
        return False
    return any(key.startswith(f"{uploads.folder(context, user_id, kind)}/") for kind in UploadKind)


def time_of_signature(key: str) -> datetime | None:
    """Return when the upload of a file was signed, None if the key is of no such upload."""
    found = re.search("/[0-9]+-[0-9a-f]{8}/([0-9]{1,11})/", key)
    return datetime.fromtimestamp(int(found[1]), UTC) if found else None


def is_plain_key(key: str) -> bool:
    """Return whether a text can be a key: printable, without backslashes, and without steps that lead elsewhere."""
    steps = key.split("/")
    return len(key) <= LONGEST_KEY and key.isprintable() and "\\" not in key and not {"", ".", ".."} & set(steps)
