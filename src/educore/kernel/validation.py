"""Validation of rows before they are written: their own values, their references, and their unique values."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from educore.kernel.conditions import Where, everything, where
from educore.kernel.domain import Domain
from educore.kernel.entity import (
    NOT_STORED,
    Entity,
    Fixed,
    Unique,
    is_archivable,
    is_marked,
    is_tenant_owned,
    references,
)
from educore.kernel.errors import Conflict, Invalid, Problem
from educore.kernel.plain_texts import are_stored_as_given, texts_to_store
from educore.kernel.policy import Actor
from educore.kernel.transaction_block import TransactionBlock
from educore.kernel.uniqueness import equal_rows

E = TypeVar("E", bound=Entity)
Problems = dict[str, list[Problem]]
FieldsAndId = tuple[Mapping[str, Any], int]
OWN_IDS = {
    f.name.removesuffix("_id").replace("_", ""): f.name for f in dataclasses.fields(Actor) if f.name.endswith("_id")
}
"""The attribute with the actor's own row, by the name of the kind in small letters."""


def build_entity(
    kind: type[E],
    fields: Mapping[str, Any],
    *,
    id: int,
    before: E | None = None,
    context: Mapping[str, Any] | None = None,
) -> E:
    """Return the validated row; texts that are the same as `before` stay as they were stored.

    `context` holds what the types of the fields may ask for. Raises: Invalid.
    """
    if fields.get("id", id) != id:
        raise Invalid.because("id", "cannot_change")
    texts, problems = texts_to_store(kind, fields, before=before)
    try:
        entity = kind.model_validate({**fields, **texts, "id": id}, context=context)
    except ValidationError as error:
        raise Invalid({**problems, **Invalid.from_pydantic(error).fields}) from None
    if problems:
        raise Invalid(problems)
    return entity


def build_entities(
    kind: type[E],
    rows: Sequence[FieldsAndId],
    *,
    before: Mapping[int, E] | None = None,
    context: Mapping[str, Any] | None = None,
) -> list[E]:
    """Return the validated rows, in one pass of compiled code unless there are problems or unusual texts.

    Raises: Invalid with the problems of all rows, by position: `3.name`.
    """
    keep_ids = all("id" not in fields or fields["id"] == id for fields, id in rows)
    if keep_ids and are_stored_as_given(kind, [fields for fields, _ in rows]):
        try:
            rows_with_id = [{**fields, "id": id} for fields, id in rows]
            return _validator_of_many(kind).validate_python(rows_with_id, context=context)
        except ValidationError:
            pass  # row by row, each problem gets its position
    entities: list[E] = []
    problems: Problems = {}
    for position, (fields, id) in enumerate(rows):
        try:
            entities.append(
                build_entity(kind, fields, id=id, before=before.get(id) if before else None, context=context)
            )
        except Invalid as error:
            problems |= error.prefixed(str(position)).fields
    if problems:
        raise Invalid(problems)
    return entities


@cache
def _validator_of_many(kind: type[E]) -> TypeAdapter[list[E]]:
    return TypeAdapter(list[kind])  # type: ignore[valid-type]  # the kind is known only now


def with_id(draft: E, id: int) -> E:
    """Return a draft under the id it was stored with. It is changed in place, as no one else refers to it yet."""
    vars(draft)["id"] = id
    return draft


def refuse_fixed(kind: type[E], entities: Sequence[E], changed: set[str], *, before: Mapping[int, E]) -> None:
    """Refuse new values for fixed fields. Raises: Invalid("cannot_change") on the first one."""
    for name in sorted(name for name in changed if is_marked(kind, name, Fixed)):
        if any(getattr(before[entity.id], name) != getattr(entity, name) for entity in entities):
            raise Invalid.because(name, "cannot_change")


