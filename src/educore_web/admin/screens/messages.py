"""The screens of messages: notifications of the user, deliveries of SMS and mail, and SMS templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from educore import UnitOfWork, perform, where
from educore.groups import Group
from educore.messaging import Delivery, DeliveryStatus, Notification, SmsTemplate
from educore_web.admin.screen import RowAction, Screen
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.question import Question, questions_about

UNREAD = where(is_read=False)


def preview_sms(uow: UnitOfWork, group: int, answers: Mapping[str, Any]) -> list[str]:
    """Return the number of SMS that a group would be sent, and the text of the first one."""
    deliveries = perform(uow, Group, "send_sms", group, answers, returns=list)
    return [translate("sms.count", count=len(deliveries)), deliveries[0].text]


SEND_SMS = RowAction(
    "send_sms",
    "ti ti-message-2-share",
    questions=(Question("template_id", Delivery), Question("message", Notification)),
    single_row=True,
    preview=preview_sms,
)
"""The action that sends an SMS to every student of a group."""

NOTIFICATIONS = Screen(
    Notification,
    "messages",
    "ti ti-bell",
    columns=("name", "type", "message", "created_at", "is_read"),
    search=("title", "message"),
    filters=("type", "is_read"),
    date_filter="created_at",
    actions=(
        RowAction("read", "ti ti-checks", domain_action="update", fixed_values=(("is_read", True),), applies_to=UNREAD),
    ),
    can_delete=True,
    hidden_fields=(
        *("key", "user", "title_ar", "title_fr", "message_ar", "message_fr", "about_kind", "about_id"),
        *("auto_generated", "requires_action", "action_taken"),
    ),
    for_teachers=True,
)

DELIVERIES = Screen(
    Delivery,
    "messages",
    "ti ti-send",
    columns=("name", "channel", "text", "status", "created_at", "sent_at", "error"),
    search=("address", "text", "subject"),
    filters=("status", "channel", "template_id"),
    date_filter="created_at",
    actions=(RowAction("requeue", "ti ti-reload", applies_to=where(status=DeliveryStatus.FAILED)),),
    hidden_fields=("next_try_at", "notification_id"),
    named_by="address",
)

TEMPLATES = Screen(
    SmsTemplate,
    "messages",
    "ti ti-template",
    columns=("name", "text", "created_at"),
    search=("name", "text"),
    order="name",
    create=questions_about(SmsTemplate, "center_id", "name", "text"),
    edit=questions_about(SmsTemplate, "name", "text"),
    can_delete=True,
    related=((Delivery, "template_id"),),
)

SCREENS = (NOTIFICATIONS, DELIVERIES, TEMPLATES)
