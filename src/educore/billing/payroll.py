"""Salaries of teachers: record, change, pay and propose them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from educore.billing.charges import month_bounds
from educore.billing.drafts import build_draft
from educore.billing.entities import CENT, EntryKind, Payroll
from educore.billing.ledger import post_entries
from educore.kernel.actions import locks_row, use_case
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import local_today
from educore.people.entities import Teacher
from educore.timetable.entities import Session, not_cancelled

MINUTES_AN_HOUR = 60


@use_case
def record_salary(
    uow: UnitOfWork,
    /,
    *,
    teacher_id: int,
    month: str,
    base_salary: Decimal,
    bonus: Decimal = Decimal(0),
    penalty: Decimal = Decimal(0),
    is_paid: bool = False,
) -> Payroll:
    """Record the salary of a teacher for a month ("2024-01"): base plus bonus less penalty; with `is_paid`, pay it too.

    Raises: Conflict("taken") on month; Invalid("total_below_zero") on penalty; Invalid("unknown_id") on teacher_id.
    """
    teacher = uow.reference(Teacher, teacher_id, field="teacher_id")
    parts: dict[str, Any] = {"base_salary": base_salary, "bonus": bonus, "penalty": penalty}
    salary = uow.add(Payroll, {"center_id": teacher.center_id, "teacher_id": teacher_id, "month": month, **parts})
    return pay_salary(uow, salary) if is_paid else salary


@locks_row
@use_case
def change_salary(uow: UnitOfWork, payroll: Payroll, /, *, is_paid: bool = False, **fields: Any) -> Payroll:
    """Change an unpaid salary; with `is_paid`, pay it too.

    Raises: Conflict("salary_paid"); what `record_salary` raises.
    """
    changed = uow.change(_lock_unpaid(uow, payroll), fields)
    return pay_salary(uow, changed) if is_paid else changed


@locks_row
@use_case
def remove_salary(uow: UnitOfWork, payroll: Payroll, /) -> None:
    """Remove an unpaid salary. Raises: Conflict("salary_paid")."""
    uow.remove(_lock_unpaid(uow, payroll))


@locks_row
@use_case
def pay_salary(uow: UnitOfWork, payroll: Payroll, /) -> Payroll:
    """Pay a salary today, in the Center's time zone; repeating keeps the first day (center_crm 16.7, C75)."""
    payroll = uow.get(Payroll, payroll.id, to="pay", lock=True)
    if payroll.is_paid:
        return payroll
    paid = uow.change(payroll, {"is_paid": True, "paid_on": local_today(uow, payroll.center_id)}, to="pay")
    entry = {"center_id": paid.center_id, "payroll_id": paid.id, "kind": EntryKind.SALARY, "amount": paid.total}
    post_entries(uow, [entry] if paid.total else [])
    return paid


def propose_salary(uow: UnitOfWork, teacher: Teacher, *, month: str) -> Decimal:
    """Compute the pay of a teacher by the hour: the minutes of the sessions held in a month, at the teacher's rate.

    A session counts as held if it was not cancelled and is over. The result is rounded to the cent, half to even.
    Raises: Invalid("no_hourly_rate"); Invalid("month") on month.
    """
    build_draft(Payroll, teacher_id=teacher.id, month=month, base_salary=Decimal(0))  # validates the month
    if teacher.hourly_rate is None:
        raise Invalid.because("", "no_hourly_rate")
    first, last = month_bounds(month)
    sessions = not_cancelled & where(
        teacher_id=teacher.id, date__gte=first, date__lte=last, ends_at__lte=uow.ports.clock.now()
    )
    minutes = uow.sum(Session, "minutes", sessions)
    return (minutes * teacher.hourly_rate / MINUTES_AN_HOUR).quantize(CENT)


def _lock_unpaid(uow: UnitOfWork, payroll: Payroll) -> Payroll:
    payroll = uow.get(Payroll, payroll.id, lock=True)
    if payroll.is_paid:
        raise Conflict.because("", "salary_paid", paid_on=str(payroll.paid_on))
    return payroll
