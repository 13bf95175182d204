"""The command line: serve the platform, fill it, look after its database, print what it can do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import click
from pydantic import SecretStr, TypeAdapter, ValidationError

from educore import Educore, Invalid
from educore.kernel import hash_passwords
from educore.values import NewPassword
from educore_web import demo as demonstration
from educore_web.app import APIS, routes
from educore_web.cli.audit import audit
from educore_web.cli.common import database_option, opened, progress_bar
from educore_web.cli.database import db
from educore_web.cli.errors import Refusal, Sentences, address, in_words, read_settings
from educore_web.cli.imports import imports
from educore_web.cli.server import columns, listen, places, run, trusted_proxies
from educore_web.cli.terminal import echo, visible
from educore_web.demo.bulk import SIZES, enlarge
from educore_web.demo.secret import kept_secret
from educore_web.reports.permissions import Matrix, as_markdown, as_text
from educore_web.runtime.platform import Platform
from educore_web.runtime.superadmin import open_superadmin
from educore_web.runtime.worker import BackgroundWorker, build_external_tasks
from educore_web.settings import Settings


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="educore")
def main() -> None:
    """educore: education centers, their people and groups, behind documented APIs and an admin.

    Settings come from environment variables, such as EDUCORE_DATABASE; where there is an option too, it wins.
    """


# -- serving -------------------------------------------------------------------------------------------


@main.command()
@click.option("--demo", is_flag=True, help="Fill an empty database with two made-up centers first.")
@click.option("--api", metavar="NAME", help="Serve only this API, at the root.")
@database_option
@click.option("--host", help="The address to listen on (127.0.0.1).")
@click.option("--port", type=int, help="The port to listen on (8000).")
@click.option("--workers", type=int, help="How many processes share the work (1).")
def serve(demo: bool, **options: Any) -> None:
    """Serve the platform, after bringing its database up to date."""
    settings = _servable(read_settings(**options), demo=demo)
    with listen(settings) as listener:
        if settings.port == 0:
            settings = _with_port(settings, listener.getsockname()[1], options)
        with opened(settings, patient=False) as platform:
            if demo and not demonstration.holds_data(platform.school):
                _load(platform.school, seed=demonstration.SEED)
            _announce(platform, demo=demo)
            run(platform, listener)


@main.command()
@database_option
def worker(**options: Any) -> None:
    """Send what is to be sent and remind whom it should, beside or instead of the server, until it is stopped.

    Any number may run at once.
    """
    logging.basicConfig(format="%(asctime)s %(message)s")
    logging.getLogger("educore").setLevel(logging.INFO)
    with opened(read_settings(**options), patient=False) as platform:
        echo(f"educore works on {address(platform.settings.database)}; Ctrl+C stops it.")
        background = BackgroundWorker(platform.school, external_tasks=build_external_tasks(platform.settings))
        background.start()
        background.wait_for_signal()


def _servable(settings: Settings, *, demo: bool) -> Settings:
    """The settings with a secret and with nothing in them that cannot be served. Raises: Refusal."""
    if settings.api is not None and settings.api not in APIS:
        raise Refusal(f"There is no API called {settings.api}; choose one of {', '.join(APIS)}.")
    trusted_proxies()
    if settings.database.rstrip("/") == "sqlite:" or ":memory:" in settings.database:
        raise Refusal("A database in memory cannot be served; name a file, such as sqlite:///educore.db")
    if settings.secret is None and not demo:
        raise Refusal(NOTHING_TO_SIGN_WITH)
    return _with_secret(settings)


def _with_secret(settings: Settings) -> Settings:
    """The settings with the secret of a demonstration, made now if there is none yet, unless they have one."""
    if settings.secret is not None:
        return settings
    return settings.model_copy(update={"secret": SecretStr(kept_secret(settings.database))})


def _with_port(settings: Settings, port: int, options: dict[str, Any]) -> Settings:
    """The settings once it is known which port was free."""
    taken = read_settings(**{**options, "port": port})
    return taken.model_copy(update={"secret": settings.secret})


def _announce(platform: Platform, *, demo: bool) -> None:
    echo(f"educore serves {address(platform.settings.database)}\n")
    echo(columns(places(platform.settings)))
    if demo and demonstration.holds_demo(platform.school):
        echo(f"\nSign in as\n{columns(demonstration.sign_ins())}")
    elif demo:
        echo("\nThis database has centers of its own, so no demonstration data was added.")
    echo("\nCtrl+C stops it.")


NOTHING_TO_SIGN_WITH = """\
EDUCORE_SECRET is not set. It signs tokens and sessions: make one, keep it, and set it before every start:
  export EDUCORE_SECRET="$(python -c 'import secrets; print(secrets.token_hex(32))')"
