"""The columns of an import, and readers for their cells: dates, amounts, phones, words in three languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from educore.kernel.errors import Invalid, Problem
from educore.values import fold_text

CellReader = Callable[[str, Mapping[str, Any]], Any]
"""A function that turns the text of a cell into a value, given the validation context of the sheet. Raises: Invalid."""


@dataclass(frozen=True)
class ImportColumn:
    """A column, the reader of its cells, and other headings for it. Cells of a required column may not be empty."""

    name: str
    read: CellReader
    required: bool = False
    aliases: tuple[str, ...] = ()

    def matches(self, heading: str) -> bool:
        """Return whether a heading names this column."""
        return _normalize_word(heading) in {_normalize_word(name) for name in (self.name, *self.aliases)}


def value_reader(annotation: Any, *, normalize: Callable[[str], str] = str) -> CellReader:
    """Return a reader that validates cells as a type, after `normalize` brought them into the form of that type."""
    adapter: TypeAdapter[Any] = TypeAdapter(annotation, config=ConfigDict(str_strip_whitespace=True, defer_build=True))

    def read(text: str, context: Mapping[str, Any]) -> Any:
        try:
            return adapter.validate_python(normalize(text), context=context)
        except ValidationError as error:
            raise Invalid.from_pydantic(error) from None

    return read


def choice_reader(kind: type[Enum], words: Mapping[Any, str]) -> CellReader:
    """Return a reader for the values of an enumeration, and for the words for each, separated by commas."""
    choices = {_normalize_word(str(value.value)): value for value in kind}
    choices |= {_normalize_word(word): value for value, listed in words.items() for word in listed.split(",")}

    def read(text: str, context: Mapping[str, Any]) -> Any:
        if (found := choices.get(_normalize_word(text))) is None:
            raise Invalid.because("", "enum", expected=", ".join(str(value.value) for value in kind))
        return found

    return read


def read_text(text: str, context: Mapping[str, Any]) -> str:
    """Return a cell as it is; for names that are looked up later."""
    return text


def normalize_date(text: str) -> str:
    """Return 31.01.2024 as 2024-01-31, without the midnight that spreadsheets add."""
    if found := re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", text, re.ASCII):
        return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    return re.sub(r"[T ]00:00(:00)?$", "", text)


def normalize_time(text: str) -> str:
    """Return 9:00 and 9.00 as 09:00."""
    found = re.fullmatch(r"(\d{1,2})[:.](\d{2})(:\d{2})?", text, re.ASCII)
    return f"{int(found[1]):02}:{found[2]}{found[3] or ''}" if found else text


def normalize_name(text: str) -> str:
    """Return a form that is equal for names that differ in case, spaces or the kind of apostrophe."""
    return " ".join(fold_text(text).casefold().split())


def all_problems(error: Invalid) -> list[Problem]:
    """Return the problems of all fields of an error."""
    return [problem for found in error.fields.values() for problem in found]


def _normalize_word(text: str) -> str:
    return normalize_name(text.replace("_", " ").rstrip(" *"))
