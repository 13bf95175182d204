"""Searches: the terms of a typed text, and the condition on rows that contain them.

A word is found in any of the searched fields. A phone number is typed in many ways and stored in one, so consecutive
words of digits are also read as one number: `90 123-45-67` is found in `+998901234567`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import or_

from educore import Domain, Entity, UnitOfWork, Where, everything, nothing, where
from educore.kernel.entity import is_marked
from educore.organization import region_of
from educore.values import HoldsPhone, bare_phone, complete_phone

MAX_WORDS = 5
"""The number of words that are looked for; further ones are ignored."""

_DIGITS = re.compile(r"\+?[0-9]{3,18}")


@dataclass(frozen=True)
class SearchTerm:
    """A word to find, or the words of what may be a phone number and the numbers that it may be."""

    words: tuple[str, ...]
    numbers: tuple[str, ...] = ()

    def condition(self, find_word: Callable[[str], Where], find_number: Callable[[str], Where]) -> Where:
        """Return the condition that all words are found, or one of the numbers."""
        words = reduce(lambda found, word: found & find_word(word), self.words, everything)
        return reduce(or_, map(find_number, self.numbers), words)


def read_terms(uow: UnitOfWork, text: str) -> Iterator[SearchTerm]:
    """Yield the terms of a text; a number without its code is one of the country of the actor's Center."""
    words_left = MAX_WORDS
    for is_number, group in groupby(text.split(), key=_may_belong_to_phone):
        run = tuple(group)
        words = run[:words_left]
        words_left -= len(words)
        if is_number and words:
            yield SearchTerm(words, tuple(_numbers(uow, " ".join(run))))
        else:
            yield from (SearchTerm((word,)) for word in words)


def holds_phone(domain: Domain, kind: type[Entity], steps: Iterable[str]) -> bool:
    """Return whether the field at a path from a kind holds phone numbers."""
    owner, field = domain.field_at(kind, tuple(steps))
    return is_marked(owner, field, HoldsPhone)


def contains_number(uow: UnitOfWork, path: str, text: str) -> Where:
    """Return the condition that a field of phones contains a number, or a part of one, in any spelling."""
    numbers = _numbers(uow, text) or [bare_phone(text)]
    return reduce(or_, (where(**{f"{path}__icontains": number}) for number in numbers), nothing)


def _may_belong_to_phone(word: str) -> bool:
    """Return whether a word can be a part of a phone number: digits, and signs that stand between them."""
    return re.fullmatch(r"\+?[0-9]*", bare_phone(word)) is not None


def _numbers(uow: UnitOfWork, text: str) -> list[str]:
    """Return what a field of phones contains if a text is a number, or a part of one."""
    bare = bare_phone(text)
    if not _DIGITS.fullmatch(bare):
        return []
    whole = None if bare.startswith("+") else complete_phone(bare, country=region_of(uow, uow.actor.center_id).country)
    return list(dict.fromkeys(filter(None, (whole, bare))))
