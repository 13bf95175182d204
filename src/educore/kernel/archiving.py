"""The rules about archived rows and the rows that refer to them."""

from __future__ import annotations

from educore.kernel.conditions import Where, nothing, where
from educore.kernel.domain import Domain
from educore.kernel.entity import Entity, OnDelete, is_archivable, live_rows, references
from educore.kernel.errors import Conflict, Problem
from educore.kernel.store import Transaction


def refuse_dependants(transaction: Transaction, domain: Domain, entity: Entity) -> None:
    """Refuse to archive a row on which others depend. Raises: Conflict("in_use") with their numbers by kind."""
    dependants: dict[type[Entity], Where] = {}
    for kind, field, counted in domain.dependants_of(type(entity)):
        dependants[kind] = dependants.get(kind, nothing) | (where(**{field: entity.id}) & counted)
    counts = transaction.count_each(list(dependants.items()))
    if by := {kind.__name__: count for kind, count in zip(dependants, counts, strict=True) if count}:
        raise Conflict.because("", "in_use", kind=type(entity).__name__, by=by)


def refuse_archived_references(transaction: Transaction, domain: Domain, entity: Entity) -> None:
    """Refuse to restore a row that depends on archived ones. Raises: Conflict("archived") on each such reference."""
    depended_on = {
        name: domain.kinds[reference.target]
        for name, reference in references(type(entity)).items()
        if reference.on_delete is OnDelete.REFUSE and is_archivable(domain.kinds[reference.target])
    }
    queries = {
        name: (kind, where(id=getattr(entity, name)) & live_rows(kind))
        for name, kind in depended_on.items()
        if getattr(entity, name) is not None
    }
    counts = transaction.count_each(list(queries.values()), lock=frozenset(depended_on.values()))
    problems = {
        name: [Problem("archived", {"kind": kind.__name__, "id": getattr(entity, name)})]
        for (name, (kind, _)), count in zip(queries.items(), counts, strict=True)
        if not count
    }
    if problems:
        raise Conflict(problems)
