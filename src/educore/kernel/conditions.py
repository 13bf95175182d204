"""Conditions as data: `where(center_id=actor.center_id, start_date__gte=today)`.

One language for permission rules, list filters and use-case queries, read twice: compiled to SQL by the SQL store,
evaluated in Python by the memory store. A path goes forward along a reference (`group__center_id`) or backward to the
rows that point here (`Enrollment__student_id`: some enrollment has it). `Enrollment__has=where(...)` and
`Enrollment__lacks=where(...)` say that some row, or no row, meets several conditions at once. That is the whole
language; a query that outgrows it becomes a method of a small named port.

The trap of the missing value. A comparison with None matches no row, as in SQL: `where(room_id=None)` is never true,
and `where(room_id__isnull=True)` finds rows without a room. Under `lacks` this turns around. Take the rule "groups
that the actor does not teach":

    where(Session__lacks=where(teacher_id=actor.teacher_id))

A director has no teacher_id. If the inner comparison only matched nothing, then every group would lack such a session,
and a missing fact would open every row. SQL does the same: NOT EXISTS (... teacher_id = NULL) is true for each row. So
`bind` looks into the condition under `lacks`: if the actor lacks any attribute there, however deep, the alternative
as a whole is dropped, and the director sees no group by this rule. tests/kernel/test_conditions.py shows each case, and
test_parity_of_reading.py compares the stores under random conditions and actors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import Any

from educore.values import compose_text, fold_text

OPERATORS = ("eq", "in", "gte", "lte", "isnull", "icontains", "has", "lacks")


@dataclass(frozen=True)
class ActorAttribute:
    """Stands for an attribute of the actor, which `bind` fills in."""

    name: str

    def __str__(self) -> str:
        return f"actor.{self.name}"


class _ActorAttributes:
    def __getattr__(self, name: str) -> ActorAttribute:
        return ActorAttribute(name)


actor: _ActorAttributes = _ActorAttributes()
"""A placeholder for the actor: `actor.center_id` is the Center of the actor to whom the condition is bound."""


@dataclass(frozen=True)
class Comparison:
    """A path to a field, an operator and a value; for has and lacks a path to a kind, and a condition as the value."""

    path: tuple[str, ...]
    operator: str
    value: Any

    def __str__(self) -> str:
        path = ".".join(self.path)
        if self.operator in ("has", "lacks"):
            return f"{path} {self.operator} ({self.value})"
        if self.operator == "isnull":
            return f"{path} {'is empty' if self.value else 'is set'}"
        return f"{path} {SYMBOLS[self.operator]} {_text(self.value)}"

    @property
    def is_local(self) -> bool:
        """True if the values of an entity decide, without a look at other rows."""
        return len(self.path) == 1 and self.operator in COMPARE

    def comparisons(self) -> Iterator[Comparison]:
        """Yield itself."""
        yield self

    def along(self, *steps: str) -> Comparison:
        """Return the comparison for rows from which these steps lead to the row."""
        return Comparison((*steps, *self.path), self.operator, self.value)

    def lacks_attribute(self, actor: Any) -> bool:
        """Return whether the comparison, or one in the condition it holds, needs an attribute the actor lacks."""
        if isinstance(self.value, Where):
            return self.value.lacks_attribute(actor)
        return isinstance(self.value, ActorAttribute) and getattr(actor, self.value.name, None) is None

    def bind(self, actor: Any) -> Comparison | None:
        """Fill in the actor; None, which matches nothing, if the actor lacks the attribute."""
        if isinstance(self.value, Where):
            if self.operator == "lacks" and self.value.lacks_attribute(actor):
                return None
            return Comparison(self.path, self.operator, self.value.bind(actor))
        if not isinstance(self.value, ActorAttribute):
            return self
        value = getattr(actor, self.value.name, None)
        return None if value is None else Comparison(self.path, self.operator, value)

    def holds(self, entity: Any) -> bool:
        """Return whether a local, bound comparison is true for an entity."""
        return COMPARE[self.operator](getattr(entity, self.path[0]), self.value)


@dataclass(frozen=True)
class Nested:
    """A condition in brackets: one of the terms of an alternative, so that `and` never multiplies alternatives."""

    condition: Where

    def __str__(self) -> str:
        return f"({self.condition})"

    def comparisons(self) -> Iterator[Comparison]:
        """Yield every comparison of the condition."""
        return self.condition.comparisons()

    def along(self, *steps: str) -> Nested:
        """Return the condition for rows from which these steps lead to the row."""
        return Nested(self.condition.along(*steps))

    def bind(self, actor: Any) -> Nested:
        """Fill in the actor."""
        return Nested(self.condition.bind(actor))

    def holds(self, entity: Any) -> bool:
        """Return whether a local, bound condition is true for an entity."""
        return self.condition.holds(entity)


Term = Comparison | Nested


@dataclass(frozen=True)
class Where:
    """Any of `alternatives`, each a tuple of terms that must all hold. No alternatives: nothing matches."""

    alternatives: tuple[tuple[Term, ...], ...]

    def __or__(self, other: Where) -> Where:
        if any(condition.alternatives == ((),) for condition in (self, other)):
            return everything
        return Where(self.alternatives + other.alternatives)

    def __and__(self, other: Where) -> Where:
        if not (self.alternatives and other.alternatives):
            return nothing
        return Where((self._as_terms() + other._as_terms(),))

    def _as_terms(self) -> tuple[Term, ...]:
        return self.alternatives[0] if len(self.alternatives) == 1 else (Nested(self),)

    def along(self, *steps: str) -> Where:
        """Return the condition for rows from which references lead to a row that meets this one.

        `where(role=role).along("membership")` is `where(membership__role=role)`.
        """
        return Where(tuple(tuple(term.along(*steps) for term in terms) for terms in self.alternatives))

    def bind(self, actor: Any) -> Where:
        """Fill in `actor.x`. An alternative that needs an attribute the actor lacks is dropped."""
        alternatives = ([term.bind(actor) for term in terms] for terms in self.alternatives)
        return Where(tuple(tuple(t for t in terms if t) for terms in alternatives if None not in terms))

    def lacks_attribute(self, actor: Any) -> bool:
        """Return whether any comparison, however deep, needs an attribute the actor lacks."""
        return any(comparison.lacks_attribute(actor) for comparison in self.comparisons())

    @property
    def is_local(self) -> bool:
        """True if the values of an entity decide, without a look at other rows."""
        return all(comparison.is_local for comparison in self.comparisons())

    def holds(self, entity: Any) -> bool:
        """Return whether a local, bound condition is true for an entity."""
        return any(all(term.holds(entity) for term in terms) for terms in self.alternatives)

    def holds_for_all(self, entities: Sequence[Any]) -> bool:
        """Return whether a local, bound condition is true for every entity.

        Entities with the same values in the fields that decide are looked at once: the marks of a class share a Center.
        """
        fields = self.first_steps()
        values_of = attrgetter(*fields) if fields else type
        return all(map(self.holds, {values_of(entity): entity for entity in entities}.values()))

    def comparisons(self) -> Iterator[Comparison]:
        """Yield every comparison about the row or along a path from it; those under has and lacks stay inside."""
        return (comparison for terms in self.alternatives for term in terms for comparison in term.comparisons())

    def first_steps(self) -> set[str]:
        """Return the first step of every path: the fields and relations of the row that decide."""
        return {comparison.path[0] for comparison in self.comparisons()}

    def about(self, fields: Iterable[str]) -> Where:
        """Return the part about these fields or, for `group_id`, the row referred to; alternatives stay whole."""
        steps = {step for field in fields for step in (field, field.removesuffix("_id"))}
        if len(self.alternatives) == 1:
            return Where((tuple(t for t in self.alternatives[0] if any(c.path[0] in steps for c in t.comparisons())),))
        return everything if self.alternatives and steps.isdisjoint(self.first_steps()) else self

    def __str__(self) -> str:
        if self == everything:
            return "everything"
        return " or ".join(" and ".join(map(str, terms)) for terms in self.alternatives) or "nothing"


everything: Where = Where(((),))
"""Matches every row."""
nothing: Where = Where(())
"""Matches no row."""


def where(**comparisons: Any) -> Where:
    """Return the condition that all of these hold.

    `name="A"`, `capacity__gte=5`, `group__center_id=1`, `Enrollment__has=where(...)`. The kind it is about is known
    only when it is used; then all names and values are checked. Raises: TypeError for a value that has another form
    than the operator.
    """
    return Where((tuple([_parse(key, value) for key, value in comparisons.items()]),))


def _parse(key: str, value: Any) -> Comparison:
    path, operator = _path_and_operator(key)
    if operator == "in":
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            raise TypeError(f"{key} takes several values, not one {type(value).__name__}")
        value = frozenset(value)
    if operator in ("has", "lacks") and not isinstance(value, Where):
        raise TypeError(f"{key} takes a condition, not a value of type {type(value).__name__}")
    return Comparison(path, operator, value)


@lru_cache(4096)
def _path_and_operator(key: str) -> tuple[tuple[str, ...], str]:
    *path, last = key.split("__")
    return (tuple(path), last) if last in OPERATORS and path else ((*path, last), "eq")


def is_backward(step: str) -> bool:
    """Return whether a step of a path names a kind that points back here (kinds begin with a capital)."""
    return step[:1].isupper()


SYMBOLS = {"eq": "=", "in": "in", "gte": ">=", "lte": "<=", "icontains": "contains"}

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda stored, given: stored is not None and bool(stored == given),
    "in": lambda stored, given: stored is not None and stored in given,
    "gte": lambda stored, given: stored is not None and given is not None and bool(stored >= given),
    "lte": lambda stored, given: stored is not None and given is not None and bool(stored <= given),
    "isnull": lambda stored, given: (stored is None) == given,
    "icontains": lambda stored, given: None not in (stored, given) and _contains(stored, given),
}
"""The meaning of each operator for a stored and a given value; None never compares, as NULL in SQL."""


def _contains(stored: object, given: str) -> bool:
    return fold_text(compose_text(given)) in fold_text(str(stored))


def _text(value: Any) -> str:
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(map(_text, value))) + "}"
    return str(value.value if isinstance(value, Enum) else value)
