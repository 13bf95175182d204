"""Payments from a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from educore.billing.entities import Payment, PaymentMethod
from educore.billing.ledger import lock_students
from educore.billing.payments import take_payment, withdraw_payment
from educore.imports.columns import Column, as_text, as_type, as_word, day
from educore.imports.entities import ImportedRow
from educore.imports.names import groups_of, students_of
from educore.imports.sheet import Made, Piece, Sheet, as_json, refuse_twice
from educore.kernel.conditions import where
from educore.kernel.errors import Problem
from educore.kernel.unit_of_work import UnitOfWork
from educore.values import Amount, Day, Name, Text

WORDS = {
    PaymentMethod.CASH: "наличные,наличными,нал,naqd,naqd pul",
    PaymentMethod.CARD: "карта,картой,karta,plastik",
    PaymentMethod.TRANSFER: "перевод,перечисление,o'tkazma",
    PaymentMethod.ONLINE: "онлайн,onlayn,click,payme",
}
PLACES = {"student_id": "student", "group_id": "group"}
OWN = ("student_id", "group_id", "amount", "method", "paid_on", "due_date", "receipt_number", "notes")

COLUMNS = (
    Column("student", as_text, required=True, also=("username", "phone", "логин", "ученик", "студент", "o'quvchi")),
    Column("amount", as_type(Amount), required=True, also=("сумма", "summa")),
    Column("method", as_word(PaymentMethod, WORDS), required=True, also=("способ", "способ оплаты", "to'lov turi")),
    Column("paid_on", as_type(Day, told=day), also=("дата", "дата оплаты", "sana", "to'lov sanasi", "date")),
    Column(
        "receipt_number",
        as_type(Annotated[Name, Field(max_length=64)]),
        also=("receipt", "номер чека", "чек", "квитанция", "chek", "chek raqami"),
    ),
    Column("group", as_text, also=("группа", "guruh")),
    Column("due_date", as_type(Day, told=day), also=("следующая оплата", "keyingi to'lov")),
    Column("notes", as_type(Text), also=("примечание", "комментарий", "izoh")),
)

EXAMPLES = (
    {"student": "nodira", "amount": "500000", "method": "cash", "paid_on": "2024-09-05", "group": "English A1"},
    {"student": "+998901112233", "amount": "250 000", "method": "card", "paid_on": "06.09.2024", "notes": "October"},
)


def plan(sheet: Sheet) -> list[Piece]:
    """Every payment by itself, the oldest first."""
    refuse_twice(sheet, "receipt_number")
    students, groups = students_of(sheet), groups_of(sheet)
    clean = sheet.clean()
    for line in clean:
        line.values |= {"student_id": students[line.number], "group_id": groups.get(line.number)}
    return [[line] for line in sorted(clean, key=lambda line: (line.values.get("paid_on") or date.max, line.number))]


def hold(uow: UnitOfWork, pieces: Sequence[Piece]) -> None:
    """Hold the students in order, before the first receipt gets its number."""
    lock_students(uow, where(id__in={line.values["student_id"] for piece in pieces for line in piece}))


def take_in(sheet: Sheet, piece: Piece) -> None:
    """Take a payment."""
    (line,) = piece
    with sheet.trying([line], PLACES):
        values: dict[str, Any] = {name: line.values[name] for name in OWN if name in line.values}
        payment = take_payment(sheet.uow, **values)
        sheet.made.append(Made(line.number, payment.id, after=_state(payment)))


def in_the_way(uow: UnitOfWork, rows: Sequence[ImportedRow]) -> dict[int, Problem]:
    """The payments somebody has corrected since, by the number of their line; nobody corrects one from now on.

    Whoever does holds the student first.
    """
    lock_students(uow, where(id__in={payment.student_id for payment in _present(uow, rows).values()}))
    now = _present(uow, rows)
    changed = [row for row in rows if row.row_id in now and _state(now[row.row_id]) != row.after]
    return {row.number: Problem("changed_since") for row in changed if now[row.row_id].withdrawn_at is None}


def take_back(uow: UnitOfWork, row: ImportedRow, *, is_unfinished: bool) -> None:
    """Withdraw the payment; one of an import that was never finished gives its number back, for the next attempt."""
    for payment in _present(uow, [row]).values():
        withdraw_payment(uow, payment)
        if is_unfinished and payment.withdrawn_at is None:
            spare = f"{payment.receipt_number[:40]}~{payment.id}"
            uow.change(uow.get(Payment, payment.id), receipt_number=spare)


def _present(uow: UnitOfWork, rows: Sequence[ImportedRow]) -> dict[int, Payment]:
    return {payment.id: payment for payment in uow.find(Payment, where(id__in={row.row_id for row in rows}))}


def _state(payment: Payment) -> str:
    """What must be as it was for a payment to be withdrawn with its import."""
    cents = payment.amount.quantize(Decimal("0.01"))
    return as_json({"student_id": payment.student_id, "amount": str(cents), "paid_on": payment.paid_on.isoformat()})
