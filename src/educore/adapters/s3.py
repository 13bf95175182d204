"""Files in a bucket of Amazon S3 or a compatible storage; needs `educore[s3]`."""

from __future__ import annotations

import mimetypes
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from threading import BoundedSemaphore
from typing import Any, TypeVar

from educore.adapters.connections import LARGEST_FILE
from educore.extras import needs_extra
from educore.kernel.background import run_in_background
from educore.kernel.errors import NotFound, Unavailable
from educore.kernel.ports import is_shown, new_key

with needs_extra("s3"):
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

T = TypeVar("T")
MAX_CALLS = 32
"""Maximum number of calls to the storage at the same time. A call that hangs counts until it ends."""

DOWNLOAD_CHUNK = 64 * 1024
"""The size of one piece of a download, in bytes."""

CLIENT_CONFIG = Config(
    signature_version="s3v4",
    connect_timeout=5,
    read_timeout=20,
    max_pool_connections=MAX_CALLS,
    request_checksum_calculation="when_required",  # other storages do not support Amazon's newer checksums
    response_checksum_validation="when_required",
)
MISSING_CODES = ("NoSuchKey", "KeyTooLongError")


class S3Files:
    """Stores files in a bucket; presigned URLs open them and expire after `lifetime`, seven days at most.

    boto3 finds the credentials in the environment, in `~/.aws` or in the role of the machine. `endpoint_url` is for
    storage that is not Amazon's. `timeout` is the limit of one call in seconds, all retries by boto3 included.
    The bucket must be closed to the public; this class never opens it.
    """

    def __init__(
        self,
        bucket: str,
        *,
        prefix: str = "",
        region: str | None = None,
        endpoint_url: str | None = None,
        lifetime: timedelta = timedelta(hours=1),
        timeout: float = 60,
        client: Any = None,
    ) -> None:
        self._bucket, self._lifetime = bucket, lifetime
        self._timeout, self._slots = timeout, BoundedSemaphore(MAX_CALLS)
        self._prefix = f"{prefix.strip('/')}/".lstrip("/")
        self._client = client or boto3.Session().client(
            "s3", region_name=region, endpoint_url=endpoint_url, config=CLIENT_CONFIG
        )

    def save(self, content: bytes, *, folder: str, name: str) -> str:
        """Store the bytes under an unguessable key that ends in the safe form of the name. Raises: Unavailable."""
        key = new_key(folder, name=name)
        with _translate_errors(key):
            self._call(lambda: self._client.put_object(**self._object(key), Body=content, **_headers(key)))
        return key

    def read(self, key: str) -> bytes:
        """Return the bytes. Raises: NotFound, Unavailable."""
        with _translate_errors(key):
            return self._call(lambda: self._download(key))

    def delete(self, key: str) -> None:
        """Delete the file. Raises: Unavailable."""
        with _translate_errors(key):
            self._call(lambda: self._client.delete_object(**self._object(key)))

    def keys(self, folder: str) -> Iterator[str]:
        """Yield the keys of all files in a folder, a thousand by one call. Raises: Unavailable."""
        place = {"Bucket": self._bucket, "Prefix": f"{self._object(folder)['Key']}/"}
        more: dict[str, str] = {}
        while True:
            with _translate_errors(folder):
                page = self._call(partial(self._client.list_objects_v2, **place, **more))
            for found in page.get("Contents", ()):
                yield found["Key"].removeprefix(self._prefix)
            if not page["IsTruncated"]:
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def url(self, key: str) -> str:
        """Return a URL that expires after `lifetime`, signed without a call to the storage.

        Raises: Unavailable if there are no credentials to sign it with.
        """
        with _translate_errors(key):
            url: str = self._client.generate_presigned_url(
                "get_object", Params=self._object(key), ExpiresIn=int(self._lifetime.total_seconds())
            )
        return url

    def _download(self, key: str) -> bytes:
        """Return the bytes of the file. Raises: TimeoutError; Unavailable if it is larger than `LARGEST_FILE`."""
        end, content = time.monotonic() + self._timeout, bytearray()
        with closing(self._client.get_object(**self._object(key))["Body"]) as body:
            for piece in body.iter_chunks(DOWNLOAD_CHUNK):
                content += piece
                if len(content) > LARGEST_FILE:
                    raise Unavailable("files_unavailable")
                if time.monotonic() > end:
                    raise TimeoutError  # the caller has stopped waiting
        return bytes(content)

    def _call(self, call: Callable[[], T]) -> T:
        """Return the result of the call, if it ends before the timeout.

        boto3 has no time limit for a whole call, so a call that takes longer is left running in the background.
        Raises: TimeoutError; the errors of the call.
        """
        end = time.monotonic() + self._timeout
        if not self._slots.acquire(timeout=self._timeout):
            raise TimeoutError
        future = run_in_background(call, name="educore-storage")
        future.add_done_callback(lambda done: self._slots.release())
        return future.result(max(0, end - time.monotonic()))

    def _object(self, key: str) -> dict[str, str]:
        if not key.isprintable() or {"", ".", ".."} & set(key.split("/")):
            raise NotFound(kind="file", id=key)
        return {"Bucket": self._bucket, "Key": self._prefix + key}


def _headers(key: str) -> dict[str, str]:
    """Return the headers with which the storage will serve the file; they are stored with it."""
    guess, encoding = mimetypes.guess_type(key)
    kind = guess if guess and not encoding else "application/octet-stream"
    disposition = "inline" if is_shown(kind) else "attachment"
    return {"ContentType": kind, "ContentDisposition": disposition, "CacheControl": "private, max-age=3600"}


@contextmanager
def _translate_errors(key: str) -> Iterator[None]:
    """Translate errors of boto3. Raises: NotFound for a missing file, else Unavailable."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING_CODES:
            raise NotFound(kind="file", id=key) from None
        raise Unavailable("files_unavailable") from error
    except (BotoCoreError, TimeoutError) as error:
        raise Unavailable("files_unavailable") from error
