"""`educore create-superadmin`."""

from __future__ import annotations

from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from educore import PLATFORM, Invalid
from educore.kernel import hash_passwords
from educore.people import open_superadmin
from educore.values import NewPassword
from educore_web.cli.common import database_option, use_platform
from educore_web.cli.errors import CommandError, describe_invalid, read_settings
from educore_web.cli.terminal import echo, escape


@click.command("create-superadmin")
@database_option
@click.option("--username", prompt="User name", default="superadmin", help="The name to sign in with.")
@click.password_option(
    envvar="EDUCORE_SUPERADMIN_PASSWORD",
    help="The password. Type it when asked, or set EDUCORE_SUPERADMIN_PASSWORD, so that no process list shows it.",
)
@click.option("--email", help="An e-mail address (optional).")
@click.option("--phone", help="A phone number in international form (optional).")
def create_superadmin(password: str, database: str | None, **account: Any) -> None:
    """Create an account that has all permissions."""
    account = {name: value for name, value in account.items() if value is not None}
    account["password"] = _validate_password(password)
    with use_platform(read_settings(database=database)) as platform:
        account = hash_passwords(platform.school.ports.passwords, account)
        with platform.school.work(PLATFORM) as uow:
            user = open_superadmin(uow, account=account)
    echo(f"{escape(user.username)} may now sign in and has all permissions.")


def _validate_password(password: str) -> str:
    try:
        return TypeAdapter(NewPassword).validate_python(password)
    except ValidationError as error:
        raise CommandError(f"password: {describe_invalid(Invalid.from_pydantic(error))}") from None
