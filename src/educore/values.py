"""Value types of the domain: phone numbers, user names, money, days. Each refuses invalid input with an error code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, get_args
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError, PydanticKnownError

from educore.amounts import parse_amount, parse_whole

COMMON_PASSWORDS = frozenset(
    "password1 password12 password123 passw0rd1 qwerty123 qwerty1234 abc12345 abcd1234 admin123 admin1234 "
    "welcome1 welcome123 letmein123 iloveyou1 1q2w3e4r 1qaz2wsx q1w2e3r4 a1234567 a12345678 test1234 "
    "tashkent1 toshkent1 uzbekistan1".split()
)

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
"""The first and the last calendar day that a `Day` can be."""

DEFER_BUILD = ConfigDict(defer_build=True)
"""Configures a `TypeAdapter` that is built when it is first used, so that its import takes no time."""


class InCurrency:
    """Marks a number as an amount in the Center's currency."""


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class PlainText:
    """Marks a text that people write and read, and declares how invisible characters in it are handled.

    `breaks` is for line breaks and tabs: they are replaced with a space ("fold"), refused ("refuse"), or, in texts of
    several lines, kept ("keep"). Other control characters, and those that change the direction of text, are refused
    when a person enters them; in a copy of stored text (`is_copy`) they become spaces. A text that is already stored
    stays as it is.
    """

    breaks: Literal["fold", "keep", "refuse"] = "fold"
    is_copy: bool = False

    def normalize(self, text: str) -> str:
        """Return the text in the form to store. Raises: Unseen."""
        if text.isprintable():
            return text
        if self.breaks == "fold":
            text = BREAKS.sub(" ", text)
        if self.is_copy:
            return UNSEEN.sub(" ", text)
        if UNSEEN.search(text) or self.breaks == "refuse" and BREAKS.search(text):
            raise UnseenCharacters
        return text


class UnseenCharacters(ValueError):
    """A text contains invisible characters that are not allowed in it."""


BREAKS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")
UNSEEN = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
"""Matches control characters other than line breaks and tabs, and characters that change the direction of text.

NUL is left out: `is_storable` refuses it, because databases cannot store it.
"""


def is_storable(text: str) -> bool:
    """Return whether databases can store a text: it has no NUL and no lone surrogates."""
    return "\0" not in text and (text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text))


def _printable(text: str) -> str:
    if not is_storable(text):
        raise PydanticCustomError("bad_characters", "The text has characters that cannot be stored.")
    return text


def _phone(text: str) -> str:
    bare = re.sub(r"[\s()\-.]", "", text)
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", bare):
        raise PydanticCustomError("phone", "Write the number in international form: + and 7 to 15 digits.")
    return bare


def _email(text: str) -> str:
    from pydantic.networks import validate_email  # imported here because the import is slow

    try:
        return validate_email(text)[1].lower()
    except ValueError:
        raise PydanticCustomError("email", "This is not an e-mail address.") from None


def _username(text: str) -> str:
    if not re.fullmatch(r"[\w.@+-]+", text.lower()):  # lower() may add characters: İ becomes i and a dot
        raise PydanticCustomError("username", "Use letters, digits and . @ + - _ only.")
    return text.lower()


class TypedPassword(str):
    """The value of a `Password` field: a password that a person typed to prove their identity."""

    __slots__ = ()


class PlainPassword(str):
    """The value of a `NewPassword` field: a newly chosen password in plain text, which `hash_passwords` replaces."""

    __slots__ = ()


class PasswordHash(str):
    """A hashed password: use cases store it as it is, while they hash a plain text."""

    __slots__ = ()


def is_typed_password(annotation: Any, metadata: Iterable[Any] = ()) -> bool:
    """Return whether a field with this annotation accepts a `Password`, also as one of several types."""
    inner = (is_typed_password(part, getattr(part, "__metadata__", ())) for part in get_args(annotation))
    return _typed in metadata or any(inner)


