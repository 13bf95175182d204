"""Messaging: notifications, reminders, SMS and mail, and the jobs and the worker that deliver them."""

from educore.messaging.context import CONTEXT
from educore.messaging.deliveries import requeue_delivery
from educore.messaging.entities import (
    ATTENDANCE_TYPES,
    Channel,
    Delivery,
    DeliveryStatus,
    Job,
    JobStatus,
    Notification,
    NotificationType,
    SmsTemplate,
)
from educore.messaging.events import GuardiansNotified
from educore.messaging.guardian_messages import answer_notification, rewrite_notification, write_to_guardian
from educore.messaging.guardians import tell_guardians
from educore.messaging.mail import queue_mail
from educore.messaging.notifications import (
    NotificationDraft,
    change_notification,
    mark_all_read,
    notify,
    notify_each,
    write_notification,
)
from educore.messaging.password_resets import ask_password_reset
from educore.messaging.sms import send_sms, send_sms_to_group
from educore.messaging.templates import PLACEHOLDERS, add_template, change_template
from educore.messaging.worker import Worker

__all__ = [
    "ATTENDANCE_TYPES",
    "CONTEXT",
    "Channel",
    "Delivery",
    "DeliveryStatus",
    "GuardiansNotified",
    "Job",
    "JobStatus",
    "Notification",
    "NotificationDraft",
    "NotificationType",
    "PLACEHOLDERS",
    "SmsTemplate",
    "Worker",
    "add_template",
    "answer_notification",
    "ask_password_reset",
    "change_notification",
    "change_template",
    "mark_all_read",
    "notify",
    "notify_each",
    "queue_mail",
    "requeue_delivery",
    "rewrite_notification",
    "send_sms",
    "send_sms_to_group",
    "tell_guardians",
    "write_notification",
    "write_to_guardian",
]
