"""Writing the audit trail beside every unit of work, and proving that nobody touched it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from pydantic_core import to_jsonable_python

from educore.audit.entities import AuditAction, AuditEntry, AuditHead
from educore.entity import Entity, Hidden, is_marked
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
AT_ONCE = 1_000


def keep_trail(uow: UnitOfWork, *, unless_made: frozenset[type[Entity]] = frozenset()) -> None:
    """Add an entry for every watched change of a unit of work, in the order they happened.

    Rows of the kinds in `unless_made` say themselves who made them when, so that only later changes are entered.
    Three statements for each Center concerned, whatever the number of changes; the end of the chain is the last
    thing a unit of work locks.
    """
    told = [change for change in uow.changes if change.before is not None or type(change.after) not in unless_made]
    platform = uow.acting_as(PLATFORM)
    name = _name_of_actor(uow) if told else ""
    for chain in sorted({_chain_of(change) for change in told}):
        drafts = [_draft(uow, change, name) for change in told if _chain_of(change) == chain]
        _append(platform, chain, drafts)


def broken_entries(uow: UnitOfWork, *, chain: int) -> Iterator[AuditEntry]:
    """The entries of a chain that do not fit: altered ones, and those after a gap.

    Raises: LookupError when the chain is shorter than its head says, because its last entries are missing.
    """
    number, digest = 0, ""
    while page := uow.find(AuditEntry, where(chain=chain, number__gte=number + 1), order=("number",), limit=AT_ONCE):
        for entry in page:
            fits = entry.number == number + 1 and entry.digest == _seal(dict(entry), digest)
            if not fits:
                yield entry
            number, digest = entry.number, entry.digest
    for head in uow.find(AuditHead, where(chain=chain)):
        if (head.number, head.digest) != (number, digest):
            raise LookupError(f"the chain ends at entry {number}, its head says {head.number}")


def chains(uow: UnitOfWork) -> list[int]:
    """Every chain there is, by number."""
    return [head.chain for head in uow.find(AuditHead, order=("chain",))]


def _append(platform: UnitOfWork, chain: int, drafts: Iterable[dict[str, Any]]) -> None:
    head = _head(platform, chain)
    number, digest, rows = head.number, head.digest, []
    for draft in drafts:
        number += 1
        row = {**draft, "chain": chain, "center_id": chain or None, "number": number}
        digest = _seal(row, digest)
        rows.append({**row, "digest": digest})
    platform.add_all(AuditEntry, rows)
    platform.change(head, number=number, digest=digest)


def _head(platform: UnitOfWork, chain: int) -> AuditHead:
    """The end of a chain, locked; the first to need it makes it while holding the Center."""
    if not (found := platform.find(AuditHead, where(chain=chain), lock=True)):
        platform.find(Center, where(id=chain), lock=True)
        found = platform.find(AuditHead, where(chain=chain), lock=True)
    return found[0] if found else platform.add(AuditHead, chain=chain)


def _chain_of(change: Change) -> int:
    return getattr(change.after or change.before, "center_id", None) or NO_CENTER


def _draft(uow: UnitOfWork, change: Change, name: str) -> dict[str, Any]:
    before, after = _told(change.before), _told(change.after)
    if change.before and change.after:
        same = {field for field, value in before.items() if after[field] == value} | {"updated_at"}
        before, after = ({f: v for f, v in side.items() if f not in same} for side in (before, after))
    row = change.after or change.before
    assert row is not None, "a change has a side"
    return {
        "at": uow.ports.clock.now(),
        "actor_id": uow.actor.user_id,
        "actor_name": name,
        "actor_role": uow.actor.role.value,
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


def _told(entity: Entity | None) -> dict[str, Any]:
    """What an entry may tell of a row: everything but what nobody may see."""
    if entity is None:
        return {}
    kind = type(entity)
    return {name: value for name, value in dict(entity).items() if not is_marked(kind, name, Hidden)}


def _json(fields: dict[str, Any]) -> str:
    return json.dumps(to_jsonable_python(fields), ensure_ascii=False, sort_keys=True) if fields else ""


def _name_of_actor(uow: UnitOfWork) -> str:
    for user in uow.acting_as(PLATFORM).find(User, where(id=uow.actor.user_id)):
        return f"{user.first_name} {user.last_name}".strip() or user.username
    return ""


def _seal(row: dict[str, Any], previous: str) -> str:
    """The digest of an entry and of all before it."""
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    told = [at if name == "at" else row[name] for name in SEALED]
    return hashlib.sha256(json.dumps([previous, *told], ensure_ascii=False).encode()).hexdigest()
