"""Backup and restore of a whole database, also while it is written to, and after a crash."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from educore.sql.database import Database

Prepare = Callable[[str], None]
"""What to do to the restored data, at the URL given, before or right after it takes the place of the present data."""

OF_SQLITE, OF_POSTGRESQL = b"SQLite format 3\x00", b"PGDMP"
"""How the file of a backup begins."""


class BackupError(Exception):
    """Why a backup or a restore was refused or failed: one sentence, which holds no password."""


def back_up(database: Database, file: Path) -> None:
    """Write everything that is committed now to `file`, while others go on writing.

    The file appears whole or not at all, replaces an earlier backup of the same name, and only its owner can read it.
    A SQLite database becomes a SQLite database, a PostgreSQL one an archive of `pg_dump`.

    Raises: BackupError, Unavailable.
    """
    with _draft(file) as draft:
        if database.engine.dialect.name == "sqlite":
            from educore.sql import sqlite_backup

            sqlite_backup.copy(database, draft, file)
        else:
            from educore.sql import postgres_backup

            postgres_backup.dump(database, draft)
        replace_file(draft, file)


def restore(database: Database, file: Path, *, prepare: Prepare) -> None:
    """Put the data of a backup in the place of everything the database holds, and bring its tables up to date.

    Nothing is replaced unless the backup is whole and of a version this one knows, nor while somebody is connected.
    `prepare` then does what a restore needs, such as signing everybody out: on SQLite before the data is in place.

    Raises: BackupError, Unavailable.
    """
    if database.engine.dialect.name == "sqlite":
        from educore.sql import sqlite_backup

        sqlite_backup.require_another(database, file)
        _require_kind(file, OF_SQLITE, "a SQLite database")
        sqlite_backup.put_back(database, file, prepare=prepare)
    else:
        from educore.sql import postgres_backup

        _require_kind(file, OF_POSTGRESQL, "an archive of pg_dump")
        postgres_backup.put_back(database, file, prepare=prepare)


def require_known(revision: str | None, known: set[str], file: Path) -> None:
    """Refuse a backup that is not of this program or of a version of it. Raises: BackupError."""
    if revision is None:
        raise BackupError(f"{file} is no backup of educore: it does not say of which version its tables are.")
    if revision not in known:
        raise BackupError(
            f"{file} is of a newer version of educore (migration {revision}); install that version, then restore."
        )


@contextmanager
def disk_errors(doing: str) -> Iterator[None]:
    """Turn what the disk says into a sentence. Raises: BackupError."""
    try:
        yield
    except OSError as error:
        raise BackupError(f"Cannot {doing}: {error.strerror or error}.") from error


def beside(file: Path) -> Path:
    """A new empty file in the same folder, readable by its owner only. Raises: BackupError."""
    with disk_errors(f"write to {file.parent}"):
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
        os.close(descriptor)
    return Path(name)


def replace_file(draft: Path, file: Path) -> None:
    """Give a draft its name, once the disk has all of it. Raises: BackupError."""
    with disk_errors(f"write {file}"):
        _sync(draft, os.O_RDWR)
        draft.replace(file)
        if os.name == "posix":
            _sync(file.parent, os.O_RDONLY)


@contextmanager
def _draft(file: Path) -> Iterator[Path]:
    """A file to fill beside `file`; what is left of it afterwards is removed. Raises: BackupError."""
    draft = beside(file)
    try:
        yield draft
    finally:
        for part in ("", "-journal", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                Path(f"{draft}{part}").unlink(missing_ok=True)


def _sync(path: Path, how: int) -> None:
    descriptor = os.open(path, how)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_kind(file: Path, beginning: bytes, kind: str) -> None:
    with disk_errors(f"read {file}"), file.open("rb") as opened:
        found = opened.read(len(beginning))
    if found != beginning:
        raise BackupError(f"{file} is not {kind}, as a backup of this database would be.")
