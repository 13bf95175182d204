"""Invoices and payments, the ledger behind both, runs of monthly charges, and salaries."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from educore.groups.entities import GroupId
from educore.identity.entities import ActorId
from educore.kernel.conditions import Where, where
from educore.kernel.entity import (
    Audited,
    Entity,
    FieldGroups,
    FieldNames,
    Fixed,
    OnDelete,
    Ref,
    StoredFile,
    Timestamped,
)
from educore.organization.entities import OwnCenterId
from educore.people.entities import StudentId, TeacherId
from educore.values import DEFER_BUILD, Amount, Day, Line, Money, Month, Name, SignedMoney, Text

InvoiceId = Annotated[int, Ref("Invoice")]
PaymentId = Annotated[int, Ref("Payment")]

CENT = Decimal("0.01")
"""The smallest amount of any currency here."""

valid_invoice: Where = where(cancelled_at__isnull=True)
"""Invoices that count."""

open_invoice: Where = where(cancelled_at__isnull=True, remaining__gte=CENT)
"""Invoices that are not paid in full."""

not_withdrawn: Where = where(withdrawn_at__isnull=True)
"""Payments that count."""

has_unallocated: Where = where(unallocated__gte=CENT)
"""Payments of which a part covers no invoice yet; a withdrawn payment never has such a part."""


class PaymentMethod(StrEnum):
    """The method of a payment."""

    CASH = "cash"
    CARD = "card"
    TRANSFER = "transfer"
    ONLINE = "online"


class InvoiceStatus(StrEnum):
    """The status of an invoice; computed by `invoice_status`, never stored."""

    UNPAID = "unpaid"
    PARTIAL = "partial"
    PAID = "paid"
    OVERDUE = "overdue"
    CANCELLED = "cancelled"


class ChargeRun(Entity):
    """The invoices of one month, issued at once; `reverted_at` is the time when all of them were cancelled."""

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("month",)

    center_id: OwnCenterId
    month: Annotated[Month, Fixed()]
    due_date: Annotated[Day, Fixed()]
    made_by_id: ActorId | None = None
    created_at: datetime
    reverted_at: datetime | None = None
    reverted_by_id: ActorId | None = None


class Invoice(Timestamped, Entity):
    """An amount that a student has to pay by a day. Invoices are cancelled, never deleted.

    `paid` is the part that payments cover, by the ledger; `remaining` is the rest, 0 if the invoice is cancelled.
    `charged_for` is the month of a charge run: a student is charged once for a group and month. A cancellation clears
    the month, so that the student can be charged again.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("student_id", "issued_on")
    unique: ClassVar[FieldGroups] = (("group_id", "student_id", "charged_for"),)

    center_id: OwnCenterId
    student_id: Annotated[StudentId, Fixed()]
    group_id: GroupId | None = None
    run_id: Annotated[int, Ref("ChargeRun"), Fixed()] | None = None
    charged_for: Month | None = None
    amount: Amount
    paid: Money = Decimal(0)
    remaining: Money
    issued_on: Day
    due_date: Day
    description: Line = ""
    cancelled_at: datetime | None = None

    @model_validator(mode="before")
    @classmethod
    def _compute_remaining(cls, values: dict[str, Any]) -> dict[str, Any]:
        amount, paid = _number(values.get("amount")), _number(values.get("paid", 0))
        if 0 < amount < paid:
            raise PydanticCustomError("below_paid", "It is partly paid.", {"field": "amount", "paid": str(paid)})
        return {**values, "remaining": 0 if values.get("cancelled_at") else max(amount - paid, Decimal(0))}

    @model_validator(mode="after")
    def _require_due_after_issue(self) -> Self:
        if self.due_date < self.issued_on:
            raise PydanticCustomError("due_before_issue", "It is due before it is issued.", {"field": "due_date"})
        return self


