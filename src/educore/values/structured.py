"""Structured values: a field of an entity that holds several values at once and is stored whole, as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from educore.values.texts import ListEntry, PlainText, UnseenCharacters


class Value(BaseModel):
    """The base of structured values, such as the rule of a badge. Immutable.

    A store keeps it whole, as JSON. So no condition looks inside, and nothing is ordered by it, unless it
    `reads_as_text`. Shapes show its plain form, made of lists, dicts and what JSON has.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, defer_build=True, hide_input_in_errors=True
    )

    reads_as_text: ClassVar[bool] = False
    """True for a list of texts, whose `str()` joins them by ", ": rows are searched and ordered by that text."""

    @classmethod
    def restore(cls, plain: Any) -> Self:
        """Return the value with a stored plain form."""
        return cls.model_validate(plain)

    def plain(self) -> Any:
        """Return the value as lists, dicts and what JSON has."""
        return self.model_dump(mode="json")


def normalize_line(text: str) -> str:
    """Return a line of a structured value in the form to store. Raises: PydanticCustomError("unseen_characters")."""
    try:
        return PlainText().normalize(text)
    except UnseenCharacters:
        raise PydanticCustomError("unseen_characters", "The text has invisible characters.") from None


def split_texts(text: str) -> list[str]:
    """Return the parts of a text between its commas, also Arabic ones, without those that are blank."""
    return [line for part in re.split("[,،]", text) if (line := part.strip())]


Entries = Annotated[tuple[Annotated[ListEntry, AfterValidator(normalize_line)], ...], Field(max_length=250)]


class Texts(Value):
    """A list of at most 250 entries, such as the equipment of a room. One text is split at its commas.

    Its plain form is a list. It is no `RootModel`, because importing that makes pydantic look for its plugins.
    """

    reads_as_text: ClassVar[bool] = True

    root: Entries

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema of a list; a list that was read already is not validated again."""

        def read(given: Any, validate: Callable[[Any], Any]) -> Texts:
            if isinstance(given, cls):
                return given
            return cls.restore(validate(split_texts(given) if isinstance(given, str) else given))

        return core_schema.no_info_wrap_validator_function(
            read, handler.generate_schema(Entries), serialization=core_schema.plain_serializer_function_ser_schema(list)
        )

    @classmethod
    def restore(cls, plain: Any) -> Self:
        """Return the list with stored lines, also with those that a newer rule refuses."""
        restored: Self = cls.model_construct(root=tuple(plain))  # type: ignore[assignment]  # mypy takes cls for Texts
        return restored

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]  # a list yields its lines
        return iter(self.root)

    def __len__(self) -> int:
        return len(self.root)

    def __str__(self) -> str:
        return ", ".join(self.root)


NO_TEXTS: Texts = Texts.restore(())
"""The empty list."""


class JsonObject(Value):
    """An object with any names and values that JSON has, such as the content of a saved report."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", str_strip_whitespace=False)
