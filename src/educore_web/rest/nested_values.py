"""Values at dotted paths in the objects of a JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def has_value(content: Any, path: str) -> bool:
    """Return whether there is a value at a path, be it null."""
    for step in path.split("."):
        if not isinstance(content, Mapping) or step not in content:
            return False
        content = content[step]
    return True


def value_at(content: Any, path: str) -> Any:
    """Return the value at a path, None if there is none."""
    for step in path.split("."):
        content = content.get(step) if isinstance(content, Mapping) else None
    return content


def path_to_list(content: Any, path: str) -> str:
    """Return the part of a path that leads to the first list on it, which is all of it if there is none."""
    steps = path.split(".")
    for end, step in enumerate(steps, 1):
        content = content.get(step) if isinstance(content, Mapping) else None
        if isinstance(content, list):
            return ".".join(steps[:end])
    return path


def with_value(content: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy with a value at a path; objects that are missing on the way, or null, are added."""
    step, _, rest = path.partition(".")
    return {**content, step: with_value(content.get(step) or {}, rest, value) if rest else value}


def without_value(content: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return a copy without the value at a path, which must exist."""
    step, _, rest = path.partition(".")
    if rest:
        return {**content, step: without_value(content[step], rest)}
    return {name: value for name, value in content.items() if name != step}
