"""Taking money from students, correcting what was written about it, and withdrawing it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from educore.billing.entities import Invoice, Payment, PaymentMethod
from educore.billing.ledger import (
    Allocation,
    build_draft,
    coverage,
    draft_fields,
    lock_student,
    lock_students,
    require_member,
)
from educore.billing.receipt_numbers import RECEIPTS, lock_series, next_receipt_number
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.use_cases import local_today
from educore.people.entities import Student


def take_payment(
    uow: UnitOfWork,
    *,
    student_id: int | None = None,
    amount: Decimal,
    method: PaymentMethod,
    group_id: int | None = None,
    invoice_id: int | None = None,
    paid_on: date | None = None,
    due_date: date | None = None,
    receipt_number: str | None = None,
    document: str | None = None,
    notes: str = "",
) -> Payment:
    """Take money from a student; whoever acts received it, today unless said otherwise (center_crm 10.2, C62, C63).

    Naming an invoice (whose student pays, edumaster E27) covers that one. Otherwise the oldest open invoices are
    covered, those of the payment's group first, and what is left waits for the next ones. `group_id` is the invoice's
    or the student's main group unless given; `due_date` is when the next payment is expected. A receipt number is
    given in order (REC-001) unless typed.
    Raises: Conflict("taken") on receipt_number; Invalid("more_than_remaining") on amount; Conflict("invoice_paid"),
    Conflict("invoice_cancelled") on invoice_id; Invalid("in_future") on paid_on; Invalid("not_in_group") on group_id;
    Invalid("missing") on student_id; Invalid("unknown_id").
    """
    invoice = None if invoice_id is None else _invoice(uow, invoice_id)
    student = lock_student(uow, _payer(student_id, invoice))
    today = local_today(uow, student.center_id)
    draft = build_draft(
        Payment,
        center_id=student.center_id,
        student_id=student.id,
        group_id=_group(uow, student, group_id, invoice),
        invoice_id=invoice_id,
        amount=amount,
        unallocated=0,
        method=method,
        paid_on=today if paid_on is None else paid_on,
        due_date=due_date,
        receipt_number=receipt_number or "later",
        document=document,
        received_by_id=uow.actor.user_id,
        notes=notes,
    )
    _require_past(draft, today)
    allocation = Allocation(uow, [student.id])
    _require_room(uow, allocation, draft)
    allocation.add(draft)
    allocation.receive(draft.id, draft.amount)
    allocation.auto_allocate()
    series = lock_series(uow, center_id=student.center_id, purpose=RECEIPTS)
    number = receipt_number or next_receipt_number(uow, series)
    payment = uow.add(Payment, **draft_fields(draft, receipt_number=number, unallocated=allocation.waiting[draft.id]))
    allocation.save(drafts={draft.id: payment.id})
    return payment


def change_payment(uow: UnitOfWork, payment: Payment, **fields: Any) -> Payment:
    """Correct what was written about a payment; what it covers follows, and the ledger keeps what was there before.

    A lower amount frees the newest coverage first; another student or invoice frees all of it.
    Raises: Conflict("payment_withdrawn"); what `take_payment` raises.
    """
    before = _held(uow, payment, fields.get("student_id", payment.student_id))
    if before.withdrawn_at is not None:
        raise Conflict.because("", "payment_withdrawn")
    if fields.get("receipt_number"):
        lock_series(uow, center_id=before.center_id, purpose=RECEIPTS)
    else:
        fields.pop("receipt_number", None)
    fields |= _whose(uow, before, fields)
    after = build_draft(Payment, **(dict(before) | fields))
    if after.paid_on != before.paid_on:
        _require_past(after, local_today(uow, before.center_id))
    allocation, covered = _open_allocation(uow, before, after)
    _correct(uow, allocation, before, after, covered)
    allocation.auto_allocate()
    changed = uow.change(before, **fields, unallocated=allocation.waiting[before.id])
    allocation.add(changed)
    allocation.save()
    return changed


def withdraw_payment(uow: UnitOfWork, payment: Payment) -> None:
    """Take a payment back as if it had not been made; its row and its number stay (center_crm C66, edumaster E28).

    What it covered is open again. Repeating changes nothing.
    """
    payment = _held(uow, payment)
    if payment.withdrawn_at is not None:
        return
    allocation, covered = _open_allocation(uow, payment)
    allocation.release(payment.id, payment.amount, covered)
    allocation.receive(payment.id, -payment.amount)
    allocation.auto_allocate()
    allocation.add(uow.change(payment, to="delete", withdrawn_at=uow.ports.clock.now(), unallocated=0))
    allocation.save()


def restore_payment(uow: UnitOfWork, payment: Payment) -> Payment:
    """Bring a withdrawn payment back (center_crm C66). Repeating changes nothing.

    It covers its invoice again as far as that is open, then other open ones; the rest waits.
    """
    payment = _held(uow, payment)
    if payment.withdrawn_at is None:
        return payment
    allocation, _ = _open_allocation(uow, payment)
    allocation.receive(payment.id, payment.amount)
    allocation.auto_allocate()
    restored = uow.change(payment, to="restore", withdrawn_at=None, unallocated=allocation.waiting[payment.id])
    allocation.add(restored)
    allocation.save()
    return restored


def _correct(
    uow: UnitOfWork, allocation: Allocation, before: Payment, after: Payment, covered: dict[int, Decimal]
) -> None:
    """Move what a correction moves: all of it to another student or invoice, else the difference."""
    if _payee(after) != _payee(before):
        allocation.release(before.id, before.amount, covered)
        allocation.receive(before.id, -before.amount)
        _require_room(uow, allocation, after)
        allocation.add(after)
        allocation.receive(before.id, after.amount)
    else:
        allocation.release(before.id, before.amount - after.amount, covered)
        _require_room(uow, allocation, after, held=before.amount)
        allocation.receive(before.id, after.amount - before.amount)


def _invoice(uow: UnitOfWork, invoice_id: int) -> Invoice:
    for invoice in uow.find(Invoice, where(id=invoice_id), limit=1):
        return invoice
    raise Invalid.because("invoice_id", "unknown_id", id=invoice_id)


def _payer(student_id: int | None, invoice: Invoice | None) -> int:
    """Who pays: the student named, or the one the invoice asks."""
    if student_id is None:
        if invoice is None:
            raise Invalid.because("student_id", "missing")
        return invoice.student_id
    if invoice is not None and invoice.student_id != student_id:
        raise Invalid.because("student_id", "invoice_of_another")
    return student_id


def _held(uow: UnitOfWork, payment: Payment, *others: int) -> Payment:
    """The payment as it is while its student, and others it may go to, are held."""
    students = lock_students(uow, where(id__in={payment.student_id, *others}))
    payment = uow.get(Payment, payment.id, lock=True)
    if payment.student_id not in students:
        raise Conflict.because("", "changed_meanwhile")
    return payment


def _whose(uow: UnitOfWork, before: Payment, fields: dict[str, Any]) -> dict[str, Any]:
    """The student, invoice and group that a corrected payment is of, where any of them is given."""
    given = {name: fields.get(name, getattr(before, name)) for name in ("student_id", "invoice_id", "group_id")}
    if all(given[name] == getattr(before, name) for name in given):
        return {}
    invoice = None if given["invoice_id"] is None else _invoice(uow, given["invoice_id"])
    student = lock_student(uow, _payer(given["student_id"], invoice))
    if given["group_id"] != before.group_id or student.id != before.student_id:
        given["group_id"] = _group(uow, student, fields.get("group_id"), invoice)
    return given


def _group(uow: UnitOfWork, student: Student, group_id: int | None, invoice: Invoice | None) -> int | None:
    """The group a payment is for: one the student is or was in, or else the invoice's, or their main one (C63)."""
    if group_id is None:
        return student.group_id if invoice is None or invoice.group_id is None else invoice.group_id
    require_member(uow, student, group_id=group_id)
    return group_id


