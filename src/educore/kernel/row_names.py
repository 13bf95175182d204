"""Display names of rows, composed from their own fields and those of rows they refer to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from educore.kernel.entity import Entity


@cache
def name_fields(kind: type[Entity]) -> tuple[str, ...]:
    """Return the fields that make up the display name of a row: `named_by`, or else `name` or `title`."""
    return kind.named_by or tuple(name for name in ("name", "title") if name in kind.model_fields)[:1]


def compose_name(parts: Iterable[tuple[tuple[str, bool], str]]) -> str:
    """Join texts to a name: those of one row with spaces, those of several rows with dots.

    Each part is the path of the row, whether the text is only a fallback for that row's other texts, and the text.
    """
    rows: dict[str, list[str]] = {}
    for (row, is_fallback), text in parts:
        words = rows.setdefault(row, [])
        if text and not (is_fallback and words):
            words.append(text)
    return " · ".join(" ".join(words) for words in rows.values() if words)


def join_name(places: Iterable[tuple[str, bool]], *texts: object) -> str | None:
    """Return the display name that texts at some places make up (see `compose_name`), None if all are missing."""
    return compose_name(zip(places, ("" if text is None else str(text) for text in texts), strict=True)) or None
