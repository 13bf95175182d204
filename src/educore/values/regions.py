"""Countries, currencies and time zones, and the region that a Center without its own has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import Field
from pydantic_core import PydanticCustomError

from educore.values.texts import format_check


def _country(text: str) -> str:
    if text.upper() not in countries():
        raise PydanticCustomError("country", "Write the two letters of a country (ISO 3166-1).")
    return text.upper()


def _time_zone(text: str) -> str:
    if text not in _time_zones():
        raise PydanticCustomError("time_zone", "Write the IANA name of a time zone: region/city.")
    return text


@cache
def countries() -> frozenset[str]:
    """Return the ISO 3166-1 alpha-2 codes of all countries, from the list that comes with the time zones."""
    lines = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8").splitlines()
    return frozenset(line[:2] for line in lines if re.match(r"[A-Z]{2}\t", line))


@cache
def _time_zones() -> frozenset[str]:
    """Return all names; cached, because finding them reads folders, and each validation of a Center needs them."""
    return frozenset(available_timezones())


def _currency(code: str) -> str:
    if not re.fullmatch("[A-Z]{3}", code):
        raise PydanticCustomError("currency", "Write the three letters of a currency (ISO 4217), in capitals.")
    return code


Country = Annotated[str, Field(max_length=2), format_check(_country)]
"""The ISO 3166-1 alpha-2 code of a country, in capitals."""

Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", max_length=3), format_check(_currency)]
"""The ISO 4217 code of a currency, in capitals."""

TimeZone = Annotated[str, Field(max_length=64), format_check(_time_zone)]
"""The IANA name of a time zone."""


@dataclass(frozen=True)
class Region:
    """A country, a time zone and a currency: those of a Center, or those of the platform where there is no Center."""

    country: str
    time_zone: str
    currency: str


DEFAULT_REGION = Region("UZ", "Asia/Tashkent", "UZS")
"""The region of a platform whose settings name none. Nothing else in the code knows a country."""
