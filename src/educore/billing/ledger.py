"""The ledger: entries that are written once, and the locks that protect them.

Each function that moves money of a student locks the student first (`lock_students`), so that the student's invoices
and payments stay as they were read until the transaction ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from educore.billing.entities import EntryKind, LedgerEntry
from educore.groups.entities import Enrollment, Group
from educore.kernel.aggregates import Aggregate
from educore.kernel.conditions import Where, where
from educore.kernel.errors import Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student

Coverage = dict[int, dict[int, Decimal]]
"""The amounts by which payments cover invoices: by payment id, then by invoice id."""


def lock_students(uow: UnitOfWork, condition: Where) -> dict[int, Student]:
    """Lock students in the order of their ids, before any of their rows; the fixed order prevents deadlocks."""
    return {student.id: student for student in uow.find(Student, condition, lock=True, order=("id",))}


def lock_student(uow: UnitOfWork, student_id: int) -> Student:
    """Lock one student. Raises: Invalid("unknown_id") on student_id."""
    return uow.reference(Student, student_id, field="student_id", lock=True)


def require_member(uow: UnitOfWork, student: Student, *, group_id: int) -> None:
    """Refuse a group that the student never joined.

    Raises: Invalid("not_their_group"), Invalid("unknown_id") on group_id.
    """
    if group_id == student.group_id or uow.count(Enrollment, where(group_id=group_id, student_id=student.id)):
        return
    uow.reference(Group, group_id, field="group_id", only=where(center_id=student.center_id))
    raise Invalid.because("group_id", "not_their_group", student_id=student.id)


def read_coverage(uow: UnitOfWork, condition: Where) -> Coverage:
    """Return which payments cover which invoices, by the ledger entries that match.

    The invoices of a payment are ordered by their newest entry, the newest first.
    """
    parts = uow.aggregate_by(
        LedgerEntry,
        (Aggregate("max", "id"), Aggregate("sum", "amount")),
        ("payment_id", "invoice_id"),
        condition & where(kind=EntryKind.PAYMENT, payment_id__isnull=False, invoice_id__isnull=False),
    )
    found: defaultdict[int, dict[int, Decimal]] = defaultdict(dict)
    for (payment_id, invoice_id), (_, amount) in sorted(parts.items(), key=lambda part: part[1], reverse=True):
        if amount:
            found[payment_id][invoice_id] = amount
    return dict(found)


def post_entries(uow: UnitOfWork, entries: Iterable[Mapping[str, Any]]) -> None:
    """Append entries of one Center to the ledger, in the actor's name. Entries are never changed or removed."""
    uow.add_all(LedgerEntry, [{**entry, "made_by_id": uow.actor.user_id} for entry in entries])
