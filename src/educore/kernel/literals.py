"""Values in conditions: each must be one that the field at the end of the path can be compared with.

`where(id="1")` and `where(status="actve")` would match nothing and never say so. They are refused like misspelt names.
None is always allowed; it matches no row (see `educore.kernel.conditions`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, get_type_hints

from educore.kernel.conditions import ActorAttribute
from educore.kernel.entity import Entity, plain_type, value_type
from educore.kernel.policy import Actor
from educore.kernel.suggestions import did_you_mean
from educore.values import Value


@cache
def field_operators(kind: type[Entity], field: str) -> tuple[str, ...]:
    """Return the operators that compare a field: only numbers, texts and times have an order, only texts a part."""
    python, _ = value_type(kind, field)
    if issubclass(python, Value):  # nothing looks inside
        return ("isnull", "icontains") if python.reads_as_text else ("isnull",)
    ordered = () if issubclass(python, Enum | bool) else ("gte", "lte")
    return ("eq", "in", "isnull", *ordered, *(("icontains",) if python is str else ()))


@cache
def plain_types(kind: type[Entity], field: str, operator: str) -> frozenset[type]:
    """Return the types of the values that need no further look: all that most conditions hold."""
    if operator == "isnull":
        return frozenset({bool})
    python = _compared_type(kind, field)
    return frozenset({NoneType} if python in (Decimal, datetime, time) else {python, NoneType})


def check_literal(kind: type[Entity], field: str, operator: str, value: Any) -> None:
    """Refuse a value that the field cannot be compared with. Raises: TypeError."""
    name = f"{kind.__name__}.{field}"
    if operator == "isnull":
        if type(value) is not bool:
            raise TypeError(f"{name}__isnull takes True or False, not {_article(value)}")
        return
    for literal in value if operator == "in" else (value,):
        if isinstance(literal, ActorAttribute) and operator != "in":
            _check_attribute(name, _compared_type(kind, field), literal)
        elif literal is not None:
            _check_one(name, _compared_type(kind, field), literal)


def _compared_type(kind: type[Entity], field: str) -> type:
    """Return the type of the values that the field is compared with: a text, if it is a list of texts."""
    python, _ = value_type(kind, field)
    return str if issubclass(python, Value) else python


def _check_one(name: str, python: type, literal: Any) -> None:
    if issubclass(python, Enum):
        if isinstance(literal, python) or isinstance(literal, str) and literal in _words(python):
            return
        suggestion = did_you_mean(literal, _words(python)) if isinstance(literal, str) else ""
        shown = f"the text {literal!r}" if isinstance(literal, str) else _article(literal)
        raise TypeError(f"{name} takes a {python.__name__}, not {shown}{suggestion}")
    expected, is_accepted = ACCEPTED[python]
    if not is_accepted(literal):
        raise TypeError(f"{name} takes {expected}, not {_article(literal)}")


def _check_attribute(name: str, python: type, attribute: ActorAttribute) -> None:
    known = _attributes()
    if attribute.name not in known:
        raise TypeError(f"an actor has no attribute {attribute.name!r}{did_you_mean(attribute.name, known)}")
    if known[attribute.name] is not python:
        raise TypeError(f"{name} takes a {python.__name__}, and {attribute} is a {known[attribute.name].__name__}")


@cache
def _attributes() -> dict[str, type]:
    return {name: plain_type(hint)[0] for name, hint in get_type_hints(Actor).items()}


@cache
def _words(python: type[Enum]) -> frozenset[Any]:
    return frozenset(member.value for member in python)


def _article(value: Any) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"


ACCEPTED: dict[type, tuple[str, Callable[[Any], bool]]] = {
    bool: ("True or False", lambda value: isinstance(value, bool)),
    int: ("an int", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    str: ("a str", lambda value: isinstance(value, str)),
    Decimal: (
        "a finite Decimal or an int",
        lambda value: (
            isinstance(value, Decimal) and value.is_finite() or isinstance(value, int) and not isinstance(value, bool)
        ),
    ),
    date: ("a date", lambda value: isinstance(value, date) and not isinstance(value, datetime)),
    datetime: (
        "a datetime with a time zone",
        lambda value: isinstance(value, datetime) and value.utcoffset() is not None,
    ),
    time: ("a time without a time zone", lambda value: isinstance(value, time) and value.tzinfo is None),
}
"""By the type of a field: the values it is compared with, in words and as a test."""
