"""Actions by name: the use case that a context declares for one, or the plain verb of the unit of work."""

from __future__ import annotations

from typing import Any

from educore.kernel.conditions import Where, everything
from educore.kernel.entity import Entity
from educore.kernel.unit_of_work import UnitOfWork


def perform(
    uow: UnitOfWork,
    kind: type[Entity],
    action: str,
    /,
    id: int | None = None,
    *,
    only: Where = everything,
    **fields: Any,
) -> Any:
    """Perform an action by its name, as every API and every screen does.

    It calls the use case that a context declares for the action, or else `add`, `change` or `remove`. Without `id` the
    action makes a new row. `only` limits an edge to part of a kind, such as directors among memberships.
    Raises: the errors of the action; TypeError for an action that only reads.
    """
    use_case = uow.domain.actions.get((kind, action))
    if id is None:
        return use_case(uow, **fields) if use_case else uow.add(kind, to=action, **fields)
    entity = uow.get(kind, id, to=action, only=only)
    if use_case:
        return use_case(uow, entity, **fields)
    if action.startswith("read"):
        raise TypeError(f"{action} changes nothing")
    return uow.remove(entity) if action == "delete" else uow.change(entity, to=action, **fields)