def _new_password(text: str) -> PlainPassword:
    if not (any(c.isalpha() for c in text) and any(c.isdigit() for c in text)):
        raise PydanticCustomError("password_weak", "Use letters and digits.")
    if text.lower() in COMMON_PASSWORDS:
        raise PydanticCustomError("password_common", "This password is too common.")
    return PlainPassword(text)


def is_new_password(annotation: Any, metadata: Iterable[Any] = ()) -> bool:
    """Return whether a field with this annotation accepts a `NewPassword`, also as one of several types."""
    inner = (is_new_password(part, getattr(part, "__metadata__", ())) for part in get_args(annotation))
    return _chosen in metadata or any(inner)


def _passport(text: str) -> str:
    if not re.fullmatch(r"[A-Z0-9]{5,20}", text.upper()):
        raise PydanticCustomError("passport_number", "Use letters and digits only.")
    return text.upper()


def _web_address(text: str) -> str:
    try:
        _http().validate_python(text)
    except ValidationError:
        raise PydanticCustomError("url", "Write a web address that begins with https:// or http://.") from None
    return text


@cache
def _http() -> TypeAdapter[Any]:
    from pydantic import HttpUrl  # imported here because the import is slow

    return TypeAdapter(HttpUrl)


def _time_zone(text: str) -> str:
    if text not in _time_zones():
        raise PydanticCustomError("time_zone", "Write the name of a time zone, such as Asia/Tashkent.")
    return text


@cache
def _time_zones() -> frozenset[str]:
    """Return all names; cached, because finding them reads folders, and each validation of a Center needs them."""
    return frozenset(available_timezones())


def _whole_seconds(value: time) -> time:
    if value.tzinfo is not None or value.microsecond:
        raise PydanticCustomError("time_type", "Write the time as HH:MM:SS.")
    return value


def _only_a_time(value: Any) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?", value.strip()):
        with suppress(ValueError):  # 25:00
            return time.fromisoformat(value.strip())
    raise PydanticCustomError("time_type", "Write the time as HH:MM:SS.")


def _weekdays(text: str) -> str:
    given = set(re.split(r"[\s,]+", text.lower().strip()))
    if not given <= set(WEEKDAYS):
        raise PydanticCustomError("weekdays", "Name days of the week.", {"expected": ", ".join(WEEKDAYS)})
    return " ".join(day for day in WEEKDAYS if day in given)


def _month(text: str) -> str:
    if not re.fullmatch(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])", text):
        raise PydanticCustomError("month", "Write the month as YYYY-MM.")
    return text


def _only_a_day(value: Any) -> date:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
        with suppress(ValueError):  # 2024-02-31
            return date.fromisoformat(value.strip())
    raise PydanticCustomError("date_type", "Write the date as YYYY-MM-DD.")


def _in_our_calendar(value: date) -> date:
    if value < FIRST_DAY:
        raise PydanticKnownError("greater_than_equal", {"ge": FIRST_DAY.isoformat()})
    if value > LAST_DAY:
        raise PydanticKnownError("less_than_equal", {"le": LAST_DAY.isoformat()})
    return value


_clean = AfterValidator(_printable)

Name = Annotated[str, Field(min_length=1, max_length=200), _clean, PlainText()]
"""A name that people read, on one line: 1 to 200 characters."""

Line = Annotated[str, Field(max_length=500), _clean, PlainText()]
"""One line of text, possibly empty."""

Text = Annotated[str, Field(max_length=5000), _clean, PlainText("keep")]
"""Several lines of text, possibly empty."""

ShortMessage = Annotated[str, Field(min_length=1, max_length=1000), _clean, PlainText("keep")]
"""The text of a short message, of one or several lines: 1 to 1,000 characters."""

PersonName = Annotated[str, Field(max_length=150), _clean, PlainText()]
"""A first or last name, on one line: up to 150 characters. It may be empty, as some people have only one name."""

NameCopy = Annotated[Name, PlainText(is_copy=True)]
"""A `Name` that the program composes from stored texts."""

