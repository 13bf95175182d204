"""Money in numbers: what came in by month and by method, and who owes since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from educore import Educore, From, Joined, Shape, UnitOfWork, where
from educore.billing import (
    NOT_WITHDRAWN,
    Payment,
    PaymentMethod,
    PaymentStatistics,
    find_debtors,
    list_debts,
    payment_statistics,
    revenue_by_month,
)
from educore.organization import Center
from educore.people import Student
from educore_web.admin.security.current_user import acting, local_day
from educore_web.admin.ui.cells import say_choice
from educore_web.admin.ui.chart import Chart
from educore_web.admin.ui.language import format_month
from educore_web.admin.ui.naming import first_day

MONTHS = 12
MOST_DEBTORS = 50


class Debtor(Shape, of=Student):
    """A student by name, and whom to call."""

    id: int
    name: Annotated[str | None, Joined("user.first_name", "user.last_name")]
    username: Annotated[str, From("user.username")]
    phone: Annotated[str | None, From("user.phone")]
    parent_phone: str | None
    group: Annotated[str | None, From("group.name")]


@dataclass(frozen=True)
class Owing:
    """A student who owes: how much by invoices, if any were issued, and since when."""

    id: int
    name: str
    phone: str
    group: str
    owed: Decimal | None
    since: date


@dataclass(frozen=True)
class MoneyNumbers:
    """What the page about money shows; amounts are in the currency of the visitor's Center."""

    this_month: PaymentStatistics
    owed: Decimal
    owing: list[Owing]
    debtors: int
    charts: list[Chart]
    currency: str
    by_debt: bool


def money_numbers(school: Educore, *, by_debt: bool) -> MoneyNumbers:
    """Add up what the visitor may see, in a fixed number of statements. Raises: Forbidden."""
    with school.work(acting(), read_only=True) as uow:
        today = local_day(uow.ports.clock.now())
        charts = _charts(uow, today)
        owed = {debt.student_id: debt.owed for debt in list_debts(uow)}
        since = find_debtors(uow)
        order = sorted(since, key=lambda id: (-owed.get(id, Decimal(0)), since[id])) if by_debt else list(since)
        return MoneyNumbers(
            this_month=payment_statistics(uow, since=today.replace(day=1), until=today),
            owed=sum(owed.values(), Decimal(0)),
            owing=_owing(uow, order[:MOST_DEBTORS], owed, since),
            debtors=len(since),
            charts=charts,
            currency=_currency(uow),
            by_debt=by_debt,
        )


def _charts(uow: UnitOfWork, today: date) -> list[Chart]:
    per_month = revenue_by_month(uow, until=today, months=MONTHS)
    months = [format_month(first_day(month)) for month in per_month]
    taken = NOT_WITHDRAWN & where(paid_on__gte=first_day(next(iter(per_month))), paid_on__lte=today)
    per_method = [uow.sum(Payment, "amount", taken & where(method=method)) for method in PaymentMethod]
    return [
        Chart("revenue_by_month", "columns", months, [float(amount) for amount in per_month.values()]),
        Chart("revenue_by_method", "ring", [say_choice(m) for m in PaymentMethod], [float(m) for m in per_method]),
    ]


def _owing(uow: UnitOfWork, ids: list[int], owed: dict[int, Decimal], since: dict[int, date]) -> list[Owing]:
    people = {found["id"]: found for found in uow.select(Debtor, where(id__in=set(ids)))}
    return [
        Owing(
            id,
            name=person["name"] or person["username"],
            phone=person["phone"] or person["parent_phone"] or "",
            group=person["group"] or "",
            owed=owed.get(id),
            since=since[id],
        )
        for id in ids
        if (person := people.get(id))
    ]


def _currency(uow: UnitOfWork) -> str:
    return "" if uow.actor.center_id is None else uow.get(Center, uow.actor.center_id).currency
