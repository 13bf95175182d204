"""17. Notifications: everybody sees their own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel

from educore import From, UnitOfWork, perform, where
from educore.messaging import Notification, mark_all_read
from educore.values import Name, Text
from educore_web.apis.center_crm.dialect import CrmShape
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import NotificationWord
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import To


class NotificationIn(Body, of=Notification):
    """A note to somebody of one's own center (C76)."""

    user: Annotated[int, To("user_id")]
    notification_type: Annotated[NotificationWord, To("type")] = NotificationWord.GENERAL
    title: Name
    message: Text


class ReadIn(Body, of=Notification):
    """The mark that a notification was read; nothing else can be changed (C76)."""

    is_read: bool


class NotificationOut(CrmShape, of=Notification):
    """A note to somebody."""

    id: int
    user: Annotated[int, From("user_id")]
    username: Annotated[str, From("user.username")]
    notification_type: Annotated[NotificationWord, From("type")]
    title: str
    message: str
    is_read: bool
    created_at: datetime


class AllReadOut(BaseModel):
    """That it is done."""

    status: str


def create(uow: UnitOfWork, data: NotificationIn) -> dict[str, Any]:
    """Create a notification"""
    notification = perform(uow, Notification, "create", fields=data.fields())
    (row,) = uow.select(NotificationOut, where(id=notification.id), to="create")  # the sender may not read it later
    return row


def mark_all(uow: UnitOfWork) -> dict[str, str]:
    """Mark all notifications as read"""
    mark_all_read(uow)
    return {"status": "All notifications marked as read"}


PATH = "/notifications/{id}/"

ROUTES = [
    crm.list("/notifications/", NotificationOut, search=("title", "message"), order=("-id",)),
    crm.post(
        "/notifications/",
        create,
        verb="create",
        kind=Notification,
        action="create",
        status=201,
        body=NotificationIn,
        out=NotificationOut,
    ),
    crm.post("/notifications/mark-all-read/", mark_all, out=AllReadOut),
    crm.retrieve(PATH, NotificationOut),
    crm.update(PATH, Notification, ReadIn, NotificationOut),
    crm.update(PATH, Notification, make_partial(ReadIn), NotificationOut, method="PATCH"),
    crm.delete(PATH, Notification),
]
