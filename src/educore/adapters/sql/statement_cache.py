"""The statement cache: conditions with placeholders for their values, so that a statement is built only once.

Building a SELECT with SQLAlchemy takes more time than SQLite needs to run it. `parameterize` therefore separates the
form of a condition from its values: `where(name="A", id__in={1, 2})` becomes

    where(name=Placeholder("value_0"), id__in=Placeholder("value_1")),  {"value_0": "A", "value_1": [1, 2]}

The parameterized condition is hashable and serves as the key of an LRU cache (`SqlStore.build`): the same list in
another Center, with another page or another search word, runs the statement that was built for the first one. A list
of values is one parameter, so its length does not change the text either. This took half of the time off an answer
(docs/decisions/0018-speed.md). Values that decide the form of the statement, such as None, booleans and texts that no
column can hold, stay where they are; `NotCacheable` sends the rare rest to be built with its values.
Tests: test_speed (nothing is built twice), test_parity_of_reading (random conditions find the same rows as in memory).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

from educore.kernel.conditions import Comparison, Nested, Term, Where
from educore.values import compose_text, has_apostrophe, is_storable

SMALLEST_ID, LARGEST_ID = -(2**63), 2**63 - 1
ESCAPE = "/"
PARAMETER_TYPES = (int, str, date, time, Decimal)
"""The types of values that may change from one run of a statement to the next; a datetime is a date too."""


class NotCacheable(Exception):
    """The condition must be compiled with its values, because they decide the form of the statement."""


@dataclass(frozen=True)
class Placeholder:
    """A place for values of one type. `sample`, the first of them, helps to find the type of the parameter."""

    name: str
    type: type
    sample: Any = field(compare=False)


def parameterize(condition: Where, values: dict[str, Any]) -> Where:
    """Return the condition with placeholders, and add its values to `values` under the names of the placeholders."""
    return Where(tuple(tuple(_parameterize(term, values) for term in terms) for terms in condition.alternatives))


def is_huge(value: Any) -> bool:
    """Return whether a number is too long for any column."""
    return isinstance(value, int) and not SMALLEST_ID <= value <= LARGEST_ID


def _parameterize(term: Term, values: dict[str, Any]) -> Term:
    if isinstance(term, Nested):
        return Nested(parameterize(term.condition, values))
    if isinstance(term.value, Where):
        return Comparison(term.path, term.operator, parameterize(term.value, values))
    if term.operator in ("eq", "gte", "lte") and _is_parameter(term.value):
        name = f"value_{len(values)}"
        values[name] = term.value
        return Comparison(term.path, term.operator, Placeholder(name, type(term.value), term.value))
    if term.operator == "icontains" and _is_parameter(term.value):
        name = f"value_{len(values)}"
        values[name] = escape_pattern(term.value)
        return Comparison(term.path, term.operator, Placeholder(name, pattern_type(term.value), term.value))
    if term.operator == "in" and _are_parameters(term.value):
        name, sample = f"value_{len(values)}", next(iter(term.value))
        values[name] = list(term.value)
        return Comparison(term.path, term.operator, Placeholder(name, type(sample), sample))
    return term


class PatternWithApostrophe(str):
    """The type of a pattern with an apostrophe, which needs another statement: one that folds apostrophes."""


def pattern_type(text: str) -> type[str]:
    """Return the type of the pattern for a text; PostgreSQL takes three times as long to fold apostrophes."""
    return PatternWithApostrophe if has_apostrophe(text) else str


def escape_pattern(text: str) -> str:
    """Return the text, composed as stored texts are, as a pattern for LIKE that matches nothing else."""
    return "".join(f"{ESCAPE}{sign}" if sign in f"%_{ESCAPE}" else sign for sign in compose_text(text))


def _are_parameters(values: frozenset[Any]) -> bool:
    types = set(map(type, values))
    if types == {int}:  # by far the most frequent sets, and the longest
        return bool(min(values) >= SMALLEST_ID and max(values) <= LARGEST_ID)
    return len(types) == 1 and all(map(_is_parameter, values))


def _is_parameter(value: Any) -> bool:
    """Return whether the statement is the same for every value of the type: no boolean, nothing too long, no NUL."""
    if isinstance(value, bool) or not isinstance(value, PARAMETER_TYPES):
        return False
    return is_storable(value) if isinstance(value, str) else not is_huge(value)
