"""Errors of the command line: one line each, without a traceback."""

from __future__ import annotations

from typing import Any

import click
from pydantic import ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from educore import Invalid, Unavailable
from educore.adapters.sql import BackupError, NewerDatabase, OutdatedDatabase, is_damaged, reason
from educore_web.cli.terminal import escape
from educore_web.settings import Settings

OPTIONS = ("database", "host", "port", "workers", "api")
"""Settings that are also options of `educore serve`."""


class CommandError(click.ClickException):
    """An error that is printed as one sentence; the command ends with exit code 2."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(escape(message, lines=True))


class ErrorReportingGroup(click.Group):
    """A group of commands that reports expected errors as a `CommandError`."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises: CommandError."""
        try:
            return super().invoke(ctx)
        except Unavailable as error:
            raise CommandError(describe_outage(error)) from None
        except (BackupError, OutdatedDatabase) as error:
            raise CommandError(str(error)) from None
        except Invalid as error:
            raise CommandError(describe_invalid(error)) from None


def read_settings(**options: Any) -> Settings:
    """Return the settings from the environment; an option that is not None wins. Raises: CommandError."""
    try:
        settings = Settings(**{name: value for name, value in options.items() if value is not None})
        _require_readable_url(settings.database)
    except ValidationError as error:
        raise CommandError("\n".join(_describe_setting(problem) for problem in _root_problems(error))) from None
    except (ArgumentError, ValueError):
        raise CommandError(
            "EDUCORE_DATABASE (--database) is not a database URL; write sqlite:///school.db or "
            "postgresql://user:password@host/name"
        ) from None
    return settings


def mask_password(database: str) -> str:
    """Return a database URL with `***` in place of its password, even if the URL is malformed.

    Everything between the user name and the last @ may be part of the password. So may everything after a question
    mark, if a parameter there is a password.
    """
    scheme, sign, rest = database.partition("://")
    if scheme.startswith("sqlite") or not sign:
        return database
    account, at, location = rest.rpartition("@")
    user, colon, _ = account.partition(":")
    location, mark, query = location.partition("?")
    if "pass" in query.lower():
        query = "***"
    return f"{scheme}{sign}{user}{':***' if colon else ''}{at}{location}{mark}{query}"


def _require_readable_url(database: str) -> None:
    """Refuse a URL in which part of the password was read as host or database. Raises: CommandError."""
    url = make_url(database)
    if url.get_backend_name() != "sqlite" and "@" in f"{url.host}{url.database}":
        raise CommandError(
            f"{mask_password(database)} cannot be read: in the user name or the password of EDUCORE_DATABASE "
            "(--database), write %40 for @, %2F for / and %3A for :"
        )


def describe_outage(error: Unavailable) -> str:
    """Return one sentence that says why the database cannot be used."""
    if isinstance(error.__cause__, NewerDatabase):
        return str(error.__cause__)
    if is_damaged(error):
        return f"The database is damaged ({reason(error)}). Restore a backup with `educore db restore FILE`."
    return f"The database does not answer: {reason(error)}"


def describe_invalid(error: Invalid) -> str:
    """Return a line for each problem: the name of the field and a sentence."""
    return "\n".join(
        f"{path.rpartition('.')[2]}: {problem.translate()}" if path else problem.translate()
        for path, problems in error.fields.items()
        for problem in problems
    )


def _root_problems(error: ValidationError) -> list[Any]:
    """Return the problems, without the defaults that could not be computed because of them."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    return [problem for problem in problems if problem["type"] != "default_factory_not_called"]


def _describe_setting(problem: Any) -> str:
    name = str(problem["loc"][0])
    message = problem["msg"].removeprefix("Input ")
    return f"EDUCORE_{name.upper()}{f' (--{name})' if name in OPTIONS else ''} {message}"
