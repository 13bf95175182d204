"""Invariants of money: `ledger_errors(uow)` lists what is broken, `LedgerDriver` performs random movements of money."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from educore import Actor, Educore, EducoreError, UnitOfWork, perform
from educore.billing import ChargeRun, EntryKind, Invoice, LedgerEntry, Payment, Payroll, student_balance
from support.cast import Town
from support.refusals import error_code

TODAY = date(2024, 1, 1)
DUE = date(2024, 1, 10)
NOTHING = Decimal(0)
BAD_AMOUNTS: list[Any] = [
    0,
    -1,
    "9" * 40,
    "NaN",
    "Infinity",
    "-Infinity",
    float("nan"),
    "1e3",
    "ten",
    True,
    None,
    "1.005",
    [],
    "",
]


def ledger_errors(uow: UnitOfWork) -> list[str]:
    """Every way in which invoices, payments, salaries and the ledger of the whole platform disagree."""
    told: list[str] = []
    sums: defaultdict[tuple[str, int | None], Decimal] = defaultdict(Decimal)
    for entry in uow.find(LedgerEntry):
        of_payment = entry.kind is EntryKind.PAYMENT
        sums[entry.kind, None] += entry.amount
        sums[f"{entry.kind} of student", entry.student_id] += entry.amount
        sums["asked", entry.invoice_id] += NOTHING if of_payment else entry.amount
        sums["covered", entry.invoice_id] += entry.amount if of_payment else NOTHING
        sums["paid", entry.payment_id] += entry.amount
        sums["waiting", entry.payment_id] += entry.amount if entry.invoice_id is None else NOTHING
        sums["earned", entry.payroll_id] += entry.amount
    owed: defaultdict[int, Decimal] = defaultdict(Decimal)
    ahead: defaultdict[int, Decimal] = defaultdict(Decimal)

    def compare(what: str, is_: Decimal, should_be: Decimal) -> None:
        if is_ != should_be:
            told.append(f"{what} is {is_}, not {should_be}")

    for invoice in uow.find(Invoice):
        owed[invoice.student_id] += invoice.remaining
        compare(
            f"invoice {invoice.id} asked",
            sums["asked", invoice.id],
            NOTHING if invoice.cancelled_at else invoice.amount,
        )
        compare(f"invoice {invoice.id} paid", invoice.paid, sums["covered", invoice.id])
        if not NOTHING <= invoice.paid <= invoice.amount:
            told.append(f"invoice {invoice.id} of {invoice.amount} is paid {invoice.paid}")
    for payment in uow.find(Payment):
        ahead[payment.student_id] += payment.unallocated
        compare(f"payment {payment.id}", sums["paid", payment.id], NOTHING if payment.withdrawn_at else payment.amount)
        compare(f"payment {payment.id} waiting", payment.unallocated, sums["waiting", payment.id])
    for id in {*owed, *ahead}:
        compare(f"balance of student {id}", student_balance(uow, id), owed[id] - ahead[id])
        if owed[id] and ahead[id]:
            told.append(f"student {id} owes {owed[id]} and has paid {ahead[id]} ahead")
    taken = sum((one.amount for one in uow.find(Payment) if not one.withdrawn_at), NOTHING)
    compare("cash in", sums[EntryKind.PAYMENT, None], taken)
    earned = sum((one.total for one in uow.find(Payroll) if one.is_paid), NOTHING)
    compare("cash out", sums[EntryKind.SALARY, None], earned)
    return told


@dataclass
class LedgerDriver:
    """Does what moves money in a town, picked by numbers, each in a unit of work; keeps how each deed ended."""

    school: Educore
    town: Town
    who: Actor
    endings: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def do(self, deed: str, first: int, second: int, amount: int) -> None:
        """One deed on rows picked by the numbers; a refusal changes nothing."""
        try:
            with self.school.work(self.who) as uow:
                getattr(self, deed)(uow, first, second, Decimal(amount) / 4)
            self.endings[deed].add("done")
        except EducoreError as error:
            self.endings[deed].add(error_code(error))

    def _student(self, number: int) -> int | None:
        return (self.town.student, self.town.classmate)[number % 2].student_id

    def _some(self, uow: UnitOfWork, kind: type[Any], number: int) -> int:
        """One of the rows, the newest first."""
        ids = sorted(uow.count_by(kind, "id"), reverse=True) or [0]
        return int(ids[number % len(ids)])

    def pay(self, uow: UnitOfWork, first: int, second: int, amount: Decimal) -> None:
        paid_on = TODAY - timedelta(days=second % 3)
        perform(
            uow,
            Payment,
            "create",
            fields={"student_id": self._student(first), "amount": amount, "method": "cash", "paid_on": paid_on},
        )

    def pay_invoice(self, uow: UnitOfWork, first: int, second: int, amount: Decimal) -> None:
        invoice_id = self._some(uow, Invoice, first)
        perform(
            uow,
            Payment,
            "create",
            fields={"student_id": None, "invoice_id": invoice_id, "amount": amount, "method": "card"},
        )

    def change_amount(self, uow: UnitOfWork, first: int, second: int, amount: Decimal) -> None:
        perform(uow, Payment, "update", self._some(uow, Payment, first), {"amount": amount})

    def change_student(self, uow: UnitOfWork, first: int, second: int, amount: Decimal) -> None:
        fields = {"student_id": self._student(second), "invoice_id": None, "amount": amount}
        perform(uow, Payment, "update", self._some(uow, Payment, first), fields)

    def change_invoice_of_payment(self, uow: UnitOfWork, first: int, second: int, amount: Decimal) -> None:
        perform(
            uow, Payment, "update", self._some(uow, Payment, first), {"invoice_id": self._some(uow, Invoice, second)}
        )

    def withdraw(self, uow: UnitOfWork, first: int, second: int, amount: Decimal) -> None:
        perform(uow, Payment, "withdraw", self._some(uow, Payment, first))

    def restore(self, uow: UnitOfWork, first: int, second: int, amount: Decimal) -> None:
        perform(uow, Payment, "restore", self._some(uow, Payment, first))

    def ask(self, uow: UnitOfWork, first: int, second: int, amount: Decimal) -> None:
        due, group = DUE + timedelta(days=second % 5), self.town.morning.id if second % 2 else None
        perform(
            uow,
            Invoice,
            "create",
            fields={"student_id": self._student(first), "amount": amount, "due_date": due, "group_id": group},
        )

    def ask_more_or_less(self, uow: UnitOfWork, first: int, second: int, amount: Decimal) -> None:
        perform(uow, Invoice, "update", self._some(uow, Invoice, first), {"amount": amount})

    def cancel(self, uow: UnitOfWork, first: int, second: int, amount: Decimal) -> None:
        perform(uow, Invoice, "cancel", self._some(uow, Invoice, first))

    def charge(self, uow: UnitOfWork, first: int, second: int, amount: Decimal) -> None:
        perform(uow, ChargeRun, "create", fields={"month": f"2024-0{first % 3 + 1}", "due_date": DUE})

    def revert(self, uow: UnitOfWork, first: int, second: int, amount: Decimal) -> None:
        perform(uow, ChargeRun, "revert", self._some(uow, ChargeRun, first))

    def earn(self, uow: UnitOfWork, first: int, second: int, amount: Decimal) -> None:
        salary = {"month": f"2024-0{first % 9 + 1}", "base_salary": amount, "is_paid": bool(second % 2)}
        perform(uow, Payroll, "create", fields={"teacher_id": self.town.teacher.teacher_id, **salary})

    def pay_salary(self, uow: UnitOfWork, first: int, second: int, amount: Decimal) -> None:
        perform(uow, Payroll, "pay", self._some(uow, Payroll, first))


DEEDS = [
    name
    for name, value in vars(LedgerDriver).items()
    if isinstance(value, Callable) and name[0] != "_" and name != "do"
]  # type: ignore[arg-type]


def random_steps(rng: random.Random, number: int) -> list[tuple[str, int, int, int]]:
    """So many deeds on rows at random, with amounts in quarters."""
    return [(rng.choice(DEEDS), rng.randrange(12), rng.randrange(12), rng.randrange(1, 400)) for _ in range(number)]
