"""Files and folders that only the user of this process may read, whatever its umask says."""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from pathlib import Path

log = logging.getLogger("educore")

FILE, FOLDER = 0o600, 0o700


def create_folder(folder: Path, *, top: Path) -> None:
    """Make a folder below `top`, which is made too, and all between them. Raises: OSError."""
    for each in reversed([folder, *folder.parents]):
        if each == top or each.is_relative_to(top):
            each.mkdir(FOLDER, exist_ok=True, parents=each == top)


def create_file(path: Path) -> int:
    """Make a file that must not be there yet, and return its descriptor for writing. Raises: OSError."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE)


def create_empty_file(path: Path) -> None:
    """Make an empty file if there is none, without ever opening it under its own name. Raises: OSError.

    For a file that others lock: a process that closes a file it had opened a second time loses its locks on it, and
    SQLite would then take the log away from those who still write to it.
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
    """Take from others what they may do with a file or folder that is there; where that cannot be, say so."""
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
