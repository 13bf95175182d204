"""What a row is called, put together from its own fields and those of rows it refers to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from educore.kernel.entity import Entity


@cache
def name_fields(kind: type[Entity]) -> tuple[str, ...]:
    """The fields a row is known by: `named_by`, or else `name` or `title`."""
    return kind.named_by or tuple(name for name in ("name", "title") if name in kind.model_fields)[:1]


def compose_name(parts: Iterable[tuple[tuple[str, bool], str]]) -> str:
    """Put a name together from texts: those of one row with spaces, those of several rows with dots between.

    Each part says whose text it is, and whether it stands in only where that row has no other text.
    """
    rows: dict[str, list[str]] = {}
    for (row, stands_in), text in parts:
        words = rows.setdefault(row, [])
        if text and not (stands_in and words):
            words.append(text)
    return " · ".join(" ".join(words) for words in rows.values() if words)
