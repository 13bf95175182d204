"""The screens of messages: notes to oneself, texts to phones with what became of them, and kept texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from educore import UnitOfWork, perform, where
from educore.groups import Group
from educore.messaging import Delivery, DeliveryStatus, Notification, SmsTemplate
from educore_web.admin.screen import RowAction, Screen
from educore_web.admin.ui.forms import Question, questions_about
from educore_web.admin.ui.language import translate

UNREAD = where(is_read=False)


def first_text(uow: UnitOfWork, group: int, answers: Mapping[str, Any]) -> list[str]:
    """How many texts a group would be sent, and what the first of them says."""
    written = perform(uow, Group, "send_sms", group, **answers)
    return [translate("sms.count", count=len(written)), written[0].text]


SEND_SMS = RowAction(
    "send_sms",
    "ti ti-message-2-share",
    asks=(Question("template_id", Delivery), Question("message", Notification)),
    single=True,
    preview=first_text,
)
"""Writing to everybody in a group."""

NOTIFICATIONS = Screen(
    Notification,
    "messages",
    "ti ti-bell",
    columns=("name", "type", "message", "created_at", "is_read"),
    search=("title", "message"),
    filters=("type", "is_read"),
    between="created_at",
    actions=(RowAction("read", "ti ti-checks", verb="update", sets=(("is_read", True),), useful=UNREAD),),
    can_delete=True,
    left_out=("key", "user"),
    for_teachers=True,
)

DELIVERIES = Screen(
    Delivery,
    "messages",
    "ti ti-send",
    columns=("name", "channel", "text", "status", "created_at", "sent_at", "error"),
    search=("address", "text", "subject"),
    filters=("status", "channel", "template_id"),
    between="created_at",
    actions=(RowAction("requeue", "ti ti-reload", useful=where(status=DeliveryStatus.FAILED)),),
    left_out=("next_try_at",),
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
