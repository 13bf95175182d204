"""Payments of students: take, change, withdraw and restore them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from educore.billing.allocation import Allocation
from educore.billing.drafts import build_draft, draft_fields
from educore.billing.entities import Invoice, Payment, PaymentMethod
from educore.billing.ledger import lock_student, lock_students, read_coverage, require_member
from educore.billing.receipt_numbers import RECEIPTS, next_receipt_number
from educore.kernel.actions import use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.number_series import lock_series
from educore.organization.queries import local_today
from educore.people.entities import Student

UNASSIGNED = "later"
"""The receipt number of a draft; the real number is taken last, because taking it locks the Center's series."""


@use_case
def take_payment(
    uow: UnitOfWork,
    /,
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
    """Take money from a student; the actor is the receiver (center_crm 10.2, C62, C63).

    With `invoice_id` the payment covers that invoice, and the student defaults to the invoice's (edumaster E27).
    Otherwise it covers the open invoices due first, those of the payment's group before others; the rest stays
    unallocated for later invoices. Defaults: `group_id` is the group of the invoice or the student's main group,
    `paid_on` is today in the Center, `receipt_number` is the next free one (REC-001). `due_date` is the day on which
    the next payment is expected.
    Raises: Conflict("taken") on receipt_number; Invalid("more_than_remaining") on amount; Conflict("invoice_paid"),
    Conflict("invoice_cancelled") on invoice_id; Invalid("in_future") on paid_on; Invalid("not_their_group") on
    group_id; Invalid("missing"), Invalid("invoice_of_another") on student_id; Invalid("unknown_id").
    """
    invoice = None if invoice_id is None else uow.reference(Invoice, invoice_id, field="invoice_id")
    student = lock_student(uow, _payer_id(student_id, invoice))
    today = local_today(uow, student.center_id)
    draft = build_draft(
        Payment,
        center_id=student.center_id,
        student_id=student.id,
        group_id=_group_id(uow, student, group_id, invoice),
        invoice_id=invoice_id,
        amount=amount,
        unallocated=0,
        method=method,
        paid_on=today if paid_on is None else paid_on,
        due_date=due_date,
        receipt_number=receipt_number or UNASSIGNED,
        document=document,
        received_by_id=uow.actor.user_id,
        notes=notes,
    )
    _refuse_future(draft, today)
    allocation = Allocation(uow, [student.id])
    _require_fits_invoice(uow, allocation, draft)
    allocation.add(draft)
    allocation.receive(draft.id, draft.amount)
    allocation.auto_allocate()
    series = lock_series(uow, center_id=student.center_id, purpose=RECEIPTS)
    number = receipt_number or next_receipt_number(uow, series)
    fields = draft_fields(draft, receipt_number=number, unallocated=allocation.unallocated[draft.id])
    payment = uow.add(Payment, fields)
    allocation.save(drafts={draft.id: payment.id})
    return payment


@use_case
def change_payment(uow: UnitOfWork, payment: Payment, /, **fields: Any) -> Payment:
    """Correct a payment; its allocation follows, and the ledger keeps the entries of the earlier version.

    A lower amount takes money from the invoices covered last. Another student or invoice moves the whole amount.
    Raises: Conflict("payment_withdrawn"), Conflict("changed_meanwhile"); what `take_payment` raises.
    """
    before = _lock(uow, payment, fields.get("student_id", payment.student_id))
    if before.withdrawn_at is not None:
        raise Conflict.because("", "payment_withdrawn")
    if fields.get("receipt_number"):
        lock_series(uow, center_id=before.center_id, purpose=RECEIPTS)
    else:
        fields.pop("receipt_number", None)
    fields |= _changed_payer_fields(uow, before, fields)
    after = build_draft(Payment, **(dict(before) | fields))
    if after.paid_on != before.paid_on:
        _refuse_future(after, local_today(uow, before.center_id))
    allocation, covered = _open_allocation(uow, before, after)
    _move_difference(uow, allocation, before, after, covered)
    allocation.auto_allocate()
    changed = uow.change(before, with_computed(fields, unallocated=allocation.unallocated[before.id]))
    allocation.add(changed)
    allocation.save()
    return changed


@use_case
def withdraw_payment(uow: UnitOfWork, payment: Payment, /) -> None:
    """Withdraw a payment; its row and receipt number stay, and what it covered is open again.

    Repeating changes nothing (center_crm C66, edumaster E28). Raises: Conflict("changed_meanwhile").
    """
    payment = _lock(uow, payment)
    if payment.withdrawn_at is not None:
        return
    allocation, covered = _open_allocation(uow, payment)
    allocation.release(payment.id, payment.amount, covered)
    allocation.receive(payment.id, -payment.amount)
    allocation.auto_allocate()
    allocation.add(uow.change(payment, {"withdrawn_at": uow.ports.clock.now(), "unallocated": 0}, to="delete"))
    allocation.save()


@use_case
def free_receipt_number(uow: UnitOfWork, payment: Payment, /) -> Payment:
    """Mark the receipt number of a withdrawn payment as unused, so that another payment can carry it."""
    return uow.change(payment, {"receipt_number": f"{payment.receipt_number[:40]}~{payment.id}"})


@use_case
def restore_payment(uow: UnitOfWork, payment: Payment, /) -> Payment:
    """Restore a withdrawn payment (center_crm C66). Repeating changes nothing.

    It covers its invoice as far as that is open, then other open invoices; the rest stays unallocated.
    Raises: Conflict("changed_meanwhile").
    """
    payment = _lock(uow, payment)
    if payment.withdrawn_at is None:
        return payment
    allocation, _ = _open_allocation(uow, payment)
    allocation.receive(payment.id, payment.amount)
    allocation.auto_allocate()
    unallocated = allocation.unallocated[payment.id]
    restored = uow.change(payment, {"withdrawn_at": None, "unallocated": unallocated}, to="restore")
    allocation.add(restored)
    allocation.save()
    return restored


def _move_difference(
    uow: UnitOfWork, allocation: Allocation, before: Payment, after: Payment, covered: dict[int, Decimal]
) -> None:
    """Move the whole amount if the student or the invoice changed, otherwise the difference of the amounts."""
    if _target(after) != _target(before):
        allocation.release(before.id, before.amount, covered)
        allocation.receive(before.id, -before.amount)
        _require_fits_invoice(uow, allocation, after)
        allocation.add(after)
        allocation.receive(before.id, after.amount)
    else:
        allocation.release(before.id, before.amount - after.amount, covered)
        _require_fits_invoice(uow, allocation, after, received=before.amount)
        allocation.receive(before.id, after.amount - before.amount)


def _payer_id(student_id: int | None, invoice: Invoice | None) -> int:
    """Return the student named in the input, or the student of the invoice."""
    if student_id is None:
        if invoice is None:
            raise Invalid.because("student_id", "missing")
        return invoice.student_id
    if invoice is not None and invoice.student_id != student_id:
        raise Invalid.because("student_id", "invoice_of_another")
    return student_id


def _lock(uow: UnitOfWork, payment: Payment, *other_students: int) -> Payment:
    """Lock the student of a payment and other students, then the payment, and return it as it is now."""
    students = lock_students(uow, where(id__in={payment.student_id, *other_students}))
    payment = uow.get(Payment, payment.id, lock=True)
    if payment.student_id not in students:
        raise Conflict.because("", "changed_meanwhile")
    return payment


def _changed_payer_fields(uow: UnitOfWork, before: Payment, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the student, invoice and group after a correction; an empty dict if none of them changes."""
    payer = {name: fields.get(name, getattr(before, name)) for name in ("student_id", "invoice_id", "group_id")}
    if all(payer[name] == getattr(before, name) for name in payer):
        return {}
    invoice_id = payer["invoice_id"]
    invoice = None if invoice_id is None else uow.reference(Invoice, invoice_id, field="invoice_id")
    student = lock_student(uow, _payer_id(payer["student_id"], invoice))
    if payer["group_id"] != before.group_id or student.id != before.student_id:
        payer["group_id"] = _group_id(uow, student, fields.get("group_id"), invoice)
    return payer


def _group_id(uow: UnitOfWork, student: Student, group_id: int | None, invoice: Invoice | None) -> int | None:
    """Return the group of a payment: the one named, else the group of the invoice, else the main group (C63)."""
    if group_id is None:
        return student.group_id if invoice is None or invoice.group_id is None else invoice.group_id
    require_member(uow, student, group_id=group_id)
    return group_id


def _refuse_future(payment: Payment, today: date) -> None:
    if payment.paid_on > today:
        raise Invalid.because("paid_on", "in_future", today=today.isoformat())


def _require_fits_invoice(
    uow: UnitOfWork, allocation: Allocation, payment: Payment, *, received: Decimal = Decimal(0)
) -> None:
    """Refuse an amount above what the named invoice has left; `received` is the part the payment already has."""
    if payment.invoice_id is None or payment.amount <= received:
        return
    remaining = allocation.remaining.get(payment.invoice_id, Decimal(0))
    if not remaining and not received:
        is_cancelled = uow.get(Invoice, payment.invoice_id).cancelled_at is not None
        raise Conflict.because("invoice_id", "invoice_cancelled" if is_cancelled else "invoice_paid")
    if payment.amount > received + remaining:
        raise Invalid.because("amount", "more_than_remaining", remaining=str(received + remaining))


def _open_allocation(uow: UnitOfWork, *versions: Payment) -> tuple[Allocation, dict[int, Decimal]]:
    """Return the allocation of the students of all versions of a payment, and the amounts it covers by invoice id."""
    payment = versions[0]
    allocation = Allocation(uow, {version.student_id for version in versions})
    covered = read_coverage(uow, where(payment_id=payment.id)).get(payment.id, {})
    allocation.add(payment, *uow.find(Invoice, where(id__in=covered), lock=True))
    return allocation, covered


def _target(payment: Payment) -> tuple[int, int | None]:
    """Return the student and the invoice: they decide which invoices a payment may cover."""
    return payment.student_id, payment.invoice_id
