"""What the platform tells people: notifications, reminders, SMS and e-mail, and the jobs that carry them."""

from educore.messaging.context import CONTEXT
from educore.messaging.entities import (
    Channel,
    Delivery,
    DeliveryStatus,
    Job,
    JobStatus,
    Notification,
    NotificationType,
    SmsTemplate,
)
from educore.messaging.notifications import Note, mark_all_read, notify, notify_each, write_notification
from educore.messaging.sms import queue_mail, requeue_delivery, send_sms, send_sms_to_group
from educore.messaging.templates import PLACES, add_template, change_template
from educore.messaging.worker import Worker

__all__ = [
    "CONTEXT",
    "Channel",
    "Delivery",
    "DeliveryStatus",
    "Job",
    "JobStatus",
    "Note",
    "Notification",
    "NotificationType",
    "PLACES",
    "SmsTemplate",
    "Worker",
    "add_template",
    "change_template",
    "mark_all_read",
    "notify",
    "notify_each",
    "queue_mail",
    "requeue_delivery",
    "send_sms",
    "send_sms_to_group",
    "write_notification",
]
