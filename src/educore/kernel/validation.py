"""What is checked of a row before it is written: its own values, and what the rows that are there say to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from educore.kernel.conditions import Where, everything, nothing, where
from educore.kernel.domain import Domain
from educore.kernel.entity import NOT_STORED, Entity, Fixed, is_marked, references
from educore.kernel.errors import Conflict, Invalid, Problem
from educore.kernel.plain_texts import texts_to_store
from educore.kernel.policy import Actor
from educore.kernel.store import Transaction

E = TypeVar("E", bound=Entity)
Problems = dict[str, list[Problem]]
Rows = Sequence[tuple[Mapping[str, Any], int]]


def valid(kind: type[E], fields: Mapping[str, Any], *, id: int, before: E | None = None) -> E:
    """The row as an entity; texts that it had `before` stay as they were stored. Raises: Invalid."""
    if fields.get("id", id) != id:
        raise Invalid.because("id", "cannot_change")
    written, problems = texts_to_store(kind, fields, before=before)
    try:
        entity = kind.model_validate({**fields, **written, "id": id})
    except ValidationError as error:
        raise Invalid({**problems, **Invalid.from_pydantic(error).fields}) from None
    if problems:
        raise Invalid(problems)
    return entity


def all_valid(kind: type[E], rows: Rows, *, before: Mapping[int, E] | None = None) -> list[E]:
    """The rows as entities. Raises: Invalid with the problems of all of them."""
    entities: list[E] = []
    problems: Problems = {}
    for place, (fields, id) in enumerate(rows):
        try:
            entities.append(valid(kind, fields, id=id, before=before.get(id) if before else None))
        except Invalid as error:
            problems |= error.under(str(place)).fields
    if problems:
        raise Invalid(problems)
    return entities


class Checks:
    """Looks up the rows that one actor's rows speak of, or would share a name with, and remembers what it saw."""

    def __init__(self, transaction: Transaction, domain: Domain, actor: Actor) -> None:
        self._transaction, self._domain, self._actor = transaction, domain, actor
        self._found: defaultdict[tuple[type[Entity], Where], set[Any]] = defaultdict(set)

    def forget(self) -> None:
        """What is about to change changes with it what can be seen."""
        self._found.clear()

    def center_for(self, kind: type[Entity], fields: Mapping[str, Any]) -> int | None:
        """The Center of a row that names none: the actor's, or that of a row it refers to."""
        if self._actor.center_id is not None:
            return self._actor.center_id
        for name, reference in references(kind).items():
            target = self._domain.kinds[reference.target]
            if fields.get(name) is not None and is_tenant_owned(target):
                for found in self._transaction.find(target, self._seen(target) & where(id=fields[name]), limit=1):
                    return int(getattr(found, "center_id"))  # noqa: B009 - every tenant-owned kind has it
        return None

    def refuse_problems(self, entity: Entity, changed: set[str]) -> None:
        """Raises: Invalid with all that is wrong, or Conflict where only values are taken."""
        kind = type(entity)
        problems, taken = self.problems(kind, vars(entity), changed, is_new=entity.id == NOT_STORED)
        if problems:
            raise Invalid({**problems, **taken})
        if taken:
            raise Conflict(taken)

    def problems(
        self, kind: type[Entity], values: Mapping[str, Any], changed: set[str], *, is_new: bool = True
    ) -> tuple[Problems, Problems]:
        """What cannot be, and what another row has already, among the values that changed."""
        problems = self._of_references(kind, values, changed)
        if not is_new:
            problems |= {name: [Problem("cannot_change")] for name in changed if is_marked(kind, name, Fixed)}
        return problems, self._taken(kind, values, changed, wrong=problems)

    def refuse_unknown(self, kind: type[E], entities: Sequence[E], changed: set[str]) -> None:
        """Raises: Invalid naming each row and field with an id that does not exist here."""
        if len({getattr(entity, "center_id", None) for entity in entities}) > 1:
            raise TypeError("rows of several Centers are not written at once")
        unknown = self._unknown(kind, list(map(vars, entities)), changed)
        problems = {
            f"{place}.{name}": [Problem("unknown_id", {"id": getattr(entity, name)})]
            for name, ids in unknown.items()
            for place, entity in enumerate(entities)
            if getattr(entity, name) in ids
        }
        if problems:
            raise Invalid(problems)

    def _of_references(self, kind: type[Entity], values: Mapping[str, Any], changed: set[str]) -> Problems:
        unknown = self._unknown(kind, [values], changed)
        if "center_id" in unknown:  # what the others must share is not known then
            others = self._unknown(kind, [{**values, "center_id": None}], changed - {"center_id"})
            unknown = {**others, "center_id": unknown["center_id"]}
        return {name: [Problem("unknown_id", {"id": values[name]})] for name, ids in unknown.items() if ids}

    def _unknown(self, kind: type[Entity], rows: Sequence[Mapping[str, Any]], changed: set[str]) -> dict[str, set[Any]]:
        """Ids that the actor cannot see, or that belong to another Center than the rows, do not exist here.

        By reference, in one statement where all do, however many references and rows; what was seen is remembered.
        """
        asked: dict[str, tuple[type[Entity], Where, set[Any]]] = {}
        for name, reference in references(kind).items() if rows else ():
            target = self._domain.kinds[reference.target]
            within = _same_center(kind, rows[0]) if is_tenant_owned(target) else everything
            ids = {row[name] for row in rows if name in changed} - {None} - self._found[target, within]
            if ids:
                asked[name] = target, within, ids
        conditions = [(kind, within & self._seen(kind) & where(id__in=ids)) for kind, within, ids in asked.values()]
        unknown: dict[str, set[Any]] = {}
        counts = self._transaction.count_each(conditions) if asked else []
        for (name, (target, within, ids)), (_, these), count in zip(asked.items(), conditions, counts, strict=True):
            seen = ids if count == len(ids) else {id for (id,) in self._transaction.count_by(target, ("id",), these)}
            self._found[target, within] |= seen
            if ids - seen:
                unknown[name] = ids - seen
        return unknown

    def _taken(
        self, kind: type[Entity], values: Mapping[str, Any], changed: set[str], *, wrong: Container[str]
    ) -> Problems:
        """Values another row has. What stands beside a wrong reference is not looked up: it is somebody else's."""
        groups = [
            group
            for group in kind.unique
            if changed & set(group) and all(values.get(name) is not None and name not in wrong for name in group)
        ]
        same = {group: where(**{name: values[name] for name in group}) for group in groups}
        anyone = nothing
        for condition in same.values():
            anyone |= condition
        others = self._transaction.find(kind, anyone) if groups else []
        return {
            group[-1]: [Problem("taken")]
            for group, condition in same.items()
            if any(condition.holds(other) and other.id != values.get("id") for other in others)
        }

    def _seen(self, kind: type[Entity]) -> Where:
        return self._domain.policy(kind).scope(self._actor, "read")


def is_tenant_owned(kind: type[Entity]) -> bool:
    """Whether each row of the kind belongs to one Center for good."""
    return "center_id" in kind.model_fields and is_marked(kind, "center_id", Fixed)


def _same_center(kind: type[Entity], values: Mapping[str, Any]) -> Where:
    """The tenant a row's references must share; unknown while the row has no Center yet."""
    center = values.get("id") if kind.__name__ == "Center" else values.get("center_id")
    return everything if center in (None, NOT_STORED) else where(center_id=center)
