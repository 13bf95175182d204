"""`educore import`: tables of students, payments and attendance, tried, taken in and taken back."""

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
from educore_web.cli.common import database_option, opened, progress_bar
from educore_web.cli.errors import Refusal, read_settings
from educore_web.cli.terminal import echo, visible
from educore_web.i18n import translate_problem

MOST_TOLD = 50
F = TypeVar("F", bound=Callable[..., None])

kind_argument = click.argument("kind", type=click.Choice([kind.value for kind in ImportKind]))
file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
center_option = click.option(
    "--center", type=int, help="The Center, by number, for those who belong to several or none."
)
as_option = click.option("--as", "username", metavar="USERNAME", help="Who does it; without it the platform itself.")


def about_a_table(command: F) -> F:
    """The arguments of a command that reads a table for somebody."""
    for argument in (database_option, as_option, center_option, file_argument, kind_argument):
        command = argument(command)
    return command


@click.group("import")
def imports() -> None:
    """Take in tables of students, payments and attendance, and take them back."""


@imports.command()
@kind_argument
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def template(kind: str, out: Path) -> None:
    """Write a file with the columns and example rows; its name ends in .csv or .xlsx."""
    form = out.suffix.lower().removeprefix(".")
    if form not in ("csv", "xlsx"):
        raise Refusal("Name the file something.csv or something.xlsx.")
    as_: Literal["csv", "xlsx"] = "csv" if form == "csv" else "xlsx"
    out.write_bytes(build_template(ImportKind(kind), as_=as_))
    echo(f"{visible(str(out))} is ready to be filled in.")


@imports.command()
@about_a_table
def check(kind: str, file: Path, center: int | None, username: str | None, database: str | None) -> None:
    """Say what is wrong with which cell, without writing anything; end with code 1 if anything is."""
    table = _read(file)
    with opened(read_settings(database=database)) as platform, progress_bar("Trying") as progress:
        who = _actor(platform.school, username, center)
        report = check_import(
            platform.school, who, kind=ImportKind(kind), table=table, center_id=center, progress=progress
        )
    _stop_at(problems_by_cell(report.problems))
    echo(f"Nothing is wrong; of {report.rows} rows {report.changes} would change something.")


@imports.command()
@about_a_table
def apply(kind: str, file: Path, center: int | None, username: str | None, database: str | None) -> None:
    """Take a table in, all of it or nothing, and print the number to take it back by."""
    table = _read(file)
    with opened(read_settings(database=database)) as platform, progress_bar("Taking in") as progress:
        who = _actor(platform.school, username, center)
        try:
            done = apply_import(
                platform.school,
                who,
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
    _stop_at(problems)
    echo(f"Import {done.id}: {done.rows} rows are in. `educore import revert {done.id}` takes them back.")


@imports.command()
@click.argument("number", type=int)
@as_option
@database_option
def revert(number: int, username: str | None, database: str | None) -> None:
    """Take a whole import back, unless something depends on it by now."""
    with opened(read_settings(database=database)) as platform, progress_bar("Taking back") as progress:
        problems: Mapping[str, list[Problem]] = {}
        try:
            center = _center_of(platform.school, number)
            who = _actor(platform.school, username, center)
            revert_import(platform.school, who, number, progress=progress)
        except NotFound:
            raise Refusal(f"There is no import {number}.") from None
        except Conflict as error:
            problems = error.fields
    _stop_at(problems)
    echo(f"Import {number} is taken back.")


def _read(file: Path) -> Table:
    return read_table(file.read_bytes(), name=file.name, most_rows=MAX_IMPORTED_ROWS)


def _center_of(school: Educore, number: int) -> int:
    with school.work(PLATFORM, read_only=True) as uow:
        return uow.get(Import, number).center_id


def _actor(school: Educore, username: str | None, center_id: int | None) -> Actor:
    """Somebody as a member who may import. Raises: Refusal."""
    if username is None:
        return PLATFORM
    with school.work(PLATFORM, read_only=True) as uow:
        members = uow.find(Membership, where(user__username=username.lower(), is_blocked=False))
        may = [member for member in members if uow.domain.policy(Import).permits(member.role, "create")]
    found = [member for member in may if None in (center_id, member.center_id) or member.center_id == center_id]
    if len(found) != 1:
        raise Refusal(f"Say in which --center {username} does it." if found else f"{username} may not import there.")
    return Actor(found[0].role, found[0].user_id, found[0].id, found[0].center_id)


def _stop_at(problems: Mapping[str, list[Problem]]) -> None:
    """Tell what is wrong, if anything is, and end with code 1."""
    lines = [
        visible(f"{_place(path)}{translate_problem(problem)}") for path, found in problems.items() for problem in found
    ]
    for line in lines[:MOST_TOLD]:
        echo(line, err=True)
    if len(lines) > MOST_TOLD:
        echo(f"… and {len(lines) - MOST_TOLD} more.", err=True)
    if lines:
        raise click.exceptions.Exit(1)


def _place(path: str) -> str:
    row, _, column = path.removeprefix("rows.").partition(".")
    where_ = f"row {row}" if row.isdecimal() else "heading" if row == "columns" else row
    return ", ".join(filter(None, (where_, column))) + (": " if path else "")
