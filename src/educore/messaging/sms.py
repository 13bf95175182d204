"""SMS to phone numbers and to the students of a group: stored as deliveries, which a worker sends after the commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter, ValidationError

from educore.groups.entities import Enrollment, Group, takes_seat
from educore.identity.entities import User
from educore.kernel.actions import use_case
from educore.kernel.conditions import everything, where
from educore.kernel.errors import Conflict, Invalid, Problem
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.deliveries import queue_deliveries
from educore.messaging.entities import Channel, Delivery, SmsTemplate
from educore.messaging.quota import require_sms_left
from educore.messaging.templates import fill_placeholders, require_placeholders
from educore.organization.entities import Center
from educore.organization.queries import local_today
from educore.people.entities import Student
from educore.values import DEFER_BUILD, Phone

MAX_RECIPIENTS = 10_000
MAX_SMS_LENGTH = 1_000
_PHONE: TypeAdapter[str] = TypeAdapter(Phone, config=DEFER_BUILD)


def send_sms(
    uow: UnitOfWork,
    *,
    phone_numbers: Sequence[str],
    message: str | None = None,
    template_id: int | None = None,
    values: Mapping[str, str] | None = None,
    center_id: int | None = None,
) -> list[Delivery]:
    """Queue an SMS to each number, once even if a number is repeated (edumaster E29, E30).

    With both a message and a template, the message is sent and the template is only recorded. The text may contain
    the placeholders `{center}`, `{date}` (today in the Center) and those in `values`.
    Raises: Invalid("too_short"), ("too_many") on phone_numbers, ("phone") on each `phone_numbers.<position>`,
    ("message_or_template") on message, ("unknown_id") on template_id and center_id, ("unknown_placeholder"),
    ("template_syntax"), ("string_too_long") on the field that the text is from, ("missing") on center_id;
    Conflict("texts_per_day") if the Center may send fewer today.
    """
    center, text, field = _resolve_text(uow, message, template_id, center_id)
    numbers = _valid_numbers(phone_numbers, country=center.country)
    known = {"center": center.name, "date": local_today(uow, center.id).isoformat(), **(values or {})}
    require_placeholders(text, known, field=field)
    filled = _require_short(fill_placeholders(text, known), field)
    require_sms_left(uow, center, count=len(numbers))
    messages = [(number, filled) for number in numbers]
    return queue_deliveries(uow, center, Channel.SMS, messages, template_id=template_id)


@use_case
def send_sms_to_group(
    uow: UnitOfWork,
    group: Group,
    /,
    *,
    message: str | None = None,
    template_id: int | None = None,
    values: Mapping[str, str] | None = None,
) -> list[Delivery]:
    """Queue an SMS to each student with a seat in a group: to the student's phone or else to the parent's.

    Besides the placeholders of `send_sms` there are `{name}`, the student's first name, and `{group}`.
    Raises: what `send_sms` raises; Conflict("nobody_to_write_to") if no student has a number.
    """
    center, text, field = _resolve_text(uow, message, template_id, group.center_id)
    known = {"group": group.name, "center": center.name, "date": local_today(uow, center.id).isoformat()}
    known |= values or {}
    require_placeholders(text, ("name", *known), field=field)
    recipients = _find_recipients(uow, group)
    if not recipients:
        raise Conflict.because("", "nobody_to_write_to")
    filled = [
        (number, _require_short(fill_placeholders(text, {"name": name, **known}), field)) for number, name in recipients
    ]
    messages = list(dict.fromkeys(filled))  # siblings may share a parent's number and a text
    require_sms_left(uow, center, count=len(messages))
    return queue_deliveries(uow, center, Channel.SMS, messages, template_id=template_id)


def _valid_numbers(phone_numbers: Sequence[str], *, country: str) -> list[str]:
    """Return each number once, in the stored form; a local number is one of the country.

    Raises: Invalid that names the position of each wrong number.
    """
    if not phone_numbers:
        raise Invalid.because("phone_numbers", "too_short", min_length=1)
    if len(phone_numbers) > MAX_RECIPIENTS:
        raise Invalid.because("phone_numbers", "too_many", most=MAX_RECIPIENTS)
    valid: dict[str, None] = {}
    problems: dict[str, list[Problem]] = {}
    for position, number in enumerate(phone_numbers):
        try:
            valid[_PHONE.validate_python(number, context={"country": country})] = None
        except ValidationError as error:
            problems |= Invalid.from_pydantic(error).prefixed(f"phone_numbers.{position}").fields
    if problems:
        raise Invalid(problems)
    return list(valid)


def _resolve_text(
    uow: UnitOfWork, message: str | None, template_id: int | None, center_id: int | None
) -> tuple[Center, str, str]:
    """Return the Center that sends, the text to send, and the field of the input that the text is from."""
    center_id = uow.actor.center_id if center_id is None else center_id
    center = None if center_id is None else uow.reference(Center, center_id, field="center_id")
    template = None if template_id is None else _find_template(uow, template_id, center)
    if not message and template is None:
        raise Invalid.because("message", "message_or_template")
    if center is None and template is not None:
        center = uow.get(Center, template.center_id)
    if center is None:
        raise Invalid.because("center_id", "missing")
    text, field = (message, "message") if message or template is None else (template.text, "template_id")
    return center, text or "", field


def _find_template(uow: UnitOfWork, id: int, center: Center | None) -> SmsTemplate:
    of_center = everything if center is None else where(center_id=center.id)
    return uow.reference(SmsTemplate, id, field="template_id", only=of_center)


def _require_short(text: str, field: str) -> str:
    if len(text) > MAX_SMS_LENGTH:
        raise Invalid.because(field, "string_too_long", max_length=MAX_SMS_LENGTH)
    return text


def _find_recipients(uow: UnitOfWork, group: Group) -> list[tuple[str, str]]:
    """Return number and first name of each student of a group who has a number."""
    seats = uow.count_by(Enrollment, "student_id", where(group_id=group.id) & takes_seat)
    students = uow.find(Student, where(id__in=seats))
    users = {user.id: user for user in uow.find(User, where(id__in={student.user_id for student in students}))}
    numbers = [(users[s.user_id].phone or s.parent_phone, users[s.user_id].first_name) for s in students]
    return [(number, name) for number, name in numbers if number is not None]
