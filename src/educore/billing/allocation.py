"""The allocation of payments to invoices.

What: an `Allocation` loads the open invoices and the payments with an unallocated part of some students, moves money
between them in memory, and writes the result at the end: the changed amounts of invoices and payments, and a ledger
entry for each movement.

Why: the ledger is the only truth about money, and its entries are never changed. `Invoice.paid`, `Invoice.remaining`
and `Payment.unallocated` repeat the sums of the entries, so that lists can filter by them. If each use case updated
these fields and posted entries on its own, they would soon differ. Here one place moves money, by four movements
(`receive`, `allocate`, `release`, `auto_allocate`), and each movement changes the fields and the entries together.

What it bought: a charge run over hundreds of students takes as many statements as one over a single student, and
drafts can take part before they have ids, so that an invoice is stored with its final `paid` in one statement.

Tests: `tests/domain/test_ledger.py` runs random histories of all use cases and compares the fields with the entries
(`tests/support/ledger_checks.py`); `tests/domain/test_billing_budgets.py` counts the statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from educore.billing.entities import EntryKind, Invoice, Payment, has_unallocated, open_invoice
from educore.billing.ledger import post_entries
from educore.kernel.conditions import where
from educore.kernel.entity import NOT_STORED
from educore.kernel.unit_of_work import UnitOfWork


class Allocation:
    """The open invoices and unallocated payments of some students, whom the caller has locked.

    `remaining` is what is left to pay, by invoice id; `unallocated` is what covers no invoice, by payment id. A draft
    takes part under an id below 1 until it is stored.
    """

    def __init__(self, uow: UnitOfWork, students: Collection[int]) -> None:
        self.uow = uow
        of_students = where(student_id__in=students)
        self.invoices: dict[int, Invoice] = {
            invoice.id: invoice for invoice in uow.find(Invoice, open_invoice & of_students, lock=True)
        }
        self.payments: dict[int, Payment] = {
            payment.id: payment for payment in uow.find(Payment, has_unallocated & of_students, lock=True)
        }
        self.remaining: dict[int, Decimal] = {invoice.id: invoice.remaining for invoice in self.invoices.values()}
        self.unallocated: dict[int, Decimal] = {payment.id: payment.unallocated for payment in self.payments.values()}
        self._moved: defaultdict[tuple[int, int, int | None], Decimal] = defaultdict(Decimal)

    def add(self, *rows: Invoice | Payment) -> None:
        """Add rows that were not loaded (paid invoices, allocated payments, drafts), or newer versions of rows.

        Amounts that have moved already are kept.
        """
        for row in rows:
            if isinstance(row, Invoice):
                self.invoices[row.id] = row
                self.remaining.setdefault(row.id, row.remaining)
            else:
                self.payments[row.id] = row
                self.unallocated.setdefault(row.id, row.unallocated)

    def exclude(self, invoices: Collection[int]) -> None:
        """Remove invoices from the allocation: no payment covers them any more, and the caller stores them."""
        for id in invoices:
            del self.invoices[id]

    def receive(self, payment_id: int, amount: Decimal) -> None:
        """Add money to a payment, unallocated; a negative amount pays money back."""
        self.unallocated[payment_id] += amount
        self._move(payment_id, None, amount)

    def allocate(self, payment_id: int, invoice_id: int, amount: Decimal) -> None:
        """Use unallocated money of a payment for an invoice; a negative amount takes money from the invoice again."""
        self.unallocated[payment_id] -= amount
        self.remaining[invoice_id] -= amount
        self._move(payment_id, None, -amount)
        self._move(payment_id, invoice_id, amount)

    def release(self, payment_id: int, amount: Decimal, covered: Mapping[int, Decimal]) -> None:
        """Make sure that `amount` of a payment is unallocated.

        What is unallocated already counts. The rest is taken from the invoices in `covered` (amounts by invoice id),
        in their order.
        """
        missing = amount - self.unallocated[payment_id]
        for invoice_id, part in covered.items():
            if missing > 0:
                self.allocate(payment_id, invoice_id, -min(part, missing))
                missing -= part

    def auto_allocate(self) -> None:
        """Allocate all unallocated money to open invoices, the oldest payment first.

        A payment covers the invoice that it names first, then invoices of its group, then those due first.
        """
        by_student: defaultdict[int, list[Invoice]] = defaultdict(list)
        for invoice in self.invoices.values():
            by_student[invoice.student_id].append(invoice)
        for payment in sorted(self.payments.values(), key=lambda payment: (payment.paid_on, payment.id)):
            for invoice in _in_order(by_student[payment.student_id], payment):
                if part := min(self.unallocated[payment.id], self.remaining[invoice.id]):
                    self.allocate(payment.id, invoice.id, part)

    def save(self, *, drafts: Mapping[int, int] | None = None) -> None:
        """Store the changed amounts and post the ledger entries; `drafts` maps ids of drafts to their stored ids."""
        invoices = {
            id: {"paid": invoice.amount - self.remaining[id]}
            for id, invoice in sorted(self.invoices.items())
            if id > NOT_STORED and invoice.remaining != self.remaining[id]
        }
        payments = {
            id: {"unallocated": self.unallocated[id]}
            for id, payment in sorted(self.payments.items())
            if id > NOT_STORED and payment.unallocated != self.unallocated[id]
        }
        self.uow.change_each(Invoice, invoices)
        self.uow.change_each(Payment, payments)
        post_entries(self.uow, self._entries(drafts or {}))

    def _entries(self, drafts: Mapping[int, int]) -> Iterator[dict[str, Any]]:
        for (student_id, payment_id, invoice_id), amount in self._moved.items():
            if amount:
                yield {
                    "center_id": self.payments[payment_id].center_id,
                    "kind": EntryKind.PAYMENT,
                    "amount": amount,
                    "student_id": student_id,
                    "payment_id": drafts.get(payment_id, payment_id),
                    "invoice_id": None if invoice_id is None else drafts.get(invoice_id, invoice_id),
                }

    def _move(self, payment_id: int, invoice_id: int | None, amount: Decimal) -> None:
        self._moved[self.payments[payment_id].student_id, payment_id, invoice_id] += amount


def _in_order(invoices: Collection[Invoice], payment: Payment) -> list[Invoice]:
    """Return invoices in the order in which a payment covers them."""

    def key(invoice: Invoice) -> tuple[bool, bool, date, int]:
        is_other_invoice, is_other_group = invoice.id != payment.invoice_id, invoice.group_id != payment.group_id
        return is_other_invoice, is_other_group, invoice.due_date, invoice.id

    return sorted(invoices, key=key)
