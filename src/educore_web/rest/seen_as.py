"""Rows that not everybody sees whole: a shape for each actor, with the same keys.

A list that hides a field from some readers must not let them find or sort by it either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from educore import Actor, Role, Shape
from educore.kernel import path_of

SeenAs = Callable[[Actor], type[Shape]]
"""Returns the shape in which an actor sees rows: the one of the operation, or a subclass that hides some fields.

A subclass hides a field by `Constant(None)`. The keys and the schema stay those of the operation.
"""


def shapes_seen(seen_as: SeenAs) -> list[type[Shape]]:
    """Return the shapes in which anybody may see the rows, to check them when the API is built."""
    return list(dict.fromkeys(seen_as(Actor(role)) for role in Role))


def check_shapes(seen_as: SeenAs, shape: Any) -> None:
    """Check that rows have the same keys for everybody. Raises: TypeError."""
    for seen in shapes_seen(seen_as):
        if list(seen.model_fields) != list(shape.model_fields):
            raise TypeError(f"{seen.__name__} has other keys than {shape.__name__}")


@cache
def hidden_paths(seen: type[Shape], shape: type[Shape]) -> frozenset[str]:
    """Return the fields that `shape` shows and `seen` hides, as paths for `where`."""
    return frozenset(_paths(shape) - _paths(seen))


def is_hidden(path: str, hidden: Iterable[str]) -> bool:
    """Return whether a path for `where` leads to a hidden field, also with an operator at its end."""
    return any(path == field or path.startswith(f"{field}__") for field in hidden)


def _paths(shape: type[Shape]) -> set[str]:
    paths = (path_of(shape, name) for name in shape.model_fields)
    return {path.replace(".", "__") for path in paths if path is not None}
