"""Charging all students of a center, or of some groups, for a month at once: an addition."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from educore import Count, From, Invalid, Sum, UnitOfWork, perform, where
from educore.billing import ChargeLine, ChargeRun, preview_charges
from educore.organization import Center
from educore.values import Day, Month
from educore_web.apis.center_crm.dialect import CrmShape, Number, number
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import SKIPPED_WORDS, Skipped
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.filters import month_filter

MOST_GROUPS = 1000


class ChargesIn(Body, of=ChargeRun):
    """A month to charge for, and the day it is due; without `groups` all that run then."""

    educational_center: Annotated[int | None, To("center_id")] = None
    month: Month
    due_date: Day
    groups: Annotated[list[int] | None, To("group_ids"), Field(min_length=1, max_length=MOST_GROUPS)] = None


class ChargeLineOut(BaseModel):
    """The charge of one student for one group; `skipped` says why there is none."""

    student: int
    student_name: str
    group: int
    group_name: str
    amount: Number
    skipped: Skipped | None


class ChargeRunOut(CrmShape, of=ChargeRun):
    """Invoices made at once for a month, and what they ask; none are left after a revert."""

    id: int
    educational_center: Annotated[int, From("center_id")]
    month: str
    due_date: date
    invoices_count: Annotated[int, Count("Invoice", where(cancelled_at__isnull=True))]
    total_amount: Annotated[Number, Sum("Invoice", "amount", where(cancelled_at__isnull=True))]
    made_by: Annotated[int | None, From("made_by_id")]
    created_at: datetime
    reverted_at: datetime | None


def preview(uow: UnitOfWork, data: ChargesIn) -> list[dict[str, Any]]:
    """Show whom charging for a month would charge"""
    return [_line_out(line) for line in preview_charges(uow, **_checked_fields(uow, data))]


def charge(uow: UnitOfWork, data: ChargesIn) -> dict[str, Any]:
    """Charge students for a month"""
    return uow.select_one(ChargeRunOut, perform(uow, ChargeRun, "create", fields=_checked_fields(uow, data)).id)


def revert(uow: UnitOfWork, id: int) -> dict[str, Any]:
    """Cancel all invoices of a charge run"""
    perform(uow, ChargeRun, "revert", id)
    return uow.select_one(ChargeRunOut, id)


def _checked_fields(uow: UnitOfWork, data: ChargesIn) -> dict[str, Any]:
    fields = data.fields()
    center_id = fields.get("center_id")
    if center_id is not None and not uow.count(Center, where(id=center_id)):
        raise Invalid.because("center_id", "unknown_id", id=center_id)
    return fields


def _line_out(line: ChargeLine) -> dict[str, Any]:
    return {
        "student": line.student_id,
        "student_name": line.student_name,
        "group": line.group_id,
        "group_name": line.group_name,
        "amount": number(line.amount),
        "skipped": line.skipped and SKIPPED_WORDS[line.skipped],
    }


MONTH = month_filter("month", "month")
CHARGING = {"kind": ChargeRun, "action": "create", "body": ChargesIn, "addition": True}

ROUTES = [
    crm.post("/charges/preview/", preview, out=ChargeLineOut, many=True, is_sum=True, **CHARGING),
    crm.list("/charges/", ChargeRunOut, order=("-id",), search=("month",), filters=(MONTH,), addition=True),
    crm.post("/charges/", charge, verb="create", status=201, out=ChargeRunOut, idempotent=True, **CHARGING),
    crm.retrieve("/charges/{id}/", ChargeRunOut, addition=True),
    crm.post(
        "/charges/{id}/revert/",
        revert,
        kind=ChargeRun,
        action="revert",
        out=ChargeRunOut,
        idempotent=True,
        addition=True,
    ),
]
