"""Notifications, deliveries of SMS and mail, SMS templates, and jobs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from educore.attendance.entities import FlagPriority
from educore.identity.entities import ActorId
from educore.kernel.entity import Entity, FieldGroups, Fixed, OnDelete, Ref
from educore.organization.entities import OwnCenterId
from educore.values import HoldsPhone, LineCopy, Name, NameCopy, ShortMessage, TextCopy


class NotificationType(StrEnum):
    """The subject of a notification."""

    LESSON_REMINDER = "lesson_reminder"
    PAYMENT_REMINDER = "payment_reminder"
    LESSON_CANCELLED = "lesson_cancelled"
    ASSIGNMENT_CREATED = "assignment_created"
    EXAM_SCHEDULED = "exam_scheduled"
    RESULT_PUBLISHED = "result_published"
    GENERAL = "general"
    ABSENCE_ALERT = "absence_alert"
    LATE_ALERT = "late_alert"
    FLAG_CREATED = "flag_created"
    FLAG_RESOLVED = "flag_resolved"
    CHRONIC_ABSENCE = "chronic_absence"
    ATTENDANCE_SUMMARY = "attendance_summary"
    EXCUSE_REQUIRED = "excuse_required"
    GRADE_PUBLISHED = "grade_published"
    BADGE_EARNED = "badge_earned"
    SYSTEM = "system"


ATTENDANCE_TYPES = (
    NotificationType.ABSENCE_ALERT,
    NotificationType.LATE_ALERT,
    NotificationType.FLAG_CREATED,
    NotificationType.FLAG_RESOLVED,
    NotificationType.CHRONIC_ABSENCE,
    NotificationType.ATTENDANCE_SUMMARY,
    NotificationType.EXCUSE_REQUIRED,
)
"""The subjects of what a school writes to guardians about attendance."""


class Notification(Entity):
    """A message to one user inside the platform. A user gets at most one notification per `key`.

    `title` and `message` are in the language in which the user is written to; the Arabic and French texts are there
    where a school writes in several. `about_kind` and `about_id` name the row that it is about, such as an
    `Attendance`; a system message has the kind of the alert there, such as "maintenance", and no id. `read_at` is
    when the user read it, where that is known.
    """

    unique: ClassVar[FieldGroups] = (("user_id", "key"),)

    center_id: OwnCenterId
    user_id: Annotated[int, Ref("User", OnDelete.CASCADE), Fixed()]
    type: NotificationType = NotificationType.GENERAL
    title: NameCopy
    message: Annotated[TextCopy, Field(min_length=1)]
    title_ar: NameCopy | None = None
    title_fr: NameCopy | None = None
    message_ar: TextCopy | None = None
    message_fr: TextCopy | None = None
    priority: FlagPriority | None = None
    student_id: Annotated[int, Ref("Student", OnDelete.CLEAR), Fixed()] | None = None
    about_kind: Annotated[str, Field(max_length=40, pattern="^[A-Za-z_]+$"), Fixed()] | None = None
    about_id: Annotated[int, Fixed()] | None = None
    is_read: bool = False
    read_at: datetime | None = None
    auto_generated: bool = False
    requires_action: bool = False
    action_taken: bool = False
    expires_at: datetime | None = None
    key: Annotated[str, Field(max_length=120), Fixed()] | None = None
    created_at: datetime


class SmsTemplate(Entity):
    """An SMS text with placeholders: `Hello {name}, your lesson is at {time}`."""

    unique: ClassVar[FieldGroups] = (("center_id", "name"),)

    center_id: OwnCenterId
    name: Name
    text: ShortMessage
    created_at: datetime


class Channel(StrEnum):
    """The channel of a delivery."""

    SMS = "sms"
    EMAIL = "email"


class DeliveryStatus(StrEnum):
    """The status of a delivery. A failed one is not tried again: it was refused for good or tried too often."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Delivery(Entity):
    """A message to one phone number or mail address, and its outcome.

    `next_try_at` is the time from which a worker may claim it; a worker that claims it moves this time to the end of
    its lease (`educore.messaging.leases`). `error` is the reason of the last failure. The text of a secret one is
    removed when it was sent or is given up; it belongs to no Center, so that nobody there reads it before. One with a
    notification tells a user outside of the platform what the notification tells inside.
    """

    center_id: OwnCenterId | None = None
    channel: Annotated[Channel, Fixed()]
    address: Annotated[str, Field(max_length=254), HoldsPhone(), Fixed()]
    subject: Annotated[LineCopy, Fixed()] = ""
    text: Annotated[TextCopy, Fixed()]
    is_secret: Annotated[bool, Fixed()] = False
    template_id: Annotated[int, Ref("SmsTemplate", OnDelete.CLEAR)] | None = None
    status: DeliveryStatus = DeliveryStatus.QUEUED
    attempts: int = 0
    error: LineCopy = ""
    notification_id: Annotated[int, Ref("Notification", OnDelete.CLEAR, to="remind")] | None = None
    sent_by_id: ActorId | None = None
    created_at: datetime
    next_try_at: datetime | None = None
    sent_at: datetime | None = None


class JobStatus(StrEnum):
    """The status of a job. A failed one was given up after too many tries."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Job(Entity):
    """Work for later, stored in the transaction that asks for it. The jobs are the outbox.

    `payload` is a JSON object; a job with a `key` is stored once. A worker claims a job in the same way as a Delivery.
    """

    unique: ClassVar[FieldGroups] = (("key",),)

    center_id: Annotated[int, Ref("Center", OnDelete.CASCADE), Fixed()] | None = None
    name: Annotated[str, Field(max_length=64), Fixed()]
    payload: Annotated[str, Fixed()]
    key: Annotated[str, Field(max_length=120), Fixed()] | None = None
    status: JobStatus = JobStatus.WAITING
    attempts: int = 0
    error: LineCopy = ""
    created_at: datetime
    next_try_at: datetime | None = None
