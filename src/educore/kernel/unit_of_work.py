"""The unit of work: everything one actor does in one transaction, with the policies applied."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from educore.kernel.conditions import Where, everything, nothing, where
from educore.kernel.domain import Domain
from educore.kernel.entity import NOT_STORED, Entity, Fixed, OnDelete, StoredFile, is_marked, references
from educore.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from educore.kernel.policy import Actor
from educore.kernel.ports import Ports
from educore.kernel.projection import Column, Projection, compile_shape
from educore.kernel.shape import Shape
from educore.kernel.staging import StagedFile
from educore.kernel.store import Page, Transaction
from educore.kernel.validation import Checks, all_valid, valid
from educore.kernel.versions import Expectations, Seen

E = TypeVar("E", bound=Entity)
log = logging.getLogger("educore")


@dataclass(frozen=True)
class Change:
    """What a write did to a row: without `before` it was made, without `after` removed."""

    before: Entity | None
    after: Entity | None


class UnitOfWork:
    """One actor, one transaction. Leaving the `with` block commits; an exception undoes everything."""

    def __init__(self, transaction: Transaction, domain: Domain, actor: Actor, ports: Ports) -> None:
        self.domain, self.actor, self.ports = domain, actor, ports
        self._transaction = transaction
        self.events: list[object] = []
        self.changes: list[Change] = []
        self._after: list[Callable[[], None]] = []
        self._undo: list[Callable[[], None]] = []
        self._refused: list[Exception] = []
        self._expected = Expectations(self._refused)
        self._checks = Checks(transaction, domain, actor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        kept = error is None and not self._refused
        try:
            if kept:
                self._finish()
            else:
                self._transaction.rollback()
        except BaseException:
            kept = False
            raise
        finally:
            _do_each([] if kept else reversed(self._undo))
        if not kept:
            if error is None:
                raise self._refused[0]
            return
        publish: list[Callable[[], None]] = [partial(self.ports.publish, event) for event in self.events]
        _do_each(self._after + publish)

    def _finish(self) -> None:
        try:
            self._meet_expectations()
            for finish in self.domain.before_commit:
                finish(self)
        except BaseException:
            self._transaction.rollback()
            raise
        self._transaction.commit()

    def switch_actor(self, actor: Actor) -> Self:
        """The same unit of work, which from now on is that of somebody just recognised: what it leaves names them."""
        self.actor, self._checks = actor, Checks(self._transaction, self.domain, actor)
        return self

    def as_actor(self, actor: Actor) -> UnitOfWork:
        """The same transaction seen through another person's policies."""
        other = UnitOfWork(self._transaction, self.domain, actor, self.ports)
        other.events, other.changes = self.events, self.changes
        other._after, other._undo, other._refused = self._after, self._undo, self._refused
        other._expected = self._expected
        return other

    # -- reading ---------------------------------------------------------------------------------------

    def scope(self, kind: type[Entity], action: str) -> Where:
        """The rows on which the actor may perform an action."""
        return self.domain.policy(kind).scope(self.actor, action)

    def may(self, kind: type[Entity], action: str) -> bool:
        """Whether the actor's role may do this to any row at all."""
        return self.domain.policy(kind).permits(self.actor.role, action)

    def require_fields(self, kind: type[Entity], action: str, names: Iterable[str]) -> None:
        """Refuse an action that touches fields the actor's rule leaves closed. Raises: Forbidden."""
        open_fields = self.domain.policy(kind).fields(self.actor, action)
        if open_fields is not None and (closed := set(names) - open_fields):
            raise Forbidden(kind=kind.__name__, action=action, fields=sorted(closed))

    def get(self, kind: type[E], id: int, *, to: str = "read", only: Where = everything, lock: bool = False) -> E:
        """The row with this id.

        Raises: NotFound if the actor may not see it, Forbidden if they see it but may not do `to`.
        """
        return self._redact(self._stored(kind, id, to, only=only, lock=lock))

    def reference(
        self, kind: type[E], id: int, *, field: str, to: str = "read", only: Where = everything, lock: bool = False
    ) -> E:
        """Return the row that a field of the input names.

        Raises: Invalid("unknown_id") on the field if the actor may not see the row, Forbidden if they may not do `to`.
        """
        try:
            return self.get(kind, id, to=to, only=only, lock=lock)
        except NotFound:
            raise Invalid.because(field, "unknown_id", id=id) from None

    def find(
        self,
        kind: type[E],
        condition: Where = everything,
        *,
        to: str = "read",
        lock: bool = False,
        **page: Unpack[Page],
    ) -> list[E]:
        """The rows that match and on which the actor may do `to`."""
        found = self._find(kind, condition & self.scope(kind, to), lock=lock, **page)
        return [self._redact(entity) for entity in found]

    def count(
        self, kind: type[Entity], condition: Where = everything, *, to: str = "read", roughly: bool = False
    ) -> int:
        """How many rows match and are open to the actor; `roughly` where a large number may be a minute old."""
        return self._transaction.count(kind, condition & self.scope(kind, to), roughly=roughly)

    def count_by(
        self, kind: type[Entity], by: str | tuple[str, ...], condition: Where = everything, *, most: int | None = None
    ) -> dict[Any, int]:
        """How many visible rows match, per value of a field that the actor may read there: "session.date".

        Per combination of values where `by` names several; of the `most` frequent ones only, if that is given.
        """
        paths = by if isinstance(by, tuple) else (by,)
        for path in paths:
            condition &= self._countable(kind, path)
        counts = self._transaction.count_by(kind, paths, condition & self.scope(kind, "read"), most=most)
        return dict(counts) if isinstance(by, tuple) else {value: count for (value,), count in counts.items()}

    def _countable(self, kind: type[Entity], path: str) -> Where:
        """The rows where the actor may read what stands at the path."""
        *steps, field = path.split(".")
        owner, _ = self.domain.field_at(kind, (*steps, field))
        shown = self.domain.policy(owner).visibility(self.actor, field)
        for step in reversed(steps if shown != everything else []):
            shown = where(**{f"{step}__has": shown})
        return shown

    def sum(self, kind: type[Entity], field: str, condition: Where = everything) -> Decimal:
        """The sum of a field over the visible matching rows where the actor may read it."""
        shown = self.domain.policy(kind).visibility(self.actor, field)
        return self._transaction.sum(kind, field, condition & shown & self.scope(kind, "read"))

    def select(
        self, shape: type[Shape], condition: Where = everything, *, to: str = "read", **page: Unpack[Page]
    ) -> list[dict[str, Any]]:
        """The visible matching rows in this shape: one statement, whatever the shape nests and counts."""
        projection = compile_shape(shape, self.domain)
        scope = condition & self.scope(shape.of, to)
        return projection.build(
            self._transaction.select(projection, scope, visible=self._visible(projection), **page), self.ports
        )

    def select_one(self, shape: type[Shape], id: int, *, only: Where = everything) -> dict[str, Any]:
        """One row in this shape. Raises: NotFound."""
        found = self.select(shape, where(id=id) & only, limit=1)
        if not found:
            raise NotFound(kind=shape.of.__name__, id=id)
        return found[0]

    def texts(self, asked: Sequence[tuple[type[Entity], tuple[str, ...], Where]]) -> list[tuple[int, int, list[str]]]:
        """Return, as texts, the values at dotted paths of the visible matching rows of each kind.

        For the form of the result see `Transaction.texts`.
        """
        return self._transaction.texts([(k, paths, these & self.scope(k, "read")) for k, paths, these in asked])

    def why(self, action: str, entity: Entity) -> str:
        """The rule that lets the actor do this, or keeps them from it, in words."""
        kind = type(entity)
        allowed = self._transaction.count(kind, where(id=entity.id) & self.scope(kind, action))
        rule = self.domain.policy(kind).explain(self.actor.role, action)
        verdict = "may" if allowed else "may not"
        return f"{self.actor.role} {verdict} {action} {kind.__name__} {entity.id}: rows where {rule}"

    # -- writing ---------------------------------------------------------------------------------------

    def expect(self, kind: type[Entity], id: int, seen: Seen) -> None:
        """Commit this unit of work only if a row is still as the actor saw it.

        The row is compared when it is first locked, so before it changes and in the order in which use cases lock
        rows; a row that is never locked is compared at the end. A row that no longer exists is not compared.
        Raises, at the time of comparison: Stale.
        """
        self._expected.add(kind, id, seen, mask=self._redact)

    def add(self, kind: type[E], /, *, to: str = "create", **fields: Any) -> E:
        """Store a new row; without a `center_id` it belongs to the actor's Center, or to its references'.

        Raises: Invalid (bad or unknown references included), Conflict (not unique), Forbidden.
        """
        if not self.may(kind, to):
            raise Forbidden(kind=kind.__name__, action=to)
        self.require_fields(kind, to, fields)
        if "center_id" in kind.model_fields and fields.get("center_id") is None:
            fields["center_id"] = self._checks.center_for(kind, fields)
        draft = valid(kind, {**self._stamps(kind, "created_at", "updated_at"), **fields}, id=NOT_STORED)
        self._checks.refuse_problems(draft, set(kind.model_fields))
        entity = _numbered(draft, self._transaction.insert(draft))
        self._require(kind, [entity], to)
        self._record_change(kind, [Change(None, entity)])
        return self._redact(entity)

    def change(self, entity: E, *, to: str = "update", **fields: Any) -> E:
        """Store new values for some fields, checking the policy before and after.

        The changed fields must satisfy the rule for `create` too, if the actor has one.
        Raises: NotFound, Forbidden, Invalid, Conflict.
        """
        kind = type(entity)
        self.require_fields(kind, to, fields)
        before = self._stored(kind, entity.id, to, lock=True)
        after = valid(kind, {**dict(before), **fields}, id=before.id, before=before)
        changed = {name for name in kind.model_fields if getattr(before, name) != getattr(after, name)}
        if not changed:
            return self._redact(before)
        stamps = self._stamps(kind, "updated_at")
        after = after.model_copy(update=stamps)
        self._checks.refuse_problems(after, changed)
        self._guard(before, after)
        self._transaction.update(after, sorted(changed | stamps.keys()))
        self._require(kind, [after], to)
        self._require_as_new(kind, [after], changed, to)
        self._record_change(kind, [Change(before, after)])
        self._forget_files(before, changed)
        return self._redact(after)

    def add_all(self, kind: type[E], rows: Sequence[Mapping[str, Any]], *, to: str = "create") -> list[E]:
        """Store new rows of one Center, all or none, in a number of statements that does not grow with them.

        Problems are named by position: `3.student_id`. Raises: what `add` raises.
        """
        if not self.may(kind, to):
            raise Forbidden(kind=kind.__name__, action=to)
        if not rows:
            return []
        self.require_fields(kind, to, {name for row in rows for name in row})
        stamps = self._stamps(kind, "created_at", "updated_at")
        drafts = all_valid(kind, [({**stamps, **row}, NOT_STORED) for row in rows])
        self._checks.refuse_unknown(kind, drafts, set(kind.model_fields))
        ids = self._transaction.insert_all(drafts)
        stored = [_numbered(draft, id) for draft, id in zip(drafts, ids, strict=True)]
        self._require(kind, stored, to)
        self._record_change(kind, [Change(None, entity) for entity in stored])
        return [self._redact(entity) for entity in stored]

    def change_each(self, kind: type[E], changes: Mapping[int, Mapping[str, Any]], *, to: str = "update") -> list[E]:
        """Store new values for fields of rows of one Center, by id, all or none, in as many statements as for one.

        Problems are named by position. Raises: what `change` raises.
        """
        if not changes:
            return []
        self._checks.forget()
        self.require_fields(kind, to, {name for fields in changes.values() for name in fields})
        this = where(id__in=changes)
        before = {e.id: e for e in self._find(kind, this & self.scope(kind, to), lock=True)}
        if missing := changes.keys() - before.keys():
            self._stored(kind, min(missing), to)
        stamps, touched = self._stamps(kind, "updated_at"), {name for fields in changes.values() for name in fields}
        after = all_valid(kind, [({**dict(before[id]), **fields}, id) for id, fields in changes.items()], before=before)
        if fixed := sorted(n for e in after for n in touched if _is_moved(kind, n, before[e.id], e)):
            raise Invalid.because(fixed[0], "cannot_change")
        self._checks.refuse_unknown(kind, after, touched)
        after = [e if e == before[e.id] else e.model_copy(update=stamps) for e in after]
        for e in after:
            if e != before[e.id]:
                self._guard(before[e.id], e)
        self._transaction.update_all([e for e in after if e != before[e.id]])
        self._require(kind, after, to)
        for n in sorted(touched):
            self._require_as_new(kind, [e for e in after if getattr(before[e.id], n) != getattr(e, n)], {n}, to)
        self._record_change(kind, [Change(before[e.id], e) for e in after if e != before[e.id]])
        for e in after:
            self._forget_files(before[e.id], {n for n in touched if getattr(before[e.id], n) != getattr(e, n)})
        return [self._redact(entity) for entity in after]

    def change_all(self, kind: type[Entity], condition: Where, *, to: str = "update", **fields: Any) -> int:
        """Set fields on every matching row the actor may change, in one statement; for plain values only."""
        self.require_fields(kind, to, fields)
        if kind in self.domain.audited:
            raise TypeError(f"{kind.__name__} is audited: its rows change one by one, or by `change_each`")
        if kind in self.domain.guards:
            raise TypeError(f"{kind.__name__} is guarded: its rows change one by one, or by `change_each`")
        policed = {*self.scope(kind, to).names(), *self.scope(kind, "create").names(), *references(kind)}
        if unsafe := policed & fields.keys():
            raise TypeError(f"change_all cannot re-check {sorted(unsafe)}; change the rows one by one")
        self._meet_expectations(kind)
        return self._transaction.set(
            kind, condition & self.scope(kind, to), {**fields, **self._stamps(kind, "updated_at")}
        )

    def remove(self, entity: Entity, *, to: str = "delete") -> None:
        """Delete a row, and what belongs to it. Raises: Conflict("in_use") naming what is in the way."""
        kind = type(entity)
        stored = self._stored(kind, entity.id, to, lock=True)
        if blockers := self.referencing_counts(entity):
            raise Conflict.because("", "in_use", kind=kind.__name__, by=blockers)
        self._clear_audited(stored)
        self._transaction.delete(kind, where(id=entity.id))
        self._record_change(kind, [Change(stored, None)])
        self._forget_files(stored, set(kind.model_fields))

    def remove_all(self, kind: type[Entity], condition: Where, *, to: str = "delete") -> int:
        """Delete every matching row the actor may delete; only for kinds that no reference points at.

        Deletions of audited kinds are recorded in `changes`.
        """
        if self.domain.referrers(kind):
            raise TypeError(f"other rows may point at {kind.__name__}; remove the rows one by one")
        self._meet_expectations(kind)
        gone = condition & self.scope(kind, to)
        if kind in self.domain.audited:
            told = self._transaction.find(kind, gone, lock=True)
            gone = where(id__in={entity.id for entity in told})
            self._record_change(kind, [Change(entity, None) for entity in told])
        return self._transaction.delete(kind, gone)

    def referencing_counts(
        self, entity: Entity, *, within: Where = everything, marked: type | None = None
    ) -> dict[str, int]:
        """Return the number of rows, by the name of their kind, whose references keep this row from being deleted.

        Only rows that match `within` are counted and, if `marked` is given, only references that have this mark.
        """
        refusing: dict[type[Entity], Where] = {}
        for other, field, reference in self.domain.referrers(type(entity)):
            if reference.on_delete is OnDelete.REFUSE and (marked is None or is_marked(other, field, marked)):
                refusing[other] = refusing.get(other, nothing) | where(**{field: entity.id})
        counts = self._transaction.count_each([(other, found & within) for other, found in refusing.items()])
        return {other.__name__: count for other, count in zip(refusing, counts, strict=True) if count}

    def record(self, event: object) -> None:
        """Publish an event once the transaction is committed."""
        self.events.append(event)

    def store_file(self, content: bytes, *, folder: str, name: str) -> str:
        """Store a file and give its key for a `StoredFile` field; undone with the transaction.

        A file that a row no longer names is deleted after the commit. Other transactions wait while the bytes are
        stored; so store large files, or files on another computer, beforehand with `Staging` and call `keep_staged`.
        """
        key = self.ports.files.save(content, folder=folder, name=name)
        self._undo.append(lambda: self.ports.files.delete(key))
        return key

    def keep_staged(self, staged: StagedFile) -> str:
        """Return the key of a file stored beforehand; its `Staging` deletes it unless this transaction commits."""
        self._after.append(partial(setattr, staged, "is_kept", True))
        return staged.key

    def problems(
        self, kind: type[Entity], fields: Mapping[str, Any], *, of: Entity | None = None
    ) -> dict[str, list[Problem]]:
        """What is wrong with references and unique values among some fields (of a row), without writing."""
        given = {name: value for name, value in fields.items() if name in kind.model_fields}
        values = {**(dict(of) if of else {}), **given}
        if "center_id" in kind.model_fields and values.get("center_id") is None:
            values["center_id"] = self._checks.center_for(kind, values)
        unknown, taken = self._checks.problems(kind, values, set(given))
        return unknown | taken

    # -- the policy at work ----------------------------------------------------------------------------

    def _stored(self, kind: type[E], id: int, to: str, *, only: Where = everything, lock: bool = False) -> E:
        this = where(id=id) & only
        if lock:  # it is about to change, and with it what can be seen
            self._checks.forget()
        if found := self._find(kind, this & self.scope(kind, to), limit=1, lock=lock):
            return found[0]
        if to != "read" and self._transaction.count(kind, this & self.scope(kind, "read")):
            raise Forbidden(kind=kind.__name__, action=to)
        raise NotFound(kind=kind.__name__, id=id)

    def _find(self, kind: type[E], condition: Where, *, lock: bool, **page: Unpack[Page]) -> list[E]:
        """Return the matching rows; rows that are locked are compared with the versions expected. Raises: Stale."""
        found = self._transaction.find(kind, condition, lock=lock, **page)
        if lock:
            self._expected.compare(found)
        return found

    def _meet_expectations(self, *kinds: type[Entity]) -> None:
        """Compare the rows not compared yet: all of them at the end, or those of some kinds before a bulk write.

        Before a bulk write they are also locked. Raises: Stale.
        """
        for kind, ids in self._expected.waiting(*kinds).items():
            self._expected.compare(self._transaction.find(kind, where(id__in=ids), lock=bool(kinds)))

    def _require(self, kind: type[Entity], entities: Sequence[Entity], action: str) -> None:
        self._require_within(self.scope(kind, action), kind, entities, action)

    def _require_as_new(self, kind: type[Entity], entities: Sequence[Entity], moved: Iterable[str], to: str) -> None:
        """Check the changed fields against the rule for `create` too, if the actor has one. Raises: Forbidden."""
        if entities and self.may(kind, "create"):
            self._require_within(self.scope(kind, "create").about(moved), kind, entities, to)

    def _require_within(self, scope: Where, kind: type[Entity], entities: Sequence[Entity], action: str) -> None:
        if scope.is_local:
            allowed = all(map(scope.holds, entities))
        else:
            allowed = self._transaction.count(kind, where(id__in={e.id for e in entities}) & scope) == len(entities)
        if not allowed:
            self._refused.append(Forbidden(kind=kind.__name__, action=action))
            raise self._refused[-1]

    def _guard(self, before: Entity, after: Entity) -> None:
        """Run the rules of all contexts about changes of such a row."""
        for guard in self.domain.guards.get(type(before), ()):
            guard(self, before, after)

    def _record_change(self, kind: type[Entity], changes: Iterable[Change]) -> None:
        if kind in self.domain.audited:
            self.changes.extend(changes)

    def _clear_audited(self, gone: Entity) -> None:
        """Record the changes to rows of audited kinds whose reference to a deleted row the store is about to clear."""
        clearing = [
            (kind, field)
            for kind, field, reference in self.domain.referrers(type(gone))
            if reference.on_delete is OnDelete.CLEAR and kind in self.domain.audited
        ]
        counts = self._transaction.count_each([(kind, where(**{field: gone.id})) for kind, field in clearing])
        for (kind, field), count in zip(clearing, counts, strict=True):
            found = self._find(kind, where(**{field: gone.id}), lock=True) if count else []
            self._record_change(kind, [Change(row, row.model_copy(update={field: None})) for row in found])

    def _stamps(self, kind: type[Entity], *names: str) -> dict[str, Any]:
        return {name: self.ports.clock.now() for name in names if name in kind.model_fields}

    def _forget_files(self, before: Entity, changed: set[str]) -> None:
        for name in changed:
            if is_marked(type(before), name, StoredFile) and (key := getattr(before, name)):
                self._after.append(partial(self.ports.files.delete, key))

    def _redact(self, entity: E) -> E:
        policy = self.domain.policy(type(entity))
        closed = {n: None for n in policy.restricted_fields if not policy.visibility(self.actor, n).holds(entity)}
        return entity.model_copy(update=closed) if closed else entity

    def _visible(self, projection: Projection) -> dict[Column, Where]:
        visible = {}
        for column, kind, name in projection.restricted:
            condition = self.domain.policy(kind).visibility(self.actor, name)
            if condition != everything:
                visible[column] = condition
        return visible


def _do_each(acts: Iterable[Callable[[], None]]) -> None:
    """What follows the end of a transaction: it is done or undone for good, whatever fails here."""
    for act in acts:
        try:
            act()
        except Exception:
            log.exception("something failed after the transaction")


def _numbered(draft: E, id: int) -> E:
    """A draft, which nobody else has seen yet, under the id that it was stored with."""
    vars(draft)["id"] = id
    return draft


def _is_moved(kind: type[Entity], name: str, before: Entity, after: Entity) -> bool:
    return is_marked(kind, name, Fixed) and getattr(before, name) != getattr(after, name)


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
    """Do an action by name, as every API and every screen does: the listed use case, or the plain verb.

    `only` keeps an edge to part of a kind (directors among memberships). Raises: what the action raises.
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