LineCopy = Annotated[Line, PlainText(is_copy=True)]
"""A `Line` that the program composes from stored texts."""

TextCopy = Annotated[Text, PlainText("keep", is_copy=True)]
"""A `Text` (several lines) that the program composes from stored texts."""

Phone = Annotated[str, Field(max_length=32), AfterValidator(_phone)]
"""A telephone number in international form (E.164); spaces, dashes and brackets are removed."""

Email = Annotated[str, Field(max_length=254), _clean, AfterValidator(_email)]
"""An e-mail address, in lower case."""

Username = Annotated[str, Field(min_length=1, max_length=150), _clean, AfterValidator(_username)]
"""A user name in lower case, so that two users cannot differ by case only."""

_chosen = AfterValidator(_new_password)

NewPassword = Annotated[str, StringConstraints(strip_whitespace=False, min_length=8, max_length=128), _clean, _chosen]
"""A newly chosen password: 8 to 128 characters with letters and digits, and none of the most common ones."""

_typed = AfterValidator(TypedPassword)

Password = Annotated[str, StringConstraints(strip_whitespace=False, max_length=128), _typed]
"""A password that a person types to prove their identity."""

PassportNumber = Annotated[str, Field(max_length=20), AfterValidator(_passport)]
"""A passport number, in capitals."""

WebAddress = Annotated[str, Field(max_length=500), _clean, AfterValidator(_web_address), PlainText("refuse")]
"""An http or https address."""

TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_time_zone)]
"""The IANA name of a time zone, such as Asia/Tashkent."""

Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2), BeforeValidator(parse_amount), InCurrency()]
"""An amount in the Center's currency, at most two decimals."""

Amount = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2), BeforeValidator(parse_amount), InCurrency()]
"""An amount of money that is paid or charged: above 0, in the Center's currency, at most two decimals."""

SignedMoney = Annotated[Decimal, Field(max_digits=16, decimal_places=2), BeforeValidator(parse_amount), InCurrency()]
"""An amount of money to add or, below 0, to subtract: in the Center's currency, at most two decimals."""

Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", max_length=3)]
"""The ISO 4217 code of a currency, such as UZS."""

Month = Annotated[str, Field(max_length=7), AfterValidator(_month)]
"""A calendar month, such as 2024-01."""

Digest = Annotated[str, Field(max_length=64)]
"""A SHA-256 digest in hexadecimal digits."""

Rating = Annotated[Decimal, Field(ge=0, le=5, max_digits=2, decimal_places=1), BeforeValidator(parse_amount)]
"""A rating from 0 to 5 with one decimal."""

Places = Annotated[int, Field(ge=1, le=10_000), BeforeValidator(parse_whole)]
"""The number of people for whom there is room: 1 to 10,000."""

Months = Annotated[int, Field(ge=1, le=120), BeforeValidator(parse_whole)]
"""A length of time in months: 1 to 120."""

Day = Annotated[date, BeforeValidator(_only_a_day), AfterValidator(_in_our_calendar)]
"""A calendar day in the Center's own time zone."""

TimeOfDay = Annotated[time, BeforeValidator(_only_a_time), AfterValidator(_whole_seconds)]
"""A time on the wall clock of a Center, in whole seconds."""

Weekdays = Annotated[str, Field(max_length=27), AfterValidator(_weekdays)]
"""Days of the week in order, such as `mon wed fri`."""

Points = Annotated[Decimal, Field(ge=0, max_digits=8, decimal_places=2), BeforeValidator(parse_amount)]
"""A score in points, at most two decimals."""

WholePoints = Annotated[int, Field(ge=0, le=100_000), BeforeValidator(parse_whole)]
"""A number of points to reach, without decimals: 0 to 100,000."""

TotalPoints = Annotated[int, Field(ge=1, le=100_000), BeforeValidator(parse_whole)]
"""The number of points that can be reached in total, such as in an exam: 1 to 100,000."""

Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2), BeforeValidator(parse_amount)]
"""A percentage from 0 to 100 with at most two decimals."""
