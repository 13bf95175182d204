"""Conditions with their values taken out, so that a statement is built once and run with the values of each time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

from educore.kernel.conditions import Comparison, Where
from educore.values import is_storable

SMALLEST_ID, LARGEST_ID = -(2**63), 2**63 - 1
ESCAPE = "/"
KEPT_APART = (int, str, date, time, Decimal)
"""What values are made of that may change from one run of a statement to the next; a datetime is a date too."""


class Unfit(Exception):
    """The condition has to be compiled with its values, because they decide what the statement looks like."""


@dataclass(frozen=True)
class Slot:
    """A place for values of one type. `sample`, the first of them, helps to find the type of the parameter."""

    name: str
    like: type
    sample: Any = field(compare=False)


def outlined(condition: Where, values: dict[str, Any]) -> Where:
    """The condition with a slot in place of each value, which is added to `values` under the name of the slot."""
    return Where(tuple(tuple(_outlined(test, values) for test in tests) for tests in condition.alternatives))


def is_huge(value: Any) -> bool:
    """Whether a number is too long for any column."""
    return isinstance(value, int) and not SMALLEST_ID <= value <= LARGEST_ID


def _outlined(test: Comparison, values: dict[str, Any]) -> Comparison:
    if isinstance(test.value, Where):
        return Comparison(test.path, test.operator, outlined(test.value, values))
    if test.operator in ("eq", "gte", "lte", "icontains") and _is_plain(test.value):
        name = f"value_{len(values)}"
        values[name] = _literally(test.value) if test.operator == "icontains" else test.value
        return Comparison(test.path, test.operator, Slot(name, type(test.value), test.value))
    if test.operator == "in" and _are_alike(test.value):
        name, sample = f"value_{len(values)}", next(iter(test.value))
        values[name] = list(test.value)
        return Comparison(test.path, test.operator, Slot(name, type(sample), sample))
    return test


def _literally(text: str) -> str:
    """A text as a pattern that matches nothing but it."""
    return "".join(f"{ESCAPE}{sign}" if sign in f"%_{ESCAPE}" else sign for sign in text)


def _are_alike(values: frozenset[Any]) -> bool:
    kinds = set(map(type, values))
    if kinds == {int}:  # by far the most, and the longest
        return bool(min(values) >= SMALLEST_ID and max(values) <= LARGEST_ID)
    return len(kinds) == 1 and all(map(_is_plain, values))


def _is_plain(value: Any) -> bool:
    """Whether a value is like any other of its type to a database: no flag, nothing too long, no NUL."""
    if isinstance(value, bool) or not isinstance(value, KEPT_APART):
        return False
    return is_storable(value) if isinstance(value, str) else not is_huge(value)
