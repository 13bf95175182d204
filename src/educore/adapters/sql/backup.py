"""Backup and restore of a whole database. A backup also works while others write, and after a crash."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from educore.adapters.sql.database import Database

Prepare = Callable[[str], None]
"""A function that prepares the restored data, given the URL of its database.

It is called before the data replaces the present data (SQLite) or right after that (PostgreSQL).
"""

OF_SQLITE, OF_POSTGRESQL = b"SQLite format 3\x00", b"PGDMP"
"""The first bytes of a backup file, by kind of database."""


class BackupError(Exception):
    """A backup or a restore was refused or failed. The message is one sentence with the reason and has no password."""


def back_up(database: Database, file: Path) -> None:
    """Write all data committed so far to `file`; others can go on writing meanwhile.

    The file appears whole or not at all, replaces an earlier backup of the same name, and only its owner can read it.
    The backup of a SQLite database is a SQLite database, that of a PostgreSQL database an archive of `pg_dump`.

    Raises: BackupError, Unavailable.
    """
    with _draft(file) as draft:
        if database.engine.dialect.name == "sqlite":
            from educore.adapters.sql import sqlite_backup

            sqlite_backup.copy(database, draft, file)
        else:
            from educore.adapters.sql import postgres_backup

            postgres_backup.dump(database, draft)
        replace_file(draft, file)


def restore(database: Database, file: Path, *, prepare: Prepare) -> None:
    """Replace all data of the database with the data of a backup, and migrate its tables to the newest version.

    Nothing is replaced if the backup is damaged or made by a newer version, or while another client is connected.
    `prepare` changes the restored data as needed, such as signing everybody out: on SQLite before it is in place, on
    PostgreSQL right after.

    Raises: BackupError, Unavailable.
    """
    if database.engine.dialect.name == "sqlite":
        from educore.adapters.sql import sqlite_backup

        sqlite_backup.require_another(database, file)
        _require_kind(file, OF_SQLITE, "a SQLite database")
        sqlite_backup.put_back(database, file, prepare=prepare)
    else:
        from educore.adapters.sql import postgres_backup

        _require_kind(file, OF_POSTGRESQL, "an archive of pg_dump")
        postgres_backup.put_back(database, file, prepare=prepare)


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


@contextmanager
def _draft(file: Path) -> Iterator[Path]:
    """Provide a draft file in the folder of `file`, and remove what is left of it afterwards. Raises: BackupError."""
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
