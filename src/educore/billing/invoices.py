"""Invoices: issue, change and cancel them, and compute their status."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from educore.billing.allocation import Allocation
from educore.billing.drafts import build_draft, draft_fields
from educore.billing.entities import (
    CENT,
    EntryKind,
    Invoice,
    InvoiceStatus,
    Payment,
    not_withdrawn,
    open_invoice,
    valid_invoice,
)
from educore.billing.ledger import lock_student, lock_students, post_entries, read_coverage, require_member
from educore.kernel.actions import use_case, with_computed
from educore.kernel.conditions import Where, where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import local_today
from educore.people.entities import Student


@use_case
def issue_invoice(
    uow: UnitOfWork,
    /,
    *,
    student_id: int,
    amount: Decimal,
    due_date: date,
    group_id: int | None = None,
    issued_on: date | None = None,
    description: str = "",
) -> Invoice:
    """Issue an invoice to a student, optionally for a group that the student is or was in (edumaster E26).

    Unallocated money of the student covers it at once, the oldest payment first. The default of `issued_on` is today
    in the Center, or `due_date` if that has passed.
    Raises: Invalid("due_before_issue") on due_date; Invalid("not_their_group") on group_id; Invalid("unknown_id").
    """
    student = lock_student(uow, student_id)
    if group_id is not None:
        require_member(uow, student, group_id=group_id)
    draft = build_draft(
        Invoice,
        center_id=student.center_id,
        student_id=student.id,
        group_id=group_id,
        amount=amount,
        issued_on=_default_issue_date(uow, student, due_date) if issued_on is None else issued_on,
        due_date=due_date,
        description=description,
    )
    return store_invoices(uow, [draft])[0]


@use_case
def store_invoices(uow: UnitOfWork, drafts: Sequence[Invoice], /) -> list[Invoice]:
    """Store new invoices of locked students, post their charges, and cover them with unallocated money.

    The number of statements does not depend on the number of invoices.
    """
    allocation = Allocation(uow, {draft.student_id for draft in drafts})
    numbered = {-number: draft.model_copy(update={"id": -number}) for number, draft in enumerate(drafts, start=1)}
    allocation.add(*numbered.values())
    allocation.auto_allocate()
    rows = [draft_fields(draft, paid=draft.amount - allocation.remaining[id]) for id, draft in numbered.items()]
    stored = uow.add_all(Invoice, rows)
    _post_charges(uow, [(invoice, invoice.amount) for invoice in stored])
    allocation.save(drafts={id: invoice.id for id, invoice in zip(numbered, stored, strict=True)})
    return stored


@use_case
def change_invoice(uow: UnitOfWork, invoice: Invoice, /, **fields: Any) -> Invoice:
    """Change an invoice; the ledger records the difference of the amount.

    Raises: Conflict("invoice_cancelled"); Invalid("below_paid") on amount; Invalid("cannot_change") on group_id if
    the invoice is from a charge run; what `issue_invoice` raises.
    """
    before = _lock(uow, invoice, to="update")
    if before.cancelled_at is not None:
        raise Conflict.because("", "invoice_cancelled")
    after = build_draft(Invoice, **(dict(before) | fields))
    if after.group_id != before.group_id:
        _require_changeable_group(uow, after)
    allocation = Allocation(uow, [before.student_id])
    allocation.add(after)
    allocation.remaining[after.id] = after.remaining
    allocation.auto_allocate()
    changed = uow.change(before, with_computed(fields, paid=after.amount - allocation.remaining[after.id]))
    _post_charges(uow, [(changed, after.amount - before.amount)])
    allocation.add(changed)
    allocation.save()
    return changed


@use_case
def cancel_invoice(uow: UnitOfWork, invoice: Invoice, /) -> Invoice:
    """Cancel an invoice; money that was allocated to it becomes unallocated. Repeating changes nothing.

    Raises: Conflict("invoice_has_payments") if a payment names this invoice.
    """
    invoice = _lock(uow, invoice, to="cancel")
    if invoice.cancelled_at is not None:
        return invoice
    if count := count_payments_for(uow, [invoice.id]):
        raise Conflict.because("", "invoice_has_payments", count=count)
    return cancel_invoices(uow, [invoice])[0]


def count_payments_for(uow: UnitOfWork, invoices: Collection[int]) -> int:
    """Count the payments that name these invoices and are not withdrawn."""
    return uow.count(Payment, not_withdrawn & where(invoice_id__in=invoices))


@use_case
def cancel_invoices(uow: UnitOfWork, invoices: Collection[Invoice], /) -> list[Invoice]:
    """Cancel invoices of locked students, in as many statements as for one.

    The month is removed from each, so that a charge run can charge the student for it again.
    """
    allocation = Allocation(uow, {invoice.student_id for invoice in invoices})
    ids = {invoice.id for invoice in invoices}
    coverage = read_coverage(uow, where(invoice_id__in=ids))
    allocation.add(*invoices, *uow.find(Payment, where(id__in=coverage), lock=True))
    for payment_id, parts in coverage.items():
        for invoice_id, part in parts.items():
            allocation.allocate(payment_id, invoice_id, -part)
    allocation.exclude(ids)
    allocation.auto_allocate()
    cancellation = {"paid": 0, "charged_for": None, "cancelled_at": uow.ports.clock.now()}
    cancelled = uow.change_each(Invoice, dict.fromkeys(sorted(ids), cancellation), to="cancel")
    _post_charges(uow, [(invoice, -invoice.amount) for invoice in cancelled])
    allocation.save()
    return cancelled


def invoice_status(
    *, paid: Decimal, remaining: Decimal, due_date: date, cancelled_at: datetime | None, today: date
) -> InvoiceStatus:
    """Return the status of an invoice on a day; an invoice due before that day is overdue even if partly paid."""
    if cancelled_at is not None:
        return InvoiceStatus.CANCELLED
    if not remaining:
        return InvoiceStatus.PAID
    if due_date < today:
        return InvoiceStatus.OVERDUE
    return InvoiceStatus.PARTIAL if paid else InvoiceStatus.UNPAID


def has_invoice_status(status: InvoiceStatus, today: date) -> Where:
    """Return the condition for invoices with this status on a day, by the rules of `invoice_status`."""
    return {
        InvoiceStatus.CANCELLED: where(cancelled_at__isnull=False),
        InvoiceStatus.PAID: valid_invoice & where(remaining=Decimal(0)),
        InvoiceStatus.OVERDUE: open_invoice & where(due_date__lte=today - timedelta(days=1)),
        InvoiceStatus.PARTIAL: open_invoice & where(due_date__gte=today, paid__gte=CENT),
        InvoiceStatus.UNPAID: open_invoice & where(due_date__gte=today, paid=Decimal(0)),
    }[status]


def _default_issue_date(uow: UnitOfWork, student: Student, due_date: date) -> date:
    today = local_today(uow, student.center_id)
    # a due date that is no date is refused when the draft is validated
    return due_date if isinstance(due_date, date) and due_date < today else today


def _lock(uow: UnitOfWork, invoice: Invoice, *, to: str) -> Invoice:
    """Lock the student of an invoice, then the invoice, and return it as it is now; its student never changes."""
    lock_students(uow, where(id=invoice.student_id))
    return uow.get(Invoice, invoice.id, to=to, lock=True)


def _require_changeable_group(uow: UnitOfWork, invoice: Invoice) -> None:
    if invoice.charged_for is not None:
        raise Invalid.because("group_id", "cannot_change")
    if invoice.group_id is not None:
        require_member(uow, uow.get(Student, invoice.student_id), group_id=invoice.group_id)


def _post_charges(uow: UnitOfWork, amounts: Collection[tuple[Invoice, Decimal]]) -> None:
    post_entries(
        uow,
        (
            {
                "center_id": invoice.center_id,
                "kind": EntryKind.CHARGE,
                "amount": amount,
                "student_id": invoice.student_id,
                "invoice_id": invoice.id,
            }
            for invoice, amount in amounts
            if amount
        ),
    )
