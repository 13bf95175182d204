"""What money costs in SQL statements: exact, the same in both databases, for a few students and for many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from educore import Educore, Ports, UnitOfWork, perform
from educore.adapters.sql import Database
from educore.billing import (
    ChargeRun,
    Invoice,
    Payment,
    Payroll,
    find_debtors,
    group_payment_statistics,
    issue_invoice,
    list_debts,
    make_charges,
    payment_statistics,
    preview_charges,
    record_salary,
    revenue_by_month,
    run_idempotent,
    student_balance,
    take_payment,
)
from educore.groups import Enrollment, change_group
from educore.identity import User
from educore.people import Student
from support.cast import World
from support.ledger_checks import DUE, TODAY
from support.plain_rows import plain
from support.statement_counts import record_statements

TEN = Decimal(10)


@dataclass(frozen=True)
class Business:
    """What there is before somebody acts: payments and invoices of students of the morning group."""

    students: list[int]
    run: ChargeRun
    invoice: Invoice
    payment: Payment
    withdrawn: Payment
    salary: Payroll


Act = Callable[[UnitOfWork, World, Business], Any]


def pay(uow: UnitOfWork, it: Business, **more: Any) -> Payment:
    plain: dict[str, Any] = {"student_id": it.students[0], "amount": TEN, "method": "cash"}
    return take_payment(uow, **(plain | more))


def repeat(uow: UnitOfWork, it: Business) -> str:
    return run_idempotent(uow, key="again", fingerprint="f", operation=lambda: pay(uow, it).receipt_number)


COSTS: dict[str, tuple[int, Act]] = {
    "take a payment": (12, lambda uow, w, it: pay(uow, it)),
    "take a payment with a typed number": (10, lambda uow, w, it: pay(uow, it, receipt_number="A-1")),
    "pay an invoice": (13, lambda uow, w, it: pay(uow, it, invoice_id=it.invoice.id)),
    "lower a payment": (11, lambda uow, w, it: perform(uow, Payment, "update", it.payment.id, {"amount": Decimal(31)})),
    "note something on a payment": (
        8,
        lambda uow, w, it: perform(uow, Payment, "update", it.payment.id, {"notes": "!"}),
    ),
    "withdraw a payment": (11, lambda uow, w, it: perform(uow, Payment, "withdraw", it.payment.id)),
    "restore a payment": (10, lambda uow, w, it: perform(uow, Payment, "restore", it.withdrawn.id)),
    "issue an invoice": (8, lambda uow, w, it: issue_invoice(uow, student_id=it.students[0], amount=TEN, due_date=DUE)),
    "ask more": (8, lambda uow, w, it: perform(uow, Invoice, "update", it.invoice.id, {"amount": Decimal(90)})),
    "cancel an invoice": (14, lambda uow, w, it: perform(uow, Invoice, "cancel", it.invoice.id)),
    "preview a month": (3, lambda uow, w, it: preview_charges(uow, month="2024-03", due_date=DUE)),
    "charge a month": (18, lambda uow, w, it: make_charges(uow, month="2024-03", due_date=DUE)),
    "take a month back": (18, lambda uow, w, it: perform(uow, ChargeRun, "revert", it.run.id)),
    "record a salary": (
        7,
        lambda uow, w, it: record_salary(
            uow, teacher_id=w.tamara.teacher_id or 0, month="2024-01", base_salary=TEN, is_paid=True
        ),
    ),
    "pay a salary": (5, lambda uow, w, it: perform(uow, Payroll, "pay", it.salary.id)),
    "answer once": (15, lambda uow, w, it: repeat(uow, it)),
    "debtors": (5, lambda uow, w, it: find_debtors(uow)),
    "balances": (1, lambda uow, w, it: list_debts(uow)),
    "balance of a student": (1, lambda uow, w, it: student_balance(uow, it.students[0])),
    "statistics": (1, lambda uow, w, it: payment_statistics(uow, since=TODAY)),
    "payments of a group": (1, lambda uow, w, it: group_payment_statistics(uow, w.tashkent.morning.id)),
    "revenue of a year": (1, lambda uow, w, it: revenue_by_month(uow, until=TODAY)),
}


def do_business(school: Educore, world: World, number: int) -> Business:
    """So many more students in the morning group, everybody charged for January; some have paid for more."""
    town = world.tashkent
    center = {"center_id": town.center.id}
    with school.work(world.rustam) as uow:
        users = plain(uow, User).add_all(User, [{**center, "username": f"payer{n}"} for n in range(number)])
        known = {**center, "branch_id": town.branch.id, "enrollment_date": TODAY}
        new = plain(uow, Student).add_all(Student, [{**known, "user_id": user.id} for user in users])
        place = {**center, "group_id": town.morning.id, "enrolled_on": TODAY}
        plain(uow, Enrollment).add_all(Enrollment, [{**place, "student_id": one.id} for one in new])
    students = [world.sardor.student_id or 0, *(one.id for one in new)]
    with school.work(world.dilshod) as uow:
        change_group(uow, town.morning, monthly_fee=Decimal(30))
        for id in students:
            payment = take_payment(uow, student_id=id, amount=Decimal(35), method="cash")  # type: ignore[arg-type]
        payment = uow.find(Payment, limit=1)[0]
        run = make_charges(uow, month="2024-01", due_date=DUE)
        invoice = issue_invoice(uow, student_id=students[0], amount=Decimal(50), due_date=DUE + timedelta(days=1))
        withdrawn = take_payment(uow, student_id=students[0], amount=TEN, method="card")  # type: ignore[arg-type]
        perform(uow, Payment, "withdraw", withdrawn.id)
        salary = record_salary(uow, teacher_id=world.timur.teacher_id or 0, month="2023-12", base_salary=TEN)
    return Business(students, run, invoice, payment, withdrawn, salary)


@pytest.mark.parametrize("size", [1, 40])
def test_money_has_its_price_whatever_the_number_of_students(
    filled_database: Database, ports: Ports, world: World, size: int
) -> None:
    school = Educore(filled_database.store, ports)
    it = do_business(school, world, size)
    told = {}
    for what, (_, act) in COSTS.items():
        with pytest.raises(ZeroDivisionError), school.work(world.dilshod) as uow:  # undo it
            with record_statements(filled_database.engine) as run:
                act(uow, world, it)
            told[what] = len(run)
            raise ZeroDivisionError
    assert told == {what: price for what, (price, _) in COSTS.items()}
