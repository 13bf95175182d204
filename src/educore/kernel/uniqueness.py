"""Unique values: the rules of a kind, and the rows that have the same values as another one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from educore.kernel.conditions import Where, where
from educore.kernel.entity import Entity, Unique, live_rows


@cache
def unique_rules(kind: type[Entity]) -> tuple[Unique, ...]:
    """Return the groups of fields of a kind that must be unique, each with the condition on the rows that count."""
    return tuple(rule if isinstance(rule, Unique) else Unique(rule, live_rows(kind)) for rule in kind.unique)


def equal_rows(kind: type[Entity], values: Mapping[str, Any], changed: set[str]) -> dict[Unique, Where]:
    """Return the condition on rows that must differ from a row and do not, for each rule that its change touches."""
    equal = {}
    for rule in unique_rules(kind):
        deciding = {name: values.get(name) for name in rule.only.first_steps()}
        is_touched = changed & {*rule.fields, *deciding} and all(values.get(name) is not None for name in rule.fields)
        if is_touched and rule.only.holds(SimpleNamespace(**deciding)):
            equal[rule] = where(**{name: values[name] for name in rule.fields}) & rule.only
    return equal
