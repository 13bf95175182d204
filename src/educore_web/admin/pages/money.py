"""The page about money: revenue by month and by method, and the debtors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Annotated

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.requests import Request
from starlette.responses import Response

from educore import Educore, From, NameOf, Shape, UnitOfWork, where
from educore.billing import (
    Invoice,
    Payment,
    PaymentMethod,
    PaymentStatistics,
    find_debtors,
    not_withdrawn,
    open_invoice,
    payment_statistics,
    revenue_by_month,
)
from educore.organization import Center
from educore.people import Student
from educore_web.admin.frame import Frame
from educore_web.admin.security.current_user import current_actor, local_day
from educore_web.admin.ui.chart import Chart
from educore_web.admin.ui.enumerations import format_enum
from educore_web.admin.ui.formats import month_start
from educore_web.admin.ui.language import format_month

MONTHS = 12
MAX_DEBTORS = 50


class Debtor(Shape, of=Student):
    """The name of a student, and the phones to call."""

    id: int
    name: Annotated[str, NameOf("user")]
    phone: Annotated[str | None, From("user.phone")]
    parent_phone: str | None
    group: Annotated[str | None, From("group.name")]


@dataclass(frozen=True)
class DebtorRow:
    """A student who owes: the sum of open invoices, None without invoices, and the day since when they owe."""

    id: int
    name: str
    phone: str
    group: str
    owed: Decimal | None
    since: date


@dataclass(frozen=True)
class MoneyOverview:
    """The content of the page; amounts are in the currency of the user's Center.

    `debtors` counts all debtors, `owing` holds the first MAX_DEBTORS of them.
    """

    this_month: PaymentStatistics
    owed: Decimal
    owing: list[DebtorRow]
    debtors: int
    charts: list[Chart]
    currency: str
    by_debt: bool


@login_required
async def show_money(frame: Frame, request: Request) -> Response:
    """Show the page about money; the debtors come by day, with `?by=debt` by the amount they owe."""
    frame.view_for(Payment, "summarize")
    by_debt = request.query_params.get("by") == "debt"
    overview = await to_thread.run_sync(partial(load_money_overview, frame.school, by_debt=by_debt))
    return await frame.render(request, "money.html", {"overview": overview})


def load_money_overview(school: Educore, *, by_debt: bool) -> MoneyOverview:
    """Add up the money that the user may see, in a fixed number of statements. Raises: Forbidden."""
    with school.work(current_actor(), read_only=True) as uow:
        today = local_day(uow.ports.clock.now())
        charts = _charts(uow, today)
        owed = uow.sum_by(Invoice, "remaining", "student_id", open_invoice)
        since = find_debtors(uow)
        order = sorted(since, key=lambda id: (-owed.get(id, Decimal(0)), since[id])) if by_debt else list(since)
        return MoneyOverview(
            this_month=payment_statistics(uow, since=today.replace(day=1), until=today),
            owed=sum(owed.values(), Decimal(0)),
            owing=_owing(uow, order[:MAX_DEBTORS], owed, since),
            debtors=len(since),
            charts=charts,
            currency=_currency(uow),
            by_debt=by_debt,
        )


def _charts(uow: UnitOfWork, today: date) -> list[Chart]:
    per_month = revenue_by_month(uow, until=today, months=MONTHS)
    months = [format_month(month_start(month)) for month in per_month]
    taken = not_withdrawn & where(paid_on__gte=month_start(next(iter(per_month))), paid_on__lte=today)
    per_method = uow.sum_by(Payment, "amount", "method", taken)
    amounts = [float(per_method.get(method, 0)) for method in PaymentMethod]
    return [
        Chart("revenue_by_month", "columns", months, [float(amount) for amount in per_month.values()]),
        Chart("revenue_by_method", "ring", [format_enum(m) for m in PaymentMethod], amounts),
    ]


def _owing(uow: UnitOfWork, ids: list[int], owed: dict[int, Decimal], since: dict[int, date]) -> list[DebtorRow]:
    people = {found["id"]: found for found in uow.select(Debtor, where(id__in=set(ids)))}
    return [
        DebtorRow(
            id,
            name=person["name"],
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
