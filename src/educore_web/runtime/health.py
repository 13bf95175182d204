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
from educore_web.runtime.outages import note_outage

LITTLE_ROOM = 256 * 1024 * 1024
"""Free bytes on a disk below which it is reported as almost full."""
TRIAL = bytes(64 * 1024)
"""Bytes written to a disk as a test: a disk without room for them counts as full."""
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class State:
    """The state of a part in a few words, and whether requests can be answered with it."""

    said: str
    serves: bool


def state_of_database(database: Database) -> State:
    """Return whether the database answers, and whether this version knows its tables or can at least work with them."""
    try:
        revision = database.revision()
        if revision == database.newest:
            return State("ok", serves=True)
        if not database.is_newer(revision):
            return State(f"migration {database.newest} is pending", serves=False)
        misfits = database.incompatible_columns()
    except Unavailable as error:
        note_outage(error)
        return State("damaged" if is_damaged(error) else "unreachable", serves=False)
    ahead = f"ahead of this version, at migration {revision}"
    return State(f"{ahead}, which cannot work with it" if misfits else ahead, serves=not misfits)


def state_of_disks(folders: Iterable[Path]) -> State:
    """Return whether all the folders have room. A test write finds out, because of quotas and read-only disks."""
    said = "ok"
    for folder in map(_existing, folders):
        try:
            with tempfile.TemporaryFile(dir=folder, buffering=0) as trial:
                trial.write(TRIAL)
            if shutil.disk_usage(folder).free < LITTLE_ROOM:
                said = "almost full"
        except OSError as error:
            return State("full" if error.errno in FULL else "not writable", serves=False)
    return State(said, serves=True)


def _existing(folder: Path) -> Path:
    """Return the folder, or its nearest parent that exists."""
    return next((each for each in (folder, *folder.absolute().parents) if each.is_dir()), folder)
