"""Uploads to Cloudinary, and the files that came to lie there."""

from __future__ import annotations

import hashlib
import json
import re
import ssl
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from http.client import HTTPException
from urllib.parse import quote, urlencode, urlsplit

from educore.adapters.connections import LARGEST_FILE, http_connection
from educore.kernel.errors import NotFound, Unavailable
from educore.kernel.ports import Clock, Files
from educore.kernel.uploads import SignedUpload, UploadKind, is_plain_key, user_folder

CLOUD_FILES = "cloudinary"
"""The first step of every key of a file at Cloudinary; the second is its resource type."""

RESOURCE_TYPES: Mapping[UploadKind, str] = {
    UploadKind.IMAGE: "image",
    UploadKind.VIDEO: "video",
    UploadKind.AUDIO: "video",
    UploadKind.DOCUMENT: "raw",
}
SIGNATURE_LIFETIME = timedelta(minutes=5)
"""The time for which a signature is promised to work. Cloudinary accepts it for an hour."""


class Cloudinary:
    """Signs uploads to one account of Cloudinary; reads, deletes and addresses the files in it.

    The key of a file is its public id. Its folder says that it lies there and as which resource type, so that its
    address can be made without asking. The secret never leaves this server. `timeout` is the number of seconds for a
    whole call; `trust` has the trusted certificates, if those of the system are not enough.
    """

    def __init__(
        self,
        name: str,
        *,
        key: str,
        secret: str,
        clock: Clock,
        api_url: str = "https://api.cloudinary.com",
        delivery_url: str = "https://res.cloudinary.com",
        timeout: float = 20,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._name, self._key, self._secret, self._clock = name, key, secret, clock
        self._api, self._delivery = f"{api_url}/v1_1/{quote(name)}", f"{delivery_url}/{quote(name)}"
        self._timeout, self._trust = timeout, trust
        self._folder_secret = hashlib.sha256(f"uploads:{secret}".encode()).digest()

    # -- uploads ---------------------------------------------------------------------------------------

    def folder(self, context: str, user_id: int, kind: UploadKind) -> str:
        """Return the folder of the files of a user with the same resource type."""
        return user_folder(f"{CLOUD_FILES}/{RESOURCE_TYPES[kind]}", context, user_id, secret=self._folder_secret)

    def sign(self, folder: str, *, kind: UploadKind, most: int, at: datetime) -> SignedUpload:
        """Return the permission. Cloudinary knows no limit of bytes, so it is checked when the file is attached."""
        timestamp = int(at.timestamp())
        folder = f"{folder}/{timestamp}"
        return SignedUpload(
            url=f"{self._api}/{RESOURCE_TYPES[kind]}/upload",
            folder=folder,
            timestamp=timestamp,
            signature=sign_parameters({"folder": folder, "timestamp": timestamp}, secret=self._secret),
            api_key=self._key,
            expires_at=at + SIGNATURE_LIFETIME,
        )

    # -- files -----------------------------------------------------------------------------------------

    def read(self, key: str) -> bytes:
        """Return the bytes. Raises: NotFound, Unavailable("files_unavailable")."""
        status, content = self._call("GET", self.url(key))
        if status == 404:
            raise NotFound(kind="file", id=key)
        if status != 200 or len(content) > LARGEST_FILE:
            raise Unavailable("files_unavailable")
        return content

    def delete(self, key: str) -> None:
        """Delete the file, if there is one. Raises: Unavailable("files_unavailable")."""
        fields = {"invalidate": "true", "public_id": key, "timestamp": int(self._clock.now().timestamp())}
        signature = sign_parameters(fields, secret=self._secret)
        form = urlencode({**fields, "api_key": self._key, "signature": signature})
        status, answer = self._call("POST", f"{self._api}/{_resource_type(key)}/destroy", form)
        if status != 200 or _result(answer) not in ("ok", "not found"):
            raise Unavailable("files_unavailable")

    def url(self, key: str) -> str:
        """Return the public address, which does not expire; who does not know the key cannot guess it."""
        return f"{self._delivery}/{_resource_type(key)}/upload/{quote(key)}"

    def _call(self, method: str, url: str, form: str | None = None) -> tuple[int, bytes]:
        """Return the status of an answer and its content, cut off behind LARGEST_FILE. Raises: Unavailable."""
        headers = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            with http_connection(url, seconds=self._timeout, trust=self._trust) as line:
                line.request(method, urlsplit(url).path, form, headers)
                with line.getresponse() as response:
                    return response.status, response.read(LARGEST_FILE + 1)
        except (HTTPException, OSError) as error:
            raise Unavailable("files_unavailable") from error


class FilesWithCloudinary:
    """The files of the platform's own storage and those at Cloudinary, told apart by their keys.

    What the application itself stores goes to its own storage.
    """

    def __init__(self, own: Files, cloud: Cloudinary) -> None:
        self._own, self._cloud = own, cloud

    def save(self, content: bytes, *, folder: str, name: str) -> str:
        """Store the bytes in the own storage. Raises: Unavailable."""
        return self._own.save(content, folder=folder, name=name)

    def read(self, key: str) -> bytes:
        """Return the bytes. Raises: NotFound, Unavailable."""
        return self._storage(key).read(key)

    def delete(self, key: str) -> None:
        """Delete the file. Raises: Unavailable."""
        self._storage(key).delete(key)

    def keys(self, folder: str) -> Iterator[str]:
        """Yield the keys of all files in a folder of the own storage. Raises: Unavailable."""
        return self._own.keys(folder)

    def url(self, key: str) -> str:
        """Return the address at which the file opens."""
        return self._storage(key).url(key)

    def _storage(self, key: str) -> Files | Cloudinary:
        return self._cloud if key.startswith(f"{CLOUD_FILES}/") else self._own


def sign_parameters(parameters: Mapping[str, object], *, secret: str) -> str:
    """Return the signature that Cloudinary expects of the parameters of a request: SHA-1 over them, sorted by name.

    The parameters `file`, `cloud_name`, `resource_type` and `api_key` are never signed.
    """
    text = "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))
    return hashlib.sha1(f"{text}{secret}".encode()).hexdigest()  # noqa: S324 - Cloudinary decides


def _resource_type(key: str) -> str:
    """Return the resource type that the folder of a key names. Raises: NotFound for an impossible key."""
    found = re.match(f"{CLOUD_FILES}/(image|video|raw)/.", key)
    if found is None or not is_plain_key(key):
        raise NotFound(kind="file", id=key)
    return found[1]


def _result(answer: bytes) -> object:
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    return found.get("result") if isinstance(found, dict) else None
