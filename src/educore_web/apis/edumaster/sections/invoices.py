"""Hisob-kitoblar. A deleted invoice is cancelled: it can no longer be paid, and is shown no more."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from educore import ComputedNow, From, NameOf, UnitOfWork, Where, where
from educore.billing import Invoice, InvoiceStatus, has_invoice_status, invoice_status
from educore.organization import local_today
from educore.people import Student
from educore.values import Amount, Day, Line
from educore_web.apis.edumaster.dialect import EduShape, Sum
from educore_web.apis.edumaster.spec import crud
from educore_web.apis.edumaster.words import INVOICE_WORDS, ROLES, InvoiceWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import LookupBy, To
from educore_web.rest.filters import Filter


def status_today(
    now: datetime, zone: str, paid: Decimal, remaining: Decimal, due_date: date, cancelled_at: datetime | None
) -> InvoiceWord:
    """Return the status of an invoice today, in the time zone of its center (E26)."""
    today = now.astimezone(ZoneInfo(zone)).date()
    status = invoice_status(paid=paid, remaining=remaining, due_date=due_date, cancelled_at=cancelled_at, today=today)
    return INVOICE_WORDS[status]


def has_status(uow: UnitOfWork, status: InvoiceStatus) -> Where:
    """Return the condition of a status today, in the time zone of the actor's center."""
    return has_invoice_status(status, local_today(uow, uow.actor.center_id))


class InvoiceIn(Body, of=Invoice):
    """The sum that a student, who is a user with that role, owes by a day (E18)."""

    student: Annotated[int, To("student_id"), LookupBy(Student, "user_id")]
    amount: Amount
    due_date: Day
    description: Line = ""
    group: Annotated[int | None, To("group_id")] = None


class InvoiceOut(EduShape, of=Invoice):
    """The sum that a student owes, and the part of it that is paid (E26)."""

    id: int
    student: Annotated[int, From("student.user_id")]
    amount: Sum
    due_date: date
    description: str
    student_name: Annotated[str | None, NameOf("student")]
    group: Annotated[int | None, From("group_id")]
    group_name: Annotated[str | None, From("group.name")]
    status: Annotated[
        InvoiceWord, ComputedNow(status_today, "center.time_zone", "paid", "remaining", "due_date", "cancelled_at")
    ]
    paid_amount: Annotated[Sum, From("paid")]
    remaining_amount: Annotated[Sum, From("remaining")]
    created_at: datetime


STATUSES = {word.value: status for status, word in INVOICE_WORDS.items()}
BY_STATUS = Filter("status", STATUSES.__getitem__, "status", {"type": "string", "enum": list(STATUSES)}, has_status)

ROUTES = [
    *crud(
        "/payments/invoices/",
        Invoice,
        InvoiceIn,
        InvoiceOut,
        resource="invoices",
        only=where(cancelled_at__isnull=True),
        open_to=ROLES,
        idempotent=True,
        search=("description", "student__user__first_name", "student__user__last_name", "student__user__phone"),
        listing={"filters": (BY_STATUS,)},
    )
]
