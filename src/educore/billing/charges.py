"""Charge runs: invoice every student of running groups for a month, and revert such a run."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from educore.billing.drafts import build_draft
from educore.billing.entities import CENT, ChargeRun, Invoice, valid_invoice
from educore.billing.invoices import cancel_invoices, count_payments_for, store_invoices
from educore.billing.ledger import lock_students
from educore.groups.entities import Enrollment, Group, GroupStatus, held_between, was_never_held
from educore.kernel.actions import use_case
from educore.kernel.conditions import Where, where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.shape import Computed, From, NameOf, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import local_today
from educore.people.entities import SEAT_STATUSES


class Skipped(StrEnum):
    """Why a student is not charged."""

    ALREADY_CHARGED = "already_charged"
    NO_FEE = "no_fee"


@dataclass(frozen=True)
class ChargeLine:
    """The charge of one student for one group in a charge run; `skipped` is the reason if there is none."""

    student_id: int
    student_name: str
    group_id: int
    group_name: str
    course_name: str | None
    amount: Decimal
    skipped: Skipped | None


def monthly_fee(fee: Decimal | None, price: Decimal | None, months: int | None) -> Decimal:
    """Return the fee of a student for a month: the group's fee, else the price of the course divided by its months.

    The share is rounded to the cent, half to even. A course without a length costs its price each month. A class
    without a fee costs nothing: it has no course, and so no price.
    """
    return fee if fee is not None else ((price or Decimal(0)) / (months or 1)).quantize(CENT)


def preview_charges(
    uow: UnitOfWork,
    *,
    month: str,
    due_date: date,
    group_ids: Collection[int] | None = None,
    center_id: int | None = None,
) -> list[ChargeLine]:
    """Return the lines of a charge run for a month ("2024-01"), by group and student, without charging.

    A run charges active and blocked students of active groups that run in the month, if they are in the group on any
    day of it, once for each group and month. `center_id` is only for actors that belong to no Center.
    Raises: Invalid("month") on month; Invalid("due_before_issue") on due_date; Invalid("unknown_id") on group_ids;
    Invalid("missing") on center_id.
    """
    return _lines(uow, _draft_run(uow, month, due_date, center_id), group_ids)


@use_case
def make_charges(
    uow: UnitOfWork,
    /,
    *,
    month: str,
    due_date: date,
    group_ids: Collection[int] | None = None,
    center_id: int | None = None,
) -> ChargeRun:
    """Charge students for a month as `preview_charges` shows: an invoice each, in a fixed number of statements.

    The lines are read twice, before and after the students are locked, because others may charge them meanwhile.
    Raises: Conflict("nothing_to_charge") on month; what `preview_charges` raises.
    """
    plan = _draft_run(uow, month, due_date, center_id)
    students = {line.student_id for line in _lines(uow, plan, group_ids) if not line.skipped}
    locked = lock_students(uow, where(id__in=students))
    due = [line for line in _lines(uow, plan, group_ids) if not line.skipped and line.student_id in locked]
    if not due:
        raise Conflict.because("month", "nothing_to_charge", month=month)
    run = uow.add(
        ChargeRun, {"center_id": plan.center_id, "month": month, "due_date": due_date, "made_by_id": uow.actor.user_id}
    )
    today = local_today(uow, run.center_id)
    store_invoices(uow, [_invoice(run, line, today) for line in due])
    return run


@use_case
def revert_charges(uow: UnitOfWork, run: ChargeRun, /) -> ChargeRun:
    """Cancel every invoice of a run; money that was allocated to them becomes unallocated.

    Raises: Conflict("already_reverted"); Conflict("run_has_payments") if a payment names one of the invoices.
    """
    lock_students(uow, where(Invoice__run_id=run.id))
    run = uow.get(ChargeRun, run.id, to="revert", lock=True)
    if run.reverted_at is not None:
        raise Conflict.because("", "already_reverted")
    invoices = uow.find(Invoice, valid_invoice & where(run_id=run.id), lock=True)
    if count := count_payments_for(uow, [invoice.id for invoice in invoices]):
        raise Conflict.because("", "run_has_payments", count=count)
    if invoices:
        cancel_invoices(uow, invoices)
    return uow.change(run, {"reverted_at": uow.ports.clock.now(), "reverted_by_id": uow.actor.user_id}, to="revert")


class _SeatFee(Shape, of=Enrollment):
    student_id: int
    student_name: Annotated[str | None, NameOf("student")]
    group_id: int
    group_name: Annotated[str, From("group.name")]
    course_name: Annotated[str | None, From("group.course.name")]
    fee: Annotated[Decimal | None, From("group.monthly_fee")]
    price: Annotated[Decimal | None, From("group.course.price")]
    months: Annotated[int | None, From("group.course.duration_months")]
    was_never_held: Annotated[bool, Computed(was_never_held, "enrolled_on", "left_on")]


class _Charged(Shape, of=Invoice):
    student_id: int
    group_id: int | None


def _draft_run(uow: UnitOfWork, month: str, due_date: date, center_id: int | None) -> ChargeRun:
    center_id = center_id if uow.actor.center_id is None else uow.actor.center_id
    if center_id is None:
        raise Invalid.because("center_id", "missing")
    plan = build_draft(ChargeRun, center_id=center_id, month=month, due_date=due_date)
    if plan.due_date < local_today(uow, center_id):
        raise Invalid.because("due_date", "due_before_issue")
    return plan


def _lines(uow: UnitOfWork, plan: ChargeRun, group_ids: Collection[int] | None) -> list[ChargeLine]:
    first, last = month_bounds(plan.month)
    seats = where(center_id=plan.center_id, student__status__in=SEAT_STATUSES) & held_between(first, last)
    seats &= where(group__has=_runs_between(first, last))
    if group_ids is not None:
        _require_groups(uow, plan.center_id, group_ids)
        seats &= where(group_id__in=group_ids)
    found = uow.select(_SeatFee, seats, order=("group_id", "student_id"))
    held = [seat for seat in found if not seat["was_never_held"]]
    charged = uow.select(_Charged, where(center_id=plan.center_id, charged_for=plan.month))
    done = {(invoice["student_id"], invoice["group_id"]) for invoice in charged}
    return list({(line.student_id, line.group_id): line for line in (_line(seat, done) for seat in held)}.values())


def _runs_between(first: date, last: date) -> Where:
    has_begun = where(start_date__isnull=True) | where(start_date__lte=last)
    return where(status=GroupStatus.ACTIVE) & has_begun & (where(end_date__isnull=True) | where(end_date__gte=first))


def _line(seat: dict[str, Any], done: Collection[tuple[int, int | None]]) -> ChargeLine:
    amount = monthly_fee(seat["fee"], seat["price"], seat["months"])
    copied = {name: seat[name] for name in ("student_id", "group_id", "group_name", "course_name")}
    skipped = Skipped.ALREADY_CHARGED if (seat["student_id"], seat["group_id"]) in done else None
    return ChargeLine(
        **copied,
        student_name=seat["student_name"] or "",
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
        description=", ".join(filter(None, (line.course_name, line.group_name, run.month))),
    )


def _require_groups(uow: UnitOfWork, center_id: int, group_ids: Collection[int]) -> None:
    known = uow.count_by(Group, "id", where(id__in=group_ids, center_id=center_id))
    for id in group_ids:
        if id not in known:
            raise Invalid.because("group_ids", "unknown_id", id=id)


def month_bounds(month: str) -> tuple[date, date]:
    """Return the first and the last day of a month such as "2024-01"."""
    year, number = map(int, month.split("-"))
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])
