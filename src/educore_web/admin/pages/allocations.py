"""What a payment covers and what covers an invoice, by the entries of the ledger."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from educore import From, Shape, UnitOfWork, where
from educore.billing import EntryKind, Invoice, LedgerEntry, Payment
from educore_web.admin.ui.cells import Cell
from educore_web.admin.ui.language import format_date, format_number, translate
from educore_web.admin.ui.naming import UNKNOWN

PAID = where(kind=EntryKind.PAYMENT)


class OfPayment(Shape, of=LedgerEntry):
    """A part of a payment, and the invoice it covers."""

    amount: Decimal
    id: Annotated[int | None, From("invoice_id")]
    day: Annotated[date | None, From("invoice.due_date")]
    name: Annotated[str | None, From("invoice.description")]


class OfInvoice(Shape, of=LedgerEntry):
    """A part of an invoice, and the payment that covers it."""

    amount: Decimal
    id: Annotated[int | None, From("payment_id")]
    day: Annotated[date | None, From("payment.paid_on")]
    name: Annotated[str | None, From("payment.receipt_number")]


def covered_invoices(uow: UnitOfWork, payment: int) -> list[list[Cell]]:
    """The invoices a payment covers, and the part that covers none yet."""
    lines = _summed(uow.select(OfPayment, PAID & where(payment_id=payment), order=("id",)))
    return [
        _line(Invoice, line, f"№ {line['id']} {line['name']}" if line["id"] else translate("covered.waiting"))
        for line in lines
    ]


def covering_payments(uow: UnitOfWork, invoice: int) -> list[list[Cell]]:
    """The payments that cover an invoice."""
    lines = _summed(uow.select(OfInvoice, PAID & where(invoice_id=invoice), order=("id",)))
    return [_line(Payment, line, line["name"] or UNKNOWN) for line in lines]


def _summed(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line for each invoice or payment; what was taken back again is none."""
    sums: defaultdict[int | None, Decimal] = defaultdict(Decimal)
    known = {}
    for entry in entries:
        sums[entry["id"]] += entry["amount"]
        known[entry["id"]] = entry
    return [{**known[id], "amount": amount} for id, amount in sums.items() if amount]


def _line(kind: type[Invoice | Payment], line: dict[str, Any], name: str) -> list[Cell]:
    day = format_date(line["day"]) if line["day"] else UNKNOWN
    leads_to = (kind, line["id"]) if line["id"] else None
    return [Cell(name.strip(), leads_to=leads_to), Cell(day), Cell(format_number(line["amount"]))]
