"""Choices of people and Centers about how things are shown: languages, calendars and colors."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from educore.values.structured import Texts
from educore.values.texts import format_check


class Language(StrEnum):
    """A language that people can choose."""

    ENGLISH = "en"
    FRENCH = "fr"
    ARABIC = "ar"
    UZBEK = "uz"
    RUSSIAN = "ru"


def _refuse_unknown_languages(codes: Texts) -> Texts:
    if not set(codes) <= set(Language):
        raise PydanticCustomError("enum", "Name known languages.", {"expected": ", ".join(Language)})
    return codes


LanguageCodes = Annotated[Texts, AfterValidator(_refuse_unknown_languages)]
"""Codes of languages that people can choose, the preferred one first: uz, ru."""


class Calendar(StrEnum):
    """The calendar in which a person reads dates."""

    GREGORIAN = "gregorian"
    ISLAMIC = "islamic"


def _hex_color(text: str) -> str:
    if not re.fullmatch("#[0-9a-fA-F]{6}", text):
        raise PydanticCustomError("hex_color", "Write a color as # and six hexadecimal digits.")
    return text


HexColor = Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$", max_length=7), format_check(_hex_color)]
"""A color as `#` and six hexadecimal digits, as it was written."""