class Payment(Timestamped, Entity):
    """Money taken from a student, with a receipt. Payments are withdrawn (`withdrawn_at`) and restored, never deleted.

    `invoice_id` is the invoice that was named, if any. The ledger records which invoices the payment covers;
    `unallocated` is the part that covers none yet. `due_date` is the day on which the next payment is expected.
    `received_by_id` is the account of the cashier.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("receipt_number", "student_id")
    unique: ClassVar[FieldGroups] = (("center_id", "receipt_number"),)

    center_id: OwnCenterId
    student_id: StudentId
    group_id: GroupId | None = None
    invoice_id: InvoiceId | None = None
    amount: Amount
    unallocated: Money
    method: PaymentMethod
    paid_on: Day
    due_date: Day | None = None
    receipt_number: Annotated[Name, Field(max_length=64)]
    document: Annotated[str | None, StoredFile(), Field(max_length=255)] = None
    received_by_id: ActorId | None = None
    notes: Text = ""
    withdrawn_at: datetime | None = None


class EntryKind(StrEnum):
    """The two accounts between which a ledger entry moves money.

    A charge debits what students owe and credits tuition; a payment debits cash and credits what students owe; a salary
    debits salaries and credits cash.
    """

    CHARGE = "charge"
    PAYMENT = "payment"
    SALARY = "salary"


class LedgerEntry(Entity):
    """One movement of money. Entries are never changed; a correction is another entry with a negative amount.

    An entry of a payment names the invoice that the amount covers, or no invoice for the unallocated part.
    """

    center_id: OwnCenterId
    kind: Annotated[EntryKind, Fixed()]
    amount: Annotated[SignedMoney, Fixed()]
    student_id: Annotated[StudentId, Fixed()] | None = None
    invoice_id: Annotated[InvoiceId, Fixed()] | None = None
    payment_id: Annotated[PaymentId, Fixed()] | None = None
    payroll_id: Annotated[int, Ref("Payroll"), Fixed()] | None = None
    made_by_id: ActorId | None = None
    created_at: datetime


class Payroll(Timestamped, Entity):
    """The salary of a teacher for a month: base plus bonus less penalty. A paid salary no longer changes."""

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("teacher_id", "month")
    unique: ClassVar[FieldGroups] = (("teacher_id", "month"),)

    center_id: OwnCenterId
    teacher_id: TeacherId
    month: Month
    base_salary: Money
    bonus: Money = Decimal(0)
    penalty: Money = Decimal(0)
    total: SignedMoney
    is_paid: bool = False
    paid_on: Day | None = None

    @model_validator(mode="before")
    @classmethod
    def _compute_total(cls, values: dict[str, Any]) -> dict[str, Any]:
        base, bonus, penalty = (_number(values.get(name, 0)) for name in ("base_salary", "bonus", "penalty"))
        total = base + bonus - penalty
        if total < 0:
            raise PydanticCustomError("total_below_zero", "The penalty is too high.", {"field": "penalty"})
        return {**values, "total": total}


class AnsweredRequest(Entity):
    """The answer to a request with an Idempotency-Key; the same request with the same key gets it again."""

    unique: ClassVar[FieldGroups] = (("user_id", "key"),)

    center_id: Annotated[int, Ref("Center", OnDelete.CASCADE), Fixed()] | None = None
    user_id: Annotated[int, Ref("User", OnDelete.CASCADE), Fixed()]
    key: Annotated[Line, Field(min_length=1, max_length=255), Fixed()]
    fingerprint: Annotated[str, Field(max_length=64), Fixed()]
    answer: Annotated[str, Field(repr=False), Fixed()] = ""
    created_at: datetime


_MONEY: TypeAdapter[Decimal] = TypeAdapter(Money, config=DEFER_BUILD)


def _number(value: object) -> Decimal:
    """Return a value as an amount, 0 if it is not valid; the validation of the field itself reports the problem."""
    try:
        return _MONEY.validate_python(value)
    except ValidationError:
        return Decimal(0)
