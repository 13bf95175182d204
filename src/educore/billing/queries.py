"""Statistics about money: payments, revenue, balances, debts and debtors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from educore.billing.charges import month_bounds
from educore.billing.entities import (
    CENT,
    EntryKind,
    Invoice,
    LedgerEntry,
    Payment,
    not_withdrawn,
    open_invoice,
    valid_invoice,
)
from educore.groups.entities import Enrollment, GroupStatus, takes_seat
from educore.kernel.aggregates import Aggregate
from educore.kernel.conditions import nothing, where
from educore.kernel.errors import Forbidden
from educore.kernel.row_names import join_name
from educore.kernel.shape import From, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import local_dates
from educore.people.entities import Student

GRACE = timedelta(days=30)
"""Time after enrollment in which a student without a payment or an invoice is no debtor (C64)."""


@dataclass(frozen=True)
class PaymentStatistics:
    """Sum, number and average of payments; the average has two decimals and is 0 without payments (center_crm C65)."""

    total: Decimal
    count: int
    average: Decimal


@dataclass(frozen=True)
class Debt:
    """The debt of a student by the ledger; `due_since` is the due date of the oldest open invoice."""

    student_id: int
    student_name: str
    owed: Decimal
    due_since: date


def payment_statistics(
    uow: UnitOfWork, *, since: date | None = None, until: date | None = None, group_id: int | None = None
) -> PaymentStatistics:
    """Return the statistics of payments between two days, both included, without withdrawn ones (center_crm 10.8, 5.7).

    Raises: Forbidden.
    """
    _require_overview(uow)
    condition = not_withdrawn & where(
        **({} if since is None else {"paid_on__gte": since}),
        **({} if until is None else {"paid_on__lte": until}),
        **({} if group_id is None else {"group_id": group_id}),
    )
    aggregates = Aggregate("sum", "amount"), Aggregate("count")
    total, count = uow.aggregate_by(Payment, aggregates, (), condition)[()]
    return PaymentStatistics(total, count, (total / count).quantize(CENT) if count else Decimal(0))


def group_payment_statistics(uow: UnitOfWork, group_id: int) -> PaymentStatistics:
    """Return the statistics of the payments for a group (center_crm 5.7, C44). Raises: Forbidden."""
    return payment_statistics(uow, group_id=group_id)


def revenue_by_month(uow: UnitOfWork, *, until: date, months: int = 12) -> dict[str, Decimal]:
    """Return the revenue of each of the last months ("2024-01"), the month of `until` last, in one statement.

    Raises: Forbidden.
    """
    _require_overview(uow)
    last = until.year * 12 + until.month - 1
    names = [f"{number // 12}-{number % 12 + 1:02}" for number in range(last - months + 1, last + 1)]
    first_day, last_day = month_bounds(names[0])[0], month_bounds(names[-1])[1]
    revenue = dict.fromkeys(names, Decimal(0))
    in_months = not_withdrawn & where(paid_on__gte=first_day, paid_on__lte=last_day)
    for day, amount in uow.sum_by(Payment, "amount", "paid_on", in_months).items():
        revenue[f"{day:%Y-%m}"] += amount
    return revenue


def student_balance(uow: UnitOfWork, student_id: int) -> Decimal:
    """Return the balance of a student: charges less payments; below 0 if the student has paid in advance."""
    amounts = uow.sum_by(LedgerEntry, "amount", "kind", where(student_id=student_id))
    return amounts.get(EntryKind.CHARGE, Decimal(0)) - amounts.get(EntryKind.PAYMENT, Decimal(0))


def list_debts(uow: UnitOfWork, *, limit: int | None = None, offset: int = 0) -> list[Debt]:
    """Return the debts of students, the largest first, in one statement that adds up, orders and cuts the page."""
    aggregates = Aggregate("sum", "remaining"), Aggregate("min", "due_date")
    names = uow.domain.name_paths(Student)
    by = "student_id", *(f"student.{path}" for path in names)
    found = uow.aggregate_by(Invoice, aggregates, by, open_invoice, limit=limit, offset=offset)
    debts = [
        Debt(id, join_name(names.values(), *name) or "", owed, since) for (id, *name), (owed, since) in found.items()
    ]
    return sorted(debts, key=lambda debt: (-debt.owed, debt.student_id))


def find_debtors(uow: UnitOfWork) -> dict[int, date]:
    """Return the day since which each debtor owes, by student id, the oldest debt first (center_crm 10.7, C64).

    A debtor has a seat in an active group, and an overdue invoice. In a group that has no invoices, a student is also
    a debtor if the newest due date of the payments for it is before today, or if nothing was paid in the 30 days after
    enrollment; a class without a fee asks for nothing. Takes five statements. Read the rows with
    `uow.select(shape, where(id__in=found))`. Raises: Forbidden.
    """
    _require_overview(uow)
    today = local_dates(uow)
    seats = uow.select(_Seat, takes_seat & where(group__status=GroupStatus.ACTIVE))
    overdue = _overdue(uow, today)
    charged = uow.count_by(Invoice, "group_id", valid_invoice)
    paid = _newest_due_dates(uow, {seat["group_id"] for seat in seats} - charged.keys())
    since: dict[int, date] = {}
    for seat in seats:
        days = [overdue.get(seat["student_id"])]
        if seat["group_id"] not in charged and (seat["course_id"] or seat["monthly_fee"]):
            days.append(_unpaid_since(seat, paid, today[seat["center_id"]]))
        for day in (day for day in days if day is not None):
            since[seat["student_id"]] = min(day, since.get(seat["student_id"], day))
    return dict(sorted(since.items(), key=lambda debt: (debt[1], debt[0])))


class _Seat(Shape, of=Enrollment):
    center_id: int
    student_id: int
    group_id: int
    course_id: Annotated[int | None, From("group.course_id")]
    monthly_fee: Annotated[Decimal | None, From("group.monthly_fee")]
    enrolled_on: date


NewestDueDates = dict[tuple[int, int | None], date | None]


def _overdue(uow: UnitOfWork, today: Mapping[int, date]) -> dict[int, date]:
    """Return the due date of the oldest overdue invoice, by student id. The days of two Centers can differ."""
    overdue = nothing
    for day in set(today.values()):
        centers = {id for id, local_day in today.items() if local_day == day}
        overdue |= where(center_id__in=centers, due_date__lte=day - timedelta(days=1))
    found = uow.aggregate_by(Invoice, (Aggregate("min", "due_date"),), "student_id", open_invoice & overdue)
    return {id: due_date for id, (due_date,) in found.items()}


def _newest_due_dates(uow: UnitOfWork, groups: Collection[int]) -> NewestDueDates:
    """Return the newest due date of payments, by student and group; None if the payments have no due date."""
    in_groups = where(group_id__in=groups) | where(group_id__isnull=True)
    newest = Aggregate("max", "due_date")
    found = uow.aggregate_by(Payment, (newest,), ("student_id", "group_id"), not_withdrawn & in_groups)
    return {key: due_date for key, (due_date,) in found.items()}


def _unpaid_since(seat: Mapping[str, Any], paid: NewestDueDates, today: date) -> date | None:
    """Return the day since which a seat is unpaid, None if it is paid; payments for no group count for every group."""
    keys = [key for key in ((seat["student_id"], seat["group_id"]), (seat["student_id"], None)) if key in paid]
    if not keys:
        first = seat["enrolled_on"] + GRACE
        return first if first < today else None
    newest = max((day for key in keys if (day := paid[key]) is not None), default=None)
    return newest if newest is not None and newest < today else None


def _require_overview(uow: UnitOfWork) -> None:
    """Refuse actors who see a part of the payments only, because their sums would be wrong. Raises: Forbidden."""
    if not uow.may(Payment, "summarize"):
        raise Forbidden(kind=Payment.__name__, action="summarize")
