"""`educore import`: spreadsheets of students, payments and attendance; check, apply and revert."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, TypeVar

import click

from educore import PLATFORM, Actor, Conflict, Educore, Invalid, NotFound, Problem, where
from educore.adapters.spreadsheets import Table, read_table
from educore.identity import Membership
from educore.imports import (
    MAX_IMPORTED_ROWS,
    Import,
    ImportKind,
    apply_import,
    build_template,
    check_import,
    problems_by_cell,
    revert_import,
)
from educore_web.cli.common import database_option, progress_bar, use_platform
from educore_web.cli.errors import CommandError, read_settings
from educore_web.cli.terminal import echo, escape

MOST_PRINTED = 50
F = TypeVar("F", bound=Callable[..., None])

kind_argument = click.argument("kind", type=click.Choice([kind.value for kind in ImportKind]))
file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
center_option = click.option(
    "--center", type=int, help="The Center, by number, if the user belongs to several or none."
)
as_option = click.option(
    "--as", "username", metavar="USERNAME", help="The user who imports; without it the platform itself."
)


def spreadsheet_arguments(command: F) -> F:
    """Add the arguments of a command that reads a spreadsheet as a user."""
    for argument in (database_option, as_option, center_option, file_argument, kind_argument):
        command = argument(command)
    return command


@click.group("import")
def imports() -> None:
    """Import spreadsheets of students, payments and attendance, and revert imports."""


@imports.command()
@kind_argument
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def template(kind: str, out: Path) -> None:
    """Write an example file with all columns to OUT, whose name ends in .csv or .xlsx."""
    form = out.suffix.lower().removeprefix(".")
    if form not in ("csv", "xlsx"):
        raise CommandError("Name the file something.csv or something.xlsx.")
    file_format: Literal["csv", "xlsx"] = "csv" if form == "csv" else "xlsx"
    out.write_bytes(build_template(ImportKind(kind), as_=file_format))
    echo(f"{escape(str(out))} is written. Replace its example rows.")


@imports.command()
@spreadsheet_arguments
def check(kind: str, file: Path, center: int | None, username: str | None, database: str | None) -> None:
    """Report every invalid cell without importing anything; exit with code 1 if there is one."""
    table = _read(file)
    with use_platform(read_settings(database=database)) as platform, progress_bar("Checking") as progress:
        actor = _actor(platform.school, username, center)
        report = check_import(
            platform.school, actor, kind=ImportKind(kind), table=table, center_id=center, progress=progress
        )
    _exit_if_any(problems_by_cell(report.problems))
    echo(f"No problems in {report.rows} rows; {report.changes} of them would change data.")


@imports.command()
@spreadsheet_arguments
def apply(kind: str, file: Path, center: int | None, username: str | None, database: str | None) -> None:
    """Import all rows or none, and print the number of the import."""
    table = _read(file)
    with use_platform(read_settings(database=database)) as platform, progress_bar("Importing") as progress:
        actor = _actor(platform.school, username, center)
        try:
            done = apply_import(
                platform.school,
                actor,
                kind=ImportKind(kind),
                table=table,
                file_name=file.name,
                center_id=center,
                progress=progress,
            )
        except Invalid as error:
            problems = error.fields
        else:
            problems = {}
    _exit_if_any(problems)
    echo(f"Import {done.id}: {done.rows} rows are imported. `educore import revert {done.id}` undoes this.")


@imports.command()
@click.argument("number", type=int)
@as_option
@database_option
def revert(number: int, username: str | None, database: str | None) -> None:
    """Undo a whole import, unless other data depends on it by now."""
    with use_platform(read_settings(database=database)) as platform, progress_bar("Reverting") as progress:
        problems: Mapping[str, list[Problem]] = {}
        try:
            center = _center_of(platform.school, number)
            actor = _actor(platform.school, username, center)
            revert_import(platform.school, actor, number, progress=progress)
        except NotFound:
            raise CommandError(f"There is no import {number}.") from None
        except Conflict as error:
            problems = error.fields
    _exit_if_any(problems)
    echo(f"Import {number} is reverted.")


def _read(file: Path) -> Table:
    return read_table(file.read_bytes(), name=file.name, most_rows=MAX_IMPORTED_ROWS)


def _center_of(school: Educore, number: int) -> int:
    with school.work(PLATFORM, read_only=True) as uow:
        return uow.get(Import, number).center_id


def _actor(school: Educore, username: str | None, center_id: int | None) -> Actor:
    """Return a user as a member who may import; without a name, the platform. Raises: CommandError."""
    if username is None:
        return PLATFORM
    with school.work(PLATFORM, read_only=True) as uow:
        members = uow.find(Membership, where(user__username=username.lower(), is_blocked=False))
        members = [member for member in members if uow.domain.policy(Import).permits(member.role, "create")]
    if center_id is not None:
        members = [member for member in members if member.center_id in (None, center_id)]
    if not members:
        raise CommandError(f"{username} may not import there.")
    if len(members) > 1:
        raise CommandError(f"{username} may import in several Centers; choose one with --center.")
    return Actor(members[0].role, members[0].user_id, members[0].id, members[0].center_id)


def _exit_if_any(problems: Mapping[str, list[Problem]]) -> None:
    """Print the problems and exit with code 1, if there are any."""
    lines = [
        escape(f"{_describe_cell(path)}{problem.translate()}") for path, found in problems.items() for problem in found
    ]
    for line in lines[:MOST_PRINTED]:
        echo(line, err=True)
    if len(lines) > MOST_PRINTED:
        echo(f"… and {len(lines) - MOST_PRINTED} more.", err=True)
    if lines:
        raise click.exceptions.Exit(1)


def _describe_cell(path: str) -> str:
    row, _, column = path.removeprefix("rows.").partition(".")
    line = f"row {row}" if row.isdecimal() else "heading" if row == "columns" else row
    return ", ".join(filter(None, (line, column))) + (": " if path else "")
