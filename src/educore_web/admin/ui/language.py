"""The language of a page: chosen by ?lang=, remembered in a cookie, or the browser's own."""

from __future__ import annotations

import json
from contextvars import ContextVar
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from babel import dates, numbers
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from educore_web.admin.security.current_user import visitor
from educore_web.i18n import LANGUAGES, preferred_language

COOKIE = "educore_language"
YEAR = 365 * 24 * 60 * 60
LANGUAGE_NAMES = {"en": "English", "ru": "Русский", "uz": "O‘zbekcha"}

_language: ContextVar[str] = ContextVar("educore_admin_language", default="en")


def current_language() -> str:
    """The language of the page that is being made."""
    return _language.get()


def translate(key: str, **values: Any) -> str:
    """Say one of the admin's own words; the key itself where nobody has written it."""
    text = find_translation(key) or key
    return text.format(**values) if values else text


def find_translation(key: str) -> str | None:
    """The word for a key, or None."""
    return _words(current_language()).get(key) or _words("en").get(key)


def format_date(value: date) -> str:
    """A day, as people write it."""
    return dates.format_date(value, "medium", locale=current_language())


def format_time(value: time) -> str:
    """A time of day as clocks here show it: 09:30."""
    return value.strftime("%H:%M")


def format_weekday(number: int, *, short: bool = False) -> str:
    """A day of the week, Monday being 0."""
    return str(dates.get_day_names("abbreviated" if short else "wide", "stand-alone", current_language())[number])


def format_day(value: date) -> str:
    """A day without its year."""
    return dates.format_skeleton("MMMd", value, locale=current_language())


def format_instant(value: datetime) -> str:
    """An instant on the wall clock of the visitor's Center."""
    someone = visitor()
    zone = someone.time_zone if someone else None
    local = value.astimezone(zone)
    return f"{format_date(local.date())}, {dates.format_time(local, 'short', locale=current_language())}"


def format_number(value: Decimal | float) -> str:
    """A number, with the thousands and the point of the language."""
    return numbers.format_decimal(value, locale=current_language())


def format_amount(value: Decimal) -> str:
    """An amount of money, always with its two decimals."""
    return numbers.format_decimal(value, "#,##0.00", locale=current_language())


def format_month(value: date) -> str:
    """A month and its year, shortly."""
    return dates.format_date(value, "LLL yyyy", locale=current_language())


@cache
def _words(code: str) -> dict[str, str]:
    text = files("educore_web.admin").joinpath("words", f"{code}.json").read_text(encoding="utf-8")
    found: dict[str, str] = json.loads(text)
    return found


class LanguageMiddleware:
    """Sets the language of each request, and remembers a choice in a cookie that holds nothing else."""

    def __init__(self, app: ASGIApp, path: str, secure: bool) -> None:
        self.app = app
        self.cookie = f"; Path={path}; Max-Age={YEAR}; SameSite=lax; HttpOnly" + ("; Secure" if secure else "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        chosen = connection.query_params.get("lang")
        remembered = connection.cookies.get(COOKIE)
        wanted = [code for code in (chosen, remembered) if code in LANGUAGES]
        _language.set(wanted[0] if wanted else preferred_language(connection.headers.get("accept-language", "")))

        async def send_and_remember(message: Message) -> None:
            if message["type"] == "http.response.start" and chosen in LANGUAGES:
                MutableHeaders(scope=message).append("set-cookie", f"{COOKIE}={chosen}{self.cookie}")
            await send(message)

        await self.app(scope, receive, send_and_remember)
