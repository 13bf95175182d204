"""Reminding of lessons that are about to start and of money that is due: planned by a tick, told by jobs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from educore.billing.entities import NOT_WITHDRAWN, OPEN_INVOICE, Invoice, Payment
from educore.groups.entities import Group
from educore.kernel.conditions import Where, where
from educore.kernel.shape import Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Job, NotificationType
from educore.messaging.event_notifications import students_of
from educore.messaging.message_templates import Message, render_message
from educore.messaging.notifications import notify
from educore.messaging.outbox import plan_jobs
from educore.messaging.sms import queue_mail
from educore.organization.entities import Center, CenterStatus
from educore.organization.use_cases import local_dates, local_today
from educore.people.entities import SEAT_STATUSES, Student, Teacher
from educore.timetable.entities import Session

BEFORE_LESSON = timedelta(minutes=15)
BEFORE_PAYMENT = timedelta(days=3)
LESSON, INVOICE, PAYMENT = "LessonStarting", "InvoiceDue", "PaymentDue"
"""The names of the jobs."""


class DueInvoice(Shape, of=Invoice):
    """What of an invoice says whether to remind of it."""

    id: int
    center_id: int
    student_id: int
    group_id: int | None
    due_date: date


class DuePayment(Shape, of=Payment):
    """The same of a payment, whose due date is that of the next one."""

    id: int
    center_id: int
    student_id: int
    group_id: int | None
    due_date: date | None


Due = Mapping[str, Any]


def plan_lesson_reminders(uow: UnitOfWork) -> int:
    """Plan a reminder for every lesson that starts within 15 minutes and has not begun (center_crm C77).

    The key has the start in it, so that a lesson that was moved is reminded of again.
    """
    now = uow.ports.clock.now()
    active = uow.count_by(Center, "id", where(status=CenterStatus.ACTIVE))
    soon = where(center_id__in=active, starts_at__gte=now, starts_at__lte=now + BEFORE_LESSON, is_cancelled=False)
    starts = {session.id: session.starts_at for session in uow.find(Session, soon) if session.starts_at != now}
    lessons = {f"lesson:{id}:{at:%Y%m%dT%H%M}": (id, at) for id, at in starts.items() if at is not None}
    return plan_jobs(
        uow,
        name=LESSON,
        payloads={key: {"session_id": id, "starts_at": at.isoformat()} for key, (id, at) in lessons.items()},
    )


def plan_payment_reminders(uow: UnitOfWork) -> int:
    """Plan a reminder for everything due within three days by the Center's calendar, once for each due date (C77).

    Invoices count while something of them is unpaid; of payments the newest due date of a student in a group (C64),
    unless an invoice asks for the same.
    """
    todays = local_dates(uow, where(status=CenterStatus.ACTIVE))
    if not todays:
        return 0
    within = where(
        center_id__in=todays,
        due_date__gte=min(todays.values()),
        due_date__lte=max(todays.values()) + BEFORE_PAYMENT,
        student__status__in=SEAT_STATUSES,
    )
    invoices = [row for row in uow.select(DueInvoice, within & OPEN_INVOICE) if _is_near(row, todays)]
    asked = {_debt(row) for row in invoices}
    payments = [row for row in _newest(uow, within) if _is_near(row, todays) and _debt(row) not in asked]
    planned = plan_jobs(uow, name=INVOICE, payloads={_key(INVOICE, row): _payload(row) for row in invoices})
    return planned + plan_jobs(uow, name=PAYMENT, payloads={_key(PAYMENT, row): _payload(row) for row in payments})


def remind_of_lesson(uow: UnitOfWork, job: Job) -> None:
    """Tell students and teacher, unless the lesson was moved or cancelled or has begun."""
    about, now = json.loads(job.payload), uow.ports.clock.now()
    start = datetime.fromisoformat(about["starts_at"])
    planned = uow.find(Session, where(id=about["session_id"], starts_at=start, is_cancelled=False))
    for session in planned if start > now else ():
        minutes = -((now - start) // timedelta(minutes=1))
        group = uow.get(Group, session.group_id)
        title, message = render_message("lesson_reminder", uow.ports.language, group=group.name, minutes=minutes)
        teachers = [teacher.user_id for teacher in uow.find(Teacher, where(id=session.teacher_id))]
        people, kind = [*students_of(uow, group.id), *teachers], NotificationType.LESSON_REMINDER
        notify(uow, people, center_id=group.center_id, kind=kind, title=title, message=message, key=job.key)


def remind_of_invoice(uow: UnitOfWork, job: Job) -> None:
    """Tell the student and write to them, unless it was paid, cancelled or put off since, or the day has passed."""
    about = json.loads(job.payload)
    for invoice in uow.find(Invoice, where(id=about["id"], due_date=_day(about)) & OPEN_INVOICE):
        currency = uow.get(Center, invoice.center_id).currency
        amount = f"{invoice.remaining:,.2f}".replace(",", " ").removesuffix(".00")
        words = render_message(
            "invoice_reminder", uow.ports.language, amount=amount, currency=currency, date=invoice.due_date.isoformat()
        )
        _remind_student(uow, invoice, words, job)


def remind_of_payment(uow: UnitOfWork, job: Job) -> None:
    """Tell the student and write to them, unless the payment was withdrawn or a later one came."""
    about = json.loads(job.payload)
    for payment in uow.find(Payment, where(id=about["id"], due_date=_day(about)) & NOT_WITHDRAWN):
        later = where(student_id=payment.student_id, due_date__gte=_day(about) + timedelta(days=1)) & NOT_WITHDRAWN
        if payment.group_id not in uow.count_by(Payment, "group_id", later):
            _remind_student(
                uow, payment, render_message("payment_reminder", uow.ports.language, date=about["due_date"]), job
            )


def _remind_student(uow: UnitOfWork, about: Invoice | Payment, words: Message, job: Job) -> None:
    if about.due_date is None or about.due_date < local_today(uow, about.center_id):
        return
    title, message = words
    people = [s.user_id for s in uow.find(Student, where(id=about.student_id, status__in=SEAT_STATUSES))]
    kind = NotificationType.PAYMENT_REMINDER
    told = notify(uow, people, center_id=about.center_id, kind=kind, title=title, message=message, key=job.key)
    queue_mail(uow, [note.user_id for note in told], center_id=about.center_id, subject=title, text=message)


def _newest(uow: UnitOfWork, within: Where) -> list[Due]:
    """The payments whose next due date is near, without those of which the same student and group have a later one."""
    found = uow.select(DuePayment, within & NOT_WITHDRAWN)
    students = where(student_id__in={row["student_id"] for row in found})
    soonest = min((row["due_date"] for row in found), default=None)
    newest: dict[tuple[int, int | None], date] = {}
    for row in uow.select(DuePayment, students & NOT_WITHDRAWN & where(due_date__gte=soonest)) if found else ():
        newest[_debt(row)] = max(newest.get(_debt(row), row["due_date"]), row["due_date"])
    return list({_debt(row): row for row in found if row["due_date"] == newest[_debt(row)]}.values())


def _is_near(row: Due, todays: Mapping[int, date]) -> bool:
    today = todays[row["center_id"]]
    is_near: bool = today <= row["due_date"] <= today + BEFORE_PAYMENT
    return is_near


def _debt(row: Due) -> tuple[int, int | None]:
    return row["student_id"], row["group_id"]


def _key(name: str, row: Due) -> str:
    return f"{name}:{row['id']}:{row['due_date']}"


def _payload(row: Due) -> dict[str, Any]:
    return {"id": row["id"], "due_date": row["due_date"].isoformat()}


def _day(about: Mapping[str, str]) -> date:
    return date.fromisoformat(about["due_date"])
