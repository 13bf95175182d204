"""`educore db`: migrations, checks, backup and restore."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path

import click

from educore import EDUCATION, PLATFORM, Unavailable
from educore.adapters.sql import Database, back_up, restore
from educore.people import revoke_all_access
from educore_web.cli.common import database_option, use_platform
from educore_web.cli.errors import describe_outage, mask_password, read_settings
from educore_web.cli.terminal import echo
from educore_web.settings import Settings

file_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.group()
def db() -> None:
    """Maintain the database: its tables, its health, its backups."""


@db.command()
@database_option
def upgrade(database: str | None) -> None:
    """Create or change the tables as this version needs them."""
    settings = read_settings(database=database)
    with closing(Database(settings.database, EDUCATION, patient=True)) as target:
        target.upgrade()
    echo(f"{mask_password(settings.database)} is up to date.")


@db.command()
@database_option
def check(database: str | None) -> None:
    """Check that the database answers, is undamaged and is up to date; if not, exit with code 1."""
    settings = read_settings(database=database)
    url = mask_password(settings.database)
    try:
        with closing(Database(settings.database, EDUCATION, patient=True)) as target:
            pending, fault, revision = target.pending_migration(), target.find_damage(), target.revision()
            ahead = target.is_newer(revision)
            misfits = target.incompatible_columns() if ahead else []
    except Unavailable as error:
        raise click.ClickException(f"{url}: {describe_outage(error)}") from None
    if fault is not None:
        raise click.ClickException(f"{url} is damaged: {fault}. Restore a backup with `educore db restore FILE`.")
    if pending is not None:
        raise click.ClickException(f"{url} needs migration {pending}; run `educore db upgrade`.")
    if misfits:
        raise click.ClickException(
            f"{url} is ahead of this version, at migration {revision}, and does not fit it: {misfits[0]}."
        )
    echo(f"{url} is {f'ahead of this version, at migration {revision}' if ahead else 'up to date'}.")


@db.command()
@file_argument
@database_option
def backup(file: Path, database: str | None) -> None:
    """Write the whole database to FILE; people can work meanwhile.

    FILE appears when it is complete and replaces an earlier one. On PostgreSQL, pg_dump must be on PATH.
    """
    settings = read_settings(database=database)
    with closing(Database(settings.database, EDUCATION, patient=True)) as target:
        back_up(target, file)
    echo(f"{file} is a backup of {mask_password(settings.database)}.{_describe_files(settings)}")


@db.command("restore")
@file_argument
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@database_option
def restore_backup(file: Path, yes: bool, database: str | None) -> None:
    """Replace the whole database by the backup in FILE, and sign all users out.

    Stop every server and worker first. On PostgreSQL, pg_restore and psql must be on PATH.
    """
    settings = read_settings(database=database)
    url = mask_password(settings.database)
    if not yes:
        click.confirm(f"Everything in {url} will be replaced by the backup in {file}. Continue?", abort=True)
    with closing(Database(settings.database, EDUCATION, patient=True)) as target:
        restore(target, file, prepare=partial(_sign_all_out, settings))
    echo(
        f"{url} is restored from {file}. All users must sign in again and subscribe to their calendars "
        f"again.{_describe_files(settings)}"
    )


def _sign_all_out(settings: Settings, database: str) -> None:
    """End all sign-ins and calendar addresses: some of those in the backup have ended since it was made."""
    restored = settings.model_copy(update={"database": database})
    with use_platform(restored) as platform, platform.school.work(PLATFORM) as uow:
        revoke_all_access(uow)


def _describe_files(settings: Settings) -> str:
    if settings.s3_bucket is not None:
        return f" The uploaded files are in the bucket {settings.s3_bucket}, unchanged."
    return f" The folder of uploaded files, {settings.files}, is not part of the backup: copy it too."
