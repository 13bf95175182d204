"""`educore demo`, and the demo data of `educore serve --demo`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click
from pydantic import SecretStr

from educore import Educore
from educore_web.cli.common import database_option, progress_bar, use_platform
from educore_web.cli.errors import CommandError, mask_password, read_settings
from educore_web.cli.terminal import echo, format_columns
from educore_web.demo import SCHOOLS, SEED, has_data, has_demo_data, last_day, list_accounts, load_demo
from educore_web.demo.bulk import SIZES, enlarge
from educore_web.demo.school_sketches import TANGIER, SchoolSketch
from educore_web.demo.school_year import mark_school_year
from educore_web.demo.schools import list_school_accounts
from educore_web.runtime.secret_file import ensure_secret

SCHOOL = "school"
"""The size that adds a school with a year of lessons and marks."""


@click.command()
@database_option
@click.option("--seed", type=int, default=SEED, show_default=True, help="Another number gives other people.")
@click.option(
    "--size",
    type=click.Choice([*SIZES, SCHOOL]),
    default="s",
    show_default=True,
    help="How many students: 600, 10,000, 100,000 or 1,000,000, with lessons and marks in proportion; or a school more "
    "with a year of 43,000 lessons and 1.3 million marks.",
)
def demo(seed: int, size: str, **options: Any) -> None:
    """Load two demo centers and two schools into an empty database."""
    settings = read_settings(**options)
    if settings.secret is None:
        settings = settings.model_copy(update={"secret": SecretStr(ensure_secret(settings.database))})
    with use_platform(settings) as platform:
        if has_data(platform.school):
            raise CommandError(
                f"{mask_password(settings.database)} has centers already; demo data is never mixed with real data. "
                "Choose an empty database with --database."
            )
        is_school = size == SCHOOL
        _load(platform.school, seed=seed, schools=(*SCHOOLS, TANGIER) if is_school else SCHOOLS)
        now = platform.school.ports.clock.now()
        if is_school:
            with progress_bar("Marking the classes of a year") as progress:
                mark_school_year(platform.database, seed=seed, last=last_day(now), progress=progress)
        elif size != "s":
            with progress_bar("Adding students") as progress:
                enlarge(platform.database, students=SIZES[size], seed=seed, now=now, progress=progress)
    echo(describe_accounts(has_demo=True, more=(TANGIER,) if is_school else ()))


def ensure_demo(school: Educore) -> bool:
    """Load the demo data into an empty database. Return whether the demo data is in the database."""
    if not has_data(school):
        _load(school, seed=SEED)
    return has_demo_data(school)


def describe_accounts(*, has_demo: bool, more: Iterable[SchoolSketch] = ()) -> str:
    """Return the demo accounts as text, with those of more schools, or the reason why there are none."""
    if has_demo:
        return f"Sign in as\n{format_columns([*list_accounts(), *list_school_accounts(more)])}"
    return "This database has centers of its own, so no demo data was added."


def _load(school: Educore, *, seed: int, schools: Sequence[SchoolSketch] = SCHOOLS) -> None:
    with progress_bar("Creating the demo centers and schools") as progress:
        load_demo(school, seed=seed, schools=schools, progress=progress)
