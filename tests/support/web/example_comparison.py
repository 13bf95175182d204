"""Compare a response with the example of the document: the same keys, types and spellings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

SPELLINGS = {
    "an instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "a day": r"\d{4}-\d\d-\d\d",
    "a time": r"\d\d:\d\d:\d\d",
    "an address": r"https?://.+",
    "a telephone": r"\+\d{9,15}",
    "an e-mail": r"[^@\s]+@[^@\s]+",
}


MAPS = frozenset({"$.absence_patterns.absence_reasons"})
"""Objects whose keys are texts of people: the example shows some of them."""


def differences(example: Any, actual: Any, *, at: str = "$", extra: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield each difference between a response and the example; keys in `extra` may be added."""
    if actual is None:
        return
    if at in MAPS and isinstance(actual, dict):
        for key, value in actual.items():
            yield from differences(next(iter(example.values())), value, at=f"{at}.{key}")
        return
    if isinstance(example, dict) and isinstance(actual, dict):
        for key in example.keys() | actual.keys():
            if key not in actual:
                yield f"{at}.{key} is missing"
            elif key not in example:
                if f"{at}.{key}" not in extra:
                    yield f"{at}.{key} is in no document"
            else:
                yield from differences(example[key], actual[key], at=f"{at}.{key}", extra=extra)
    elif isinstance(example, list) and isinstance(actual, list):
        for row in actual:
            yield from differences(example[0], row, at=f"{at}[]", extra=extra)
    elif _kind(example) != _kind(actual) and example is not None:
        yield f"{at} is {actual!r}, documented as {example!r}"
    elif isinstance(example, str) and (spelling := _spelling(example)) and spelling != _spelling(actual):
        yield f"{at} is {actual!r} and not {spelling} like {example!r}"


def _kind(value: Any) -> str:
    """JSON knows one kind of number."""
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else type(value).__name__


def _spelling(text: str) -> str | None:
    return next((name for name, pattern in SPELLINGS.items() if re.fullmatch(pattern, text)), None)
