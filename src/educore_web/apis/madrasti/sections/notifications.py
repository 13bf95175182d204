"""Notifications about attendance: told to parents by the platform, written by the office, and answered by parents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, Field

from educore import Computed, From, Invalid, Later, NameOf, NotFound, Role, Shape, UnitOfWork, Where, perform, where
from educore.kernel import OnlyMembers
from educore.messaging import ATTENDANCE_TYPES, Channel, Delivery, DeliveryStatus, Notification, mark_all_read
from educore.people import Student
from educore.values import Name, Text
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.sections.files import AbsenceDocuments
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import (
    OFFICE,
    ChannelWord,
    NoticeStateWord,
    NoticeWord,
    PriorityWord,
    ReferenceWord,
)
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import LookupBy, To
from educore_web.rest.filters import LARGEST_ID
from educore_web.rest.further_names import ADDITION, Also

READERS = OFFICE | {Role.TEACHER, Role.PARENT}
"""The roles that read notifications: of the school, of one's students, or one's own."""

RECEIVERS = frozenset({Role.PARENT})
"""The roles that are written to."""

ABOUT_ATTENDANCE = where(type__in=ATTENDANCE_TYPES)
"""The condition for the notifications of this section."""

UNREAD = ABOUT_ATTENDANCE & where(is_read=False)

REFERENCES: Mapping[str, ReferenceWord] = MappingProxyType(
    {
        "Attendance": ReferenceWord.ATTENDANCE_RECORD,
        "AbsenceFlag": ReferenceWord.ABSENCE_FLAG,
        "Session": ReferenceWord.ATTENDANCE_SESSION,
    }
)
"""The document's word for each kind that a notification is about."""

KINDS: Mapping[ReferenceWord, str] = MappingProxyType({word: kind for kind, word in REFERENCES.items()})
MOST_IDS = 1_000


class NotificationIn(Body, of=Notification):
    """A notification about a student to one of their parents. It is always shown in the app, and may go by e-mail.

    Its status follows from what happens to it.
    """

    recipient: Annotated[int, To("user_id")]
    student: Annotated[int, To("student_id"), LookupBy(Student, "user_id"), Also("student_id")]
    notification_type: Annotated[NoticeWord, To("type")]
    priority: PriorityWord | None = None
    title: Name
    title_arabic: Annotated[Name | None, To("title_ar")] = None
    title_french: Annotated[Name | None, To("title_fr")] = None
    message: Annotated[Text, Field(min_length=1)]
    message_arabic: Annotated[Text | None, To("message_ar")] = None
    message_french: Annotated[Text | None, To("message_fr")] = None
    status: NoticeStateWord = NoticeStateWord.SENT
    delivery_method: Annotated[list[ChannelWord], To("by_mail"), Field(max_length=len(ChannelWord))] = Field(
        default_factory=lambda: [ChannelWord.IN_APP]
    )
    reference_id: Annotated[int | None, To("about_id")] = None
    reference_type: ReferenceWord | None = None
    requires_action: bool = False
    action_taken: bool = False


class NotificationAnswerIn(NotificationIn, of=Notification):
    """A change of a notification. The `message` and the `documents` of a parent go to the absence flag."""

    documents: AbsenceDocuments = Field(default_factory=list)


class NotificationsReadIn(Body, of=Notification):
    """The notifications that were read; without ids all of one's own."""

    ids: Annotated[list[Annotated[int, Field(ge=0, le=LARGEST_ID)]], Field(max_length=MOST_IDS)] = Field(
        default_factory=list
    )


class DeliveryRow(Shape, of=Delivery):
    """A mail or a text by which a notification was sent too."""

    notification_id: int
    channel: Channel
    status: DeliveryStatus


def reference_word(kind: str | None) -> ReferenceWord | None:
    """Return the document's word for the kind of row that a notification is about."""
    return REFERENCES.get(kind or "")


class NotificationOut(MadrastiShape, of=Notification):
    """A notification about a student to one of their parents. The title and the message are in the parent's language.

    `reference_id` is the id of the mark, the flag or the register that it is about.
    """

    id: int
    recipient: Annotated[int, From("user_id")]
    student: Annotated[int | None, From("student.user_id"), Also("student_id")]
    student_name: Annotated[str | None, NameOf("student")]
    notification_type: Annotated[NoticeWord, From("type"), OnlyMembers(*ATTENDANCE_TYPES)]
    priority: PriorityWord | None
    title: str
    title_arabic: Annotated[str | None, From("title_ar")]
    title_french: Annotated[str | None, From("title_fr")]
    message: str
    message_arabic: Annotated[str | None, From("message_ar")]
    message_french: Annotated[str | None, From("message_fr")]
    status: Annotated[NoticeStateWord, Later()]
    sent_at: Annotated[datetime, From("created_at")]
    read_at: datetime | None
    delivery_method: Annotated[list[ChannelWord], Later()]
    reference_id: Annotated[int | None, From("about_id")]
    reference_type: Annotated[ReferenceWord | None, Computed(reference_word, "about_kind")]
    auto_generated: bool
    requires_action: bool
    action_taken: bool
    created_at: datetime
    is_read: Annotated[bool, ADDITION]

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """Say on which ways the notifications went, which takes one statement, and what has become of them."""
        found: defaultdict[int, list[DeliveryRow]] = defaultdict(list)
        sent_too = where(notification_id__in=[row["id"] for row in rows])
        for delivery in uow.as_platform().read(DeliveryRow, sent_too, order=("id",)) if rows else ():
            found[delivery.notification_id].append(delivery)
        for row in rows:
            deliveries = found[row["id"]]
            channels = dict.fromkeys(ChannelWord[delivery.channel.name] for delivery in deliveries)
            row["delivery_method"] = [ChannelWord.IN_APP, *channels]
            row["status"] = _state(row["is_read"], deliveries)


