"""Notifications to users: created by staff or by the platform, read and deleted by the user."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from educore.identity.entities import Membership
from educore.kernel.actions import locks_row, use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Notification, NotificationType

IDS_IN_A_WAKE = 100
"""Ids that a wake names at most, so that it is short enough for every carrier."""


@dataclass(frozen=True)
class NotificationDraft:
    """A notification to one user. A user gets at most one notification per `key`.

    `more` are further fields of the `Notification`: the student, the priority, what it is about. `kind` is its type,
    where that is not the same for all who are notified together.
    """

    user_id: int
    title: str
    message: str
    key: str | None = None
    kind: NotificationType | None = None
    more: Mapping[str, Any] = field(default_factory=dict, hash=False)


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
    """Notify users with the same text and return the new notifications; users who have one of this key get none.

    Raises: what `notify_each` raises.
    """
    drafts = [NotificationDraft(id, title, message, key) for id in dict.fromkeys(user_ids)]
    return notify_each(uow, drafts, center_id=center_id, kind=kind)


@use_case
def notify_each(
    uow: UnitOfWork, drafts: Sequence[NotificationDraft], /, *, center_id: int, kind: NotificationType
) -> list[Notification]:
    """Notify each user with a text of their own, at most once per key, in a fixed number of statements.

    After the commit the users who are connected are woken.

    Raises: Conflict("taken") if another transaction notifies one of the users under the same key at the same time.
    """
    known = _known_keys(uow, drafts)
    new = {(draft.user_id, draft.key or draft): draft for draft in drafts if (draft.user_id, draft.key) not in known}
    shared = {"center_id": center_id, "created_at": uow.ports.clock.now()}
    rows = [
        {
            **shared,
            "type": draft.kind or kind,
            "user_id": draft.user_id,
            "title": draft.title,
            "message": draft.message,
            "key": draft.key,
            **draft.more,
        }
        for draft in new.values()
    ]
    return wake_readers(uow, uow.add_all(Notification, rows))


@use_case
def write_notification(uow: UnitOfWork, /, *, user_id: int, **fields: Any) -> Notification:
    """Create a notification to a member of the actor's Center (center_crm 17.2, C76).

    An actor without a Center can notify members of any; the notification then belongs to the member's first Center.
    Raises: Invalid("unknown_id") on user_id.
    """
    own = {} if uow.actor.center_id is None else {"center_id": uow.actor.center_id}
    found = uow.find(Membership, where(user_id=user_id, center_id__isnull=False, **own), limit=1)
    if not found:
        raise Invalid.because("user_id", "unknown_id", id=user_id)
    now, center_id = uow.ports.clock.now(), found[0].center_id
    row = uow.add(Notification, with_computed(fields, center_id=center_id, user_id=user_id, created_at=now))
    return wake_readers(uow, [row])[0]


@locks_row
@use_case
def change_notification(uow: UnitOfWork, notification: Notification, /, **fields: Any) -> Notification:
    """Mark a notification as read, or as unread again; the moment of the first reading stays."""
    if "is_read" in fields and fields["is_read"] != notification.is_read:
        fields = with_computed(fields, read_at=uow.ports.clock.now() if fields["is_read"] else None)
    return uow.change(notification, fields)


@use_case
def mark_all_read(
    uow: UnitOfWork, /, *, ids: Collection[int] | None = None, types: Collection[NotificationType] | None = None
) -> int:
    """Mark notifications of the actor as read, in one statement, and return how many were unread.

    These are all of them or, where `ids` or `types` are given, those among them; others are left alone.
    Source: center_crm 17.7.
    """
    unread = where(is_read=False)
    if ids is not None:
        unread &= where(id__in=ids)
    if types is not None:
        unread &= where(type__in=types)
    return uow.change_all(Notification, unread, {"is_read": True, "read_at": uow.ports.clock.now()})


def wake_readers(uow: UnitOfWork, rows: list[Notification]) -> list[Notification]:
    """Wake the users of new notifications after the commit, and return the notifications.

    The wake is `user:5:901,902`, with the ids of the notifications.
    """
    ids_by_user: dict[int, list[int]] = {}
    for row in rows:
        ids_by_user.setdefault(row.user_id, []).append(row.id)
    for user_id, ids in ids_by_user.items():
        for start in range(0, len(ids), IDS_IN_A_WAKE):
            uow.wake(f"user:{user_id}:{','.join(map(str, ids[start : start + IDS_IN_A_WAKE]))}")
    return rows


def _known_keys(uow: UnitOfWork, drafts: Sequence[NotificationDraft]) -> set[tuple[int, str | None]]:
    """Return user and key of the existing notifications, read as the platform, because users see only their own."""
    if not (keys := {draft.key for draft in drafts if draft.key is not None}):
        return set()
    condition = where(user_id__in={draft.user_id for draft in drafts}, key__in=keys)
    return {(row.user_id, row.key) for row in uow.as_platform().find(Notification, condition, to="remind")}
