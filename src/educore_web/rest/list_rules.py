"""The rules that one API has for all its lists: pages, orders, and the spelling of filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from educore_web.rest.filters import Filter, Reads

MOST_VALUES = 100
"""The number of ids or words that one parameter may name."""


@dataclass(frozen=True)
class ListRules:
    """The number of rows on a page, the default order, and the spelling of filters.

    `since` and `until` end the names of filters by the earliest and the latest day or instant: `created_at__gte`.
    `many_values` reads several ids or words with commas between them, `folds_words` words in capital and in small
    letters. `strict_flags` reads `true` and `false` only. `always` names fields by which rows can be filtered wherever
    their kind has them, also where the answer does not show them.
    """

    page_size: int = 20
    largest_page: int = 100
    order: tuple[str, ...] = ("id",)
    refuses_unknown_orderings: bool = True
    since: str = "_from"
    until: str = "_to"
    many_values: bool = False
    folds_words: bool = False
    strict_flags: bool = False
    always: tuple[str, ...] = ()

    def spell(self, known: Filter) -> Filter:
        """Return a filter as this API spells it."""
        if known.reads is Reads.FLAG and self.strict_flags:
            return _strict_flag(known)
        if known.reads is Reads.WORD and self.folds_words:
            known = _folded_words(known)
        if not self.many_values or known.condition is not None:
            return known
        if known.reads is Reads.ID:
            return _many(known, key=f"{known.key}__in", collect=lambda ids: ids)
        if known.reads is Reads.WORD and known.key.endswith("__in"):
            return _many(known, key=known.key, collect=lambda members: list(chain.from_iterable(members)))
        return known


DEFAULT_RULES = ListRules()


def _strict_flag(known: Filter) -> Filter:
    values = {word: known.read(word) for word in ("true", "false")}
    return replace(known, read=values.__getitem__, code="bool_parsing")


def _folded_words(known: Filter) -> Filter:
    words: Mapping[str, str] = {word.casefold(): word for word in known.schema["enum"]}
    return replace(known, read=lambda text: known.read(words.get(text.casefold(), text)))


def _many(known: Filter, *, key: str, collect: Callable[[list[Any]], list[Any]]) -> Filter:
    """Return the filter for rows that have any of several values; its text may name a value twice."""

    def read(text: str) -> list[Any]:
        words = _LIMITED.validate_python(text.split(","))
        return collect([known.read(word) for word in dict.fromkeys(word.strip() for word in words)])

    schema = {"type": "array", "items": known.schema, "maxItems": MOST_VALUES}
    return replace(known, read=read, key=key, schema=schema)


_LIMITED = TypeAdapter(Annotated[list[str], Field(max_length=MOST_VALUES)])
