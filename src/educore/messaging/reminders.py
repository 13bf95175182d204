"""Reminders of lessons that start soon and of money that is due: planned periodically, carried out as jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from educore.billing.entities import Invoice, Payment, not_withdrawn, open_invoice
from educore.groups.entities import Group
from educore.kernel.conditions import Where, where
from educore.kernel.shape import Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Job, NotificationType
from educore.messaging.event_notifications import active_student_users
from educore.messaging.mail import queue_mail
from educore.messaging.message_templates import Message, render_message
from educore.messaging.notifications import notify
from educore.messaging.outbox import plan_jobs
from educore.organization.entities import Center, CenterStatus
from educore.organization.queries import local_dates, local_today
from educore.people.entities import SEAT_STATUSES, Student, Teacher
from educore.timetable.entities import Session

BEFORE_LESSON = timedelta(minutes=15)
BEFORE_PAYMENT = timedelta(days=3)
LESSON, INVOICE, PAYMENT = "LessonStarting", "InvoiceDue", "PaymentDue"
"""The names of the jobs."""


class DueInvoice(Shape, of=Invoice):
    """The fields of an invoice that decide about a reminder."""

    id: int
    center_id: int
    student_id: int
    group_id: int | None
    due_date: date


class DuePayment(Shape, of=Payment):
    """The same fields of a payment; its due date is that of the next payment."""

    id: int
    center_id: int
    student_id: int
    group_id: int | None
    due_date: date | None


DueRow = Mapping[str, Any]


def plan_lesson_reminders(uow: UnitOfWork) -> int:
    """Plan a reminder for each lesson that starts within 15 minutes, and return their number (center_crm C77).

    The key contains the start, so that a lesson that was moved gets another reminder.
    """
    now = uow.ports.clock.now()
    active = uow.count_by(Center, "id", where(status=CenterStatus.ACTIVE))
    soon = where(center_id__in=active, starts_at__gte=now, starts_at__lte=now + BEFORE_LESSON, is_cancelled=False)
    starts = {session.id: session.starts_at for session in uow.find(Session, soon) if session.starts_at != now}
    payloads = {
        f"lesson:{id}:{start:%Y%m%dT%H%M}": {"session_id": id, "starts_at": start.isoformat()}
        for id, start in starts.items()
        if start is not None
    }
    return plan_jobs(uow, name=LESSON, payloads=payloads)


def plan_payment_reminders(uow: UnitOfWork) -> int:
    """Plan a reminder for each amount due within three days, once per due date, and return their number (C77).

    Days are those of the Center's time zone. Counted are open invoices, and the newest due date among the payments
    of a student in a group (C64) unless an invoice asks for the same.
    """
    todays = local_dates(uow, where(status=CenterStatus.ACTIVE))
    if not todays:
        return 0
    due_soon = where(
        center_id__in=todays,
        due_date__gte=min(todays.values()),
        due_date__lte=max(todays.values()) + BEFORE_PAYMENT,
        student__status__in=SEAT_STATUSES,
    )
    invoices = [row for row in uow.select(DueInvoice, due_soon & open_invoice) if _is_due_soon(row, todays)]
    invoiced = {_seat(row) for row in invoices}
    newest = _newest_payments(uow, due_soon)
    payments = [row for row in newest if _is_due_soon(row, todays) and _seat(row) not in invoiced]
    planned = plan_jobs(uow, name=INVOICE, payloads={_key(INVOICE, row): _payload(row) for row in invoices})
    return planned + plan_jobs(uow, name=PAYMENT, payloads={_key(PAYMENT, row): _payload(row) for row in payments})


def remind_of_lesson(uow: UnitOfWork, job: Job) -> None:
    """Notify students and teacher, unless the lesson was moved or cancelled since, or has begun."""
    payload, now = json.loads(job.payload), uow.ports.clock.now()
    start = datetime.fromisoformat(payload["starts_at"])
    found = uow.find(Session, where(id=payload["session_id"], starts_at=start, is_cancelled=False))
    for session in found if start > now else ():
        minutes = -((now - start) // timedelta(minutes=1))  # rounded up
        group = uow.get(Group, session.group_id)
        title, text = render_message("lesson_reminder", uow.ports.language, group=group.name, minutes=minutes)
        teachers = [teacher.user_id for teacher in uow.find(Teacher, where(id=session.teacher_id))]
        users = [*active_student_users(uow, group.id, on=session.date), *teachers]
        kind = NotificationType.LESSON_REMINDER
        notify(uow, users, center_id=group.center_id, kind=kind, title=title, message=text, key=job.key)


def remind_of_invoice(uow: UnitOfWork, job: Job) -> None:
    """Notify the student, also by mail, unless the invoice was paid, cancelled or postponed, or its day has passed."""
    payload = json.loads(job.payload)
    for invoice in uow.find(Invoice, where(id=payload["id"], due_date=_due_date(payload)) & open_invoice):
        currency = uow.get(Center, invoice.center_id).currency
        amount = f"{invoice.remaining:,.2f}".replace(",", " ").removesuffix(".00")
        day = invoice.due_date.isoformat()
        message = render_message("invoice_reminder", uow.ports.language, amount=amount, currency=currency, date=day)
        _remind_student(uow, invoice, message, job)


def remind_of_payment(uow: UnitOfWork, job: Job) -> None:
    """Notify the student, also by mail, unless the payment was withdrawn or a later one was taken."""
    payload = json.loads(job.payload)
    due_date = _due_date(payload)
    for payment in uow.find(Payment, where(id=payload["id"], due_date=due_date) & not_withdrawn):
        later = where(student_id=payment.student_id, due_date__gte=due_date + timedelta(days=1)) & not_withdrawn
        if payment.group_id not in uow.count_by(Payment, "group_id", later):
            message = render_message("payment_reminder", uow.ports.language, date=payload["due_date"])
            _remind_student(uow, payment, message, job)


def _remind_student(uow: UnitOfWork, row: Invoice | Payment, message: Message, job: Job) -> None:
    if row.due_date is None or row.due_date < local_today(uow, row.center_id):
        return
    title, text = message
    users = [s.user_id for s in uow.find(Student, where(id=row.student_id, status__in=SEAT_STATUSES))]
    kind = NotificationType.PAYMENT_REMINDER
    new = notify(uow, users, center_id=row.center_id, kind=kind, title=title, message=text, key=job.key)
    queue_mail(uow, [found.user_id for found in new], center_id=row.center_id, subject=title, text=text)


def _newest_payments(uow: UnitOfWork, due_soon: Where) -> list[DueRow]:
    """Return the payments that are due soon, without those for which a payment with a later due date exists."""
    found = uow.select(DuePayment, due_soon & not_withdrawn)
    of_students = where(student_id__in={row["student_id"] for row in found})
    soonest = min((row["due_date"] for row in found), default=None)
    newest: dict[tuple[int, int | None], date] = {}
    for row in uow.select(DuePayment, of_students & not_withdrawn & where(due_date__gte=soonest)) if found else ():
        newest[_seat(row)] = max(newest.get(_seat(row), row["due_date"]), row["due_date"])
    return list({_seat(row): row for row in found if row["due_date"] == newest[_seat(row)]}.values())


def _is_due_soon(row: DueRow, todays: Mapping[int, date]) -> bool:
    today = todays[row["center_id"]]
    is_soon: bool = today <= row["due_date"] <= today + BEFORE_PAYMENT
    return is_soon


def _seat(row: DueRow) -> tuple[int, int | None]:
    """Return the student and the group that an amount is due for."""
    return row["student_id"], row["group_id"]


def _key(name: str, row: DueRow) -> str:
    return f"{name}:{row['id']}:{row['due_date']}"


def _payload(row: DueRow) -> dict[str, Any]:
    return {"id": row["id"], "due_date": row["due_date"].isoformat()}


def _due_date(payload: Mapping[str, str]) -> date:
    return date.fromisoformat(payload["due_date"])
