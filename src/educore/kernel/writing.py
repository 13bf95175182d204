"""The writing half of the unit of work: rows added, changed and removed, each checked against the policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, TypeVar

from educore.kernel.archiving import refuse_archived_references, refuse_dependants
from educore.kernel.changes import Change
from educore.kernel.conditions import Where, where
from educore.kernel.entity import (
    NOT_STORED,
    Entity,
    OnDelete,
    StoredFile,
    is_archivable,
    is_marked,
    observed_fields,
    references,
)
from educore.kernel.errors import Conflict
from educore.kernel.policy import Actor
from educore.kernel.ports import Ports
from educore.kernel.reading import Reader
from educore.kernel.store import Store
from educore.kernel.validation import build_entities, build_entity, refuse_fixed, with_id

E = TypeVar("E", bound=Entity)


class Writer(Reader):
    """Writes rows as one actor.

    `to` names the action that a write performs, such as "block"; its rule decides on rows and fields. If a context
    declares a use case for that action, the plain verbs perform it only within use cases of a package that declares
    actions of the kind. Fields come as one mapping, so that no name among them is taken for an option. Every verb
    raises TypeError for unknown actions and fields.
    """

    def __init__(self, store: Store, actor: Actor, ports: Ports, *, read_only: bool = False) -> None:
        super().__init__(store, actor, ports, read_only=read_only)
        self.package = ""
        """The package of the use case that is running, which may write what its actions write."""
        self.changes: list[Change] = []
        self._after_commit: list[Callable[[], None]] = []

    # -- one row ---------------------------------------------------------------------------------------

    def add(self, kind: type[E], fields: Mapping[str, Any], *, to: str = "create") -> E:
        """Store a new row; without a `center_id` it belongs to the actor's Center, or to that of its references.

        Raises: Invalid (bad or unknown references included), Conflict (not unique), Forbidden.
        """
        self._check_verb(kind, to, fields)
        self._authorization.require_permission(kind, to, fields)
        if "center_id" in kind.model_fields and fields.get("center_id") is None:
            fields = {**fields, "center_id": self._validator.center_for(kind, fields)}
        stamped = {**self._stamps(kind, "created_at", "updated_at"), **fields}
        draft = build_entity(kind, stamped, id=NOT_STORED, context=self._lookups(fields))
        self._validator.refuse_problems(draft, set(kind.model_fields))
        entity = with_id(draft, self._transaction.insert(draft))
        self._authorization.require_rows(kind, [entity], to)
        self._record_changes(kind, [Change(None, entity)])
        return self._authorization.redact(entity)

    def change(self, entity: E, fields: Mapping[str, Any], *, to: str = "update") -> E:
        """Store new values for some fields, checking the policy before and after.

        Null for a value that the actor may not read changes nothing, because null is what they are shown in its place.
        The changed fields must satisfy the rule for `create` too, if the actor has one.
        Raises: NotFound, Forbidden, Invalid, Conflict.
        """
        kind = type(entity)
        self._check_verb(kind, to, fields)
        self.require_fields(kind, to, fields)
        before = self._get_stored(kind, entity.id, to, lock=True)
        changes = self._authorization.drop_unreadable_nulls(kind, {before.id: before}, {before.id: fields})
        values = {**dict(before), **changes[before.id]}
        if values == dict(before):
            return self._authorization.redact(before)
        after = build_entity(kind, values, id=before.id, before=before, context=self._lookups(values))
        changed = {name for name in kind.model_fields if getattr(before, name) != getattr(after, name)}
        if not changed:
            return self._authorization.redact(before)
        stamps = self._stamps(kind, "updated_at")
        after = after.model_copy(update=stamps)
        self._validator.refuse_problems(after, changed)
        self._guard(before, after)
        self._transaction.update(after, sorted(changed | stamps.keys()))
        self._authorization.require_rows(kind, [after], to)
        self._authorization.require_as_new(kind, [after], changed, to)
        self._record_changes(kind, [Change(before, after)])
        self._delete_files(before, changed)
        return self._authorization.redact(after)

    def remove(self, entity: Entity, *, to: str = "delete") -> None:
        """Delete a row and the rows that belong to it.

        Raises: NotFound, Forbidden, Conflict("in_use") with the numbers of rows that refer to it, by kind.
        """
        kind = type(entity)
        self._check_verb(kind, to)
        stored = self._get_stored(kind, entity.id, to, lock=True)
        refusing, clearing = self._refusing(stored), self._clearing(stored)
        counts = self._transaction.count_each([*refusing.items(), *((other, found) for other, _, found in clearing)])
        if blockers := {other.__name__: count for other, count in zip(refusing, counts, strict=False) if count}:
            raise Conflict.because("", "in_use", kind=kind.__name__, by=blockers)
        for (other, field, found), count in zip(clearing, counts[len(refusing) :], strict=True):
            rows = self._find_stored(other, found, lock=True) if count else []
            self.changes += [Change(row, row.model_copy(update={field: None})) for row in rows]
        self._transaction.delete(kind, where(id=entity.id))
        self._record_changes(kind, [Change(stored, None)])
        self._delete_files(stored, set(kind.model_fields))

    # -- archived rows ---------------------------------------------------------------------------------

    def archive(self, entity: E, *, to: str = "archive") -> E:
        """Archive a row: from now on it exists for `restore` only, and its unique values are free.

        Raises: NotFound, Forbidden, Conflict("in_use") with the numbers of its dependants by kind.
        """
        self._check_verb(type(entity), to)
        self._transaction.block_references(type(entity), entity.id)
        before = self._get_stored(type(entity), entity.id, to, lock=True)
        refuse_dependants(self._transaction, self.domain, before)
        return self._mark_archived(before, self.ports.clock.now(), to)

    def restore(self, entity: E, *, to: str = "restore") -> E:
        """Bring back a row that was archived.

        Raises: NotFound, Forbidden; Conflict("taken"), or ("archived") if it refers to an archived row.
        """
        self._check_verb(type(entity), to)
        before = self._get_stored(type(entity), entity.id, to, lock=True)
        refuse_archived_references(self._transaction, self.domain, before)
        self._validator.refuse_problems(before.model_copy(update={"archived_at": None}), {"archived_at"})
        return self._mark_archived(before, None, to)

    # -- many rows -------------------------------------------------------------------------------------

    def add_all(self, kind: type[E], rows: Sequence[Mapping[str, Any]], *, to: str = "create") -> list[E]:
        """Store new rows of one Center, all or none, in a number of statements that does not grow with them.

        Problems are named by position: `3.student_id`. Raises: the errors of `add`.
        """
        names = {name for row in rows for name in row}
        self._check_verb(kind, to, names)
        self._authorization.require_permission(kind, to, names)
        if not rows:
            return []
        stamps = self._stamps(kind, "created_at", "updated_at")
        context = self._lookups(rows[0])
        drafts = build_entities(kind, [({**stamps, **row}, NOT_STORED) for row in rows], context=context)
        self._validator.refuse_unknown(kind, drafts, set(kind.model_fields))
        ids = self._transaction.insert_all(drafts)
        stored = [with_id(draft, id) for draft, id in zip(drafts, ids, strict=True)]
        self._authorization.require_rows(kind, stored, to)
        self._record_changes(kind, [Change(None, entity) for entity in stored])
        return self._authorization.redact_all(kind, stored)

    def change_each(self, kind: type[E], changes: Mapping[int, Mapping[str, Any]], *, to: str = "update") -> list[E]:
        """Store new values for fields of rows of one Center, by id, all or none, in as many statements as for one.

        Problems are named by position. Raises: the errors of `change`.
        """
        names = {name for fields in changes.values() for name in fields}
        self._check_verb(kind, to, names)
        if not changes:
            return []
        self._validator.clear_cache()
        self.require_fields(kind, to, names)
        before = {e.id: e for e in self._find_stored(kind, where(id__in=changes) & self.scope(kind, to), lock=True)}
        if missing := changes.keys() - before.keys():
            raise self._refusal(kind, min(missing), to)
        changes = self._authorization.drop_unreadable_nulls(kind, before, changes)
        rows = [({**dict(before[id]), **fields}, id) for id, fields in changes.items()]
        after = build_entities(kind, rows, before=before, context=self._lookups(rows[0][0]))
        refuse_fixed(kind, after, names, before=before)
        self._validator.refuse_unknown(kind, after, names)
        stamps = self._stamps(kind, "updated_at")
        after = [e if e == before[e.id] else e.model_copy(update=stamps) for e in after]
        changed = [e for e in after if e != before[e.id]]
        for e in changed:
            self._guard(before[e.id], e)
        self._transaction.update_all(changed)
        self._authorization.require_rows(kind, after, to)
        for name in sorted(names):
            differing = [e for e in after if getattr(before[e.id], name) != getattr(e, name)]
            self._authorization.require_as_new(kind, differing, {name}, to)
        self._record_changes(kind, [Change(before[e.id], e) for e in changed])
        for e in after:
            self._delete_files(before[e.id], {n for n in names if getattr(before[e.id], n) != getattr(e, n)})
        return self._authorization.redact_all(kind, after)

    def change_all(self, kind: type[Entity], condition: Where, fields: Mapping[str, Any], *, to: str = "update") -> int:
        """Set plain values on every matching row the actor may change, and return the number of rows.

        It takes one statement and checks no row, so only kinds and fields about which no rule speaks are allowed, and
        observed fields (see `Observed`) of every kind.
        Raises: Forbidden; TypeError for audited or guarded kinds, references, and fields that a policy names.
        """
        self._check_verb(kind, to, fields)
        self.require_fields(kind, to, fields)
        is_observed = fields.keys() <= observed_fields(kind)
        if kind in self.domain.audited and not is_observed:
            raise TypeError(f"{kind.__name__} is audited: its rows change one by one, or by `change_each`")
        if kind in self.domain.guards and not is_observed:
            raise TypeError(f"{kind.__name__} is guarded: its rows change one by one, or by `change_each`")
        scope = self.scope(kind, to)
        policed = {*scope.first_steps(), *self.scope(kind, "create").first_steps(), *references(kind)}
        if unsafe := policed & fields.keys():
            raise TypeError(f"change_all cannot re-check {sorted(unsafe)}; change the rows one by one")
        condition = self._authorization.narrow(kind, condition) & scope
        self._meet_expectations(kind)
        stamps = {} if is_observed else self._stamps(kind, "updated_at")
        return self._transaction.set(kind, condition, {**fields, **stamps})

    def remove_all(self, kind: type[Entity], condition: Where, *, to: str = "delete") -> int:
        """Delete every matching row the actor may delete, and return the number of rows.

        Deletions of audited kinds are recorded in `changes`. Raises: TypeError for a kind that references point at.
        """
        self._check_verb(kind, to)
        if self.domain.referrers(kind):
            raise TypeError(f"other rows may point at {kind.__name__}; remove the rows one by one")
        condition = self._authorization.narrow(kind, condition) & self.scope(kind, to)
        self._meet_expectations(kind)
        if kind in self.domain.audited:
            found = self._transaction.find(kind, condition, lock=True)
            condition = where(id__in={entity.id for entity in found})
            self._record_changes(kind, [Change(entity, None) for entity in found])
        return self._transaction.delete(kind, condition)

    # -- steps of the verbs ----------------------------------------------------------------------------

    def _check_verb(self, kind: type[Entity], to: str, names: Iterable[str] = ()) -> None:
        """Refuse unknown words, and an action with a use case outside the use cases of the kind. Raises: TypeError."""
        self.domain.check_action(kind, to)
        self.domain.check_fields(kind, names)
        if is_archivable(kind) and "archived_at" in names:
            raise TypeError(f"only the verbs `archive` and `restore` set {kind.__name__}.archived_at")
        declared = self.domain.actions.get((kind, to))
        if to.startswith("read"):
            raise TypeError(f"{to!r} only reads, so no row of {kind.__name__} is written by it")
        if declared is not None and self.package not in self.domain.writers(kind):
            raise TypeError(
                f"to {to} {kind.__name__}, call {declared.__module__}.{declared.__name__}(uow, ...) "
                f"or perform(uow, {kind.__name__}, {to!r}, ...): it does more than write the row"
            )

    def _meet_expectations(self, *kinds: type[Entity]) -> None:
        """Compare the rows not compared yet: all of them at the end, or those of some kinds before a bulk write.

        Before a bulk write they are also locked. Raises: Stale.
        """
        for kind, ids in self._expectations.pending(*kinds).items():
            self._expectations.compare(self._transaction.find(kind, where(id__in=ids), lock=bool(kinds)))

    def _clearing(self, entity: Entity) -> list[tuple[type[Entity], str, Where]]:
        """Return kind, field and condition of the audited rows whose references are cleared when a row is deleted."""
        return [
            (kind, field, where(**{field: entity.id}))
            for kind, field, reference in self.domain.referrers(type(entity))
            if reference.on_delete is OnDelete.CLEAR and kind in self.domain.audited
        ]

    def _mark_archived(self, before: E, archived_at: datetime | None, to: str) -> E:
        kind, changes = type(before), {"archived_at": archived_at, **self._stamps(type(before), "updated_at")}
        after = before.model_copy(update=changes)
        self._guard(before, after)
        self._transaction.update(after, sorted(changes))
        self._authorization.require_rows(kind, [after], to)
        self._record_changes(kind, [Change(before, after)])
        return self._authorization.redact(after)

    def _guard(self, before: Entity, after: Entity) -> None:
        """Run the rules of all contexts about changes of such a row."""
        for guard in self.domain.guards.get(type(before), ()):
            guard(self, before, after)

    def _record_changes(self, kind: type[Entity], changes: Iterable[Change]) -> None:
        if kind in self.domain.audited:
            self.changes.extend(changes)

    def _lookups(self, fields: Mapping[str, Any]) -> dict[str, Callable[[], Any]]:
        """Return what the types of the fields of a row may ask for; each value is looked up at most once."""
        center_id = fields.get("center_id") or self.actor.center_id
        return {name: cache(partial(find, self, center_id)) for name, find in self.domain.lookups.items()}

    def _stamps(self, kind: type[Entity], *names: str) -> dict[str, Any]:
        return {name: self.ports.clock.now() for name in names if name in kind.model_fields}

    def _delete_files(self, before: Entity, changed: set[str]) -> None:
        """Delete, after the commit, the files that changed fields of the row named before."""
        for name in changed:
            if is_marked(type(before), name, StoredFile) and (key := getattr(before, name)):
                self._after_commit.append(partial(self.ports.files.delete, key))
