"""The checks behind `/health`: whether this process can do its work."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from educore import Unavailable
from educore.adapters.sql import Database, is_damaged
from educore_web.runtime.outages import log_outage

LOW_SPACE = 256 * 1024 * 1024
"""Free bytes on a disk below which it is reported as almost full."""
TRIAL = bytes(64 * 1024)
"""Bytes written to a disk as a test: a disk without room for them counts as full."""
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class State:
    """The state of a part as text for `/health`, and whether requests can be answered with it."""

    text: str
    serves: bool


def check_database(database: Database) -> State:
    """Check that the database answers and that this version can work with its tables."""
    try:
        revision = database.revision()
        if revision == database.newest:
            missing = database.missing_tables()
            return State(f"without the tables {', '.join(missing)}" if missing else "ok", serves=not missing)
        if not database.is_newer(revision):
            return State(f"migration {database.newest} is pending", serves=False)
        misfits = database.incompatible_columns()
    except Unavailable as error:
        log_outage(error)
        return State("damaged" if is_damaged(error) else "unreachable", serves=False)
    ahead = f"ahead of this version, at migration {revision}"
    return State(f"{ahead}, which cannot work with it" if misfits else ahead, serves=not misfits)


def check_disks(folders: Iterable[Path]) -> State:
    """Check that all folders have space, by writing a test file: there are quotas and read-only disks."""
    text = "ok"
    for folder in map(_existing, folders):
        try:
            with tempfile.TemporaryFile(dir=folder, buffering=0) as trial:
                trial.write(TRIAL)
            if shutil.disk_usage(folder).free < LOW_SPACE:
                text = "almost full"
        except OSError as error:
            return State("full" if error.errno in DISK_FULL else "not writable", serves=False)
    return State(text, serves=True)


def _existing(folder: Path) -> Path:
    """Return the folder, or its nearest parent that exists."""
    return next((path for path in (folder, *folder.absolute().parents) if path.is_dir()), folder)
