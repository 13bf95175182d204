"""The columns of a table, and how staff write what stands in them: days, amounts, phones, words in three languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from educore.kernel.errors import Invalid, Problem

Read = Callable[[str], Any]


@dataclass(frozen=True)
class Column:
    """A column, how its cells are read, and what else staff call it. Cells of a required one may not be empty."""

    name: str
    read: Read
    required: bool = False
    also: tuple[str, ...] = ()

    def means(self, heading: str) -> bool:
        """Whether a heading names this column."""
        return _spelled(heading) in {_spelled(name) for name in (self.name, *self.also)}


def as_type(annotation: Any, *, told: Read = str) -> Read:
    """Read a cell by the rules of a value, after `told` has made it look as those expect it."""
    adapter: TypeAdapter[Any] = TypeAdapter(annotation, config=ConfigDict(str_strip_whitespace=True, defer_build=True))

    def read(text: str) -> Any:
        try:
            return adapter.validate_python(told(text))
        except ValidationError as error:
            raise Invalid.from_pydantic(error) from None

    return read


def as_word(kind: type[Enum], words: Mapping[Any, str]) -> Read:
    """Read a value of an enumeration, or one of the words for it, which are divided by commas."""
    meant = {_spelled(str(value.value)): value for value in kind}
    meant |= {_spelled(word): value for value, said in words.items() for word in said.split(",")}

    def read(text: str) -> Any:
        if (found := meant.get(_spelled(text))) is None:
            raise Invalid.because("", "enum", expected=", ".join(str(value.value) for value in kind))
        return found

    return read


def as_text(text: str) -> str:
    """A name that is looked up later."""
    return text


def day(text: str) -> str:
    """31.01.2024 as 2024-01-31; a spreadsheet's midnight is left out."""
    if found := re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", text, re.ASCII):
        return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    return re.sub(r"[T ]00:00(:00)?$", "", text)


def clock(text: str) -> str:
    """9:00 and 9.00 as 09:00."""
    found = re.fullmatch(r"(\d{1,2})[:.](\d{2})(:\d{2})?", text, re.ASCII)
    return f"{int(found[1]):02}:{found[2]}{found[3] or ''}" if found else text


def phone(text: str) -> str:
    """A whole number without its plus, as spreadsheets leave it, gets it back."""
    bare = re.sub(r"[\s()\-.]", "", text)
    return f"+{bare}" if re.fullmatch(r"[1-9][0-9]{10,14}", bare) else text


def same_name(text: str) -> str:
    """Names that differ in case, spaces or the form of an apostrophe are one."""
    return " ".join(re.sub(r"[‘’ʻʼ`´]", "'", text).casefold().split())


def problems_of(error: Invalid) -> list[Problem]:
    """Everything an error says, wherever."""
    return [problem for found in error.fields.values() for problem in found]


def _spelled(text: str) -> str:
    return same_name(text.replace("_", " ").rstrip(" *"))
