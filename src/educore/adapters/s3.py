"""Files in a bucket of Amazon S3 or of anything that speaks like it; needs `educore[s3]`."""

from __future__ import annotations

import mimetypes
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from threading import BoundedSemaphore
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from educore.kernel.background import run_in_background
from educore.kernel.errors import NotFound, Unavailable
from educore.kernel.ports import is_shown, new_key

T = TypeVar("T")
AT_ONCE = 32
"""Maximum number of calls to the storage at the same time. A call that hangs counts until it ends."""

LARGEST_FILE, PIECE = 64 * 1024 * 1024, 64 * 1024
"""In bytes: the largest file to read (this program saves no larger ones), and how much of it to read at once."""

WIDELY_SPOKEN = Config(
    signature_version="s3v4",
    connect_timeout=5,
    read_timeout=20,
    max_pool_connections=AT_ONCE,
    request_checksum_calculation="when_required",  # other makers' servers do not know Amazon's newer checksums
    response_checksum_validation="when_required",
)
MISSING = ("NoSuchKey", "KeyTooLongError")


class S3Files:
    """Files in a bucket, opened through presigned addresses that stop working after `lifetime`, seven days at most.

    Credentials come from where boto3 looks for them: the environment, `~/.aws`, the machine's role. `endpoint_url` is
    for storage that is not Amazon's. `timeout` is the limit of one call in seconds, all retries by boto3 included.
    The bucket must be closed to the public; nothing here opens it.
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
        self._timeout, self._turns = timeout, BoundedSemaphore(AT_ONCE)
        self._prefix = f"{prefix.strip('/')}/".lstrip("/")
        self._client = client or boto3.Session().client(
            "s3", region_name=region, endpoint_url=endpoint_url, config=WIDELY_SPOKEN
        )

    def save(self, content: bytes, *, folder: str, name: str) -> str:
        """Put the bytes under an unguessable key that ends in what is safe of the name. Raises: Unavailable."""
        key = new_key(folder, name=name)
        with _answering(key):
            self._call(lambda: self._client.put_object(**self._object(key), Body=content, **_headers(key)))
        return key

    def read(self, key: str) -> bytes:
        """The bytes. Raises: NotFound, Unavailable."""
        with _answering(key):
            return self._call(lambda: self._download(key))

    def delete(self, key: str) -> None:
        """Remove the file. Raises: Unavailable."""
        with _answering(key):
            self._call(lambda: self._client.delete_object(**self._object(key)))

    def url(self, key: str) -> str:
        """An address good for `lifetime`; made here, without asking the storage. Raises: Unavailable, unsigned."""
        with _answering(key):
            address: str = self._client.generate_presigned_url(
                "get_object", Params=self._object(key), ExpiresIn=int(self._lifetime.total_seconds())
            )
        return address

    def _download(self, key: str) -> bytes:
        """Return the bytes of the file. Raises: TimeoutError; Unavailable if it is larger than `LARGEST_FILE`."""
        end, content = time.monotonic() + self._timeout, bytearray()
        with closing(self._client.get_object(**self._object(key))["Body"]) as body:
            for piece in body.iter_chunks(PIECE):
                content += piece
                if len(content) > LARGEST_FILE:
                    raise Unavailable("files_unavailable")
                if time.monotonic() > end:
                    raise TimeoutError  # nobody waits for it any more
        return bytes(content)

    def _call(self, call: Callable[[], T]) -> T:
        """Return the result of the call, if it ends before the timeout.

        boto3 has no time limit for a whole call, so a call that takes longer is left running in the background.
        Raises: TimeoutError; what the call raises.
        """
        end = time.monotonic() + self._timeout
        if not self._turns.acquire(timeout=self._timeout):
            raise TimeoutError
        future = run_in_background(call, name="educore-storage")
        future.add_done_callback(lambda done: self._turns.release())
        return future.result(max(0, end - time.monotonic()))

    def _object(self, key: str) -> dict[str, str]:
        if not key.isprintable() or {"", ".", ".."} & set(key.split("/")):
            raise NotFound(kind="file", id=key)
        return {"Bucket": self._bucket, "Key": self._prefix + key}


def _headers(key: str) -> dict[str, str]:
    """What the storage says when it gives the file out; it asks nobody, so it is told now."""
    guessed, packed = mimetypes.guess_type(key)
    kind = guessed if guessed and not packed else "application/octet-stream"
    shown = "inline" if is_shown(kind) else "attachment"
    return {"ContentType": kind, "ContentDisposition": shown, "CacheControl": "private, max-age=3600"}


@contextmanager
def _answering(key: str) -> Iterator[None]:
    """Tell a file that is not there from storage that does not do its work. Raises: NotFound, Unavailable."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            raise NotFound(kind="file", id=key) from None
        raise Unavailable("files_unavailable") from error
    except (BotoCoreError, TimeoutError) as error:
        raise Unavailable("files_unavailable") from error
