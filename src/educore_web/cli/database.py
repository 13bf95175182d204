"""`educore db`: making the tables, looking whether all is well, backup and restore."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path

import click

from educore import EDUCATION, PLATFORM, Unavailable
from educore.adapters.sql import Database, back_up, restore
from educore.people import revoke_all_access
from educore_web.cli.common import database_option, opened
from educore_web.cli.errors import address, read_settings, trouble
from educore_web.cli.terminal import echo
from educore_web.settings import Settings

file_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.group()
def db() -> None:
    """Look after the database: its tables, its health, its backups."""


@db.command()
@database_option
def upgrade(database: str | None) -> None:
    """Make or change the tables, as this version needs them."""
    settings = read_settings(database=database)
    with closing(Database(settings.database, EDUCATION, patient=True)) as present:
        present.upgrade()
    echo(f"{address(settings.database)} is up to date.")


@db.command()
@database_option
def check(database: str | None) -> None:
    """Say whether the database answers, is whole and is up to date; if not, end with code 1."""
    settings = read_settings(database=database)
    where = address(settings.database)
    try:
        with closing(Database(settings.database, EDUCATION, patient=True)) as present:
            pending, fault, revision = present.pending_migration(), present.find_damage(), present.revision()
            ahead = present.is_newer(revision)
            misfits = present.incompatible_columns() if ahead else []
    except Unavailable as error:
        raise click.ClickException(f"{where}: {trouble(error)}") from None
    if fault is not None:
        raise click.ClickException(f"{where} is damaged: {fault}. Put a backup back with `educore db restore FILE`.")
    if pending is not None:
        raise click.ClickException(f"{where} lacks migration {pending}; run `educore db upgrade`.")
    if misfits:
        raise click.ClickException(
            f"{where} is ahead of this version, at migration {revision}, and does not fit it: {misfits[0]}."
        )
    echo(f"{where} is {f'ahead of this version, at migration {revision}' if ahead else 'up to date'}.")


@db.command()
@file_argument
@database_option
def backup(file: Path, database: str | None) -> None:
    """Write everything in the database to FILE, while it is in use.

    FILE appears when it is whole and replaces an earlier one. On PostgreSQL, pg_dump must be on PATH.
    """
    settings = read_settings(database=database)
    with closing(Database(settings.database, EDUCATION, patient=True)) as present:
        back_up(present, file)
    echo(f"{file} holds everything that was in {address(settings.database)}.{_files_too(settings)}")


@db.command("restore")
@file_argument
@click.option("--yes", is_flag=True, help="Do not ask first.")
@database_option
def restore_backup(file: Path, yes: bool, database: str | None) -> None:
    """Replace everything in the database by what FILE holds, and sign everybody out.

    Stop every server and worker first. On PostgreSQL, pg_restore and psql must be on PATH.
    """
    settings = read_settings(database=database)
    where = address(settings.database)
    if not yes:
        click.confirm(f"Everything in {where} will be replaced by what {file} holds. Go on?", abort=True)
    with closing(Database(settings.database, EDUCATION, patient=True)) as present:
        restore(present, file, prepare=partial(_sign_everybody_out, settings))
    echo(
        f"{where} holds what {file} held. Everybody has to sign in anew and to subscribe to their calendar "
        f"anew.{_files_too(settings)}"
    )


def _sign_everybody_out(settings: Settings, database: str) -> None:
    """End what the backup does not know to have ended since: sign-ins, and addresses of calendars."""
    restored = settings.model_copy(update={"database": database})
    with opened(restored) as platform, platform.school.work(PLATFORM) as uow:
        revoke_all_access(uow)


def _files_too(settings: Settings) -> str:
    if settings.s3_bucket is not None:
        return f" The uploaded files are in the bucket {settings.s3_bucket}, as they were."
    return f" The folder of uploaded files, {settings.files}, is not in it: copy that too."
