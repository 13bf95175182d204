"""Texts that people write and read, and copies of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError


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
        """Return the text in the form to store: composed (NFC), as people see it. Raises: UnseenCharacters."""
        text = compose_text(text)
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


APOSTROPHES = "‘’ʻʼ`´"
"""The characters that people type for an apostrophe, besides `'`: Uzbek names have ʻ, and few keyboards do."""

_ALL_APOSTROPHES = frozenset(APOSTROPHES) | {"'"}
_APOSTROPHES = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))


def fold_text(text: str) -> str:
    """Return the form of a text to compare and search it by: in lower case, and with `'` for every apostrophe."""
    return text.lower() if text.isascii() and "`" not in text else text.translate(_APOSTROPHES).lower()


def has_apostrophe(text: str) -> bool:
    """Return whether a text has an apostrophe of any kind."""
    return not _ALL_APOSTROPHES.isdisjoint(text)


def apostrophe_variants(text: str) -> frozenset[str]:
    """Return a composed text as people may have written it: with each kind of apostrophe, the same throughout."""
    composed = compose_text(text)
    folded = composed.translate(_APOSTROPHES)
    return frozenset({composed, *(folded.replace("'", apostrophe) for apostrophe in _ALL_APOSTROPHES)})


def compose_text(text: str) -> str:
    """Return the text with composed characters (Unicode NFC), the form in which texts are stored."""
    return unicodedata.normalize("NFC", text)


def is_composed(text: str) -> bool:
    """Return whether `compose_text` leaves a text as it is."""
    return unicodedata.is_normalized("NFC", text)


def is_storable(text: str) -> bool:
    """Return whether databases can store a text: it has no NUL and no lone surrogates."""
    return "\0" not in text and (text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text))


def _refuse_unstorable(text: str) -> str:
    if not (text.isascii() and "\0" not in text or is_storable(text)):  # the first part spares most texts a call
        raise PydanticCustomError("bad_characters", "The text has characters that cannot be stored.")
    return text


def _refuse_comma(text: str) -> str:
    if not {",", "،"}.isdisjoint(text):
        raise PydanticCustomError("bad_characters", "The text has characters that cannot be stored.")
    return text


def format_check(check: Callable[[str], str]) -> BeforeValidator:
    """Return the validator of a text with a fixed format: a text that is too long is told the format, not its length.

    `check` gets the text without spaces around it, and returns it as it is stored.
    """
    return BeforeValidator(lambda value: check(value.strip()) if isinstance(value, str) else value)


STORABLE = AfterValidator(_refuse_unstorable)
"""Refuses a text with characters that databases cannot store. Raises: ValueError with the code `bad_characters`."""

Name = Annotated[str, Field(min_length=1, max_length=200), STORABLE, PlainText()]
"""A name that people read, on one line: 1 to 200 characters."""

Line = Annotated[str, Field(max_length=500), STORABLE, PlainText()]
"""One line of text, possibly empty."""

ListEntry = Annotated[
    str,
    Field(min_length=1, max_length=500, json_schema_extra={"pattern": "^[^,،]*$"}),
    STORABLE,
    AfterValidator(_refuse_comma),
    PlainText(),
]
"""An entry of a list that people also write as one line, with commas between them: 1 to 500 characters without one."""

Text = Annotated[str, Field(max_length=5000), STORABLE, PlainText("keep")]
"""Several lines of text, possibly empty."""

ShortMessage = Annotated[str, Field(min_length=1, max_length=1000), STORABLE, PlainText("keep")]
"""The text of a short message, of one or several lines: 1 to 1,000 characters."""

PersonName = Annotated[str, Field(max_length=150), STORABLE, PlainText()]
"""A first or last name, on one line: up to 150 characters. It may be empty, as some people have only one name."""

Section = Annotated[str, Field(min_length=1, max_length=20), STORABLE, PlainText()]
"""The part of a class's name that tells it from the others of its grade level, such as A: 1 to 20 characters."""

Relationship = Annotated[str, Field(min_length=1, max_length=50), STORABLE, PlainText()]
"""The relationship of a guardian to a student in free text, such as mother: 1 to 50 characters."""

TagName = Annotated[str, Field(min_length=1, max_length=50), STORABLE, PlainText()]
"""A word by which something is found: 1 to 50 characters."""

NameCopy = Annotated[Name, PlainText(is_copy=True)]
"""A `Name` that the program composes from stored texts."""

LineCopy = Annotated[Line, PlainText(is_copy=True)]
"""A `Line` that the program composes from stored texts."""

TextCopy = Annotated[Text, PlainText("keep", is_copy=True)]
"""A `Text` (several lines) that the program composes from stored texts."""

ClientId = Annotated[str, Field(min_length=1, max_length=64), STORABLE, PlainText()]
"""The name that a device gives to something it sends, so that it is known when it is sent again: 1 to 64 characters."""

Digest = Annotated[str, Field(max_length=64)]
"""A SHA-256 digest in hexadecimal digits."""
