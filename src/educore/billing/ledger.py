"""The ledger: what students were charged, what they paid, and which payment covers what.

`Allocation` holds the open invoices and payments of some students while money moves between them, and writes at the end
what has moved. Whoever moves money of a student holds that student (`lock_students`), so that invoices and payments
stay as they were read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import ValidationError

from educore.billing.entities import OPEN_INVOICE, UNALLOCATED, EntryKind, Invoice, LedgerEntry, Payment
from educore.groups.entities import Enrollment, Group
from educore.kernel.conditions import Where, where
from educore.kernel.entity import NOT_STORED, Entity
from educore.kernel.errors import Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student

E = TypeVar("E", bound=Entity)


def lock_students(uow: UnitOfWork, condition: Where) -> dict[int, Student]:
    """Lock students in order of their ids, before anything else of theirs."""
    return {student.id: student for student in uow.find(Student, condition, lock=True, order=("id",))}


def lock_student(uow: UnitOfWork, student_id: int) -> Student:
    """Lock one student. Raises: Invalid("unknown_id") on student_id."""
    for student in lock_students(uow, where(id=student_id)).values():
        return student
    raise Invalid.because("student_id", "unknown_id", id=student_id)


def require_member(uow: UnitOfWork, student: Student, *, group_id: int) -> None:
    """Refuse a group that the student neither is nor was in. Raises: Invalid("not_in_group") on group_id."""
    if group_id == student.group_id or uow.count(Enrollment, where(group_id=group_id, student_id=student.id)):
        return
    if uow.count(Group, where(id=group_id, center_id=student.center_id)):
        raise Invalid.because("group_id", "not_in_group", id=student.id)
    raise Invalid.because("group_id", "unknown_id", id=group_id)


class Allocation:
    """The open invoices and payments of some students. A draft takes part before it is stored, under an id below 1."""

    def __init__(self, uow: UnitOfWork, students: Collection[int]) -> None:
        self.uow = uow
        theirs = where(student_id__in=students)
        self.invoices = {one.id: one for one in uow.find(Invoice, OPEN_INVOICE & theirs, lock=True)}
        self.payments = {one.id: one for one in uow.find(Payment, UNALLOCATED & theirs, lock=True)}
        self.remaining = {one.id: one.remaining for one in self.invoices.values()}
        self.waiting = {one.id: one.unallocated for one in self.payments.values()}
        self.moved: defaultdict[tuple[int, int, int | None], Decimal] = defaultdict(Decimal)

    def add(self, *rows: Invoice | Payment) -> None:
        """Take in rows that are not open, drafts that have yet to be stored, and rows as somebody else stored them."""
        for row in rows:
            if isinstance(row, Invoice):
                self.invoices[row.id] = row
                self.remaining.setdefault(row.id, row.remaining)
            else:
                self.payments[row.id] = row
                self.waiting.setdefault(row.id, row.unallocated)

    def exclude(self, invoices: Collection[int]) -> None:
        """Leave invoices out from now on: nothing covers them, and somebody else writes them."""
        for id in invoices:
            del self.invoices[id]

    def receive(self, payment_id: int, amount: Decimal) -> None:
        """Money comes in with a payment (below 0: goes back); it covers nothing yet."""
        self.waiting[payment_id] += amount
        self._move(payment_id, None, amount)

    def allocate(self, payment_id: int, invoice_id: int, amount: Decimal) -> None:
        """Money that waits covers an invoice (below 0: covers it no longer)."""
        self.waiting[payment_id] -= amount
        self.remaining[invoice_id] -= amount
        self._move(payment_id, None, -amount)
        self._move(payment_id, invoice_id, amount)

    def release(self, payment_id: int, amount: Decimal, covered: Mapping[int, Decimal]) -> None:
        """Make so much of a payment wait again: what waits already counts, then the newest coverage goes first."""
        wanted = amount - self.waiting[payment_id]
        for invoice_id, part in covered.items():
            if wanted > 0:
                self.allocate(payment_id, invoice_id, -min(part, wanted))
                wanted -= part

    def auto_allocate(self) -> None:
        """Let what waits cover what is open: the oldest payment first, its own invoice and group before others."""
        owed: defaultdict[int, list[Invoice]] = defaultdict(list)
        for invoice in self.invoices.values():
            owed[invoice.student_id].append(invoice)
        for payment in sorted(self.payments.values(), key=lambda one: (one.paid_on, one.id)):
            for invoice in sorted(owed[payment.student_id], key=lambda one: _turn(one, payment)):
                if part := min(self.waiting[payment.id], self.remaining[invoice.id]):
                    self.allocate(payment.id, invoice.id, part)

    def save(self, *, drafts: Mapping[int, int] | None = None) -> None:
        """Store what has moved; `drafts` says under which ids drafts were stored."""
        invoices = {
            id: {"paid": one.amount - self.remaining[id]}
            for id, one in sorted(self.invoices.items())
            if id > NOT_STORED and one.remaining != self.remaining[id]
        }
        payments = {
            id: {"unallocated": self.waiting[id]}
            for id, one in sorted(self.payments.items())
            if id > NOT_STORED and one.unallocated != self.waiting[id]
        }
        self.uow.change_each(Invoice, invoices)
        self.uow.change_each(Payment, payments)
        post(self.uow, self._entries(drafts or {}))

    def _entries(self, drafts: Mapping[int, int]) -> Iterator[dict[str, Any]]:
        for (student_id, payment_id, invoice_id), amount in self.moved.items():
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
        self.moved[self.payments[payment_id].student_id, payment_id, invoice_id] += amount


def coverage(uow: UnitOfWork, condition: Where) -> dict[int, dict[int, Decimal]]:
    """How much of each payment covers which invoice, by the entries that match; what was touched last comes first."""
    found: defaultdict[int, defaultdict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    entries = uow.find(LedgerEntry, condition & where(kind=EntryKind.PAYMENT, invoice_id__isnull=False), order=("-id",))
    for entry in entries:
        found[entry.payment_id or 0][entry.invoice_id or 0] += entry.amount
    return {payment: {id: part for id, part in parts.items() if part} for payment, parts in found.items()}


def post(uow: UnitOfWork, entries: Iterable[Mapping[str, Any]]) -> None:
    """Write entries of one Center, each once and for good, in the name of whoever acts."""
    uow.add_all(LedgerEntry, [{**entry, "made_by_id": uow.actor.user_id} for entry in entries])


def build_draft(kind: type[E], **fields: Any) -> E:
    """A draft of a row, for reckoning with its values before it is stored. Raises: Invalid."""
    stamps = dict.fromkeys({"created_at", "updated_at"} & kind.model_fields.keys(), datetime.now(UTC))
    try:
        return kind.model_validate({"id": NOT_STORED, "center_id": NOT_STORED, **stamps, **fields})
    except ValidationError as error:
        raise Invalid.from_pydantic(error) from None


def draft_fields(draft: Entity, **final: Any) -> dict[str, Any]:
    """What a draft says, to be stored, and what became final since."""
    return {**draft.model_dump(exclude={"id", "created_at", "updated_at"}), **final}


def _turn(invoice: Invoice, payment: Payment) -> tuple[bool, bool, date, int]:
    """In which order invoices are covered by a payment."""
    return invoice.id != payment.invoice_id, invoice.group_id != payment.group_id, invoice.due_date, invoice.id
