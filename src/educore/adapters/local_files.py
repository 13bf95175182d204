"""Files in a folder of this computer, opened through signed addresses."""

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

NOT_THERE = (errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG)
"""How a disk says that there is no such file; whatever else it says means that it cannot be used."""


class LocalFiles:
    """Files in a folder, opened through signed addresses that stop working after `lifetime`."""

    def __init__(
        self, folder: Path, *, base_url: str, secret: str, clock: Clock, lifetime: timedelta = timedelta(hours=1)
    ) -> None:
        self.folder, self._base_url, self._clock, self._lifetime = folder, base_url.rstrip("/"), clock, lifetime
        restrict_access(folder)  # nobody gets past it to what lies deeper
        self._secret = hashlib.sha256(f"files:{secret}".encode()).digest()

    def save(self, content: bytes, *, folder: str, name: str) -> str:
        """Write the bytes under an unguessable key that ends in what is safe of the name. Raises: Unavailable.

        They are on the disk when it returns, so that no row speaks of a file that a power failure took; and where they
        cannot be written, nothing of them stays.
        """
        key = new_key(folder, name=name)
        path = self.path(key)
        try:
            create_folder(path.parent, top=self.folder.resolve())
            with os.fdopen(create_file(path), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _keep_names(path.relative_to(self.folder.resolve()), self.folder)
        except OSError as error:
            with suppress(OSError):
                _remove(path)
            raise Unavailable("files_unavailable") from error
        return key

    def read(self, key: str) -> bytes:
        """The bytes. Raises: NotFound, Unavailable."""
        with _reaching(key):
            return self.path(key).read_bytes()

    def delete(self, key: str) -> None:
        """Remove the file. Raises: Unavailable."""
        with _reaching(key):
            _remove(self.path(key))

    def url(self, key: str) -> str:
        """An address good for `lifetime`, rounded up so that browsers can cache it for a while."""
        step = int(self._lifetime.total_seconds())
        until = (int(self._clock.now().timestamp()) // step + 2) * step
        return f"{self._base_url}/files/{quote(key)}?until={until}&signature={self._sign(key, until)}"

    def opens(self, key: str, *, until: str, signature: str) -> bool:
        """Whether an address made by `url` is genuine and still good."""
        if not re.fullmatch("[0-9]{1,12}", until):
            return False
        good = hmac.compare_digest(self._sign(key, int(until)).encode(), signature.encode(errors="replace"))
        return good and int(until) > self._clock.now().timestamp()

    def path(self, key: str) -> Path:
        """Where the file lies, if there is one. Raises: NotFound, for what cannot be a key of ours."""
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
    """Remove a file and the folder that held it alone, since each key has a folder of its own. Raises: OSError."""
    path.unlink(missing_ok=True)
    with suppress(OSError):  # somebody put something beside it
        path.parent.rmdir()


def _keep_names(path: Path, folder: Path) -> None:
    """Have the disk keep the names on the way to a new file, where a system lets folders be opened."""
    for parent in path.parents if os.name == "posix" else ():
        descriptor = os.open(folder / parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _reaching(key: str) -> Iterator[None]:
    """Tell a file that is not there from a folder that cannot be used. Raises: NotFound, Unavailable."""
    try:
        yield
    except OSError as error:
        if error.errno in NOT_THERE:
            raise NotFound(kind="file", id=key) from None
        raise Unavailable("files_unavailable") from error
