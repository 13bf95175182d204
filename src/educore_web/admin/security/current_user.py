"""Who a request comes from. Set once a sign-in has been checked, read by every query and permission of that request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from educore import ANONYMOUS, Actor


@dataclass(frozen=True)
class CurrentUser:
    """Somebody who is signed in: as whom they act, and what the page header says about them: `unread` notes wait.

    Whoever belongs to no Center has no currency.
    """

    actor: Actor
    name: str
    center: str | None
    time_zone: ZoneInfo
    unread: int = 0
    currency: str = ""


_current_user: ContextVar[CurrentUser | None] = ContextVar("educore_admin_visitor", default=None)


def current_user() -> CurrentUser | None:
    """Who sent the request that is being answered, or None while nobody is known. Threads inherit it."""
    return _current_user.get()


def current_actor() -> Actor:
    """As whom to read and write; somebody unknown sees nothing."""
    found = _current_user.get()
    return found.actor if found else ANONYMOUS


def local_day(now: datetime) -> date:
    """The day it is on the wall calendar of the visitor's Center."""
    found = _current_user.get()
    return now.astimezone(found.time_zone if found else None).date()


def local_currency() -> str:
    """The currency of the visitor's Center, or nothing."""
    found = _current_user.get()
    return found.currency if found else ""


def local_moment(day: date, at: time) -> datetime:
    """A time of a day on the wall clock of the visitor's Center."""
    found = _current_user.get()
    return datetime.combine(day, at, found.time_zone if found else UTC)


def set_current_user(someone: CurrentUser) -> None:
    """Remember who sent the request that is being answered."""
    _current_user.set(someone)


@contextmanager
def without_current_user() -> Iterator[None]:
    """Begin a request with nobody known, and forget at its end whoever was."""
    token = _current_user.set(None)
    try:
        yield
    finally:
        _current_user.reset(token)
