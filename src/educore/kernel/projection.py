"""Projections: compiled shapes. They hold what a store fetches, and the function that makes plain dicts of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from educore.kernel.conditions import Where
from educore.kernel.entity import Entity
from educore.kernel.ports import Ports
from educore.kernel.shape import Count, Shape, Sum

Steps = tuple[str, ...]
"""References to follow from a row, such as ("group", "course")."""


@dataclass(frozen=True)
class Column:
    """A column to fetch: forward steps from the root, then a field or an aggregate."""

    steps: Steps
    source: str | Count | Sum

    @classmethod
    def at(cls, path: str) -> Column:
        """Return the column at the end of a dotted path."""
        *steps, field = path.split(".")
        return cls(tuple(steps), field)


def order_columns(order: Iterable[str], figures: Mapping[str, Column] | None = None) -> dict[str, Column]:
    """Return the column that each key of an order names: one of the figures, or the end of a dotted path."""
    figures, names = figures or {}, {key: key.removeprefix("-") for key in order}
    return {key: figures[name] if name in figures else Column.at(name) for key, name in names.items()}


Items = Mapping[int, Sequence[tuple[Any, ...]]]
"""The items of lists by the id of the row that has the lists: after that id, one value for each of the lists."""

Builder = Callable[[Iterable[Any], Ports, Sequence[Items], Sequence[list[dict[str, Any]]]], list[Any]]
"""Makes dicts of rows, with the items of their lists. It adds the dicts of each unfinished shape to a list too."""


@dataclass(frozen=True, eq=False)
class Projection:
    """A compiled shape: the columns to fetch, and one generated function from rows to dicts.

    `restricted` are the columns that only some readers of the row may read, with the kind and field of each.
    `aggregates` are the counts and sums, with the kind whose rows they count, and whether these may be of another
    Center than the row they refer to: rows that belong to a Center refer to each other only inside of it.
    `lists` are the rows to fetch for its lists, and `unfinished` the shapes in it that have fields marked `Later`,
    inner ones first. `figures` are the counts and sums by which its rows can be ordered, by the name of their field. Of
    `scoped` see `Shape`.
    """

    kind: type[Entity]
    scoped: bool
    columns: tuple[Column, ...]
    restricted: tuple[tuple[Column, type[Entity], str], ...]
    aggregates: tuple[tuple[Column, Count | Sum, type[Entity], bool], ...]
    figures: Mapping[str, Column]
    lists: tuple[ListedRows, ...]
    unfinished: tuple[type[Shape], ...]
    build: Builder


@dataclass(frozen=True, eq=False)
class ListedRows:
    """The rows of which one or several lists of a shape consist.

    `owner` is the position of the column with the id of the row that has the lists; `reference` is the field of the
    listed rows that holds this id. The projection makes items, not dicts.
    """

    owner: int
    reference: str
    condition: Where
    order: tuple[str, ...]
    projection: Projection
