"""Backup and restore of a SQLite file."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from educore.adapters.sql.backup_files import BackupError, Prepare, beside, disk_errors, replace_file, require_known
from educore.adapters.sql.database import Database
from educore.adapters.sql.failures import DAMAGED, reason, sqlite_code, unavailable
from educore.kernel.errors import Unavailable

LOG = ("-wal", "-shm", "-journal")
"""Suffixes of the log files that SQLite keeps beside a database in use; after a crash they are left there."""
PATIENCE_SECONDS = 1.0
"""Seconds to wait until others have closed the file that is to be replaced."""


def copy(database: Database, draft: Path, file: Path) -> None:
    """Write all committed data to the empty file `draft`, in one read transaction, which blocks no one else.

    `VACUUM INTO` ends however much others write meanwhile, while a copy page by page starts again after each write. It
    also reads what a crash left in the log. Raises: BackupError, Unavailable.
    """
    present = _path(database)
    require_another(database, file)
    if not present.exists():
        raise BackupError(f"There is no database {present} to back up.")
    with unavailable(), closing(database.engine.raw_connection()) as connection:
        try:
            connection.cursor().execute("VACUUM INTO ?", (str(draft),))
        except sqlite3.Error as error:
            if sqlite_code(error) in DAMAGED:
                raise
            raise BackupError(f"Cannot write {file}: {error}.") from error
    with closing(_another(database, draft)) as copied:
        _require_whole(copied, file)


def require_another(database: Database, file: Path) -> None:
    """Refuse `file` if it is the database itself or one of its log files. Raises: BackupError."""
    present = _path(database).resolve()
    if file.resolve() in {Path(f"{present}{part}") for part in ("", *LOG)}:
        raise BackupError(f"{file} is the database itself; name another file.")


def restore_file(database: Database, file: Path, *, prepare: Prepare) -> None:
    """Check, migrate and prepare a copy of `file`, then replace the database with the copy in one step.

    Raises: BackupError, Unavailable.
    """
    present = _path(database)
    draft = beside(present)
    try:
        with disk_errors(f"copy {file} to {present.parent}"):
            for part in ("", "-wal"):  # the log exists if the backup is a copy of a database in use
                if Path(f"{file}{part}").exists():
                    shutil.copyfile(f"{file}{part}", f"{draft}{part}")
        with closing(_another(database, draft)) as restored:
            _require_whole(restored, file)
            require_known(_revision(restored, file), set(restored.revisions), file)
            restored.upgrade()
        prepare(f"sqlite:///{draft}")
        _fold_log(draft)
        _copy_owner(draft, present)
        _detach_log(database, present)
        replace_file(draft, present)
    finally:
        for part in ("", *LOG):
            with suppress(OSError):
                Path(f"{draft}{part}").unlink(missing_ok=True)


def _path(database: Database) -> Path:
    """Return the path of the database's file. Raises: BackupError if the database is not in a file."""
    url = database.engine.url
    if url.database in (None, "", ":memory:") or url.query:
        raise BackupError("Only a database in a file, such as sqlite:///school.db, can be backed up and restored.")
    return Path(str(url.database))


def _another(database: Database, file: Path) -> Database:
    """Return a database with the same tables in another file."""
    return type(database)(f"sqlite:///{file}", database.tables.domain, tables=database.tables, pool_size=1)


def _require_whole(database: Database, file: Path) -> None:
    """Refuse a file that is damaged anywhere. Raises: BackupError."""
    try:
        with unavailable(), closing(database.engine.raw_connection()) as connection:
            (found,) = connection.cursor().execute("PRAGMA integrity_check(1)").fetchone()
    except Unavailable as error:
        found = reason(error)
    if found != "ok":
        raise BackupError(f"{file} is damaged: {found.strip().splitlines()[-1]}.")


def _revision(database: Database, file: Path) -> str | None:
    try:
        return database.revision()
    except Unavailable as error:
        raise BackupError(f"{file} cannot be read: {reason(error)}.") from error


def _fold_log(file: Path) -> None:
    """Write the contents of the log into the file itself, so that the file can be moved without it."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _copy_owner(draft: Path, present: Path) -> None:
    """Give the draft the owner of the present file, if root restores it for the server's user. Raises: BackupError."""
    if os.name == "posix" and present.exists() and os.geteuid() == 0:
        with disk_errors(f"give {present} to its owner"):
            os.chown(draft, present.stat().st_uid, present.stat().st_gid)


def _detach_log(database: Database, present: Path) -> None:
    """Refuse if anyone has the database open, else remove its log, which SQLite would replay into the new file.

    SQLite lets a connection leave WAL mode only if no other connection has the file open, which is the test used here.
    A damaged file cannot be tested; it is replaced anyway. Raises: BackupError.
    """
    database.close()
    if not present.exists():
        return
    try:
        with closing(sqlite3.connect(present, timeout=PATIENCE_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        if sqlite_code(error) not in DAMAGED:
            raise BackupError(
                f"{present} is in use ({error}); stop every server and worker, then restore again."
            ) from error
    with disk_errors(f"remove what lies beside {present}"):
        for part in LOG:
            Path(f"{present}{part}").unlink(missing_ok=True)
