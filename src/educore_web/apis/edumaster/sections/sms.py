"""SMS: sending, its history, and texts kept for later."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from educore import From, UnitOfWork, Where, where
from educore.messaging import Channel, Delivery, SmsTemplate, send_sms
from educore.values import Name, Phone, ShortMessage, bare_phone
from educore_web.apis.edumaster.dialect import EduShape
from educore_web.apis.edumaster.spec import edu
from educore_web.apis.edumaster.words import ROLES, DeliveryStatus
from educore_web.rest.bodies import Body
from educore_web.rest.filters import Filter
from educore_web.rest.search import contains_number

MOST_NUMBERS = 500
SMS = where(channel=Channel.SMS)


class SmsIn(Body, of=Delivery):
    """A text, or a template, to some numbers; with both, the text is sent (E29). `center_id` is for those above all."""

    phone_numbers: Annotated[list[Phone], Field(min_length=1, max_length=MOST_NUMBERS)]
    message: ShortMessage | None = None
    template_id: int | None = None
    center_id: int | None = None


class QueuedOut(BaseModel):
    """The number of texts on their way, and their name in the history (E30)."""

    queued: int
    sms_ids: list[int]


class SmsOut(EduShape, of=Delivery):
    """A text to one number, and what became of it (E31)."""

    id: int
    phone_number: Annotated[str, From("address")]
    message: Annotated[str, From("text")]
    template_id: int | None
    status: DeliveryStatus
    error: str
    sent_by: Annotated[int | None, From("sent_by_id")]
    created_at: datetime
    sent_at: datetime | None


class TemplateIn(Body, of=SmsTemplate):
    """A text with places such as {name} (E29)."""

    name: Name
    text: ShortMessage


class NewTemplate(TemplateIn, of=SmsTemplate):
    """A new text. `center_id` is for those who stand above all centers."""

    center_id: int | None = None


class TemplateOut(EduShape, of=SmsTemplate):
    """A text kept for later."""

    id: int
    name: str
    text: str
    created_at: datetime


def send(uow: UnitOfWork, data: SmsIn) -> dict[str, Any]:
    """Send SMS"""
    queued = send_sms(uow, **data.fields())
    return {"queued": len(queued), "sms_ids": [sms.id for sms in queued]}


def _read_number(text: str) -> str:
    """Return a phone number or a part of it. Raises: ValueError for other text."""
    bare = bare_phone(text)
    if not (bare.isascii() and bare.removeprefix("+").isdecimal()):
        raise ValueError(text)
    return bare


def _has_number(uow: UnitOfWork, text: str) -> Where:
    return contains_number(uow, "address", text)


NUMBER = Filter("phone_number", _read_number, "address", {"type": "string"}, _has_number)

ROUTES = [
    edu.post(
        "/messaging/send-sms/",
        send,
        resource="sms",
        verb="send",
        kind=Delivery,
        action="create",
        body=SmsIn,
        out=QueuedOut,
    ),
    edu.list(
        "/messaging/sms-logs/",
        SmsOut,
        resource="sms_logs",
        only=SMS,
        search=("text",),
        filters=(NUMBER,),
        open_to=ROLES,
    ),
    edu.retrieve("/messaging/sms-logs/{id}/", SmsOut, resource="sms_logs", only=SMS, addition=True, open_to=ROLES),
    *edu.crud(
        "/messaging/templates/",
        SmsTemplate,
        NewTemplate,
        TemplateOut,
        resource="sms_templates",
        change_body=TemplateIn,
        search=("name", "text"),
        addition=True,
    ),
]