To look around with made-up data, `educore serve --demo` needs none."""


# -- data ----------------------------------------------------------------------------------------------


@main.command()
@database_option
@click.option("--seed", type=int, default=demonstration.SEED, show_default=True, help="Another number, other people.")
@click.option(
    "--size",
    type=click.Choice(list(SIZES)),
    default="s",
    show_default=True,
    help="How many students: 600, 10,000, 100,000 or 1,000,000, with lessons and marks in proportion.",
)
def demo(seed: int, size: str, **options: Any) -> None:
    """Fill an empty database with two made-up centers."""
    with opened(_with_secret(read_settings(**options))) as platform:
        if demonstration.holds_data(platform.school):
            raise Refusal(
                f"{address(platform.settings.database)} holds centers already; made-up data is never mixed with "
                "somebody's own. Choose an empty database with --database."
            )
        _load(platform.school, seed=seed)
        if size != "s":
            now = platform.school.ports.clock.now()
            with progress_bar("Letting them grow") as progress:
                enlarge(platform.database, students=SIZES[size], seed=seed, now=now, progress=progress)
    echo(f"Sign in as\n{columns(demonstration.sign_ins())}")


@main.command("create-superadmin")
@database_option
@click.option("--username", prompt="User name", default="superadmin", help="The name to sign in with.")
@click.password_option(
    envvar="EDUCORE_SUPERADMIN_PASSWORD",
    help="Better typed when asked, or given in EDUCORE_SUPERADMIN_PASSWORD, than written here.",
)
@click.option("--email", help="An e-mail address, if wanted.")
@click.option("--phone", help="A telephone number such as +998901234567, if wanted.")
def create_superadmin(password: str, database: str | None, **account: Any) -> None:
    """Open an account that may do everything."""
    account = {name: value for name, value in account.items() if value is not None}
    account["password"] = _acceptable(password)
    with opened(read_settings(database=database)) as platform:
        account = hash_passwords(platform.school.ports.passwords, account)
        with platform.school.work(demonstration.SUPERADMIN) as uow:
            user = open_superadmin(uow, account=account)
    echo(f"{visible(user.username)} may now sign in and do everything.")


def _acceptable(password: str) -> str:
    try:
        return TypeAdapter(NewPassword).validate_python(password)
    except ValidationError as error:
        raise Refusal(f"password: {in_words(Invalid.from_pydantic(error))}") from None


def _load(school: Educore, *, seed: int) -> None:
    with progress_bar("Making up two centers") as progress:
        demonstration.load_demo(school, seed=seed, progress=progress)


# -- what there is -------------------------------------------------------------------------------------


@main.command()
@click.option("--markdown", is_flag=True, help="As the page docs/permissions.md.")
def permissions(markdown: bool) -> None:
    """Print which role may do what, on which rows."""
    write: Callable[[Matrix], str] = as_markdown if markdown else as_text
    echo(write(Matrix()).rstrip())


@main.command("routes")
def print_routes() -> None:
    """Print every operation of every API, and the roles that may call it."""
    lines = [(route.api, route.method, route.path, route.name, " ".join(route.roles)) for route in routes()]
    echo(columns(lines))


main.add_command(audit)
main.add_command(db)
main.add_command(imports)
