"""`educore demo`, and the demo data of `educore serve --demo`."""

from __future__ import annotations

from typing import Any

import click
from pydantic import SecretStr

from educore import Educore
from educore_web.cli.common import database_option, progress_bar, use_platform
from educore_web.cli.errors import CommandError, mask_password, read_settings
from educore_web.cli.terminal import echo, format_columns
from educore_web.demo import SEED, has_data, has_demo_data, list_accounts, load_demo
from educore_web.demo.bulk import SIZES, enlarge
from educore_web.runtime.secret_file import ensure_secret


@click.command()
@database_option
@click.option("--seed", type=int, default=SEED, show_default=True, help="Another number gives other people.")
@click.option(
    "--size",
    type=click.Choice(list(SIZES)),
    default="s",
    show_default=True,
    help="How many students: 600, 10,000, 100,000 or 1,000,000, with lessons and marks in proportion.",
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
        _load(platform.school, seed=seed)
        if size != "s":
            now = platform.school.ports.clock.now()
            with progress_bar("Adding students") as progress:
                enlarge(platform.database, students=SIZES[size], seed=seed, now=now, progress=progress)
    echo(describe_accounts(has_demo=True))


def ensure_demo(school: Educore) -> bool:
    """Load the demo data into an empty database. Return whether the demo data is in the database."""
    if not has_data(school):
        _load(school, seed=SEED)
    return has_demo_data(school)


def describe_accounts(*, has_demo: bool) -> str:
    """Return the demo accounts as text, or the reason why there are none."""
    if has_demo:
        return f"Sign in as\n{format_columns(list_accounts())}"
    return "This database has centers of its own, so no demo data was added."


def _load(school: Educore, *, seed: int) -> None:
    with progress_bar("Creating two demo centers and two schools") as progress:
        load_demo(school, seed=seed, progress=progress)
