"""Payments, invoices and salaries of both towns when an API test begins.

The morning group costs 300,000 a month and was charged for January. The first student has paid 50,000 of it in cash,
is asked 500,000 for books, and paid 70,000 by card that was withdrawn again. A salary is written down for the teacher.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from educore import Educore, perform, where
from educore.billing import Invoice, PaymentMethod, Payroll, issue_invoice, make_charges, take_payment, withdraw_payment
from educore.groups import Group
from support.cast import ROOT, Town
from support.plain_rows import change_row


@dataclass(frozen=True)
class MoneyRows:
    """The ids of what has been paid and is owed in a town."""

    run: int
    january: int
    books: int
    payment: int
    withdrawn: int
    salary: int


def add_money_rows(school: Educore, town: Town) -> MoneyRows:
    """Charge for January, take money, and write a salary down."""
    name, first, last = town.center.name, date(2024, 1, 1), date(2024, 1, 31)
    student: dict[str, Any] = {"student_id": town.student.student_id or 0, "group_id": town.morning.id}
    with school.work(ROOT) as uow:
        change_row(uow, uow.get(Group, town.morning.id), {"monthly_fee": Decimal(300_000)})
    with school.work(town.director) as uow:
        run = make_charges(uow, month="2024-01", due_date=last)
        (january,) = uow.find(Invoice, where(run_id=run.id, student_id=student["student_id"]))
        books = issue_invoice(
            uow, **student, amount=Decimal(500_000), due_date=date(2024, 2, 15), description=f"Books of {name}"
        )
    with school.work(town.admin) as uow:
        paid, withdrawn = (
            take_payment(uow, **student, amount=Decimal(amount), method=method, paid_on=first, notes=f"{how} in {name}")
            for amount, method, how in ((50_000, PaymentMethod.CASH, "Cash"), (70_000, PaymentMethod.CARD, "Card"))
        )
        change_row(uow, paid, {"document": f"payment-document/{town.center.id}/{name}.pdf"})
        withdraw_payment(uow, withdrawn)
    with school.work(town.manager) as uow:
        salary = perform(
            uow,
            Payroll,
            "create",
            fields={
                "teacher_id": town.teacher.teacher_id,
                "month": "2024-01",
                "base_salary": Decimal(2000),
                "bonus": Decimal(200),
                "penalty": Decimal(50),
            },
        )
    return MoneyRows(run.id, january.id, books.id, paid.id, withdrawn.id, salary.id)
