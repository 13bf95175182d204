"""Lists inside shapes, read for all rows of a page at once.

A shape with two lists takes three statements, whether the page has one row or a hundred: one for the page, then one for
the rows of each list, found by the ids of all rows that have one. Each statement obeys the policies of its own kind.
The rows of a list can have lists in turn. Tests: test_nested_lists.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from educore.kernel.conditions import where
from educore.kernel.projection import Items, ListedRows, Projection
from educore.kernel.shape import UNFILLED, Shape, later_fields


def build_rows(projection: Projection, rows: Sequence[Any], *, uow: Any, select: Callable[..., list[Any]]) -> list[Any]:
    """Return what a projection makes of the rows that a store fetched for it, with their lists, and finished.

    `select` reads the rows on which the actor may perform an action, and builds what a projection makes of them.
    """
    lists = [_fetch_items(listed, rows, select) for listed in projection.lists]
    unfinished: list[list[dict[str, Any]]] = [[] for _ in projection.unfinished]
    built = projection.build(rows, uow.ports, lists, unfinished)
    for shape, shown in zip(projection.unfinished, unfinished, strict=True):
        if shown:
            _finish(shape, uow, shown)
    return built


def _fetch_items(listed: ListedRows, rows: Sequence[Any], select: Callable[..., list[Any]]) -> Items:
    """Return the items of all lists by the id of the row that has the list."""
    items: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    owners = {row[listed.owner] for row in rows} - {None}
    if owners:
        belonging = where(**{f"{listed.reference}__in": owners}) & listed.condition
        for item in select(listed.projection, belonging, "read", order=listed.order):
            items[item[0]].append(item)
    return items


def _finish(shape: type[Shape], uow: Any, rows: list[dict[str, Any]]) -> None:
    """Let a shape fill its rows. Raises: TypeError if it leaves a field out."""
    shape.finish(uow, rows)
    for name, source in later_fields(shape).items():
        for row in rows:
            if source.same_as is not None:
                row[name] = row[source.same_as]
            if row[name] is UNFILLED:
                raise TypeError(f"{shape.__name__}.finish has not filled {name}")