class ReadCountOut(BaseModel):
    """The number of notifications that had not been read before."""

    updated_count: int


def show(uow: UnitOfWork, id: int, only: Where) -> dict[str, Any]:
    """Show a notification about attendance"""
    found = uow.select(NotificationOut, where(id=id) & only, to="read_attendance", limit=1)
    if not found:
        raise NotFound(kind=Notification.__name__, id=id)
    return found[0]


def write(uow: UnitOfWork, data: NotificationIn, only: Where) -> dict[str, Any]:
    """Write a notification about a student to one of their parents"""
    fields = data.fields()
    channels = {ChannelWord.IN_APP, *fields.pop("by_mail", ())}
    if fields.pop("status", NoticeStateWord.SENT) is not NoticeStateWord.SENT:
        raise Invalid.because("status", "cannot_change")
    for missing in sorted(channels - {ChannelWord.IN_APP, ChannelWord.EMAIL}):
        raise Invalid.because("by_mail", "channel_unavailable", channel=missing)
    fields |= {"about_kind": _kind_of(fields.pop("reference_type", None)), "by_mail": ChannelWord.EMAIL in channels}
    row = perform(uow, Notification, "write_to_guardian", fields=fields, returns=Notification)
    return show(uow, row.id, only)


def change(uow: UnitOfWork, id: int, data: Body, only: Where) -> dict[str, Any]:
    """Change a notification: the office its texts, the parent that it was read and answered

    The message of a parent is their answer; it is handed in about the absence flag. What does not change may be sent.
    Raises: Invalid("cannot_change"); Conflict("notification_read").
    """
    row, shown, fields = uow.get(Notification, id, to="read_attendance", only=only), show(uow, id, only), data.fields()
    is_recipient = row.user_id == uow.actor.user_id
    state = fields.pop("status", shown["status"])
    is_new_state = state != shown["status"]
    if is_new_state and not (is_recipient and state is NoticeStateWord.READ):
        raise Invalid.because("status", "cannot_change")
    if "by_mail" in fields and {*fields.pop("by_mail")} != {*shown["delivery_method"]}:
        raise Invalid.because("by_mail", "cannot_change")
    if "reference_type" in fields and _kind_of(fields.pop("reference_type")) != row.about_kind:
        raise Invalid.because("reference_type", "cannot_change")
    changeable = ANSWERED if is_recipient else (*TEXTS, *MANAGED)
    for name in fields.keys() - {*changeable}:
        raise Invalid.because(name, "cannot_change")
    if not is_recipient:
        perform(uow, Notification, "rewrite", id, fields)
    elif fields:
        perform(uow, Notification, "answer", id, {"action_taken": row.action_taken, **fields})
    elif is_new_state:
        perform(uow, Notification, "update", id, {"is_read": True})
    return show(uow, id, only)


def mark_read(uow: UnitOfWork, id: int, only: Where) -> dict[str, Any]:
    """Mark a notification of one's own as read"""
    perform(uow, Notification, "update", id, {"is_read": True}, only=only)
    return show(uow, id, only)


def mark_many_read(uow: UnitOfWork, data: NotificationsReadIn) -> dict[str, Any]:
    """Mark notifications of one's own as read; without ids all of them"""
    return {"updated_count": mark_all_read(uow, ids=data.ids or None, types=ATTENDANCE_TYPES)}


def _kind_of(word: ReferenceWord | None) -> str | None:
    return None if word is None else KINDS[word]


def _state(is_read: bool, deliveries: Sequence[DeliveryRow]) -> NoticeStateWord:
    if is_read:
        return NoticeStateWord.READ
    has_failed = deliveries and all(one.status is DeliveryStatus.FAILED for one in deliveries)
    return NoticeStateWord.FAILED if has_failed else NoticeStateWord.SENT


MANAGED = ("priority", "requires_action", "action_taken")
TEXTS = ("title", "message", "title_ar", "message_ar", "title_fr", "message_fr")
ANSWERED = ("action_taken", "message", "documents")

PATH, ROW = "/attendance/notifications/", "/attendance/notifications/{id}/"
NAMED: dict[str, Any] = {"resource": "attendance.notifications", "kind": Notification, "only": ABOUT_ATTENDANCE}
SEEN: dict[str, Any] = {"action": "read_attendance", "roles": READERS, **NAMED}
ORDER = ("-created_at", "-id")

ROUTES = [
    madrasti.list(PATH, NotificationOut, search=("title", "message"), order=ORDER, **SEEN),
    madrasti.post(
        PATH,
        write,
        verb="create",
        action="write_to_guardian",
        status=201,
        body=NotificationIn,
        out=NotificationOut,
        roles=OFFICE,
        **NAMED,
    ),
    madrasti.list(
        f"{PATH}unread/",
        NotificationOut,
        verb="unread",
        search=("title", "message"),
        order=ORDER,
        roles=RECEIVERS,
        **{**NAMED, "only": UNREAD},
    ),
    madrasti.post(
        f"{PATH}bulk_read/",
        mark_many_read,
        action="update",
        body=NotificationsReadIn,
        out=ReadCountOut,
        roles=RECEIVERS,
        **NAMED,
    ),
    madrasti.get(ROW, show, verb="retrieve", out=NotificationOut, **SEEN),
    madrasti.operation(
        "PATCH",
        ROW,
        change,
        verb="partial_update",
        body=make_partial(NotificationAnswerIn),
        out=NotificationOut,
        performs_action=False,
        **{**SEEN, "roles": OFFICE | RECEIVERS},
    ),
    madrasti.post(f"{ROW}mark_read/", mark_read, action="update", out=NotificationOut, roles=RECEIVERS, **NAMED),
]