class Validator:
    """Checks the references and unique values of rows that one actor writes, and caches the references found."""

    def __init__(self, block: TransactionBlock, domain: Domain, actor: Actor) -> None:
        self._block, self._domain, self._actor = block, domain, actor
        self._visible: defaultdict[tuple[type[Entity], Where], set[Any]] = defaultdict(set)
        block.caches.add(self)

    def clear_cache(self) -> None:
        """Forget the references found so far; a row is about to change, and with it perhaps what the actor can see."""
        self._visible.clear()

    def find_visible(self, kind: type[Entity], ids: Iterable[int], condition: Where) -> set[int]:
        """Return those of the ids whose rows match and can be seen, and remember those of the actor's Center."""
        center_id = self._actor.center_id
        within = where(center_id=center_id) if is_tenant_owned(kind) and center_id is not None else everything
        condition = where(id__in=ids) & within & self._granted(kind, "read") & condition
        found = {id for (id,), _ in self._block.transaction.aggregate(kind, ("id",), (), condition)}
        if within != everything or not is_tenant_owned(kind):
            self._visible[kind, within] |= found
        return found

    def center_for(self, kind: type[Entity], fields: Mapping[str, Any]) -> int | None:
        """Return the Center of a row that names none: the actor's, or that of a row it refers to."""
        if self._actor.center_id is not None:
            return self._actor.center_id
        for name, reference in references(kind).items():
            target = self._domain.kinds[reference.target]
            if fields.get(name) is not None and is_tenant_owned(target):
                condition = self._granted(target, "read") & where(id=fields[name])
                for row in self._block.transaction.find(target, condition, limit=1):
                    return int(getattr(row, "center_id"))  # noqa: B009 - every tenant-owned kind has it
        return None

    def refuse_problems(self, entity: Entity, changed: set[str]) -> None:
        """Refuse a row with problems in its changed fields.

        Raises: Invalid with all problems; Conflict("taken") if only unique values are taken.
        """
        kind = type(entity)
        problems, duplicates = self.find_problems(kind, vars(entity), changed, is_new=entity.id == NOT_STORED)
        if problems:
            raise Invalid({**problems, **duplicates})
        if duplicates:
            raise Conflict(duplicates)

    def find_problems(
        self, kind: type[Entity], values: Mapping[str, Any], changed: set[str], *, is_new: bool = True
    ) -> tuple[Problems, Problems]:
        """Return the problems of the changed values, and apart from them the unique values that are taken."""
        equal = equal_rows(kind, values, changed)
        any_equal = [(kind, reduce(or_, equal.values()))] if equal else []
        unknown, duplicates = self._unknown_ids(kind, [values], changed, beside=any_equal)
        problems = self._reference_problems(kind, values, changed, unknown)
        if not is_new:
            problems |= {name: [Problem("cannot_change")] for name in changed if is_marked(kind, name, Fixed)}
        return problems, self._duplicates(kind, values, equal, skip=problems) if any(duplicates) else {}

    def refuse_unknown(self, kind: type[E], entities: Sequence[E], changed: set[str]) -> None:
        """Refuse rows that refer to unknown ids. Raises: Invalid("unknown_id") by position and field."""
        if len({getattr(entity, "center_id", None) for entity in entities}) > 1:
            raise TypeError("rows of several Centers are not written at once")
        unknown, _ = self._unknown_ids(kind, list(map(vars, entities)), changed)
        problems = {
            f"{position}.{name}": [Problem("unknown_id", {"id": getattr(entity, name)})]
            for name, ids in unknown.items()
            for position, entity in enumerate(entities)
            if getattr(entity, name) in ids
        }
        if problems:
            raise Invalid(problems)

    def _reference_problems(
        self, kind: type[Entity], values: Mapping[str, Any], changed: set[str], unknown: Mapping[str, set[Any]]
    ) -> Problems:
        if "center_id" in unknown:  # then the Center that the other references must share is not known either
            others, _ = self._unknown_ids(kind, [{**values, "center_id": None}], changed - {"center_id"})
            unknown = {**others, "center_id": unknown["center_id"]}
        return {name: [Problem("unknown_id", {"id": values[name]})] for name, ids in unknown.items() if ids}

    def _unknown_ids(
        self,
        kind: type[Entity],
        rows: Sequence[Mapping[str, Any]],
        changed: set[str],
        *,
        beside: Sequence[tuple[type[Entity], Where]] = (),
    ) -> tuple[dict[str, set[Any]], list[int]]:
        """Return the ids that the actor cannot see or that belong to another Center, by the field that names them.

        Usually this is one statement that counts the visible ids of all references of all rows. Only where a count is
        too small are the visible ids themselves read. The queries `beside` are counted in the same statement; their
        counts are the second part of the result.
        """
        lookups = self._lookups(kind, rows, changed)
        queries = [*((e.kind, e.condition) for e in lookups), *beside]
        counts = self._block.transaction.count_each(queries, lock=self._kinds_to_lock(lookups)) if queries else []
        unknown: dict[str, set[Any]] = {}
        for lookup, count in zip(lookups, counts, strict=False):
            visible = lookup.ids
            if count < len(lookup.ids):
                ids = self._block.transaction.aggregate(lookup.kind, ("id",), (), lookup.condition)
                visible = {id for (id,), _ in ids}
            self._visible[lookup.kind, lookup.within] |= visible
            if missing := lookup.ids - visible:
                unknown[lookup.field] = missing
        return unknown, counts[len(lookups) :]

    def _kinds_to_lock(self, lookups: Iterable[_Lookup]) -> frozenset[type[Entity]]:
        """Return the kinds whose rows could be archived before the row that refers to them is written.

        A database keeps a row that is referred to from being deleted, but not from being archived.
        """
        kinds = {lookup.kind for lookup in lookups if is_archivable(lookup.kind)}
        return frozenset() if self._block.read_only else frozenset(kinds)

    def _lookups(self, kind: type[Entity], rows: Sequence[Mapping[str, Any]], changed: set[str]) -> list[_Lookup]:
        """Return what must be looked up: the changed references of all rows, without the ids found before."""
        lookups = []
        for field, reference in references(kind).items() if rows else ():
            target = self._domain.kinds[reference.target]
            within = _same_center(kind, rows[0], target) if is_tenant_owned(target) else everything
            ids = {row[field] for row in rows} - {None} - self._visible[target, within] if field in changed else set()
            if ids and self._actor.sign_in_id is not None:
                ids -= self._own_ids(reference.target, within)
            if ids:
                condition = within & self._granted(target, reference.to) & where(id__in=ids)
                lookups.append(_Lookup(field, target, within, ids, condition))
        return lookups

    def _duplicates(
        self, kind: type[Entity], values: Mapping[str, Any], equal: Mapping[Unique, Where], *, skip: Container[str]
    ) -> Problems:
        """Return the unique values that another row has; `equal` holds the condition on such rows by group of fields.

        Groups with a field to skip, whose reference is unknown, are left out: the answer would tell about rows that
        the actor cannot see.
        """
        others = self._block.transaction.find(kind, reduce(or_, equal.values()))
        problems: Problems = {}
        for rule, condition in equal.items():
            is_known = not any(name in skip for name in rule.fields)
            if is_known and any(condition.holds(other) and other.id != values.get("id") for other in others):
                problems |= Conflict.duplicate(kind.__name__, rule.fields).fields
        return problems

    def _own_ids(self, kind_name: str, within: Where) -> set[Any]:
        """Return the id of an authenticated actor's own row of a kind, which their sign-in names."""
        if within not in (everything, where(center_id=self._actor.center_id)):
            return set()
        return {getattr(self._actor, OWN_IDS.get(kind_name.lower(), ""), None)}

    def _granted(self, kind: type[Entity], action: str) -> Where:
        return self._domain.policy(kind).scope(self._actor, action)


@dataclass(frozen=True)
class _Lookup:
    """The ids that a field of some rows names, and the condition on the rows with these ids that may be referred to."""

    field: str
    kind: type[Entity]
    within: Where
    ids: set[Any]
    condition: Where


def _same_center(kind: type[Entity], values: Mapping[str, Any], target: type[Entity]) -> Where:
    """Return the condition on rows of a target in the same Center; everything while the row has no Center yet."""
    reference = references(target).get("center_id")
    is_center = reference is not None and reference.target == kind.__name__
    center = values.get("id" if is_center else "center_id")
    return everything if center in (None, NOT_STORED) else where(center_id=center)
