"""Charging every student of running groups for a month at once, and taking that back."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from educore.billing.entities import CENT, NOT_CANCELLED, ChargeRun, Invoice
from educore.billing.invoices import payments_for, store_invoices, take_back
from educore.billing.ledger import build_draft, lock_students
from educore.groups.entities import Enrollment, Group, GroupStatus
from educore.kernel.conditions import Where, where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.shape import From, Joined, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.use_cases import local_today
from educore.people.entities import SEAT_STATUSES


class Skipped(StrEnum):
    """Why a student is not charged."""

    ALREADY_CHARGED = "already_charged"
    NO_FEE = "no_fee"


@dataclass(frozen=True)
class ChargeLine:
    """What a charge run asks, or would ask, of one student for one group; `skipped` says why it does not."""

    student_id: int
    student_name: str
    group_id: int
    group_name: str
    course_name: str
    amount: Decimal
    skipped: Skipped | None


def monthly_fee(fee: Decimal | None, price: Decimal, months: int | None) -> Decimal:
    """What a student pays for a month: the group's fee, or else the share of the course's price.

    Half a hundredth is rounded to the even one; a course without a length costs its price each month.
    """
    return fee if fee is not None else (price / (months or 1)).quantize(CENT)


def preview_charges(
    uow: UnitOfWork,
    *,
    month: str,
    due_date: date,
    group_ids: Collection[int] | None = None,
    center_id: int | None = None,
) -> list[ChargeLine]:
    """Show whom a charge run for a month ("2024-01") would charge, by group and student, without charging anybody.

    Charged are active and blocked students of active groups that run in the month, who are in the group on any day of
    it; each once for a group and month. `center_id` matters only to those who belong to no Center.
    Raises: Invalid("month") on month; Invalid("due_before_issue") on due_date; Invalid("unknown_id") on group_ids.
    """
    return _lines(uow, _planned(uow, month, due_date, center_id), group_ids)


def make_charges(
    uow: UnitOfWork,
    *,
    month: str,
    due_date: date,
    group_ids: Collection[int] | None = None,
    center_id: int | None = None,
) -> ChargeRun:
    """Charge students for a month, as `preview_charges` shows it: an invoice each, in a fixed number of statements.

    Raises: Conflict("nothing_to_charge") on month; what `preview_charges` raises.
    """
    plan = _planned(uow, month, due_date, center_id)
    wanted = {line.student_id for line in _lines(uow, plan, group_ids) if not line.skipped}
    held = lock_students(uow, where(id__in=wanted))
    due = [line for line in _lines(uow, plan, group_ids) if not line.skipped and line.student_id in held]
    if not due:
        raise Conflict.because("month", "nothing_to_charge", month=month)
    run = uow.add(ChargeRun, center_id=plan.center_id, month=month, due_date=due_date, made_by_id=uow.actor.user_id)
    today = local_today(uow, run.center_id)
    store_invoices(uow, [_invoice(run, line, today) for line in due])
    return run


def revert_charges(uow: UnitOfWork, run: ChargeRun) -> ChargeRun:
    """Cancel every invoice of a run; what covered them of its own accord waits again.

    Raises: Conflict("already_reverted"); Conflict("run_has_payments") when somebody paid for one of them.
    """
    lock_students(uow, where(Invoice__run_id=run.id))
    run = uow.get(ChargeRun, run.id, to="revert", lock=True)
    if run.reverted_at is not None:
        raise Conflict.because("", "already_reverted")
    invoices = uow.find(Invoice, NOT_CANCELLED & where(run_id=run.id), lock=True)
    if paid := payments_for(uow, [invoice.id for invoice in invoices]):
        raise Conflict.because("", "run_has_payments", count=paid)
    if invoices:
        take_back(uow, invoices)
    return uow.change(run, to="revert", reverted_at=uow.ports.clock.now(), reverted_by_id=uow.actor.user_id)


class _Place(Shape, of=Enrollment):
    student_id: int
    student_name: Annotated[str | None, Joined("student.user.first_name", "student.user.last_name")]
    group_id: int
    group_name: Annotated[str, From("group.name")]
    course_name: Annotated[str, From("group.course.name")]
    fee: Annotated[Decimal | None, From("group.monthly_fee")]
    price: Annotated[Decimal, From("group.course.price")]
    months: Annotated[int | None, From("group.course.duration_months")]


class _Charged(Shape, of=Invoice):
    student_id: int
    group_id: int | None


def _planned(uow: UnitOfWork, month: str, due_date: date, center_id: int | None) -> ChargeRun:
    center_id = center_id if uow.actor.center_id is None else uow.actor.center_id
    if center_id is None:
        raise Invalid.because("center_id", "missing")
    plan = build_draft(ChargeRun, center_id=center_id, month=month, due_date=due_date)
    if plan.due_date < local_today(uow, center_id):
        raise Invalid.because("due_date", "due_before_issue")
    return plan


def _lines(uow: UnitOfWork, plan: ChargeRun, group_ids: Collection[int] | None) -> list[ChargeLine]:
    first, last = month_bounds(plan.month)
    this = where(center_id=plan.center_id, enrolled_on__lte=last)
    this &= where(left_on__isnull=True) | where(left_on__gte=first)
    this &= where(student__status__in=SEAT_STATUSES)
    this &= where(group__has=_running(first, last))
    if group_ids is not None:
        _require_groups(uow, plan.center_id, group_ids)
        this &= where(group_id__in=group_ids)
    places = uow.select(_Place, this, order=("group_id", "student_id"))
    charged = uow.select(_Charged, where(center_id=plan.center_id, charged_for=plan.month))
    done = {(one["student_id"], one["group_id"]) for one in charged}
    return list({(line.student_id, line.group_id): line for line in (_line(place, done) for place in places)}.values())


def _running(first: date, last: date) -> Where:
    begun = where(start_date__isnull=True) | where(start_date__lte=last)
    return where(status=GroupStatus.ACTIVE) & begun & (where(end_date__isnull=True) | where(end_date__gte=first))


def _line(place: dict[str, Any], done: Collection[tuple[int, int | None]]) -> ChargeLine:
    amount = monthly_fee(place["fee"], place["price"], place["months"])
    known = {name: place[name] for name in ("student_id", "group_id", "group_name", "course_name")}
    skipped = Skipped.ALREADY_CHARGED if (place["student_id"], place["group_id"]) in done else None
    return ChargeLine(
        **known,
        student_name=place["student_name"] or "",
        amount=amount,
        skipped=skipped or (None if amount else Skipped.NO_FEE),
    )


def _invoice(run: ChargeRun, line: ChargeLine, today: date) -> Invoice:
    return build_draft(
        Invoice,
        center_id=run.center_id,
        student_id=line.student_id,
        group_id=line.group_id,
        run_id=run.id,
        charged_for=run.month,
        amount=line.amount,
        issued_on=today,
        due_date=run.due_date,
        description=f"{line.course_name}, {line.group_name}, {run.month}",
    )


def _require_groups(uow: UnitOfWork, center_id: int, group_ids: Collection[int]) -> None:
    known = uow.count_by(Group, "id", where(id__in=group_ids, center_id=center_id))
    for id in group_ids:
        if id not in known:
            raise Invalid.because("group_ids", "unknown_id", id=id)


def month_bounds(month: str) -> tuple[date, date]:
    """The first and the last day of a month such as 2024-01."""
    year, number = map(int, month.split("-"))
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])
