"""What goes wrong on the command line, said in one line without a traceback."""

from __future__ import annotations

from typing import Any

import click
from pydantic import ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from educore import Invalid, Unavailable
from educore.adapters.sql import BackupError, NewerDatabase, is_damaged, reason
from educore_web.cli.terminal import visible
from educore_web.i18n import translate_problem
from educore_web.settings import Settings

OPTIONS = ("database", "host", "port", "workers", "api")
"""The settings that are options of `educore serve` too."""


class Refusal(click.ClickException):
    """A sentence for the person at the terminal; the command ends with code 2."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(visible(message, lines=True))


class Sentences(click.Group):
    """A group of commands whose foreseeable failures become refusals."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises: Refusal."""
        try:
            return super().invoke(ctx)
        except Unavailable as error:
            raise Refusal(trouble(error)) from None
        except BackupError as error:
            raise Refusal(str(error)) from None
        except Invalid as error:
            raise Refusal(in_words(error)) from None


def read_settings(**options: Any) -> Settings:
    """Settings from the options that were given and, beneath them, from the environment. Raises: Refusal."""
    try:
        settings = Settings(**{name: value for name, value in options.items() if value is not None})
        _require_plain_place(settings.database)
    except ValidationError as error:
        raise Refusal("\n".join(_about_setting(found) for found in _worth_saying(error))) from None
    except (ArgumentError, ValueError):
        raise Refusal(
            "EDUCORE_DATABASE (--database) is not a database URL; write sqlite:///school.db or "
            "postgresql://user:password@host/name"
        ) from None
    return settings


def address(database: str) -> str:
    """A database URL without its password, whatever is in that and however wrongly it is written.

    All that stands between the user's name and the last @ may be part of it, and so may anything after a question mark
    once a password is named there.
    """
    scheme, sign, rest = database.partition("://")
    if scheme.startswith("sqlite") or not sign:
        return database
    account, at, place = rest.rpartition("@")
    user, colon, _ = account.partition(":")
    place, mark, query = place.partition("?")
    if "pass" in query.lower():
        query = "***"
    return f"{scheme}{sign}{user}{':***' if colon else ''}{at}{place}{mark}{query}"


def _require_plain_place(database: str) -> None:
    """Refuse a URL whose password has leaked into the rest of it. Raises: Refusal."""
    url = make_url(database)
    if url.get_backend_name() != "sqlite" and "@" in f"{url.host}{url.database}":
        raise Refusal(
            f"{address(database)} cannot be read: in the user name or the password of EDUCORE_DATABASE (--database), "
            "write %40 for @, %2F for / and %3A for :"
        )


def trouble(error: Unavailable) -> str:
    """Why the database cannot be used, in a sentence."""
    if isinstance(error.__cause__, NewerDatabase):
        return str(error.__cause__)
    if is_damaged(error):
        return f"The database is damaged ({reason(error)}). Put a backup back with `educore db restore FILE`."
    return f"The database does not answer: {reason(error)}"


def in_words(error: Invalid) -> str:
    """Every problem in a sentence after the name of its field."""
    return "\n".join(
        f"{path.rpartition('.')[2]}: {translate_problem(problem)}" if path else translate_problem(problem)
        for path, problems in error.fields.items()
        for problem in problems
    )


def _worth_saying(error: ValidationError) -> list[Any]:
    """The problems themselves, not what could not be worked out because of them."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [problem for problem in found if problem["type"] != "default_factory_not_called"]


def _about_setting(problem: Any) -> str:
    name = str(problem["loc"][0])
    words = problem["msg"].removeprefix("Input ")
    return f"EDUCORE_{name.upper()}{f' (--{name})' if name in OPTIONS else ''} {words}"
