"""Files of backups: written whole or not at all, and readable only by their owner."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Prepare = Callable[[str], None]
"""A function that prepares the restored data, given the URL of its database.

It is called before the data replaces the present data (SQLite) or right after that (PostgreSQL).
"""


class BackupError(Exception):
    """A backup or a restore was refused or failed. The message is one sentence with the reason and has no password."""


def require_known(revision: str | None, known: set[str], file: Path) -> None:
    """Refuse a backup of another program or of a newer version of this one. Raises: BackupError."""
    if revision is None:
        raise BackupError(f"{file} is no backup of educore: it does not say of which version its tables are.")
    if revision not in known:
        raise BackupError(
            f"{file} is of a newer version of educore (migration {revision}); install that version, then restore."
        )


@contextmanager
def disk_errors(doing: str) -> Iterator[None]:
    """Turn an OSError into a BackupError whose message is a sentence. Raises: BackupError."""
    try:
        yield
    except OSError as error:
        raise BackupError(f"Cannot {doing}: {error.strerror or error}.") from error


def beside(file: Path) -> Path:
    """Create an empty file in the same folder, readable only by its owner, and return it. Raises: BackupError."""
    with disk_errors(f"write to {file.parent}"):
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
        os.close(descriptor)
    return Path(name)


def replace_file(draft: Path, file: Path) -> None:
    """Rename a draft to `file` after all of it has been written to disk. Raises: BackupError."""
    with disk_errors(f"write {file}"):
        _sync(draft, os.O_RDWR)
        draft.replace(file)
        if os.name == "posix":
            _sync(file.parent, os.O_RDONLY)


def _sync(path: Path, how: int) -> None:
    descriptor = os.open(path, how)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
