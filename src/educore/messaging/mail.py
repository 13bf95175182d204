"""Mail to users: stored as deliveries, which a worker sends after the commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from educore.identity.entities import User
from educore.kernel.conditions import where
from educore.kernel.ports import NO_SENDER
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.deliveries import delivery_fields, queue_deliveries
from educore.messaging.entities import Channel, Delivery, Notification
from educore.organization.entities import Center


def queue_mail(uow: UnitOfWork, user_ids: Iterable[int], *, center_id: int, subject: str, text: str) -> list[Delivery]:
    """Queue a mail to each of the users that has an address; without a mail server, queue nothing.

    The name of the Center is added below the text.
    """
    if uow.ports.mail is NO_SENDER:
        return []
    users = uow.find(User, where(id__in=set(user_ids), email__isnull=False))
    center = uow.get(Center, center_id)
    messages = [(user.email or "", f"{text}\n\n{center.name}") for user in users]
    return queue_deliveries(uow, center, Channel.EMAIL, messages, subject=subject)


def queue_notification_mails(
    uow: UnitOfWork, notifications: Sequence[Notification], addresses: Mapping[int, str], *, center_name: str
) -> list[Delivery]:
    """Queue a mail with the text of each notification to those users of one Center whose address is known, by user id.

    Without a mail server, queue nothing. The name of the Center is added below the text.
    """
    mailed = [row for row in notifications if row.user_id in addresses]
    if uow.ports.mail is NO_SENDER or not mailed:
        return []
    shared = delivery_fields(uow, mailed[0].center_id, Channel.EMAIL)
    rows = [
        {
            **shared,
            "address": addresses[row.user_id],
            "subject": row.title,
            "text": f"{row.message}\n\n{center_name}",
            "notification_id": row.id,
        }
        for row in mailed
    ]
    return uow.add_all(Delivery, rows)
