"""Files in a local folder, opened through signed URLs."""

from __future__ import annotations

import base64
import errno
import hashlib
import hmac
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from educore.adapters.private_files import create_file, create_folder, restrict_access
from educore.kernel.errors import NotFound, Unavailable
from educore.kernel.ports import Clock, new_key

MISSING_FILE_ERRORS = (errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG)
"""The errors that mean that there is no such file; any other error means that the disk cannot be used."""


class LocalFiles:
    """Stores files in a folder; signed URLs open them and expire after `lifetime`."""

    def __init__(
        self, folder: Path, *, base_url: str, secret: str, clock: Clock, lifetime: timedelta = timedelta(hours=1)
    ) -> None:
        self.folder, self._base_url, self._clock, self._lifetime = folder, base_url.rstrip("/"), clock, lifetime
        restrict_access(folder)  # which protects all folders in it
        self._secret = hashlib.sha256(f"files:{secret}".encode()).digest()

    def save(self, content: bytes, *, folder: str, name: str) -> str:
        """Write the bytes under an unguessable key that ends in the safe form of the name. Raises: Unavailable.

        They are flushed to disk before it returns, so that after a power failure no row names a missing file. If they
        cannot be written, nothing is left of them.
        """
        key = new_key(folder, name=name)
        path = self.path(key)
        try:
            create_folder(path.parent, top=self.folder.resolve())
            with os.fdopen(create_file(path), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _sync_folders(path.relative_to(self.folder.resolve()), self.folder)
        except OSError as error:
            with suppress(OSError):
                _remove(path)
            raise Unavailable("files_unavailable") from error
        return key

    def read(self, key: str) -> bytes:
        """Return the bytes. Raises: NotFound, Unavailable."""
        with _translate_errors(key):
            return self.path(key).read_bytes()

    def delete(self, key: str) -> None:
        """Delete the file. Raises: Unavailable."""
        with _translate_errors(key):
            _remove(self.path(key))

    def keys(self, folder: str) -> Iterator[str]:
        """Yield the keys of all files in a folder. Raises: Unavailable."""
        with _translate_errors(folder):
            for path in self.path(folder).rglob("*"):
                if path.is_file():
                    yield path.relative_to(self.folder.resolve()).as_posix()

    def url(self, key: str) -> str:
        """Return a URL that is valid for `lifetime` or up to twice as long, so that browsers can cache it."""
        step = int(self._lifetime.total_seconds())
        until = (int(self._clock.now().timestamp()) // step + 2) * step
        return f"{self._base_url}/files/{quote(key)}?until={until}&signature={self._sign(key, until)}"

    def is_valid(self, key: str, *, until: str, signature: str) -> bool:
        """Return whether the signature of a URL is genuine and the URL has not expired."""
        if not re.fullmatch("[0-9]{1,12}", until):
            return False
        is_genuine = hmac.compare_digest(self._sign(key, int(until)).encode(), signature.encode(errors="replace"))
        return is_genuine and int(until) > self._clock.now().timestamp()

    def path(self, key: str) -> Path:
        """Return the path of the file with this key, which may be missing. Raises: NotFound for an impossible key."""
        try:
            path = (self.folder / key).resolve()
        except (ValueError, OSError):
            raise NotFound(kind="file", id=key) from None
        if not path.is_relative_to(self.folder.resolve()):
            raise NotFound(kind="file", id=key)
        return path

    def _sign(self, key: str, until: int) -> str:
        digest = hmac.digest(self._secret, f"{key}\n{until}".encode(errors="replace"), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _remove(path: Path) -> None:
    """Delete a file and its folder, since each key has a folder of its own. Raises: OSError."""
    path.unlink(missing_ok=True)
    with suppress(OSError):  # the folder is not empty
        path.parent.rmdir()


def _sync_folders(path: Path, folder: Path) -> None:
    """Flush the folders on the way to a new file to disk (POSIX only). Raises: OSError."""
    for parent in path.parents if os.name == "posix" else ():
        descriptor = os.open(folder / parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _translate_errors(key: str) -> Iterator[None]:
    """Translate errors of the disk. Raises: NotFound for a missing file, else Unavailable."""
    try:
        yield
    except OSError as error:
        if error.errno in MISSING_FILE_ERRORS:
            raise NotFound(kind="file", id=key) from None
        raise Unavailable("files_unavailable") from error
