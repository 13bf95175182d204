"""Parts that many commands share: the option for the database, the platform opened on it, and a progress bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import click
from pydantic import SecretStr

from educore_web.cli.errors import CommandError
from educore_web.runtime.platform import Platform, open_platform
from educore_web.runtime.secret_file import find_secret
from educore_web.settings import Settings

UNUSED_SECRET = SecretStr("for a command that signs nothing" * 2)

database_option = click.option("--database", metavar="URL", help="sqlite:///school.db or postgresql://user@host/name.")


MISSING_KEY = """\
EDUCORE_SECRET is not set. This command reads or writes the audit trail, which is sealed with it. Set it to the
value that the server has, or set EDUCORE_AUDIT_KEY if the server has that."""


class MissingKeySeal:
    """A seal for a command without a key: it refuses to sign."""

    def sign(self, content: bytes) -> str:
        """Raises: CommandError."""
        raise CommandError(MISSING_KEY)


@contextmanager
def use_platform(settings: Settings, *, patient: bool = True) -> Iterator[Platform]:
    """Open the platform, bring its database up to date, and close it at the end.

    Without EDUCORE_SECRET, use the secret file beside the database, if there is one; a command that seals nothing needs
    neither. With `patient`, statements may run for any time; servers limit them.
    """
    secret = settings.secret or find_secret(settings.database)
    platform = open_platform(settings.model_copy(update={"secret": secret or UNUSED_SECRET}), patient=patient)
    if secret is None and settings.audit_key is None:
        platform.school.ports = replace(platform.school.ports, seal=MissingKeySeal())
    with closing(platform):
        platform.database.upgrade()
        yield platform


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar in the terminal. Yield a function to call with the number of steps done and of all steps."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, refresh_per_second=4) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
