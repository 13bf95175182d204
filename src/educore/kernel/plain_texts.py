"""Plain texts: the form in which texts that people write and read are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from educore.kernel.entity import Entity, marks
from educore.kernel.errors import Problem
from educore.values import PlainText, UnseenCharacters, is_composed


def texts_to_store(
    kind: type[Entity], fields: Mapping[str, Any], *, before: Entity | None = None
) -> tuple[dict[str, str], dict[str, list[Problem]]]:
    """Return the new texts as they are stored, and the problems of those that are refused, both by field.

    Texts that are the same in the row `before` stay as they were stored.
    """
    texts: dict[str, str] = {}
    problems: dict[str, list[Problem]] = {}
    for name, mark in _plain_texts(kind).items():
        text = fields.get(name)
        if isinstance(text, str) and (before is None or text != getattr(before, name)):
            try:
                texts[name] = mark.normalize(text)
            except UnseenCharacters:
                problems[name] = [Problem("unseen_characters")]
    return texts, problems


def are_stored_as_given(kind: type[Entity], rows: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the texts of all rows are printable and composed, so that `texts_to_store` leaves all of them."""
    given = ([row.get(name) for row in rows] for name in _plain_texts(kind))
    joined = (" ".join(text for text in texts if isinstance(text, str)) for texts in given)
    return all(text.isprintable() and is_composed(text) for text in joined)


@cache
def _plain_texts(kind: type[Entity]) -> dict[str, PlainText]:
    """Return the plain texts of a kind with their marks; the mark of an entity's field overrides that of its type."""
    found = {name: [mark for mark in marks(kind, name) if isinstance(mark, PlainText)] for name in kind.model_fields}
    return {name: plain[-1] for name, plain in found.items() if plain}
