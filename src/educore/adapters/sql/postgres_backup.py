"""Backup and restore of a PostgreSQL database, with PostgreSQL's own programs (pg_dump, pg_restore, psql)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from educore.adapters.sql.backup_files import BackupError, Prepare, require_known
from educore.adapters.sql.database import Database
from educore.adapters.sql.failures import unavailable

LOCK_SECONDS = 30
"""Seconds to wait for the lock of a table that others use."""
FAREWELL_SECONDS = 2.0
"""Seconds to wait until the server no longer counts connections that were just closed."""
SETTING_SINCE_17 = b"SET transaction_timeout = 0;"
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
EMPTY = """
SET lock_timeout = '{seconds}s';
SET statement_timeout = 0;
DO $educore$
DECLARE
    thing record;
BEGIN
    FOR thing IN SELECT oid::regclass AS name, relkind FROM pg_class
        WHERE relnamespace = '{schema}'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
    LOOP
        EXECUTE format('DROP %s IF EXISTS %s CASCADE', CASE thing.relkind
            WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,
            thing.name);
    END LOOP;
    FOR thing IN SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = '{schema}'::regnamespace AND relkind = 'S'
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
    LOOP
        EXECUTE format('DROP SEQUENCE IF EXISTS %s CASCADE', thing.name);
    END LOOP;
    FOR thing IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = '{schema}'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    LOOP
        EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', thing.name);
    END LOOP;
END
$educore$;
"""
"""SQL that removes everything in the schema, except what belongs to an extension."""


def dump(database: Database, draft: Path) -> None:
    """Write all committed data to `draft`, as an archive of pg_dump. Raises: BackupError, Unavailable."""
    server = Server(database)
    server.require("pg_dump")
    server.run(
        "pg_dump",
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--schema={server.schema}",
        f"--lock-wait-timeout={LOCK_SECONDS}s",
        f"--file={draft}",
        f"--dbname={server.address}",
    )


def restore_archive(database: Database, file: Path, *, prepare: Prepare) -> None:
    """Empty the schema and fill it from the archive, in one transaction: if anything fails, nothing changes.

    Raises: BackupError, Unavailable.
    """
    server = Server(database)
    for program in ("pg_restore", "psql"):
        server.require(program)
    require_known(_revision(server, file), set(database.revisions), file)
    with tempfile.TemporaryDirectory() as folder:
        empty, fill = Path(folder, "empty.sql"), Path(folder, "fill.sql")
        empty.write_text(EMPTY.format(seconds=LOCK_SECONDS, schema=server.schema))
        only = f"--schema={server.schema}"
        server.run("pg_restore", "--no-owner", "--no-privileges", only, f"--file={fill}", str(file))
        if server.version < 17:
            _blank_line(fill, SETTING_SINCE_17)
        _require_alone(database)
        server.run(
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--single-transaction",
            "--set=ON_ERROR_STOP=1",
            f"--file={empty}",
            f"--file={fill}",
            f"--dbname={server.address}",
        )
    database.close()
    database.upgrade()
    prepare(database.engine.url.render_as_string(hide_password=False))
    database.analyze()


class Server:
    """The server of a database: how the client programs connect to it, and the oldest version they may have."""

    def __init__(self, database: Database) -> None:
        with unavailable(), database.engine.connect() as connection:
            info: Any = connection.connection.driver_connection
            info = info.info
            self.address, self._password = info.dsn, info.password
            self.version = info.server_version // 10_000
            self.schema = str(connection.scalar(sa.text("SELECT quote_ident(current_schema())")))

    def require(self, program: str) -> None:
        """Refuse a program that is missing or older than the server. Raises: BackupError."""
        if shutil.which(program) is None:
            raise BackupError(
                f"{program} is not on PATH; install the client programs of PostgreSQL {self.version} or newer."
            )
        output = self.run(program, "--version")
        found = re.search(r"\d+", output)
        if found and int(found[0]) < self.version:
            raise BackupError(
                f"{program} on PATH is of PostgreSQL {found[0]}, too old for the server's {self.version}; install the "
                f"client programs of version {self.version} or newer."
            )

    def run(self, program: str, *words: str) -> str:
        """Run a program and return its output. Raises: BackupError with the first error that the program printed."""
        process = subprocess.run(  # noqa: S603 - the words are ours, and no shell reads them
            [shutil.which(program) or program, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**os.environ, "PGPASSWORD": self._password, "PGCONNECT_TIMEOUT": "5"},
            check=False,
        )
        if process.returncode:
            complaints = process.stderr.decode(errors="replace").strip().splitlines() or ["it did not say why"]
            raise BackupError(f"{program} failed: {_first_error(complaints)}")
        return process.stdout.decode(errors="replace")


def _first_error(complaints: list[str]) -> str:
    """Return the first error line, without the row that PostgreSQL may quote after it."""
    errors = [line for line in complaints if "error" in line.lower() or "fatal" in line.lower()] or complaints
    return errors[0].partition("ERROR:")[2].strip() or errors[0].partition("error:")[2].strip() or errors[0]


def _revision(server: Server, file: Path) -> str | None:
    """Return the last migration applied to the data of an archive, None if the archive is not educore's.

    Raises: BackupError.
    """
    script = server.run("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(file))
    found = re.search(r"^COPY .*alembic_version .*\n(\w+)$", script, re.MULTILINE)
    return found[1] if found else None


def _blank_line(script: Path, line: bytes) -> None:
    """Overwrite a line near the start of a script with blanks.

    Newer client programs write settings at the start of the script that an older server does not know.
    """
    with script.open("r+b") as opened:
        if (place := opened.read(8 * 1024).find(line)) >= 0:
            opened.seek(place)
            opened.write(b" " * len(line))


def _require_alone(database: Database) -> None:
    """Refuse if there are other connections to the database. Raises: BackupError."""
    database.close()
    end = time.monotonic() + FAREWELL_SECONDS
    with unavailable(), database.engine.connect() as connection:
        while (others := connection.scalar(sa.text(OTHERS))) and time.monotonic() < end:
            connection.rollback()  # a new transaction, or the numbers would not change
            time.sleep(0.1)
    if others:
        raise BackupError(
            f"The database is in use by {others} other connection{'s' * (others > 1)}; stop every server and worker, "
            "then restore again."
        )
