"""The filters of lists, and texts that none of them can read."""

from __future__ import annotations

from educore_web.rest.filters import Filter
from support.web.system import Op

SINCE, UNTIL = ("_from", "__gte"), ("_to", "__lte")
"""The ends of the names of filters by the first and by the last of a range."""

BAD_VALUES = {
    "integer": ["abc", "1.5", "-1", "9" * 30, "1,2", "null", "true", "١", "1_0", "+5", "５", "0x10", "1e0", " 1"],
    "integers": ["abc", "1.5", "-1", "9" * 30, "1,x", "1,,2", ",", "1;2", "null", "١", "1_0", "0x10", "1,2," * 200],
    "boolean": ["maybe", "2", "TRUE!", "null"],
    "date": [
        "2024-13-01",
        "0000-00-00",
        "01.02.2024",
        "20240101",
        "1704067200",
        "1.5",
        "2024-01-01T10:00:00",
        "-2024-01-01",
        "٢٠٢٤-٠١-٠١",
    ],
    "text": ["\0", "a\0b"],
    "word": ["nope", "active", "Active,Inactive", "\0", "1"],
    "instant": [
        "tomorrow",
        "0000-00-00",
        "2024-01-01T99:00:00Z",
        "1704067200000000000000",
        "1704067200",
        "9999-12-31T23:59:59Z",
        "\0",
    ],
}


def list_filters(op: Op) -> tuple[Filter, ...]:
    """The filters of a list."""
    found: tuple[Filter, ...] = op.listing.filters
    return found


def takes_ids(known: Filter) -> bool:
    """Whether a filter reads an id, or several."""
    return value_kind(known) in ("integer", "integers")


def bad_values(op: Op, known: Filter) -> list[str]:
    """What a filter must refuse; a list that reads words in either case takes `active` for ACTIVE."""
    words = known.schema.get("items", known.schema).get("enum", ()) if op.operation.listing.rules.folds_words else ()
    return [text for text in BAD_VALUES[value_kind(known)] if text.upper() not in words]


def value_kind(known: Filter) -> str:
    """Which of the BAD values a filter must refuse."""
    if known.schema.get("type") == "array":
        return "integers" if known.schema["items"].get("type") == "integer" else "word"
    if "enum" in known.schema:
        return "word"
    if known.schema.get("format") == "date":
        return "date"
    if dict(known.schema) == {"type": "string"}:
        return "text"
    return {"integer": "integer", "boolean": "boolean"}.get(str(known.schema.get("type")), "instant")
