"""Ways to reach a person, and their passport number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from educore.values.texts import STORABLE, PlainText, format_check

_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{6,14}")
_LOCAL = re.compile(r"[0-9]{5,18}")
_BETWEEN = re.compile(r"[\s()\-./\u00ad\u2010-\u2015\u2212\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Blanks, brackets, dots, slashes and dashes, and the invisible marks that come with a copied number."""

_WITHOUT_PLUS = re.compile(r"[1-9][0-9]{10,14}")


@dataclass(frozen=True)
class HoldsPhone:
    """Marks a field that holds phone numbers in international form; searches read a typed number as one."""


COMPLETE_LATER: Mapping[str, Any] = {"country": ""}
"""The validation context of a value that becomes a field of a row: a local number waits for the country of the row."""


def bare_phone(text: str) -> str:
    """Return a typed phone number without the signs that people put between its digits."""
    return _BETWEEN.sub("", text)


def is_phone_like(text: str) -> bool:
    """Return whether a text has the form of a phone number, with or without the code of a country."""
    bare = bare_phone(text)
    return bool(_INTERNATIONAL.fullmatch(bare) or _LOCAL.fullmatch(bare))


def complete_phone(text: str, *, country: str) -> str | None:
    """Return the international form of a number as it is dialled in a country, None if the country has no such number.

    11 to 15 digits that are no number of the country lack only the plus, which spreadsheets remove.
    """
    bare = bare_phone(text)
    if _INTERNATIONAL.fullmatch(bare):
        return bare
    if not _LOCAL.fullmatch(bare):
        return None
    return _dialled_in(country, bare) or (f"+{bare}" if _WITHOUT_PLUS.fullmatch(bare) else None)


def _phone(text: str, info: ValidationInfo) -> str:
    number = bare = bare_phone(text)
    if not _INTERNATIONAL.fullmatch(bare):
        country = _country(info) if _LOCAL.fullmatch(bare) else None
        number = bare if country == "" else (country and complete_phone(bare, country=country)) or ""
    if not number:
        raise PydanticCustomError("phone", "Write the number in international form: + and 7 to 15 digits.")
    if number.startswith("+") and not _can_exist(number):
        raise PydanticCustomError("phone_length", "This number is too short or too long for its country.")
    return number


@lru_cache(maxsize=1000)
def _can_exist(number: str) -> bool:
    """Return whether a number in international form has a length that numbers of its country have."""
    import phonenumbers  # imported here because it takes 100 ms and 7 MB, which commands without phones save

    with suppress(phonenumbers.NumberParseException):
        length = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(number))
        return length == phonenumbers.ValidationResult.IS_POSSIBLE  # others are too short, too long or without an area
    return False


def _dialled_in(country: str, digits: str) -> str | None:
    import phonenumbers  # as above

    with suppress(phonenumbers.NumberParseException):
        number = phonenumbers.parse(digits, country)
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def _country(info: ValidationInfo) -> str | None:
    """Return the country of the model that has the number, or else that of the validation context, None without one."""
    if own := (info.data or {}).get("country"):
        return str(own)
    country = info.context.get("country") if isinstance(info.context, Mapping) else None
    return country() if callable(country) else country


def _email(text: str) -> str:
    from pydantic.networks import validate_email  # imported here because the import is slow

    try:
        return validate_email(text)[1].lower()
    except ValueError:
        raise PydanticCustomError("email", "This is not an e-mail address.") from None


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


def _passport(text: str) -> str:
    if not re.fullmatch(r"[A-Z0-9]{5,20}", text.upper()):
        raise PydanticCustomError("passport_number", "Use letters and digits only.")
    return text.upper()


Phone = Annotated[str, Field(max_length=32), HoldsPhone(), AfterValidator(_phone)]
"""A telephone number in international form (E.164); spaces, dashes and brackets are removed.

It has a length that numbers of its country have.
A number without plus is completed if the country is known: that of the field `country` of the same model, or `country`
in the validation context (a code, or a function that returns one).
"""

Email = Annotated[str, Field(max_length=254), STORABLE, AfterValidator(_email)]
"""An e-mail address, in lower case."""

WebAddress = Annotated[str, Field(max_length=500), STORABLE, AfterValidator(_web_address), PlainText("refuse")]
"""An http or https address."""

PassportNumber = Annotated[str, Field(max_length=20), format_check(_passport)]
"""A passport number, in capitals."""
