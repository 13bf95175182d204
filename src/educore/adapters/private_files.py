"""Files and folders that only the user of this process may read, also under a permissive umask."""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from pathlib import Path

log: logging.Logger = logging.getLogger("educore")

FILE, FOLDER = 0o600, 0o700


def create_folder(folder: Path, *, top: Path) -> None:
    """Create `top`, a folder below it, and all folders between them. Raises: OSError."""
    for parent in reversed([folder, *folder.parents]):
        if parent == top or parent.is_relative_to(top):
            parent.mkdir(FOLDER, exist_ok=True, parents=parent == top)


def create_file(path: Path) -> int:
    """Create a file that must not exist yet, and return its descriptor for writing. Raises: OSError."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE)


def create_empty_file(path: Path) -> None:
    """Create an empty file if there is none, without ever opening it under its own name. Raises: OSError.

    This is for the file of a SQLite database. If a process opens such a file a second time and closes it again, POSIX
    releases all its locks on the file, and SQLite would delete the log while other connections still write to it.
    """
    if path.exists():
        return
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        os.unlink(draft)


def restrict_access(path: Path) -> None:
    """Take all permissions on an existing file or folder from other users; log a warning if that fails."""
    if os.name != "posix":
        return
    try:
        mode = path.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            path.chmod(stat.S_IMODE(mode) & 0o700)
    except FileNotFoundError:
        return
    except OSError as error:
        log.warning("%s can be read by others, and that cannot be changed: %s", path, error.strerror)
