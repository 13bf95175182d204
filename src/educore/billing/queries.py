"""What the money adds up to: who owes, what came in, and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from educore.billing.charges import month_bounds
from educore.billing.entities import (
    CENT,
    NOT_CANCELLED,
    NOT_WITHDRAWN,
    OPEN_INVOICE,
    EntryKind,
    Invoice,
    LedgerEntry,
    Payment,
)
from educore.groups.entities import Enrollment, GroupStatus, takes_seat
from educore.kernel.conditions import Where, where
from educore.kernel.errors import Forbidden
from educore.kernel.shape import Joined, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.use_cases import local_dates

GRACE = timedelta(days=30)
"""How long somebody may be in a group without a payment or an invoice before they count as a debtor (C64)."""


@dataclass(frozen=True)
class PaymentStatistics:
    """What payments add up to; the average has two decimals and is 0 where there are none (center_crm C65)."""

    total: Decimal
    count: int
    average: Decimal


@dataclass(frozen=True)
class Debt:
    """What a student owes by the ledger, and since when the oldest part is due."""

    student_id: int
    student_name: str
    owed: Decimal
    due_since: date


def payment_statistics(
    uow: UnitOfWork, *, since: date | None = None, until: date | None = None, group_id: int | None = None
) -> PaymentStatistics:
    """Add up the payments of a time, both days included; withdrawn ones do not count (center_crm 10.8, 5.7).

    Raises: Forbidden.
    """
    _require_overview(uow)
    these = NOT_WITHDRAWN & where(
        **({} if since is None else {"paid_on__gte": since}),
        **({} if until is None else {"paid_on__lte": until}),
        **({} if group_id is None else {"group_id": group_id}),
    )
    total, count = uow.sum(Payment, "amount", these), uow.count(Payment, these)
    return PaymentStatistics(total, count, (total / count).quantize(CENT) if count else Decimal(0))


def group_payment_statistics(uow: UnitOfWork, group_id: int) -> PaymentStatistics:
    """What was paid for a group (center_crm 5.7, C44). Raises: Forbidden."""
    return payment_statistics(uow, group_id=group_id)


def revenue_by_month(uow: UnitOfWork, *, until: date, months: int = 12) -> dict[str, Decimal]:
    """What was paid in each of the last months ("2024-01"), the month of `until` last: one statement a month.

    Raises: Forbidden.
    """
    _require_overview(uow)
    last = until.year * 12 + until.month - 1
    names = [f"{number // 12}-{number % 12 + 1:02}" for number in range(last - months + 1, last + 1)]
    return {name: uow.sum(Payment, "amount", NOT_WITHDRAWN & _in_month(name)) for name in names}


def student_balance(uow: UnitOfWork, student_id: int) -> Decimal:
    """What a student owes: charges less payments; below 0 where they have paid ahead."""
    charged = uow.sum(LedgerEntry, "amount", where(student_id=student_id, kind=EntryKind.CHARGE))
    return charged - uow.sum(LedgerEntry, "amount", where(student_id=student_id, kind=EntryKind.PAYMENT))


def list_debts(uow: UnitOfWork, *, limit: int | None = None) -> list[Debt]:
    """Who owes by the ledger, the greatest debt first, in one statement."""
    debts: dict[int, Debt] = {}
    for line in uow.select(_Owed, OPEN_INVOICE, order=("due_date",)):
        id, owed = line["student_id"], line["remaining"]
        known = debts.get(id) or Debt(id, line["student_name"] or "", Decimal(0), line["due_date"])
        debts[id] = Debt(id, known.student_name, known.owed + owed, known.due_since)
    return sorted(debts.values(), key=lambda debt: (-debt.owed, debt.student_id))[:limit]


def find_debtors(uow: UnitOfWork) -> dict[int, date]:
    """Students who owe, by id, and since when, the oldest debt first (center_crm 10.7, C64): five statements.

    They have a seat in an active group, and an invoice that is overdue. In a group that was never charged by invoices
    they also owe when the newest due date among the payments for it lies before today, or when nothing is paid
    30 days after they came. Show them with `uow.select(shape, where(id__in=found))`. Raises: Forbidden.
    """
    _require_overview(uow)
    today = local_dates(uow)
    seats = uow.select(_Seat, takes_seat & where(group__status=GroupStatus.ACTIVE))
    overdue = _overdue(uow, today)
    charged = uow.count_by(Invoice, "group_id", NOT_CANCELLED)
    paid = _newest_due_dates(uow, {seat["group_id"] for seat in seats} - charged.keys())
    since: dict[int, date] = {}
    for seat in seats:
        days = [overdue.get(seat["student_id"])]
        if seat["group_id"] not in charged:
            days.append(_unpaid_since(seat, paid, today[seat["center_id"]]))
        for day in (day for day in days if day is not None):
            since[seat["student_id"]] = min(day, since.get(seat["student_id"], day))
    return dict(sorted(since.items(), key=lambda debt: (debt[1], debt[0])))


class _Owed(Shape, of=Invoice):
    center_id: int
    student_id: int
    student_name: Annotated[str | None, Joined("student.user.first_name", "student.user.last_name")]
    remaining: Decimal
    due_date: date


class _Seat(Shape, of=Enrollment):
    center_id: int
    student_id: int
    group_id: int
    enrolled_on: date


class _Paid(Shape, of=Payment):
    student_id: int
    group_id: int | None
    due_date: date | None


NewestDueDates = dict[tuple[int, int | None], date | None]


def _overdue(uow: UnitOfWork, today: Mapping[int, date]) -> dict[int, date]:
    """The oldest due date that passed, by student."""
    lines = uow.select(
        _Owed, OPEN_INVOICE & where(due_date__lte=max(today.values(), default=date.min)), order=("-due_date",)
    )
    return {line["student_id"]: line["due_date"] for line in lines if line["due_date"] < today[line["center_id"]]}


def _newest_due_dates(uow: UnitOfWork, groups: Collection[int]) -> NewestDueDates:
    """The newest due date by student and group; None where payments name no day."""
    of_these = where(group_id__in=groups) | where(group_id__isnull=True)
    lines = uow.select(_Paid, NOT_WITHDRAWN & of_these)
    newest: NewestDueDates = {}
    for line in lines:
        key, day = (line["student_id"], line["group_id"]), line["due_date"]
        newest[key] = max((known for known in (day, newest.get(key)) if known is not None), default=None)
    return newest


def _unpaid_since(seat: Mapping[str, Any], paid: NewestDueDates, today: date) -> date | None:
    """Since when a seat is unpaid; payments for no group count for each."""
    keys = [key for key in ((seat["student_id"], seat["group_id"]), (seat["student_id"], None)) if key in paid]
    if not keys:
        first = seat["enrolled_on"] + GRACE
        return first if first < today else None
    newest = max((day for key in keys if (day := paid[key]) is not None), default=None)
    return newest if newest is not None and newest < today else None


def _in_month(name: str) -> Where:
    first, last = month_bounds(name)
    return where(paid_on__gte=first, paid_on__lte=last)


def _require_overview(uow: UnitOfWork) -> None:
    """Money in all is for those who see all of it: of their own payments alone, a student would learn nonsense."""
    if not uow.may(Payment, "summarize"):
        raise Forbidden(kind=Payment.__name__, action="summarize")
