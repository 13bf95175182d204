"""Lookup of sentences by key and language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from educore.translation import LANGUAGES, SOURCE_LANGUAGE, Plural, translate_plural, translate_text
from educore_web.i18n.english import ENGLISH


def find_sentence(key: str, language: str, /, **values: Any) -> str | None:
    """Return a sentence with its placeholders still in it, or None for an unknown key.

    Of a `Plural`, return the form for the number that `values` has for its placeholder, or for 0 without one. An
    unsupported language gets English.
    """
    if isinstance(english := ENGLISH.get(key), Plural):
        number = values.get(english.placeholder, 0)
        return translate_plural(english.one, english.many, number, key=key, language=language)
    return _sentences(language if language in LANGUAGES else SOURCE_LANGUAGE).get(key)


@cache
def _sentences(language: str) -> Mapping[str, str]:
    """Translate all sentences without plural forms at once: a page of the admin looks up a thousand."""
    singular = {key: english for key, english in ENGLISH.items() if isinstance(english, str)}
    return {key: translate_text(english, key=key, language=language) for key, english in singular.items()}
