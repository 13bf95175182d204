"""Which use case does what when people notify and write to each other."""

from __future__ import annotations

from educore.groups.entities import Group
from educore.kernel.domain import Actions
from educore.messaging.entities import Delivery, Notification, SmsTemplate
from educore.messaging.notifications import write_notification
from educore.messaging.templates import add_template, change_template
from educore.messaging.texts import requeue_delivery, send_sms_to_group

ACTIONS: Actions = {
    (Notification, "create"): write_notification,
    (SmsTemplate, "create"): add_template,
    (SmsTemplate, "update"): change_template,
    (Delivery, "requeue"): requeue_delivery,
    (Group, "send_sms"): send_sms_to_group,
}
