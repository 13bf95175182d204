"""The user of the current request: set once the sign-in has been checked, read by every query and permission."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

from educore import ANONYMOUS, Actor, Role

ADMIN_ROLES = (Role.SUPERADMIN, Role.DIRECTOR, Role.MANAGER, Role.ADMIN, Role.STAFF, Role.TEACHER)
"""The roles that may enter the admin."""


@dataclass(frozen=True)
class CurrentUser:
    """A signed-in user: the actor, and the facts in the header of every page.

    `unread` counts the unread notifications. A user of no Center has no currency and no country. `languages` are
    the codes of those that the Center names, () if it names none.
    """

    actor: Actor
    name: str
    center: str | None
    time_zone: ZoneInfo
    unread: int = 0
    currency: str = ""
    country: str = ""
    languages: tuple[str, ...] = ()


_current_user: ContextVar[CurrentUser | None] = ContextVar("educore_admin_user", default=None)


def current_user() -> CurrentUser | None:
    """Return the user who sent the request, None before the sign-in has been checked. Worker threads inherit it."""
    return _current_user.get()


def current_actor() -> Actor:
    """Return the actor to read and write as; before the sign-in has been checked, one who sees nothing."""
    user = _current_user.get()
    return user.actor if user else ANONYMOUS


def is_in_school() -> bool | None:
    """Return whether the user's Center is a school, None for a user of several Centers."""
    actor = current_actor()
    return None if actor.center_id is None else actor.school_id is not None


def is_offered(in_schools: bool | None) -> bool:
    """Return whether the user's Center has a part of the admin that all have, or with True schools, or False others.

    A user of several Centers has every part.
    """
    return in_schools is None or is_in_school() in (None, in_schools)


def local_day(now: datetime) -> date:
    """Return the day in the time zone of the user's Center."""
    return now.astimezone(local_time_zone()).date()


def local_currency() -> str:
    """Return the currency of the user's Center, "" if they have none."""
    user = _current_user.get()
    return user.currency if user else ""


def local_country() -> str:
    """Return the country of the user's Center by its two letters, "" if they have none."""
    user = _current_user.get()
    return user.country if user else ""


def local_languages() -> tuple[str, ...]:
    """Return the codes of the languages that the user's Center names, () if it names none."""
    user = _current_user.get()
    return user.languages if user else ()


def local_time_zone() -> tzinfo:
    """Return the time zone of the user's Center; before the sign-in has been checked, UTC."""
    user = _current_user.get()
    return user.time_zone if user else UTC


def set_current_user(user: CurrentUser) -> None:
    """Set the user who sent the request."""
    _current_user.set(user)


@contextmanager
def without_current_user() -> Iterator[None]:
    """Begin a request without a user, and reset the user at its end."""
    token = _current_user.set(None)
    try:
        yield
    finally:
        _current_user.reset(token)
