"""The audit trail: entries about every change of an audited row, chained by digests.

What: before each commit, `append_entries` turns the changes of the unit of work into entries. The entries of a Center
form a chain: the digest of an entry is an HMAC over the entry and the digest of the entry before it. The head of the
chain stores number and digest of the last entry, with a seal of its own (`educore.audit.sealing`).

Why: an attacker with access to the database could otherwise change a mark or a payment together with its entry.
Without the key, which is in the settings and not in the database, new digests cannot be computed: an entry that was
changed, put in, removed, or cut off at the end does not fit its neighbours or the head. One chain per Center lets
Centers write at the same time; within a chain the head is locked until the commit, because each entry needs the digest
before it.

What it bought: three statements per unit of work and Center, however many rows it changed, in the same transaction as
the changes, so that there is no change without an entry. An old copy of the whole database is consistent in itself;
only a digest that was stored elsewhere reveals it, which is why a mail with all heads can be sent every day
(`educore.audit.daily_mail`).

Tests: `tests/domain/test_audit.py`, and `tests/domain/test_audit_seal.py`, which attacks the tables with plain SQL.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import to_jsonable_python

from educore.audit.entities import AuditAction, AuditEntry, AuditHead
from educore.audit.names import Names
from educore.audit.sealing import ADOPTED, SEALED_FIELDS, sign_end, sign_entry
from educore.identity.entities import User
from educore.kernel.changes import Change
from educore.kernel.conditions import where
from educore.kernel.entity import NOT_STORED, Audited, Entity, Hidden, is_marked
from educore.kernel.policy import Role
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center

NO_CENTER = 0
"""The chain for rows that belong to no Center, such as the membership of a superadmin."""

IMPLIED_FIELDS = ("id", "created_at", "updated_at")
"""Fields that are left out, because the entry itself has the id and the time."""

REDACTED = "***"
"""Replacement for a value that readers of the trail may not see, such as a password."""


def append_entries(uow: UnitOfWork) -> None:
    """Append an entry for each audited row that a unit of work created, changed or removed, by order of first change.

    Takes three statements for each Center concerned, however many rows there are, after one statement that reads
    all names. The head of the chain is the last row that a unit of work locks, so that chains cause no deadlock. A row
    that moves from one Center to another has an entry in both chains.
    """
    if not any(_is_audited(change) for change in uow.changes):  # as after most bulk writes
        return
    audited = [
        (change, sides)
        for change in _net_changes(uow.changes)
        if _is_audited(change) and any(sides := _audited_fields(uow, change))
    ]
    if not audited:
        return
    platform = uow.as_platform()  # no other actor may write the trail, and names do not depend on the actor
    names = Names(platform, [change for change, _ in audited], uow.actor.user_id)
    author = {**_author(uow, names), "at": uow.ports.clock.now()}
    for chain in sorted({chain for change, _ in audited for chain in _chains_of(change)}):
        drafts = [_draft(change, sides, names) for change, sides in audited if chain in _chains_of(change)]
        append_to_chain(platform, chain, [{**author, **draft} for draft in drafts])


def append_to_chain(platform: UnitOfWork, chain: int, drafts: Iterable[Mapping[str, Any]]) -> None:
    """Append entries with their digests to a chain, whose head stays locked until the transaction ends."""
    head, seal = _lock_head(platform, chain), platform.ports.seal
    previous = head.digest if is_sealed(platform, head) else f"{ADOPTED}{head.digest}"
    rows = []
    for number, draft in enumerate(drafts, start=head.number + 1):
        place = {"chain": chain, "center_id": chain or None, "number": number}
        entry = AuditEntry(id=NOT_STORED, digest="", **place, **draft)  # as it will be read back
        previous = sign_entry(seal, entry, previous)
        rows.append({**entry.model_dump(include=set(SEALED_FIELDS)), "digest": previous})
    platform.add_all(AuditEntry, rows)
    number = head.number + len(rows)
    sealed = sign_end(seal, chain=chain, number=number, digest=previous)
    platform.change_all(AuditHead, where(chain=chain), {"number": number, "digest": previous, "seal": sealed})


def is_sealed(uow: UnitOfWork, head: AuditHead) -> bool:
    """Return whether the end of a chain has a valid seal of the present key; true for a chain without entries."""
    if head.number == 0 and not head.seal:
        return not head.digest
    expected = sign_end(uow.ports.seal, chain=head.chain, number=head.number, digest=head.digest)
    return hmac.compare_digest(expected.encode(), head.seal.encode())


def _net_changes(changes: Iterable[Change]) -> list[Change]:
    """Return the overall change of each row; a row that was created and removed again is left out."""
    ends: dict[tuple[type[Entity], int], Change] = {}
    for change in changes:
        row = _row(change)
        first = ends.get(key := (type(row), row.id))
        ends[key] = change if first is None else Change(first.before, change.after)
    return [change for change in ends.values() if change.before is not None or change.after is not None]


def _is_audited(change: Change) -> bool:
    """Return whether a change gets an entry; the creation of rows that name their creator and the time does not."""
    return change.before is not None or change.after is None or change.after.audited is not Audited.AFTER_CREATION


def _lock_head(platform: UnitOfWork, chain: int) -> AuditHead:
    """Lock the head of a chain and return it; if there is none yet, create it while the Center is locked."""
    if not (found := platform.find(AuditHead, where(chain=chain), lock=True)):
        platform.find(Center, where(id=chain), lock=True)
        found = platform.find(AuditHead, where(chain=chain), lock=True)
    return found[0] if found else platform.add(AuditHead, {"chain": chain})


def _row(change: Change) -> Entity:
    row = change.after or change.before
    if row is None:
        raise TypeError("a change has at least one side")
    return row


def _chains_of(change: Change) -> set[int]:
    return {_chain_of(row) for row in (change.before, change.after) if row is not None}


def _chain_of(row: Entity) -> int:
    return row.id if isinstance(row, Center) else getattr(row, "center_id", None) or NO_CENTER


def _author(uow: UnitOfWork, names: Names) -> dict[str, Any]:
    """Return the actor of the entries: id, role, and name at the time."""
    id = uow.actor.user_id
    name = "" if id is None else names.name_of(User, id)
    return {"actor_id": id, "actor_role": uow.actor.role.value, "actor_name": name}


def _draft(change: Change, sides: tuple[dict[str, Any], dict[str, Any]], names: Names) -> dict[str, Any]:
    before, after = sides
    row = _row(change)
    return {
        "kind": type(row).__name__,
        "row_id": row.id,
        "row_name": names.name_of(type(row), row.id),
        "action": _action(change),
        "before": _json(before),
        "after": _json(after),
        "names": _json(names.referenced_names(type(row), before, after)),
    }


def _action(change: Change) -> AuditAction:
    if change.before is None:
        return AuditAction.CREATED
    return AuditAction.CHANGED if change.after else AuditAction.REMOVED


def _audited_fields(uow: UnitOfWork, change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of a row before and after the change.

    Of a changed row these are only the fields that differ; a secret one among them appears as `REDACTED`. Of a created
    or removed row they are all fields but the secret ones.
    """
    kind = type(_row(change))
    fields = [name for name in kind.model_fields if name not in IMPLIED_FIELDS]
    if change.before is not None and change.after is not None:
        fields = [name for name in fields if getattr(change.before, name) != getattr(change.after, name)]
    else:
        fields = [name for name in fields if not _is_secret(uow, kind, name)]
    return _field_values(uow, change.before, fields), _field_values(uow, change.after, fields)


def _field_values(uow: UnitOfWork, row: Entity | None, fields: Iterable[str]) -> dict[str, Any]:
    if row is None:
        return {}
    values = {name: getattr(row, name) for name in fields}
    return {n: REDACTED if v is not None and _is_secret(uow, type(row), n) else v for n, v in values.items()}


def _is_secret(uow: UnitOfWork, kind: type[Entity], name: str) -> bool:
    """Return whether a field is hidden from all roles, or from a role that may read the audit trail."""
    policy = uow.domain.policy(kind)
    if name not in policy.restricted_fields:
        return is_marked(kind, name, Hidden)
    readers = (role for role in Role if uow.domain.policy(AuditEntry).permits(role, "read"))
    return not policy.is_open_to(readers, name)


def _json(fields: Mapping[str, Any]) -> str:
    return json.dumps(to_jsonable_python(fields), ensure_ascii=False, sort_keys=True) if fields else ""