def _require_past(payment: Payment, today: date) -> None:
    if payment.paid_on > today:
        raise Invalid.because("paid_on", "in_future", today=today.isoformat())


def _require_room(uow: UnitOfWork, allocation: Allocation, payment: Payment, *, held: Decimal = Decimal(0)) -> None:
    """Refuse more than the named invoice has left, where part of the amount is `held` by the payment already."""
    if payment.invoice_id is None or payment.amount <= held:
        return
    remaining = allocation.remaining.get(payment.invoice_id, Decimal(0))
    if not remaining and not held:
        cancelled = uow.get(Invoice, payment.invoice_id).cancelled_at is not None
        raise Conflict.because("invoice_id", "invoice_cancelled" if cancelled else "invoice_paid")
    if payment.amount > held + remaining:
        raise Invalid.because("amount", "more_than_remaining", remaining=str(held + remaining))


def _open_allocation(uow: UnitOfWork, *versions: Payment) -> tuple[Allocation, dict[int, Decimal]]:
    """The books of a payment's students, and how much of it covers which invoices."""
    payment = versions[0]
    allocation = Allocation(uow, {version.student_id for version in versions})
    covered = coverage(uow, where(payment_id=payment.id)).get(payment.id, {})
    allocation.add(payment, *uow.find(Invoice, where(id__in=covered), lock=True))
    return allocation, covered


def _payee(payment: Payment) -> tuple[int, int | None]:
    """What decides which invoices a payment may cover."""
    return payment.student_id, payment.invoice_id
