"""Rows in full: what an answer also shows where the query says `detailed=true`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from educore import Shape
from educore_web.rest.filters import flag_filter, read_parameters
from educore_web.rest.list_rules import ListRules

NAME = "detailed"
SCHEMA = {"type": "boolean", "default": False}


def is_detailed(query: Mapping[str, str], rules: ListRules) -> bool:
    """Return whether a query asks for rows in full. Raises: Invalid for anything but a flag."""
    return bool(read_parameters([rules.spell(flag_filter(NAME, NAME))], query).get(NAME))


def check_detailed(detailed: type[Shape], plain: Any, *, is_seen_apart: bool) -> None:
    """Check that rows in full show what they show otherwise, and more, and that to everybody. Raises: TypeError."""
    if not issubclass(detailed, plain):
        raise TypeError(f"{detailed.__name__} does not extend {plain.__name__}")
    if is_seen_apart:
        raise TypeError(f"{detailed.__name__} would show in full what some readers do not see")


def require_plain_only(schema: dict[str, Any], plain: type[BaseModel]) -> None:
    """Let the JSON schema of rows in full require only what they always show."""
    schema["required"] = [name for name in schema["required"] if name in plain.model_fields]
