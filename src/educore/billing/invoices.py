"""Asking students for money: invoices, their status, and taking them back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from educore.billing.entities import (
    CENT,
    NOT_CANCELLED,
    NOT_WITHDRAWN,
    OPEN_INVOICE,
    EntryKind,
    Invoice,
    InvoiceStatus,
    Payment,
)
from educore.billing.ledger import (
    Allocation,
    build_draft,
    coverage,
    draft_fields,
    lock_student,
    lock_students,
    post,
    require_member,
)
from educore.kernel.conditions import Where, where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.use_cases import local_today
from educore.people.entities import Student


def issue_invoice(
    uow: UnitOfWork,
    *,
    student_id: int,
    amount: Decimal,
    due_date: date,
    group_id: int | None = None,
    issued_on: date | None = None,
    description: str = "",
) -> Invoice:
    """Ask a student for money by a day, for a group they are or were in, if for any (edumaster E26).

    What waits of their payments covers it at once, the oldest payment first. Issued today unless said otherwise; one
    that is written down after it was due counts as issued on that day.
    Raises: Invalid("due_before_issue") on due_date; Invalid("not_in_group") on group_id; Invalid("unknown_id").
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
        issued_on=_day_of_issue(uow, student, due_date) if issued_on is None else issued_on,
        due_date=due_date,
        description=description,
    )
    return store_invoices(uow, [draft])[0]


def store_invoices(uow: UnitOfWork, drafts: Sequence[Invoice]) -> list[Invoice]:
    """Store new invoices of students who are held, charge them in the ledger, and let what waits cover them.

    The number of statements is the same for any number of invoices.
    """
    allocation = Allocation(uow, {draft.student_id for draft in drafts})
    numbered = {-place: draft.model_copy(update={"id": -place}) for place, draft in enumerate(drafts, start=1)}
    allocation.add(*numbered.values())
    allocation.auto_allocate()
    rows = [draft_fields(draft, paid=draft.amount - allocation.remaining[id]) for id, draft in numbered.items()]
    stored = uow.add_all(Invoice, rows)
    _charge(uow, [(invoice, invoice.amount) for invoice in stored])
    allocation.save(drafts={id: invoice.id for id, invoice in zip(numbered, stored, strict=True)})
    return stored


def change_invoice(uow: UnitOfWork, invoice: Invoice, **fields: Any) -> Invoice:
    """Change what an invoice asks; a difference of the amount is charged or taken back in the ledger.

    Raises: Conflict("invoice_cancelled"); Invalid("below_paid") on amount; Invalid("cannot_change") on group_id of
    one from a charge run; what `issue_invoice` raises.
    """
    before = _held(uow, invoice, to="update")
    if before.cancelled_at is not None:
        raise Conflict.because("", "invoice_cancelled")
    after = build_draft(Invoice, **(dict(before) | fields))
    if after.group_id != before.group_id:
        _require_own_group(uow, after)
    allocation = Allocation(uow, [before.student_id])
    allocation.add(after)
    allocation.remaining[after.id] = after.remaining
    allocation.auto_allocate()
    changed = uow.change(before, **fields, paid=after.amount - allocation.remaining[after.id])
    _charge(uow, [(changed, after.amount - before.amount)])
    allocation.add(changed)
    allocation.save()
    return changed


def cancel_invoice(uow: UnitOfWork, invoice: Invoice) -> Invoice:
    """Take an invoice back; what waited before it covered this one waits again. Repeating changes nothing.

    Raises: Conflict("invoice_has_payments") when somebody paid for this very invoice.
    """
    invoice = _held(uow, invoice, to="cancel")
    if invoice.cancelled_at is not None:
        return invoice
    if paid := payments_for(uow, [invoice.id]):
        raise Conflict.because("", "invoice_has_payments", count=paid)
    return take_back(uow, [invoice])[0]


def payments_for(uow: UnitOfWork, invoices: Collection[int]) -> int:
    """How many payments were made for these very invoices and not withdrawn."""
    return uow.count(Payment, NOT_WITHDRAWN & where(invoice_id__in=invoices))


def take_back(uow: UnitOfWork, invoices: Collection[Invoice]) -> list[Invoice]:
    """Cancel invoices of students who are held, in as many statements as for one; what covered them waits again."""
    allocation = Allocation(uow, {invoice.student_id for invoice in invoices})
    ids = {invoice.id for invoice in invoices}
    covered = coverage(uow, where(invoice_id__in=ids))
    allocation.add(*invoices, *uow.find(Payment, where(id__in=covered), lock=True))
    for payment_id, parts in covered.items():
        for invoice_id, part in parts.items():
            allocation.allocate(payment_id, invoice_id, -part)
    allocation.exclude(ids)
    allocation.auto_allocate()
    gone = {"paid": 0, "charged_for": None, "cancelled_at": uow.ports.clock.now()}
    cancelled = uow.change_each(Invoice, dict.fromkeys(sorted(ids), gone), to="cancel")
    _charge(uow, [(invoice, -invoice.amount) for invoice in cancelled])
    allocation.save()
    return cancelled


def invoice_status(
    *, paid: Decimal, remaining: Decimal, due_date: date, cancelled_at: datetime | None, today: date
) -> InvoiceStatus:
    """How far an invoice is paid on a day; one that is due before the day is overdue, whatever part is paid."""
    if cancelled_at is not None:
        return InvoiceStatus.CANCELLED
    if not remaining:
        return InvoiceStatus.PAID
    if due_date < today:
        return InvoiceStatus.OVERDUE
    return InvoiceStatus.PARTIAL if paid else InvoiceStatus.UNPAID


def has_invoice_status(status: InvoiceStatus, today: date) -> Where:
    """The invoices that have this status on a day, as `invoice_status` tells it."""
    return {
        InvoiceStatus.CANCELLED: where(cancelled_at__isnull=False),
        InvoiceStatus.PAID: NOT_CANCELLED & where(remaining=Decimal(0)),
        InvoiceStatus.OVERDUE: OPEN_INVOICE & where(due_date__lte=today - timedelta(days=1)),
        InvoiceStatus.PARTIAL: OPEN_INVOICE & where(due_date__gte=today, paid__gte=CENT),
        InvoiceStatus.UNPAID: OPEN_INVOICE & where(due_date__gte=today, paid=Decimal(0)),
    }[status]


def _day_of_issue(uow: UnitOfWork, student: Student, due_date: date) -> date:
    today = local_today(uow, student.center_id)
    return due_date if isinstance(due_date, date) and due_date < today else today  # what is no date is told later


def _held(uow: UnitOfWork, invoice: Invoice, *, to: str) -> Invoice:
    """The invoice as it is while its student, who never changes, is held."""
    lock_students(uow, where(id=invoice.student_id))
    return uow.get(Invoice, invoice.id, to=to, lock=True)


def _require_own_group(uow: UnitOfWork, invoice: Invoice) -> None:
    if invoice.charged_for is not None:
        raise Invalid.because("group_id", "cannot_change")
    if invoice.group_id is not None:
        require_member(uow, uow.get(Student, invoice.student_id), group_id=invoice.group_id)


def _charge(uow: UnitOfWork, amounts: Collection[tuple[Invoice, Decimal]]) -> None:
    post(
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
