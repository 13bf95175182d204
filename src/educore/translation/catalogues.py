"""Translations of the sentences that the platform itself writes.

English is the source language. Each other language has one gettext catalogue in `educore/locale` for the library, the
APIs and the admin. In a catalogue, `msgctxt` is the key of a sentence and `msgid` is the English sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from types import MappingProxyType

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {"en": "English", "ar": "العربية", "fr": "Français", "ru": "Русский", "uz": "O‘zbekcha"}
)
"""The supported languages: the code of each, and its name in the language itself. English comes first."""
RIGHT_TO_LEFT = frozenset({"ar"})
"""The languages that are written from right to left."""
SOURCE_LANGUAGE = "en"
UNTRANSLATED = NullTranslations()


def translate_text(english: str, *, key: str, language: str) -> str:
    """Return an English sentence in another language; in a language without this sentence, return it unchanged."""
    return _catalogue(language).pgettext(key, english)


def translate_plural(one: str, many: str, count: int, *, key: str, language: str) -> str:
    """Return the form of a sentence that a language uses for this number: English has two forms, Arabic has six."""
    return _catalogue(language).npgettext(key, one, many, count)


def _catalogue(language: str) -> NullTranslations:
    if language == SOURCE_LANGUAGE or language not in LANGUAGES:
        return UNTRANSLATED
    return _read_catalogue(language)


@cache
def _read_catalogue(language: str) -> GNUTranslations:
    with files("educore").joinpath("locale", language, "LC_MESSAGES", "educore.mo").open("rb") as file:
        return GNUTranslations(file)
