"""Rows written without what their use cases do besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from educore import Entity, UnitOfWork

E = TypeVar("E", bound=Entity)


def plain(uow: UnitOfWork, kind: type[Entity], action: str = "create") -> UnitOfWork:
    """Return a view of the unit of work whose verbs may perform an action that a use case is declared for.

    Tests build their worlds with it, and rows as faults or older versions may have left them.
    """
    if (kind, action) not in uow.domain.actions:
        return uow
    view = uow.as_actor(uow.actor)
    view.package = vars(uow.domain.actions[kind, action])["use_case_of"]
    return view


def body_of(row: Entity) -> dict[str, Any]:
    """Return the fields of a row that may be sent back, or make another one like it."""
    return {name: value for name, value in dict(row).items() if name not in ("id", "archived_at")}


def change_row(uow: UnitOfWork, row: E, fields: Mapping[str, Any], *, to: str = "update") -> E:
    """Change a row as its use cases write it."""
    return plain(uow, type(row), to).change(row, fields, to=to)


def remove_row(uow: UnitOfWork, row: Entity, *, to: str = "delete") -> None:
    """Delete a row as its use cases write it."""
    plain(uow, type(row), to).remove(row, to=to)
