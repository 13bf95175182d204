"""The unit of work: everything one actor does in one transaction, with the policies applied."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from educore.kernel.changes import Change
from educore.kernel.conditions import Where, where
from educore.kernel.entity import NOT_STORED, Entity, StoredFile, is_marked, references
from educore.kernel.errors import Conflict
from educore.kernel.policy import Actor
from educore.kernel.ports import Ports
from educore.kernel.reading import Reader
from educore.kernel.staging import StagedFile
from educore.kernel.store import Store
from educore.kernel.transaction_block import call_each
from educore.kernel.validation import build_entities, build_entity, refuse_fixed, with_id
from educore.kernel.versions import Seen

E = TypeVar("E", bound=Entity)


class UnitOfWork(Reader):
    """One actor, one transaction. Leaving the `with` block commits; an exception undoes everything.

    `to` names the action that a write performs, such as "block"; its rule decides on rows and fields.
    """

    def __init__(self, store: Store, actor: Actor, ports: Ports, *, read_only: bool = False) -> None:
        super().__init__(store, actor, ports, read_only=read_only)
        self.events: list[object] = []
        self.changes: list[Change] = []
        self._after_commit: list[Callable[[], None]] = []
        self._after_rollback: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        self._block.begin()
        return self

    # The order matters. First the transaction ends, because what follows depends on how it ended, and because other
    # writers wait for it. After a rollback (also one because commit failed) the files that were stored for it are
    # deleted, the last first, before any exception leaves: nothing can name them any more. A refusal that a caller has
    # swallowed is raised again, since its row was already written. Only after a commit follow the calls that cannot be
    # undone: replaced files are deleted and events published. A failure there is logged and not raised, because the
    # caller must not believe that the work was undone. Tests: test_before_the_commit, test_files, test_unit_of_work.
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        is_committed = error is None and not self._refusals
        try:
            if is_committed:
                self._commit()
            else:
                self._block.rollback()
        except BaseException:
            is_committed = False
            raise
        finally:
            call_each([] if is_committed else reversed(self._after_rollback))
        if is_committed:
            call_each(self._after_commit)
            call_each(partial(self.ports.publish, event) for event in self.events)
        elif error is None:
            raise self._refusals[0]

    def _commit(self) -> None:
        try:
            self._meet_expectations()
            for finish in self.domain.before_commit:
                finish(self)
        except BaseException:
            self._block.rollback()
            raise
        self._block.commit()

    def switch_actor(self, actor: Actor) -> Self:
        """Continue as the actor who has just signed in; the audit log names them from now on."""
        self._block.require_open()
        self._act_as(actor)
        return self

    def as_actor(self, actor: Actor) -> UnitOfWork:
        """Return a second view of this transaction under another actor's policies."""
        self._block.require_open()
        other = copy.copy(self)  # shares events, changes, callbacks and refusals
        other._act_as(actor)
        return other

    def expect(self, kind: type[Entity], id: int, seen: Seen) -> None:
        """Commit this unit of work only if a row is still as the actor saw it.

        The row is compared when it is first locked, so before it changes and in the order in which use cases lock
        rows; a row that is never locked is compared at the end. A row that no longer exists is not compared.
        Raises, at the time of comparison: Stale.
        """
        self._expectations.add(kind, id, seen, redact=self._authorization.redact)

    # -- one row ---------------------------------------------------------------------------------------

    def add(self, kind: type[E], /, *, to: str = "create", **fields: Any) -> E:
        """Store a new row; without a `center_id` it belongs to the actor's Center, or to that of its references.

        Raises: Invalid (bad or unknown references included), Conflict (not unique), Forbidden.
        """
        self._authorization.require_permission(kind, to, fields)
        if "center_id" in kind.model_fields and fields.get("center_id") is None:
            fields["center_id"] = self._validator.center_for(kind, fields)
        draft = build_entity(kind, {**self._stamps(kind, "created_at", "updated_at"), **fields}, id=NOT_STORED)
        self._validator.refuse_problems(draft, set(kind.model_fields))
        entity = with_id(draft, self._transaction.insert(draft))
        self._authorization.require_rows(kind, [entity], to)
        self._record_changes(kind, [Change(None, entity)])
        return self._authorization.redact(entity)

    def change(self, entity: E, *, to: str = "update", **fields: Any) -> E:
        """Store new values for some fields, checking the policy before and after.

        The changed fields must satisfy the rule for `create` too, if the actor has one.
        Raises: NotFound, Forbidden, Invalid, Conflict.
        """
        kind = type(entity)
        self.require_fields(kind, to, fields)
        before = self._get_stored(kind, entity.id, to, lock=True)
        after = build_entity(kind, {**dict(before), **fields}, id=before.id, before=before)
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
        stored = self._get_stored(kind, entity.id, to, lock=True)
        if blockers := self.referencing_counts(entity):
            raise Conflict.because("", "in_use", kind=kind.__name__, by=blockers)
        self.changes.extend(self._clearings(stored))
        self._transaction.delete(kind, where(id=entity.id))
        self._record_changes(kind, [Change(stored, None)])
        self._delete_files(stored, set(kind.model_fields))

    # -- many rows -------------------------------------------------------------------------------------

    def add_all(self, kind: type[E], rows: Sequence[Mapping[str, Any]], *, to: str = "create") -> list[E]:
        """Store new rows of one Center, all or none, in a number of statements that does not grow with them.

        Problems are named by position: `3.student_id`. Raises: the errors of `add`.
        """
        self._authorization.require_permission(kind, to, {name for row in rows for name in row})
        if not rows:
            return []
        stamps = self._stamps(kind, "created_at", "updated_at")
        drafts = build_entities(kind, [({**stamps, **row}, NOT_STORED) for row in rows])
        self._validator.refuse_unknown(kind, drafts, set(kind.model_fields))
        ids = self._transaction.insert_all(drafts)
        stored = [with_id(draft, id) for draft, id in zip(drafts, ids, strict=True)]
        self._authorization.require_rows(kind, stored, to)
        self._record_changes(kind, [Change(None, entity) for entity in stored])
        return [self._authorization.redact(entity) for entity in stored]

    def change_each(self, kind: type[E], changes: Mapping[int, Mapping[str, Any]], *, to: str = "update") -> list[E]:
        """Store new values for fields of rows of one Center, by id, all or none, in as many statements as for one.

        Problems are named by position. Raises: the errors of `change`.
        """
        if not changes:
            return []
        self._validator.clear_cache()
        names = {name for fields in changes.values() for name in fields}
        self.require_fields(kind, to, names)
        before = {e.id: e for e in self._find_stored(kind, where(id__in=changes) & self.scope(kind, to), lock=True)}
        if missing := changes.keys() - before.keys():
            raise self._refusal(kind, min(missing), to)
        rows = [({**dict(before[id]), **fields}, id) for id, fields in changes.items()]
        after = build_entities(kind, rows, before=before)
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
        return [self._authorization.redact(entity) for entity in after]

    def change_all(self, kind: type[Entity], condition: Where, *, to: str = "update", **fields: Any) -> int:
        """Set plain values on every matching row the actor may change, and return the number of rows.

        It takes one statement and checks no row, so only kinds and fields about which no rule speaks are allowed.
        Raises: Forbidden; TypeError for audited or guarded kinds, references, and fields that a policy names.
        """
        self.require_fields(kind, to, fields)
        if kind in self.domain.audited:
            raise TypeError(f"{kind.__name__} is audited: its rows change one by one, or by `change_each`")
        if kind in self.domain.guards:
            raise TypeError(f"{kind.__name__} is guarded: its rows change one by one, or by `change_each`")
        scope = self.scope(kind, to)
        policed = {*scope.first_steps(), *self.scope(kind, "create").first_steps(), *references(kind)}
        if unsafe := policed & fields.keys():
            raise TypeError(f"change_all cannot re-check {sorted(unsafe)}; change the rows one by one")
        self._meet_expectations(kind)
        return self._transaction.set(kind, condition & scope, {**fields, **self._stamps(kind, "updated_at")})

    def remove_all(self, kind: type[Entity], condition: Where, *, to: str = "delete") -> int:
        """Delete every matching row the actor may delete, and return the number of rows.

        Deletions of audited kinds are recorded in `changes`. Raises: TypeError for a kind that references point at.
        """
        if self.domain.referrers(kind):
            raise TypeError(f"other rows may point at {kind.__name__}; remove the rows one by one")
        self._meet_expectations(kind)
        condition &= self.scope(kind, to)
        if kind in self.domain.audited:
            found = self._transaction.find(kind, condition, lock=True)
            condition = where(id__in={entity.id for entity in found})
            self._record_changes(kind, [Change(entity, None) for entity in found])
        return self._transaction.delete(kind, condition)

    # -- events and files ------------------------------------------------------------------------------

    def record(self, event: object) -> None:
        """Publish an event once the transaction is committed."""
        self._block.require_open()
        self.events.append(event)

    def store_file(self, content: bytes, *, folder: str, name: str) -> str:
        """Store a file and return its key for a `StoredFile` field; undone with the transaction.

        A file that a row no longer names is deleted after the commit. Other transactions wait while the bytes are
        stored; so store large files, or files on another computer, beforehand with `Staging` and call `keep_staged`.
        Raises: Unavailable("files_unavailable").
        """
        self._block.require_open()
        key = self.ports.files.save(content, folder=folder, name=name)
        self._after_rollback.append(partial(self.ports.files.delete, key))
        return key

    def keep_staged(self, staged: StagedFile) -> str:
        """Return the key of a file stored beforehand; its `Staging` deletes it unless this transaction commits."""
        self._block.require_open()
        self._after_commit.append(partial(setattr, staged, "is_kept", True))
        return staged.key

    # -- steps of the verbs ----------------------------------------------------------------------------

    def _meet_expectations(self, *kinds: type[Entity]) -> None:
        """Compare the rows not compared yet: all of them at the end, or those of some kinds before a bulk write.

        Before a bulk write they are also locked. Raises: Stale.
        """
        for kind, ids in self._expectations.pending(*kinds).items():
            self._expectations.compare(self._transaction.find(kind, where(id__in=ids), lock=bool(kinds)))

    def _guard(self, before: Entity, after: Entity) -> None:
        """Run the rules of all contexts about changes of such a row."""
        for guard in self.domain.guards.get(type(before), ()):
            guard(self, before, after)

    def _record_changes(self, kind: type[Entity], changes: Iterable[Change]) -> None:
        if kind in self.domain.audited:
            self.changes.extend(changes)

    def _stamps(self, kind: type[Entity], *names: str) -> dict[str, Any]:
        return {name: self.ports.clock.now() for name in names if name in kind.model_fields}

    def _delete_files(self, before: Entity, changed: set[str]) -> None:
        """Delete, after the commit, the files that changed fields of the row named before."""
        for name in changed:
            if is_marked(type(before), name, StoredFile) and (key := getattr(before, name)):
                self._after_commit.append(partial(self.ports.files.delete, key))
