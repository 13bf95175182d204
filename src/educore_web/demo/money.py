"""The money of the demonstration's last months: fees, charges for two months, payments, debtors and salaries."""

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
from educore_web.demo.plan import GroupPlan, TeacherPlan
from educore_web.demo.story import Happening, Story, noted_in

MONTHS_CHARGED, MONTHS_EARNED = 2, 3
DUE_DAY, LATEST = 10, 18
METHODS = (PaymentMethod.CASH, PaymentMethod.CARD, PaymentMethod.TRANSFER, PaymentMethod.ONLINE)
USUAL = (10, 6, 3, 1)
HOURS_A_MONTH = 72
REWARDED, FINED = 0.3, 0.1
PAY = (0.84, 0.1)
"""How many students pay a month in full, and how many half of it; the others owe it."""


class Money:
    """The money of one Center, told after its story by the same units of work."""

    def __init__(self, story: Story, *, calendar: Calendar, rng: random.Random) -> None:
        self.story, self.calendar, self.rng = story, calendar, rng
        self.brought: defaultdict[date, list[dict[str, Any]]] = defaultdict(list)

    def happenings(self) -> list[Happening]:
        """Everything that happens and when."""
        found = list[Happening]()
        at = noted_in(found, until=self.calendar.at_work(self.calendar.last, hour=21))
        months = [_month_before(self.calendar.last, number) for number in range(MONTHS_EARNED + 1)]
        for group in self.story.plan.groups:
            at(group.opens + timedelta(hours=1), self._set_fee, group)
        for month in months[:MONTHS_CHARGED]:
            at(self.calendar.at_work(month, hour=8), self._charge, month)
        for number in range((self.calendar.last - months[MONTHS_CHARGED - 1]).days + 1):
            day = self.calendar.last - timedelta(days=number)
            at(self.calendar.at_work(day, hour=17), self._take, day)
        for number, month in enumerate(months[1:]):
            paid = _month_before(month, -1) + timedelta(days=4)
            at(self.calendar.at_work(paid, hour=16), self._pay_teachers, month, number == 0)
        return found

    def _set_fee(self, group: GroupPlan) -> None:
        fee = Decimal(10_000) * self.rng.randint(20, 48)
        perform(self.story.as_director, Group, "update", self.story.ids[group], monthly_fee=fee)

    def _charge(self, month: date) -> None:
        """Charge everybody, and settle who will bring how much on which day."""
        due = month.replace(day=DUE_DAY)
        run = perform(self.story.as_manager, ChargeRun, "create", month=f"{month:%Y-%m}", due_date=due)
        for invoice in self.story.as_manager.find(Invoice, where(run_id=run.id)):
            chance, (full, half) = self.rng.random(), PAY
            if chance < full + half:
                day = month + timedelta(days=min(self.rng.randrange(LATEST), self.rng.randrange(LATEST)))
                amount = invoice.remaining if chance < full else (invoice.remaining / 2).quantize(Decimal(1))
                self._will_bring(day, invoice, amount, _month_before(due, -1).replace(day=DUE_DAY))

    def _will_bring(self, day: date, invoice: Invoice, amount: Decimal, next_due: date) -> None:
        if amount:
            (method,) = self.rng.choices(METHODS, USUAL)
            whose = {"student_id": invoice.student_id, "group_id": invoice.group_id}
            self.brought[day].append({**whose, "amount": amount, "method": method, "due_date": next_due})

    def _take(self, day: date) -> None:
        for payment in self.brought[day]:
            perform(self.story.as_admin, Payment, "create", **payment)

    def _pay_teachers(self, month: date, is_last: bool) -> None:
        """Pay who was there that month; of the last one, a few salaries are left to pay."""
        end = month.replace(day=monthrange(month.year, month.month)[1])
        for place, teacher in enumerate(self.story.plan.teachers):
            if teacher.joins.date() <= end and (teacher.leaves is None or teacher.leaves.date() > end):
                self._pay_teacher(teacher, f"{month:%Y-%m}", is_paid=not is_last or place % 5 > 0)

    def _pay_teacher(self, teacher: TeacherPlan, month: str, *, is_paid: bool) -> None:
        salary: dict[str, Any] = {
            "teacher_id": self.story.ids[teacher],
            "month": month,
            "is_paid": is_paid,
            "base_salary": teacher.hourly_rate * HOURS_A_MONTH,
            "bonus": Decimal(100_000) * (self.rng.random() < REWARDED),
            "penalty": Decimal(50_000) * (self.rng.random() < FINED),
        }
        perform(self.story.as_manager, Payroll, "create", **salary)


def _month_before(day: date, number: int) -> date:
    """The first day of the month so many before that of a day."""
    months = day.year * 12 + day.month - 1 - number
    return date(months // 12, months % 12 + 1, 1)
