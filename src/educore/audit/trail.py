"""Writing the audit trail beside every unit of work."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC
from typing import Any

from pydantic_core import to_jsonable_python

from educore.audit.entities import AuditAction, AuditEntry, AuditHead
from educore.entity import NOT_STORED, Entity, Hidden, is_marked
from educore.identity.entities import User
from educore.organization.entities import Center
from educore.policy import PLATFORM
from educore.where import where
from educore.work import Change, UnitOfWork

NO_CENTER = 0
"""The chain of what belongs to no Center, such as the role of a superadmin."""

SEALED = (
    "center_id", "chain", "number", "at", "actor_id", "actor_name", "actor_role", "kind", "row_id", "action",
    "before", "after",
)  # fmt: skip
TOLD_ANYWAY = ("id", "created_at", "updated_at")
"""What the entry itself says: of which row it is, and when."""


def keep_trail(uow: UnitOfWork, *, unless_made: Collection[type[Entity]] = frozenset()) -> None:
    """Add an entry for every watched row that a unit of work made, changed or removed, in the order of the first touch.

    Rows of the kinds in `unless_made` say themselves who made them when, so that only later changes are entered.
    Three statements for each Center concerned, whatever the number of rows, after one that finds out who acts. The end
    of the chain is the last thing a unit of work locks; a row that moves from one Center to another is entered in both.
    """
    kept = (change for change in _net(uow.changes) if change.before or type(change.after) not in unless_made)
    told = [change for change in kept if any(_sides(change))]
    if not told:
        return
    said = {**_who(uow), "at": uow.ports.clock.now()}
    platform = uow.acting_as(PLATFORM)  # the trail is nobody's to write
    for chain in sorted({chain for change in told for chain in _chains_of(change)}):
        _append(platform, chain, [{**said, **_draft(change)} for change in told if chain in _chains_of(change)])


def seal(entry: AuditEntry, previous: str) -> str:
    """The digest of an entry and of all before it, of whom `previous` is the last one's."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    told = [at if name == "at" else getattr(entry, name) for name in SEALED]
    return hashlib.sha256(json.dumps([previous, *told], ensure_ascii=False).encode()).hexdigest()


def _net(changes: Iterable[Change]) -> list[Change]:
    """What became of each row in the end."""
    ends: dict[tuple[type[Entity], int], Change] = {}
    for change in changes:
        row = _row(change)
        first = ends.get((type(row), row.id), change)
        ends[type(row), row.id] = Change(first.before, change.after)
    return list(ends.values())


def _append(platform: UnitOfWork, chain: int, drafts: Iterable[Mapping[str, Any]]) -> None:
    head = _head(platform, chain)
    digest, rows = head.digest, []
    for number, draft in enumerate(drafts, start=head.number + 1):
        whose = {"chain": chain, "center_id": chain or None, "number": number}
        entry = AuditEntry(id=NOT_STORED, digest="", **whose, **draft)  # sealed as it will be read back
        digest = seal(entry, digest)
        rows.append({**entry.model_dump(include=set(SEALED)), "digest": digest})
    platform.add_all(AuditEntry, rows)
    platform.change_all(AuditHead, where(chain=chain), number=head.number + len(rows), digest=digest)


def _head(platform: UnitOfWork, chain: int) -> AuditHead:
    """The end of a chain, locked; the first to need it makes it while holding the Center."""
    if not (found := platform.find(AuditHead, where(chain=chain), lock=True)):
        platform.find(Center, where(id=chain), lock=True)
        found = platform.find(AuditHead, where(chain=chain), lock=True)
    return found[0] if found else platform.add(AuditHead, chain=chain)


def _row(change: Change) -> Entity:
    row = change.after or change.before
    if row is None:
        raise TypeError("a change has at least one side")
    return row


def _chains_of(change: Change) -> set[int]:
    return {getattr(row, "center_id", None) or NO_CENTER for row in (change.before, change.after) if row is not None}


def _who(uow: UnitOfWork) -> dict[str, Any]:
    """Who acts, by number, by role and by the name of the day."""
    who = {"actor_id": uow.actor.user_id, "actor_role": uow.actor.role.value, "actor_name": ""}
    if uow.actor.user_id is not None:
        for user in uow.acting_as(PLATFORM).find(User, where(id=uow.actor.user_id)):
            who["actor_name"] = f"{user.first_name} {user.last_name}".strip() or user.username
    return who


def _draft(change: Change) -> dict[str, Any]:
    before, after = _sides(change)
    row = _row(change)
    return {
        "kind": type(row).__name__,
        "row_id": row.id,
        "action": _action(change),
        "before": _json(before),
        "after": _json(after),
    }


def _action(change: Change) -> AuditAction:
    if change.before is None:
        return AuditAction.CREATED
    return AuditAction.CHANGED if change.after else AuditAction.REMOVED


def _sides(change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    """Before and after: of a changed row only what differs, of any row nothing that nobody may see."""
    before, after = _told(change.before), _told(change.after)
    if change.before is None or change.after is None:
        return before, after
    differing = [name for name in before if before[name] != after[name]]
    return {name: before[name] for name in differing}, {name: after[name] for name in differing}


def _told(entity: Entity | None) -> dict[str, Any]:
    if entity is None:
        return {}
    kind = type(entity)
    return {n: v for n, v in vars(entity).items() if n not in TOLD_ANYWAY and not is_marked(kind, n, Hidden)}


def _json(fields: Mapping[str, Any]) -> str:
    return json.dumps(to_jsonable_python(fields), ensure_ascii=False, sort_keys=True) if fields else ""
