"""`educore serve` and `educore worker`."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import click
from pydantic import SecretStr

from educore_web.app import APIS
from educore_web.cli.common import database_option, use_platform
from educore_web.cli.demo import describe_accounts, ensure_demo
from educore_web.cli.errors import CommandError, mask_password, read_settings
from educore_web.cli.server import list_urls, listen, run_server, trusted_proxies
from educore_web.cli.terminal import echo, format_columns
from educore_web.demo import SIGN_UP_CENTER
from educore_web.runtime.memory import settle_process
from educore_web.runtime.platform import Platform
from educore_web.runtime.secret_file import ensure_secret
from educore_web.runtime.worker import BackgroundWorker, build_external_tasks
from educore_web.settings import Settings

NO_SIGNING_KEY = """\
EDUCORE_SECRET is not set. It signs tokens and sessions. Create one, store it, and set it before every start:
  export EDUCORE_SECRET="$(python -c 'import secrets; print(secrets.token_hex(32))')"
`educore serve --demo` needs none."""


@click.command()
@click.option("--demo", is_flag=True, help="Load two demo centers and two schools into an empty database first.")
@click.option("--api", metavar="NAME", help="Serve only this API, at the root.")
@database_option
@click.option("--host", help="The address to listen on (127.0.0.1).")
@click.option("--port", type=int, help="The port to listen on (8000).")
@click.option("--workers", type=int, help="The number of server processes (1).")
def serve(demo: bool, **options: Any) -> None:
    """Bring the database up to date and serve the platform."""
    settings = _check_settings(read_settings(**options), demo=demo)
    with listen(settings) as listener:
        if settings.port == 0:
            settings = _with_port(settings, listener.getsockname()[1], options)
        with use_platform(settings, patient=False) as platform:
            has_demo = demo and ensure_demo(platform.school)
            if has_demo and settings.sign_up_center is None:
                platform = _open_registration(platform)
            _print_start(platform, accounts=describe_accounts(has_demo=has_demo) if demo else "")
            run_server(platform, listener)


@click.command()
@database_option
def worker(**options: Any) -> None:
    """Send messages and reminders until it is stopped, beside the server or instead of it.

    Any number of workers may run at the same time.
    """
    logging.basicConfig(format="%(asctime)s %(message)s")
    logging.getLogger("educore").setLevel(logging.INFO)
    with use_platform(read_settings(**options), patient=False) as platform:
        echo(f"The worker uses {mask_password(platform.settings.database)}. Press Ctrl+C to stop it.")
        settle_process()
        background = BackgroundWorker(platform.school, external_tasks=build_external_tasks(platform.settings))
        background.start()
        background.wait_for_signal()


def _check_settings(settings: Settings, *, demo: bool) -> Settings:
    """Refuse settings that cannot be served; for a demo, add a secret. Raises: CommandError."""
    if settings.api is not None and settings.api not in APIS:
        raise CommandError(f"There is no API called {settings.api}; choose one of {', '.join(APIS)}.")
    trusted_proxies()
    if settings.database.rstrip("/") == "sqlite:" or ":memory:" in settings.database:
        raise CommandError("A database in memory cannot be served; name a file, such as sqlite:///educore.db")
    if settings.secret is not None:
        return settings
    if not demo:
        raise CommandError(NO_SIGNING_KEY)
    return settings.model_copy(update={"secret": SecretStr(ensure_secret(settings.database))})


def _open_registration(platform: Platform) -> Platform:
    """Let students and parents register themselves at the larger school of the demo."""
    school, center = platform.school, SIGN_UP_CENTER
    school.ports = replace(school.ports, sign_up_center=center)
    return replace(platform, settings=platform.settings.model_copy(update={"sign_up_center": center}))


def _with_port(settings: Settings, port: int, options: dict[str, Any]) -> Settings:
    """Return the settings with the port that the system chose; other settings, such as the public URL, follow it."""
    return read_settings(**{**options, "port": port}).model_copy(update={"secret": settings.secret})


def _print_start(platform: Platform, *, accounts: str) -> None:
    echo(f"educore serves {mask_password(platform.settings.database)}\n")
    echo(format_columns(list_urls(platform.settings)))
    if accounts:
        echo(f"\n{accounts}")
    echo("\nPress Ctrl+C to stop the server.")
