"""What every command needs: the option that names the database, the platform opened on it, and a bar for long work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import click
from pydantic import SecretStr

from educore_web.app import Platform, open_platform
from educore_web.settings import Settings

ANY_SECRET = SecretStr("for a command that signs nothing" * 2)

database_option = click.option("--database", metavar="URL", help="sqlite:///school.db or postgresql://user@host/name.")


@contextmanager
def opened(settings: Settings, *, patient: bool = True) -> Iterator[Platform]:
    """The platform with its database up to date; closed afterwards. Only what serves many is impatient."""
    platform = open_platform(settings.model_copy(update={"secret": settings.secret or ANY_SECRET}), patient=patient)
    with closing(platform.database):
        platform.database.upgrade()
        yield platform


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar in the terminal; gives what is called with the steps done and the steps in all."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    shown = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*shown, refresh_per_second=4) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
