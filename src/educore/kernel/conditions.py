"""Conditions as data: `where(center_id=actor.center_id, start_date__gte=today)`.

One language for permission rules, list filters and use-case queries, read twice: compiled to SQL by the
SQL store, evaluated in Python by the memory store. A path goes forward along a reference
(`group__center_id`) or backward to the rows that point here (`Enrollment__student_id`: some enrollment
has it). `Enrollment__has=where(...)` and `Enrollment__lacks=where(...)` say that some row, or no row,
meets several conditions at once. That is the whole language; a query that outgrows it becomes a method
of a small named port.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

OPERATORS = ("eq", "in", "gte", "lte", "isnull", "icontains", "has", "lacks")


@dataclass(frozen=True)
class ActorAttribute:
    """Stands for a fact about whoever acts, filled in by `bind`."""

    name: str

    def __str__(self) -> str:
        return f"actor.{self.name}"


class _ActorAttributes:
    def __getattr__(self, name: str) -> ActorAttribute:
        return ActorAttribute(name)


actor = _ActorAttributes()
"""Whoever acts: `actor.center_id` in a condition is that person's Center."""


@dataclass(frozen=True)
class Comparison:
    """One comparison: a path to a field (or, for has and lacks, to a kind), an operator, a value."""

    path: tuple[str, ...]
    operator: str
    value: Any

    def __str__(self) -> str:
        if not self.path:
            return f"({self.value})"
        if self.operator in ("has", "lacks"):
            return f"{'.'.join(self.path)} {self.operator} ({self.value})"
        if self.operator == "isnull":
            return f"{'.'.join(self.path)} {'is empty' if self.value else 'is set'}"
        return f"{'.'.join(self.path)} {SYMBOLS[self.operator]} {_words(self.value)}"

    def names(self) -> Iterator[str]:
        """The first step of its path, or of the paths in a condition about the row itself."""
        yield from self.path[:1] if self.path else self.value.names()

    def bind(self, who: Any) -> Comparison | None:
        """Fill in the actor; None where the actor lacks the attribute, so that it matches nothing."""
        if isinstance(self.value, Where):
            if self.operator == "lacks" and self.value.misses(who):
                return None
            return Comparison(self.path, self.operator, self.value.bind(who))
        if not isinstance(self.value, ActorAttribute):
            return self
        found = getattr(who, self.value.name, None)
        return None if found is None else Comparison(self.path, self.operator, found)


@dataclass(frozen=True)
class Where:
    """Any of `alternatives`, each a tuple of tests that must all hold. No alternatives: nothing matches."""

    alternatives: tuple[tuple[Comparison, ...], ...]

    def __or__(self, other: Where) -> Where:
        if EVERYTHING in (self, other):
            return EVERYTHING
        return Where(self.alternatives + other.alternatives)

    def __and__(self, other: Where) -> Where:
        if nothing in (self, other):
            return nothing
        return Where((self._as_tests() + other._as_tests(),))

    def _as_tests(self) -> tuple[Comparison, ...]:
        """The tests that must all hold; of alternatives one of the whole, so that `and` never multiplies them."""
        return self.alternatives[0] if len(self.alternatives) == 1 else (Comparison((), "has", self),)

    def bind(self, who: Any) -> Where:
        """Fill in `actor.x`. An alternative that needs an attribute the actor lacks is dropped."""
        bound = ([test.bind(who) for test in tests] for tests in self.alternatives)
        return Where(tuple(tuple(t for t in tests if t) for tests in bound if None not in tests))

    def misses(self, who: Any) -> bool:
        """Whether any test, however deep, needs an attribute the actor lacks."""
        return any(t.value.misses(who) if isinstance(t.value, Where) else t.bind(who) is None for t in self.tests())

    @property
    def is_local(self) -> bool:
        """Whether an entity alone decides it, without looking at other rows."""
        return all(t.value.is_local if not t.path else len(t.path) == 1 and t.operator in COMPARE for t in self.tests())

    def holds(self, entity: Any) -> bool:
        """Decide a local, bound condition for one entity in Python."""
        return any(
            all(
                COMPARE[t.operator](getattr(entity, t.path[0]), t.value) if t.path else t.value.holds(entity)
                for t in tests
            )
            for tests in self.alternatives
        )

    def tests(self) -> Iterator[Comparison]:
        """Every test of every alternative."""
        return (test for tests in self.alternatives for test in tests)

    def names(self) -> Iterator[str]:
        """The first step of every path: the fields and relations this row is judged by."""
        return (name for test in self.tests() for name in test.names())

    def about(self, fields: Iterable[str]) -> Where:
        """The part about these fields or, for `group_id`, the row referred to; alternatives stay whole."""
        steps = {step for field in fields for step in (field, field.removesuffix("_id"))}
        if len(self.alternatives) == 1:
            return Where((tuple(test for test in self.alternatives[0] if not steps.isdisjoint(test.names())),))
        return EVERYTHING if self.alternatives and steps.isdisjoint(self.names()) else self

    def __str__(self) -> str:
        if self == EVERYTHING:
            return "everything"
        return " or ".join(" and ".join(map(str, tests)) for tests in self.alternatives) or "nothing"


def where(**tests: Any) -> Where:
    """All of these hold. `name="A"`, `capacity__gte=5`, `group__center_id=1`, `Enrollment__has=where(...)`."""
    return Where((tuple(_parse(key, value) for key, value in tests.items()),))


def _parse(key: str, value: Any) -> Comparison:
    *path, last = key.split("__")
    if last not in OPERATORS or not path:
        return Comparison((*path, last), "eq", value)
    return Comparison(tuple(path), last, frozenset(value) if last == "in" else value)


EVERYTHING = everything = Where(((),))
"""Matches every row."""
nothing = Where(())
"""Matches no row."""


def is_backward(step: str) -> bool:
    """Whether a step of a path names a kind that points back here (kinds begin with a capital)."""
    return step[0].isupper()


SYMBOLS = {"eq": "=", "in": "in", "gte": ">=", "lte": "<=", "icontains": "contains"}

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda mine, given: mine is not None and bool(mine == given),
    "in": lambda mine, given: mine is not None and mine in given,
    "gte": lambda mine, given: mine is not None and given is not None and bool(mine >= given),
    "lte": lambda mine, given: mine is not None and given is not None and bool(mine <= given),
    "isnull": lambda mine, given: (mine is None) == given,
    "icontains": lambda mine, given: mine is not None and given.lower() in mine.lower(),
}
"""What each operator means for a value of a row and a given value; None never compares (the NULL trap)."""


def _words(value: Any) -> str:
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(map(_words, value))) + "}"
    return str(value.value if isinstance(value, Enum) else value)
