"""What every command needs: the option that names the database, the platform opened on it, and a bar for long work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import click
from pydantic import SecretStr

from educore_web.cli.errors import Refusal
from educore_web.demo.secret import found_secret
from educore_web.runtime.platform import Platform, open_platform
from educore_web.settings import Settings

ANY_SECRET = SecretStr("for a command that signs nothing" * 2)

database_option = click.option("--database", metavar="URL", help="sqlite:///school.db or postgresql://user@host/name.")


NO_KEY = """\
EDUCORE_SECRET is not set, and what this writes or reads is sealed with it in the audit trail. Set it as it is set for
the server (or EDUCORE_AUDIT_KEY, if the server has one)."""


class Keyless:
    """Refuses to seal, where nothing says with which key."""

    def sign(self, content: bytes) -> str:
        """Raises: Refusal."""
        raise Refusal(NO_KEY)


@contextmanager
def opened(settings: Settings, *, patient: bool = True) -> Iterator[Platform]:
    """The platform with its database up to date; closed afterwards. Only what serves many is impatient.

    A command that seals nothing needs no secret; that of a demonstration is found beside its data.
    """
    secret = settings.secret or found_secret(settings.database)
    platform = open_platform(settings.model_copy(update={"secret": secret or ANY_SECRET}), patient=patient)
    if secret is None and settings.audit_key is None:
        platform.school.ports = replace(platform.school.ports, seal=Keyless())
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
