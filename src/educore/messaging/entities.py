"""Notifications, texts on their way to a phone or a mailbox, their templates, and jobs that wait for a worker."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from educore.identity.entities import ActorId
from educore.kernel.entity import Entity, Fixed, OnDelete, Ref
from educore.organization.entities import OwnCenterId
from educore.values import LineCopy, Name, NameCopy, ShortMessage, TextCopy


class NotificationType(StrEnum):
    """What a notification is about."""

    LESSON_REMINDER = "lesson_reminder"
    PAYMENT_REMINDER = "payment_reminder"
    LESSON_CANCELLED = "lesson_cancelled"
    ASSIGNMENT_CREATED = "assignment_created"
    EXAM_SCHEDULED = "exam_scheduled"
    RESULT_PUBLISHED = "result_published"
    GENERAL = "general"


class Notification(Entity):
    """A note to one person, read or not. `key` names what it is about, so that nobody is told twice."""

    unique = (("user_id", "key"),)

    center_id: OwnCenterId
    user_id: Annotated[int, Ref("User", OnDelete.CASCADE), Fixed()]
    type: NotificationType
    title: NameCopy
    message: Annotated[TextCopy, Field(min_length=1)]
    is_read: bool = False
    key: Annotated[str, Field(max_length=120), Fixed()] | None = None
    created_at: datetime


class SmsTemplate(Entity):
    """A text with places for words: `Hello {name}, your lesson is at {time}`."""

    unique = (("center_id", "name"),)

    center_id: OwnCenterId
    name: Name
    text: ShortMessage
    created_at: datetime


class Channel(StrEnum):
    """The way a text travels."""

    SMS = "sms"
    EMAIL = "email"


class DeliveryStatus(StrEnum):
    """How far a text got. Failed ones are tried no more: refused for good, or tried too often."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Delivery(Entity):
    """A text on its way to one phone or mailbox, with what became of it.

    While it waits, `next_try_at` says from when a worker may take it; the worker that takes it moves that on, so
    that nobody else does, and if it dies another tries again later. `error` is the reason of the last failure.
    """

    center_id: OwnCenterId
    channel: Annotated[Channel, Fixed()]
    address: Annotated[str, Field(max_length=254), Fixed()]
    subject: Annotated[LineCopy, Fixed()] = ""
    text: Annotated[TextCopy, Fixed()]
    template_id: Annotated[int, Ref("SmsTemplate", OnDelete.CLEAR)] | None = None
    status: DeliveryStatus = DeliveryStatus.QUEUED
    attempts: int = 0
    error: LineCopy = ""
    sent_by_id: ActorId | None = None
    created_at: datetime
    next_try_at: datetime | None = None
    sent_at: datetime | None = None


class JobStatus(StrEnum):
    """Whether a job waits, is done, or was given up after too many tries."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Job(Entity):
    """Work for later, written in the transaction that asks for it: the outbox.

    `payload` is a JSON object, `key` names jobs that are to be done once. Taking one works as with a Delivery.
    """

    unique = (("key",),)

    center_id: Annotated[int, Ref("Center", OnDelete.CASCADE), Fixed()] | None = None
    name: Annotated[str, Field(max_length=64), Fixed()]
    payload: Annotated[str, Fixed()]
    key: Annotated[str, Field(max_length=120), Fixed()] | None = None
    status: JobStatus = JobStatus.WAITING
    attempts: int = 0
    error: LineCopy = ""
    created_at: datetime
    next_try_at: datetime | None = None
