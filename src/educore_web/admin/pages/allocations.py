"""The invoices that a payment is allocated to, and the payments of an invoice, by the entries of the ledger."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from educore import From, Shape, UnitOfWork, where
from educore.billing import EntryKind, Invoice, LedgerEntry, Payment
from educore_web.admin.ui.cells import Cell
from educore_web.admin.ui.formats import NO_VALUE
from educore_web.admin.ui.language import format_date, format_number, translate

PAID = where(kind=EntryKind.PAYMENT)


class InvoicePart(Shape, of=LedgerEntry):
    """A part of a payment, with the invoice it is allocated to."""

    amount: Decimal
    id: Annotated[int | None, From("invoice_id")]
    day: Annotated[date | None, From("invoice.due_date")]
    name: Annotated[str | None, From("invoice.description")]


class PaymentPart(Shape, of=LedgerEntry):
    """A part of an invoice, with the payment that is allocated to it."""

    amount: Decimal
    id: Annotated[int | None, From("payment_id")]
    day: Annotated[date | None, From("payment.paid_on")]
    name: Annotated[str | None, From("payment.receipt_number")]


def invoices_of_payment(uow: UnitOfWork, payment: int) -> list[list[Cell]]:
    """Return a line for each invoice of a payment, and one for the unallocated part."""
    lines = _sum_by_target(uow.select(InvoicePart, PAID & where(payment_id=payment), order=("id",)))
    return [
        _line(Invoice, line, f"№ {line['id']} {line['name']}" if line["id"] else translate("covered.waiting"))
        for line in lines
    ]


def payments_of_invoice(uow: UnitOfWork, invoice: int) -> list[list[Cell]]:
    """Return a line for each payment of an invoice."""
    lines = _sum_by_target(uow.select(PaymentPart, PAID & where(invoice_id=invoice), order=("id",)))
    return [_line(Payment, line, line["name"] or NO_VALUE) for line in lines]


def _sum_by_target(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one entry with the sum for each invoice or payment; sums of zero are left out."""
    sums: defaultdict[int | None, Decimal] = defaultdict(Decimal)
    last_entries = {}
    for entry in entries:
        sums[entry["id"]] += entry["amount"]
        last_entries[entry["id"]] = entry
    return [{**last_entries[id], "amount": amount} for id, amount in sums.items() if amount]


def _line(kind: type[Invoice | Payment], line: dict[str, Any], name: str) -> list[Cell]:
    day = format_date(line["day"]) if line["day"] else NO_VALUE
    target_row = (kind, line["id"]) if line["id"] else None
    return [Cell(name.strip(), target_row=target_row), Cell(day), Cell(format_number(line["amount"]))]
