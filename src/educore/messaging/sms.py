"""Texts to phones and letters to mailboxes: written down here, carried by a worker once they are committed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from educore.groups.entities import Enrollment, Group, takes_seat
from educore.identity.entities import User
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid, NotFound, Problem
from educore.kernel.ports import NO_SENDER
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Channel, Delivery, DeliveryStatus, SmsTemplate
from educore.messaging.quota import require_texts_left
from educore.messaging.templates import fill, require_places
from educore.organization.entities import Center
from educore.organization.use_cases import local_today
from educore.people.entities import Student
from educore.values import DEFER_BUILD, Phone

MOST_AT_ONCE = 10_000
LONGEST_SMS = 1_000
PHONE: TypeAdapter[str] = TypeAdapter(Phone, config=DEFER_BUILD)


def send_sms(
    uow: UnitOfWork,
    *,
    phone_numbers: Sequence[str],
    message: str | None = None,
    template_id: int | None = None,
    values: Mapping[str, str] | None = None,
    center_id: int | None = None,
) -> list[Delivery]:
    """Write a text to each number, once however often it is named (edumaster E29, E30).

    With both, the message is sent and the template only noted. Both may have the places `{center}`, `{date}` (today
    in the Center) and those that `values` fills. Raises: Invalid("too_short"), ("too_many") on phone_numbers, ("phone")
    on each `phone_numbers.<place>`, ("message_or_template") on message, ("unknown_id") on template_id,
    ("unknown_placeholder"), ("template_syntax"), ("string_too_long") on the one that is sent, ("missing") on center_id;
    Conflict("texts_per_day") when the Center may send fewer today.
    """
    numbers = _numbers(phone_numbers)
    center, text, field = _wanted(uow, message, template_id, center_id)
    known = {"center": center.name, "date": local_today(uow, center.id).isoformat(), **(values or {})}
    require_places(text, known, field=field)
    written = _short(fill(text, known), field)
    require_texts_left(uow, center, count=len(numbers))
    return _queue(uow, center, Channel.SMS, [(number, written) for number in numbers], template_id=template_id)


def send_sms_to_group(
    uow: UnitOfWork,
    group: Group,
    *,
    message: str | None = None,
    template_id: int | None = None,
    values: Mapping[str, str] | None = None,
) -> list[Delivery]:
    """Write a text to every student who has a place in a group: to their phone or, without one, to their parent's.

    Beside the places of `send_sms` there are `{name}`, the student's first name, and `{group}`. Raises: what `send_sms`
    raises; Conflict("nobody_to_write_to") where nobody has a number.
    """
    center, text, field = _wanted(uow, message, template_id, group.center_id)
    known = {"group": group.name, "center": center.name, "date": local_today(uow, center.id).isoformat()}
    known |= values or {}
    require_places(text, ("name", *known), field=field)
    people = _people(uow, group)
    if not people:
        raise Conflict.because("", "nobody_to_write_to")
    written = [(number, _short(fill(text, {"name": name, **known}), field)) for number, name in people]
    written = list(dict.fromkeys(written))
    require_texts_left(uow, center, count=len(written))
    return _queue(uow, center, Channel.SMS, written, template_id=template_id)


def queue_mail(uow: UnitOfWork, user_ids: Iterable[int], *, center_id: int, subject: str, text: str) -> list[Delivery]:
    """Write a letter to those of the accounts that have an e-mail address; to nobody while nothing carries mail."""
    if uow.ports.mail is NO_SENDER:
        return []
    people = uow.find(User, where(id__in=set(user_ids), email__isnull=False))
    center = uow.get(Center, center_id)
    letters = [(user.email or "", f"{text}\n\n{center.name}") for user in people]
    return _queue(uow, center, Channel.EMAIL, letters, subject=subject)


def requeue_delivery(uow: UnitOfWork, delivery: Delivery) -> Delivery:
    """Try a failed text again, from the beginning. Raises: Conflict("delivery_not_failed")."""
    delivery = uow.get(Delivery, delivery.id, to="requeue", lock=True)
    if delivery.status is not DeliveryStatus.FAILED:
        raise Conflict.because("", "delivery_not_failed")
    now = uow.ports.clock.now()
    return uow.change(delivery, to="requeue", status=DeliveryStatus.QUEUED, attempts=0, next_try_at=now)


def _numbers(given: Sequence[str]) -> list[str]:
    """Each number once, as it is stored. Raises: Invalid naming the place of every bad one."""
    if not given:
        raise Invalid.because("phone_numbers", "too_short", min_length=1)
    if len(given) > MOST_AT_ONCE:
        raise Invalid.because("phone_numbers", "too_many", most=MOST_AT_ONCE)
    numbers: dict[str, None] = {}
    problems: dict[str, list[Problem]] = {}
    for place, number in enumerate(given):
        try:
            numbers[PHONE.validate_python(number)] = None
        except ValidationError as error:
            problems |= Invalid.from_pydantic(error).prefixed(f"phone_numbers.{place}").fields
    if problems:
        raise Invalid(problems)
    return list(numbers)


def _wanted(
    uow: UnitOfWork, message: str | None, template_id: int | None, center_id: int | None
) -> tuple[Center, str, str]:
    """The Center that writes, the text to send, and the field that it comes from."""
    center_id = uow.actor.center_id if center_id is None else center_id
    center = None if center_id is None else _center(uow, center_id)
    template = None if template_id is None else _template(uow, template_id, center)
    if not message and template is None:
        raise Invalid.because("message", "message_or_template")
    if center is None and template is not None:
        center = uow.get(Center, template.center_id)
    if center is None:
        raise Invalid.because("center_id", "missing")
    text, field = (message, "message") if message or template is None else (template.text, "template_id")
    return center, text or "", field


def _center(uow: UnitOfWork, id: int) -> Center:
    try:
        return uow.get(Center, id)
    except NotFound:
        raise Invalid.because("center_id", "unknown_id", id=id) from None


def _template(uow: UnitOfWork, id: int, center: Center | None) -> SmsTemplate:
    here = {} if center is None else {"center_id": center.id}
    for found in uow.find(SmsTemplate, where(id=id, **here)):
        return found
    raise Invalid.because("template_id", "unknown_id", id=id)


def _short(text: str, field: str) -> str:
    if len(text) > LONGEST_SMS:
        raise Invalid.because(field, "string_too_long", max_length=LONGEST_SMS)
    return text


def _people(uow: UnitOfWork, group: Group) -> list[tuple[str, str]]:
    """A number for each student who has one, with the student's first name."""
    seats = uow.count_by(Enrollment, "student_id", where(group_id=group.id) & takes_seat)
    students = uow.find(Student, where(id__in=seats))
    accounts = {user.id: user for user in uow.find(User, where(id__in={student.user_id for student in students}))}
    numbers = [(accounts[s.user_id].phone or s.parent_phone, accounts[s.user_id].first_name) for s in students]
    return [(number, name) for number, name in numbers if number is not None]


def _queue(
    uow: UnitOfWork,
    center: Center,
    channel: Channel,
    written: Sequence[tuple[str, str]],
    *,
    subject: str = "",
    template_id: int | None = None,
) -> list[Delivery]:
    now = uow.ports.clock.now()
    shared: dict[str, Any] = {
        "center_id": center.id,
        "channel": channel,
        "subject": subject,
        "template_id": template_id,
        "sent_by_id": uow.actor.user_id,
        "created_at": now,
        "next_try_at": now,
    }
    return uow.add_all(Delivery, [{**shared, "address": address, "text": text} for address, text in written])
