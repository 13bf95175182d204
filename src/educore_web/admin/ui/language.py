"""The language of a page, its texts, and its formats of dates and numbers.

The language comes from `?lang=`, from the cookie that remembers it, or from the browser.
"""

from __future__ import annotations

from contextvars import ContextVar
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from babel import Locale, dates, numbers
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from educore import Problem
from educore.translation import EDUCORE_SENTENCES, RIGHT_TO_LEFT, Sentences
from educore_web.admin.security.current_user import is_in_school, local_country, local_languages, local_time_zone
from educore_web.i18n import LANGUAGES, find_sentence, locale_of, preferred_language, weekday_name

COOKIE = "educore_language"
YEAR = 365 * 24 * 60 * 60
"""In seconds: how long the cookie remembers a language."""

ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"
"""Characters around a text whose direction depends on nothing but its own letters (UAX #9)."""

_language: ContextVar[str] = ContextVar("educore_admin_language", default="en")
_sentences: ContextVar[Sentences] = ContextVar("educore_admin_sentences", default=EDUCORE_SENTENCES)


def current_language() -> str:
    """Return the language of the page: the one the user prefers, or the first of their Center if it lacks that one."""
    preferred, codes = _language.get(), local_languages()
    return codes[0] if codes and preferred not in codes else preferred


def center_languages() -> dict[str, str]:
    """Return the languages of the user's Center, by default all: their codes, with their names in themselves."""
    return {code: LANGUAGES[code] for code in local_languages() or LANGUAGES}


def current_locale() -> Locale:
    """Return the locale of dates and numbers: the language of the page in the country of the user's Center."""
    return locale_of(current_language(), local_country())


def text_direction() -> str:
    """Return the direction in which the language of the page is written: "ltr" or "rtl"."""
    return "rtl" if current_language() in RIGHT_TO_LEFT else "ltr"


def isolate(text: str) -> str:
    """Return a text whose letters keep their order beside others in a page from right to left, elsewhere as it is.

    Without it a Latin name beside a date is torn apart there.
    """
    return f"{ISOLATE}{text}{END_OF_ISOLATE}" if text and text_direction() == "rtl" else text


def join_isolated(*texts: str) -> str:
    """Return texts with dots between them, of which none changes the order of another's letters."""
    return " · ".join(isolate(text) for text in texts if text)


def without_isolates(text: str) -> str:
    """Return a text as programs read it, without the marks of `isolate`."""
    return text.replace(ISOLATE, "").replace(END_OF_ISOLATE, "")


def translate(key: str, /, **values: Any) -> str:
    """Return a text of the admin in the language of the page, or the key itself if there is no such text."""
    text = find_translation(key, **values) or key
    return text.format(**values) if values else text


def find_translation(key: str, /, **values: Any) -> str | None:
    """Return a text of the admin, with its placeholders still in it, or None if there is no such text.

    Where schools have a text of their own, as "Classes" for groups, its key ends in `.school`.
    """
    keys = [f"admin.{key}.school", f"admin.{key}"] if is_in_school() else [f"admin.{key}"]
    texts = (find_sentence(each, current_language(), **values) for each in keys)
    return next((text for text in texts if text is not None), None)


def translate_problem(problem: Problem) -> str:
    """Return the sentence of a problem in the language of the page; the domain of the admin may add sentences."""
    return problem.translate(current_language(), sentences=_sentences.get())


def format_date(value: date) -> str:
    """Format a day: Jan 1, 2024."""
    return dates.format_date(value, "medium", locale=current_locale())


def format_time(value: time) -> str:
    """Format a time of day on a clock of 24 hours: 09:30."""
    return value.strftime("%H:%M")


def format_weekday(number: int, *, short: bool = False) -> str:
    """Return the name of a day of the week; Monday is 0."""
    return weekday_name(number, current_locale(), short=short)


def format_day(value: date) -> str:
    """Format a day without its year: Jan 1."""
    return dates.format_skeleton("MMMd", value, locale=current_locale())


def format_instant(value: datetime) -> str:
    """Format an instant in the time zone of the user's Center."""
    local = value.astimezone(local_time_zone())
    clock = dates.format_time(local, "short", locale=current_locale())
    return str(dates.get_datetime_format(locale=current_locale())).format(clock, format_date(local.date()))


def format_number(value: Decimal | float) -> str:
    """Format a number with the separators of the language: 1,250.5."""
    return numbers.format_decimal(value, locale=current_locale())


def format_amount(value: Decimal) -> str:
    """Format an amount of money, always with two decimals."""
    return numbers.format_decimal(value, "#,##0.00", locale=current_locale())


def format_month(value: date) -> str:
    """Format a month and its year: Jan 2024."""
    return dates.format_date(value, "LLL yyyy", locale=current_locale())


class LanguageMiddleware:
    """Middleware that sets the language of each request, and remembers a choice in a cookie with nothing else in it.

    `sentences` are those of the domain.
    """

    def __init__(self, app: ASGIApp, path: str, secure: bool, sentences: Sentences) -> None:
        self.app, self.sentences = app, sentences
        self.cookie = f"; Path={path}; Max-Age={YEAR}; SameSite=lax; HttpOnly" + ("; Secure" if secure else "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        _sentences.set(self.sentences)
        connection = HTTPConnection(scope)
        chosen = connection.query_params.get("lang")
        remembered = connection.cookies.get(COOKIE)
        wanted = [code for code in (chosen, remembered) if code and code in LANGUAGES]
        _language.set(wanted[0] if wanted else preferred_language(connection.headers.get("accept-language", "")))

        async def send_and_remember(message: Message) -> None:
            if message["type"] == "http.response.start" and chosen in LANGUAGES:
                MutableHeaders(scope=message).append("set-cookie", f"{COOKIE}={chosen}{self.cookie}")
            await send(message)

        await self.app(scope, receive, send_and_remember)
