"""Backup and restore of a whole database. A backup also works while others write, and after a crash."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from educore.adapters.sql import postgres_backup, sqlite_backup
from educore.adapters.sql.backup_files import BackupError, Prepare, beside, disk_errors, replace_file
from educore.adapters.sql.database import Database

SQLITE_MAGIC, POSTGRESQL_MAGIC = b"SQLite format 3\x00", b"PGDMP"
"""The first bytes of a backup file, by kind of database."""


def back_up(database: Database, file: Path) -> None:
    """Write all data committed so far to `file`; others can go on writing meanwhile.

    The file appears whole or not at all, replaces an earlier backup of the same name, and only its owner can read it.
    The backup of a SQLite database is a SQLite database, that of a PostgreSQL database an archive of `pg_dump`.

    Raises: BackupError, Unavailable.
    """
    with _draft(file) as draft:
        if database.engine.dialect.name == "sqlite":
            sqlite_backup.copy(database, draft, file)
        else:
            postgres_backup.dump(database, draft)
        replace_file(draft, file)


def restore(database: Database, file: Path, *, prepare: Prepare) -> None:
    """Replace all data of the database with the data of a backup, and migrate its tables to the newest version.

    Nothing is replaced if the backup is damaged or made by a newer version, or while another client is connected.
    `prepare` changes the restored data as needed, such as ending all sign-ins: on SQLite before it is in place, on
    PostgreSQL right after.

    Raises: BackupError, Unavailable.
    """
    if database.engine.dialect.name == "sqlite":
        sqlite_backup.require_another(database, file)
        _require_kind(file, SQLITE_MAGIC, "a SQLite database")
        sqlite_backup.restore_file(database, file, prepare=prepare)
    else:
        _require_kind(file, POSTGRESQL_MAGIC, "an archive of pg_dump")
        postgres_backup.restore_archive(database, file, prepare=prepare)


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


def _require_kind(file: Path, beginning: bytes, kind: str) -> None:
    with disk_errors(f"read {file}"), file.open("rb") as opened:
        found = opened.read(len(beginning))
    if found != beginning:
        raise BackupError(f"{file} is not {kind}, as a backup of this database would be.")
