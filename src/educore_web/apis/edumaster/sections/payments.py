"""To'lovlar."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from educore import From, NameOf, Role, UnitOfWork, perform
from educore.billing import Payment
from educore.values import Amount, Text
from educore_web.apis.edumaster.dialect import EduShape, Sum
from educore_web.apis.edumaster.spec import edu
from educore_web.apis.edumaster.words import PaymentWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To


class PaymentIn(Body, of=Payment):
    """Money for an invoice, all of what remains or a part of it (E27)."""

    invoice: Annotated[int, To("invoice_id")]
    amount: Amount
    payment_method: Annotated[PaymentWord, To("method")]
    notes: Text = ""


class PaymentOut(EduShape, of=Payment):
    """Money a student paid, through whichever API; `storno_at` once it was taken back. No invoice: for the oldest."""

    id: int
    invoice: Annotated[int | None, From("invoice_id")]
    amount: Sum
    payment_method: Annotated[PaymentWord, From("method")]
    notes: str
    student: Annotated[int, From("student.user_id")]
    student_name: Annotated[str | None, NameOf("student")]
    receipt_number: str
    paid_at: Annotated[date, From("paid_on")]
    received_by: Annotated[int | None, From("received_by_id")]
    received_by_name: Annotated[str | None, NameOf("received_by")]
    storno_at: Annotated[datetime | None, From("withdrawn_at")]
    created_at: datetime


def storno(uow: UnitOfWork, id: int) -> dict[str, Any]:
    """Take a payment back; its row stays"""
    perform(uow, Payment, "withdraw", id)
    return uow.select_one(PaymentOut, id)


CASHIERS = frozenset({Role.SUPERADMIN, Role.DIRECTOR, Role.MANAGER, Role.ADMIN})
ADMINS = frozenset({Role.SUPERADMIN, Role.DIRECTOR})
PAYMENTS: dict[str, Any] = {"resource": "payments", "roles": CASHIERS}

ROUTES = [
    edu.list(
        "/payments/payments/",
        PaymentOut,
        search=("receipt_number", "notes", "student__user__first_name", "student__user__last_name"),
        addition=True,
        **PAYMENTS,
    ),
    edu.create("/payments/payments/", Payment, PaymentIn, PaymentOut, idempotent=True, **PAYMENTS),
    edu.retrieve("/payments/payments/{id}/", PaymentOut, addition=True, **PAYMENTS),
    edu.post(
        "/payments/payments/{id}/storno/",
        storno,
        kind=Payment,
        action="withdraw",
        out=PaymentOut,
        resource="payments",
        roles=ADMINS,
        idempotent=True,
        addition=True,
    ),
]
"""There is no PUT and no DELETE: what was paid is corrected by a storno and another payment (E28)."""
