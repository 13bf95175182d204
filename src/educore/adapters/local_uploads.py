"""Uploads to this server, with the form fields that clients of Cloudinary send."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from educore.kernel.ports import Clock
from educore.kernel.uploads import SignedUpload, UploadKind, user_folder

API_KEY = "local"
"""The value of the form field `api_key`. Clients send it because Cloudinary needs it; this server ignores it."""

SENT_FILES = "uploads"
"""The folder of all files that clients sent by themselves."""


@dataclass(frozen=True)
class UploadPermit:
    """The permission in a signed address: one kind of file, of at most `most` bytes, into one folder."""

    kind: UploadKind
    folder: str
    most: int
    timestamp: int
    signature: str

    def allows(self, form: Mapping[str, str]) -> bool:
        """Return whether the fields of a form are those that were signed; `api_key` is free."""
        signed = {"folder": self.folder, "timestamp": str(self.timestamp), "signature": self.signature}
        return all(form.get(name) == value for name, value in signed.items())


class LocalUploads:
    """Signs addresses of this server that take one file each, for `lifetime`.

    The address itself carries the permission, so that a bad one is refused before any byte of the file is read. The
    form repeats it, because clients send the same fields to every storage.
    """

    def __init__(self, *, base_url: str, secret: str, clock: Clock, lifetime: timedelta = timedelta(minutes=5)) -> None:
        self._base_url, self._clock, self._lifetime = base_url.rstrip("/"), clock, lifetime
        self._secret = hashlib.sha256(f"uploads:{secret}".encode()).digest()

    def folder(self, context: str, user_id: int, kind: UploadKind) -> str:
        """Return the folder of the files of a user; all kinds share it."""
        return user_folder(SENT_FILES, context, user_id, secret=self._secret)

    def sign(self, folder: str, *, kind: UploadKind, most: int, at: datetime) -> SignedUpload:
        """Return a permission that begins at `at`."""
        timestamp = int(at.timestamp())
        folder = f"{folder}/{timestamp}"
        signature = self._sign(kind, folder, str(most), str(timestamp))
        query = urlencode({"folder": folder, "max_size": most, "timestamp": timestamp, "signature": signature})
        return SignedUpload(
            url=f"{self._base_url}/uploads/{kind}/upload?{query}",
            folder=folder,
            timestamp=timestamp,
            signature=signature,
            api_key=API_KEY,
            expires_at=at + self._lifetime,
        )

    def permit(self, kind: str, query: Mapping[str, str]) -> UploadPermit | None:
        """Return what the query of an address allows now; None if it is not genuine or has expired."""
        folder, most, timestamp, signature = (
            query.get(name, "") for name in ("folder", "max_size", "timestamp", "signature")
        )
        if kind not in list(UploadKind) or not all(re.fullmatch("[0-9]{1,12}", number) for number in (most, timestamp)):
            return None
        genuine = self._sign(kind, folder, most, timestamp)
        if not hmac.compare_digest(genuine.encode(), signature.encode(errors="replace")):
            return None
        age = self._clock.now().timestamp() - int(timestamp)
        if not -1 < age < self._lifetime.total_seconds():
            return None
        return UploadPermit(UploadKind(kind), folder, int(most), int(timestamp), signature)

    def receipt(self, key: str, version: int) -> str:
        """Return the signature of an answer, which clients can pass on as proof; it opens nothing."""
        return self._sign("receipt", key, str(version))

    def _sign(self, *parts: str) -> str:
        return hmac.digest(self._secret, "\n".join(parts).encode(errors="replace"), hashlib.sha256).hex()
