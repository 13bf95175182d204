"""10. Payments. A deleted payment is hidden and can be restored (C66)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from educore import Constant, From, NameOf, UnitOfWork, perform, where
from educore.billing import Payment, find_debtors, not_withdrawn, payment_statistics
from educore.people import Student
from educore.values import Amount, Day, Name, Text
from educore_web.apis.center_crm.accounts import STUDENT_NAMES, StudentName, StudentUserInfo, UserOut
from educore_web.apis.center_crm.dialect import CrmShape, Number, number
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import ROLES, PaymentWord, StudentStatusWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.filters import day_filter, read_parameters
from educore_web.rest.further_names import ADDITION, Also
from educore_web.rest.request import RequestData
from educore_web.rest.uploads import OfficeDocument

PaymentStatus = Annotated[str, Constant("Paid"), ADDITION]
"""The status of a payment; every payment that is shown has been paid."""

SERVER_DEFAULTS = ("paid_on", "receipt_number")
"""The fields that the server sets if they are null."""


class PaymentIn(Body, of=Payment):
    """Money a student paid, today unless said otherwise; a receipt number is given unless one is typed (C63)."""

    student: Annotated[int, To("student_id")]
    group: Annotated[int | None, To("group_id")] = None
    amount: Amount
    payment_type: Annotated[PaymentWord, To("method"), Also("payment_method")]
    payment_date: Annotated[Day | None, To("paid_on")] = None
    due_date: Day | None = None
    receipt_number: Annotated[Name, Field(max_length=64)] | None = None
    document: OfficeDocument | None = None
    notes: Text = ""

    def fields(self) -> dict[str, Any]:
        """Return the values that were sent by domain field; null counts as absent where the server sets the value."""
        return {
            name: value for name, value in super().fields().items() if value is not None or name not in SERVER_DEFAULTS
        }


class PaymentOut(CrmShape, of=Payment):
    """Money a student paid; `paid_by` and `processed_by` are who wrote it down (C62)."""

    id: int
    student: Annotated[int, From("student_id")]
    student_name: StudentName
    group: Annotated[int | None, From("group_id")]
    group_name: Annotated[str | None, From("group.name")]
    amount: Number
    payment_type: Annotated[PaymentWord, From("method"), Also("payment_method")]
    payment_date: Annotated[date, From("paid_on")]
    due_date: date | None
    receipt_number: str
    document: str | None
    paid_by: Annotated[int | None, From("received_by_id")]
    processed_by: Annotated[str | None, NameOf("received_by")]
    notes: str
    created_at: datetime
    status: PaymentStatus


class PaymentLine(CrmShape, of=Payment):
    """Money a student paid, as their history shows it."""

    id: int
    student_name: StudentName
    group_name: Annotated[str | None, From("group.name")]
    amount: Number
    payment_type: Annotated[PaymentWord, From("method"), Also("payment_method")]
    payment_date: Annotated[date, From("paid_on")]
    due_date: date | None
    receipt_number: str
    student: Annotated[int, From("student_id"), ADDITION]
    group: Annotated[int | None, From("group_id"), ADDITION]
    status: PaymentStatus


class DebtorOut(CrmShape, of=Student):
    """A student who owes (C64)."""

    id: int
    user_info: Annotated[StudentUserInfo, From("user")]
    group_name: Annotated[str | None, From("group.name")]
    status: StudentStatusWord
    enrollment_date: date
    parent_name: str
    parent_phone: str | None
    user: Annotated[UserOut, ADDITION]
    phone: Annotated[str | None, From("user.phone"), ADDITION]
    group: Annotated[int | None, From("group_id"), ADDITION]
    branch: Annotated[int, From("branch_id"), ADDITION]


class PaymentStatisticsOut(BaseModel):
    """The sums of the payments of a time."""

    total_revenue: Number
    payment_count: int
    average_payment: Number


def list_debtors(uow: UnitOfWork) -> list[dict[str, Any]]:
    """List Debtors"""
    order = list(find_debtors(uow))
    shown = {row["id"]: row for row in uow.select(DebtorOut, where(id__in=order))}
    return [shown[id] for id in order if id in shown]


def statistics(uow: UnitOfWork, request: RequestData) -> dict[str, Any]:
    """Get Payment Statistics"""
    totals = payment_statistics(uow, **read_parameters(DAYS, request.query))
    return {
        "total_revenue": number(totals.total),
        "payment_count": totals.count,
        "average_payment": number(totals.average),
    }


def restore(uow: UnitOfWork, id: int) -> dict[str, Any]:
    """Restore a deleted payment"""
    perform(uow, Payment, "restore", id)
    return uow.select_one(PaymentOut, id)


DAYS = (day_filter("date_from", "since"), day_filter("date_to", "until"))
SUMMARY = {"kind": Payment, "action": "summarize", "is_sum": True}

ROUTES = [
    crm.get("/payments/debtors/", list_debtors, out=DebtorOut, many=True, **SUMMARY),
    crm.get(
        "/payments/statistics/",
        statistics,
        out=PaymentStatisticsOut,
        parameters={known.name: known.schema for known in DAYS},
        **SUMMARY,
    ),
    *crm.crud(
        "/payments/",
        Payment,
        PaymentIn,
        PaymentOut,
        only=not_withdrawn,
        open_to=ROLES,
        idempotent=True,
        search=("receipt_number", *STUDENT_NAMES, "notes"),
        listing={"order": ("-id",)},
    ),
    crm.post(
        "/payments/{id}/restore/",
        restore,
        kind=Payment,
        action="restore",
        out=PaymentOut,
        idempotent=True,
        addition=True,
    ),
]
