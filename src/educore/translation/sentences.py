"""The sentence of an error, found by its code and filled in with its parameters."""

from __future__ import annotations

import string
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from educore.translation.catalogues import LANGUAGES, SOURCE_LANGUAGE, translate_plural, translate_text
from educore.translation.error_sentences import ERROR_SENTENCES
from educore.translation.plural import Plural

FALLBACK = "invalid"
"""The code whose sentence stands for every code that has none."""


class Sentences:
    """The sentences of error codes: those of educore, and `own` ones that the contexts of a domain add.

    `own` maps a code to its sentence in each language. English is required; in a language without a sentence, people
    read the English one. Placeholders such as `{name}` are parameters of the error.
    Raises: TypeError if a code has a sentence already, or if its translations do not fit its English sentence.
    """

    def __init__(self, own: Mapping[str, Mapping[str, str]] = MappingProxyType({})) -> None:
        for code, texts in own.items():
            _check(code, texts)
        self.own = own

    def __contains__(self, code: str) -> bool:
        return code in self.own or code in ERROR_SENTENCES

    def translate(self, code: str, params: Mapping[str, Any], language: str = SOURCE_LANGUAGE) -> str:
        """Return one sentence that says what is wrong and what to do.

        A code without a sentence gets that of `invalid`. A placeholder without a value becomes empty. The parameter
        `entry` is the number of the entry of a list that the sentence is about.
        """
        values = {name: self._list_counts(value, language) for name, value in params.items()}
        if code == "in_use":
            values["advice"] = self._template(self._of_kind("advice", params.get("kind"), "advice.other"), {}, language)
        code = self._of_kind(code, params.get("key"), code)
        if isinstance(expected := values.get("expected"), str):  # pydantic lists choices in English
            values["expected"] = expected.replace("' or '", f"' {self._template('or', {}, language)} '")
        text = self._template(code if code in self else FALLBACK, values, language).format_map(_EmptyByDefault(values))
        if "entry" not in params:
            return text
        return self._template("entry", {}, language).format(number=params["entry"], sentence=text)

    def placeholders(self, code: str) -> frozenset[str]:
        """Return the names of the parameters that the sentence of a code shows."""
        return frozenset(_placeholders(self._template(code, {}, SOURCE_LANGUAGE))) if code in self else frozenset()

    def _of_kind(self, code: str, kind: object, other: str) -> str:
        """Return the code of the sentence for a kind (see `sentences_of_kinds`), or the other one if it has none."""
        return f"{code}.{kind}" if f"{code}.{kind}" in self else other

    def _list_counts(self, value: Any, language: str) -> Any:
        """Write counts by kind as a list: {"Group": 2, "Room": 1} becomes "2 groups, 1 room"."""
        if not isinstance(value, Mapping):
            return value
        if not value:
            return self._template("others", {}, language)
        codes = {kind: self._of_kind("count", kind, "count.other") for kind in value}
        counts = {code: sum(value[kind] for kind in codes if codes[kind] == code) for code in codes.values()}
        texts = (self._template(code, {"count": count}, language).format(count=count) for code, count in counts.items())
        return self._template("comma", {}, language).join(texts)

    def _template(self, code: str, values: Mapping[str, Any], language: str) -> str:
        if texts := self.own.get(code):
            return texts.get(language, texts[SOURCE_LANGUAGE])
        english, key = ERROR_SENTENCES[code], f"errors.{code}"
        if isinstance(english, Plural):
            count = values.get(english.placeholder, 0)
            return translate_plural(english.one, english.many, count, key=key, language=language)
        return translate_text(english, key=key, language=language)


EDUCORE_SENTENCES = Sentences()
"""The sentences of educore's own error codes."""


def _check(code: str, texts: Mapping[str, str]) -> None:
    if code in ERROR_SENTENCES:
        raise TypeError(f"The error code {code!r} has a sentence in educore; choose another code.")
    if SOURCE_LANGUAGE not in texts:
        raise TypeError(f"The error code {code!r} has no English sentence; add one as {SOURCE_LANGUAGE!r}.")
    for language, text in texts.items():
        if language not in LANGUAGES:
            raise TypeError(f"The sentence of {code!r} is in the unknown language {language!r}; use {list(LANGUAGES)}.")
        if _placeholders(text) != _placeholders(texts[SOURCE_LANGUAGE]):
            raise TypeError(f"The sentence of {code!r} has other placeholders in {language!r} than in English.")


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


class _EmptyByDefault(dict[str, Any]):
    """Values of placeholders; a missing one is empty, because an incomplete error message is better than a failure."""

    def __missing__(self, name: str) -> str:
        return ""
