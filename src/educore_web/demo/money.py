"""Money of the last months of the demo: fees, charges for two months, payments, debtors and salaries."""

from __future__ import annotations

import random
from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from educore import perform, where
from educore.billing import ChargeRun, Invoice, Payment, PaymentMethod, Payroll
from educore.groups import Group
from educore_web.demo.days import Calendar
from educore_web.demo.plan_parts import GroupPlan, TeacherPlan
from educore_web.demo.simulation import Event, Simulation, schedule_until

MONTHS_CHARGED, MONTHS_EARNED = 2, 3
DUE_DAY, LAST_DAY = 10, 18
METHODS = (PaymentMethod.CASH, PaymentMethod.CARD, PaymentMethod.TRANSFER, PaymentMethod.ONLINE)
METHOD_WEIGHTS = (10, 6, 3, 1)
HOURS_A_MONTH = 72
BONUS_RATE, PENALTY_RATE = 0.3, 0.1
PAYMENT_RATES = (0.84, 0.1)
"""Shares of students who pay a month in full, and who pay half of it; the others owe all of it."""


class Money:
    """Fees, payments and salaries of one Center."""

    def __init__(self, simulation: Simulation, *, calendar: Calendar, rng: random.Random) -> None:
        self.simulation, self.calendar, self.rng = simulation, calendar, rng
        self.planned_payments: defaultdict[date, list[dict[str, Any]]] = defaultdict(list)

    def events(self) -> list[Event]:
        """Return all events, in no particular order."""
        events = list[Event]()
        schedule = schedule_until(events, until=self.calendar.office_time(self.calendar.last, hour=21))
        months = [_month_before(self.calendar.last, number) for number in range(MONTHS_EARNED + 1)]
        for group in self.simulation.plan.groups:
            schedule(group.opens + timedelta(hours=1), self._set_fee, group)
        for month in months[:MONTHS_CHARGED]:
            schedule(self.calendar.office_time(month, hour=8), self._charge, month)
        for number in range((self.calendar.last - months[MONTHS_CHARGED - 1]).days + 1):
            day = self.calendar.last - timedelta(days=number)
            schedule(self.calendar.office_time(day, hour=17), self._take_payments, day)
        for number, month in enumerate(months[1:]):
            paid = _month_before(month, -1) + timedelta(days=4)
            schedule(self.calendar.office_time(paid, hour=16), self._pay_teachers, month, number == 0)
        return events

    def _set_fee(self, group: GroupPlan) -> None:
        fee = Decimal(10_000) * self.rng.randint(20, 48)
        perform(self.simulation.as_director, Group, "update", self.simulation.ids[group], {"monthly_fee": fee})

    def _charge(self, month: date) -> None:
        """Charge all students for a month, and plan the payments for the invoices."""
        due = month.replace(day=DUE_DAY)
        run = perform(
            self.simulation.as_manager, ChargeRun, "create", fields={"month": f"{month:%Y-%m}", "due_date": due}
        )
        for invoice in self.simulation.as_manager.find(Invoice, where(run_id=run.id)):
            chance, (full, half) = self.rng.random(), PAYMENT_RATES
            if chance < full + half:
                day = month + timedelta(days=min(self.rng.randrange(LAST_DAY), self.rng.randrange(LAST_DAY)))
                amount = invoice.remaining if chance < full else (invoice.remaining / 2).quantize(Decimal(1))
                self._plan_payment(day, invoice, amount, _month_before(due, -1).replace(day=DUE_DAY))

    def _plan_payment(self, day: date, invoice: Invoice, amount: Decimal, next_due: date) -> None:
        if amount:
            (method,) = self.rng.choices(METHODS, METHOD_WEIGHTS)
            target = {"student_id": invoice.student_id, "group_id": invoice.group_id}
            self.planned_payments[day].append({**target, "amount": amount, "method": method, "due_date": next_due})

    def _take_payments(self, day: date) -> None:
        for payment in self.planned_payments[day]:
            perform(self.simulation.as_admin, Payment, "create", fields=payment)

    def _pay_teachers(self, month: date, is_last: bool) -> None:
        """Create the salaries of a month; for the last month, leave every fifth salary unpaid."""
        end = month.replace(day=monthrange(month.year, month.month)[1])
        for place, teacher in enumerate(self.simulation.plan.teachers):
            if teacher.joins.date() <= end and (teacher.leaves is None or teacher.leaves.date() > end):
                self._pay_teacher(teacher, f"{month:%Y-%m}", is_paid=not is_last or place % 5 > 0)

    def _pay_teacher(self, teacher: TeacherPlan, month: str, *, is_paid: bool) -> None:
        salary: dict[str, Any] = {
            "teacher_id": self.simulation.ids[teacher],
            "month": month,
            "is_paid": is_paid,
            "base_salary": teacher.hourly_rate * HOURS_A_MONTH,
            "bonus": Decimal(100_000) * (self.rng.random() < BONUS_RATE),
            "penalty": Decimal(50_000) * (self.rng.random() < PENALTY_RATE),
        }
        perform(self.simulation.as_manager, Payroll, "create", fields=salary)


def _month_before(day: date, number: int) -> date:
    """Return the first day of the month that is `number` months before the month of a day."""
    months = day.year * 12 + day.month - 1 - number
    return date(months // 12, months % 12 + 1, 1)
