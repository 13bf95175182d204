"""Notes to people: written by the office or by the platform, read and deleted by whom they are for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from educore.identity.entities import Membership
from educore.kernel.conditions import where
from educore.kernel.errors import Invalid
from educore.kernel.policy import PLATFORM
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Notification, NotificationType


@dataclass(frozen=True)
class Note:
    """What one person is to be told. Nobody is ever told twice under the same `key`."""

    user_id: int
    title: str
    message: str
    key: str | None = None


def notify(
    uow: UnitOfWork,
    user_ids: Iterable[int],
    *,
    center_id: int,
    kind: NotificationType,
    title: str,
    message: str,
    key: str | None = None,
) -> list[Notification]:
    """Tell people the same; those told under this key before are passed over. Gives the new notes.

    Raises: what `notify_each` raises.
    """
    notes = [Note(id, title, message, key) for id in dict.fromkeys(user_ids)]
    return notify_each(uow, notes, center_id=center_id, kind=kind)


def notify_each(
    uow: UnitOfWork, notes: Sequence[Note], *, center_id: int, kind: NotificationType
) -> list[Notification]:
    """Tell each person something, at most once per key, in as many statements for many as for one.

    Raises: Conflict("taken") when somebody else tells the same person under the same key at this moment.
    """
    told = _told(uow, notes)
    new = {(note.user_id, note.key or note): note for note in notes if (note.user_id, note.key) not in told}
    shared = {"center_id": center_id, "type": kind, "created_at": uow.ports.clock.now()}
    return uow.add_all(
        Notification,
        [
            {**shared, "user_id": note.user_id, "title": note.title, "message": note.message, "key": note.key}
            for note in new.values()
        ],
    )


def write_notification(uow: UnitOfWork, *, user_id: int, **fields: Any) -> Notification:
    """Write a note to a member of the actor's Center (center_crm 17.2, C76).

    Somebody above all Centers writes to members of any; the note then belongs to the member's first Center.
    Raises: Invalid("unknown_id") on user_id.
    """
    own = {} if uow.actor.center_id is None else {"center_id": uow.actor.center_id}
    found = uow.find(Membership, where(user_id=user_id, center_id__isnull=False, **own), limit=1)
    if not found:
        raise Invalid.because("user_id", "unknown_id", id=user_id)
    now, center_id = uow.ports.clock.now(), found[0].center_id
    return uow.add(Notification, center_id=center_id, user_id=user_id, created_at=now, **fields)


def mark_all_read(uow: UnitOfWork) -> int:
    """Mark every unread note to the actor as read, in one statement, and say how many (center_crm 17.7)."""
    return uow.change_all(Notification, where(is_read=False), is_read=True)


def _told(uow: UnitOfWork, notes: Sequence[Note]) -> set[tuple[int, str | None]]:
    """Who was told under which of these keys; asked as the platform, since people see their own notes only."""
    if not (keys := {note.key for note in notes if note.key is not None}):
        return set()
    these = where(user_id__in={note.user_id for note in notes}, key__in=keys)
    return {(note.user_id, note.key) for note in uow.as_actor(PLATFORM).find(Notification, these, to="remind")}
