"""The importer of payments: each row is a payment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from educore.billing.entities import CENT, Payment, PaymentMethod
from educore.billing.ledger import lock_students
from educore.billing.payments import free_receipt_number, take_payment, withdraw_payment
from educore.imports.columns import ImportColumn, choice_reader, normalize_date, read_text, value_reader
from educore.imports.entities import ImportedRow
from educore.imports.importer import Importer
from educore.imports.lookups import resolve_groups, resolve_students
from educore.imports.sheet import RowGroup, RowResult, Sheet, refuse_duplicates, to_json
from educore.kernel.conditions import where
from educore.kernel.errors import Problem
from educore.kernel.unit_of_work import UnitOfWork
from educore.values import Amount, Day, Name, Text

METHOD_WORDS = {
    PaymentMethod.CASH: "наличные,наличными,нал,naqd,naqd pul",
    PaymentMethod.CARD: "карта,картой,karta,plastik",
    PaymentMethod.TRANSFER: "перевод,перечисление,o'tkazma",
    PaymentMethod.ONLINE: "онлайн,onlayn,click,payme",
}
_FIELD_TO_COLUMN = {"student_id": "student", "group_id": "group"}
PAYMENT_FIELDS = ("student_id", "group_id", "amount", "method", "paid_on", "due_date", "receipt_number", "notes")

_read_date = value_reader(Day, normalize=normalize_date)

_COLUMNS = (
    ImportColumn(
        "student", read_text, required=True, aliases=("username", "phone", "логин", "ученик", "студент", "o'quvchi")
    ),
    ImportColumn("amount", value_reader(Amount), required=True, aliases=("сумма", "summa")),
    ImportColumn(
        "method",
        choice_reader(PaymentMethod, METHOD_WORDS),
        required=True,
        aliases=("способ", "способ оплаты", "to'lov turi"),
    ),
    ImportColumn("paid_on", _read_date, aliases=("дата", "дата оплаты", "sana", "to'lov sanasi", "date")),
    ImportColumn(
        "receipt_number",
        value_reader(Annotated[Name, Field(max_length=64)]),
        aliases=("receipt", "номер чека", "чек", "квитанция", "chek", "chek raqami"),
    ),
    ImportColumn("group", read_text, aliases=("группа", "guruh")),
    ImportColumn("due_date", _read_date, aliases=("следующая оплата", "keyingi to'lov")),
    ImportColumn("notes", value_reader(Text), aliases=("примечание", "комментарий", "izoh")),
)

_EXAMPLES = (
    {"student": "nodira", "amount": "500000", "method": "cash", "paid_on": "2024-09-05", "group": "English A1"},
    {"student": "jasur", "amount": "250 000", "method": "card", "paid_on": "06.09.2024", "notes": "October"},
)


def _plan_rows(sheet: Sheet) -> list[RowGroup]:
    """Return each payment by itself, the oldest first."""
    refuse_duplicates(sheet, "receipt_number")
    students, groups = resolve_students(sheet), resolve_groups(sheet)
    valid = sheet.valid_rows()
    for row in valid:
        row.values |= {"student_id": students[row.number], "group_id": groups.get(row.number)}
    return [[row] for row in sorted(valid, key=lambda row: (row.values.get("paid_on") or date.max, row.number))]


def _lock_rows(uow: UnitOfWork, groups: Sequence[RowGroup]) -> None:
    """Lock the students in order, before the first payment locks the series of receipt numbers."""
    lock_students(uow, where(id__in={row.values["student_id"] for group in groups for row in group}))


def _import_rows(sheet: Sheet, group: RowGroup) -> None:
    """Take a payment."""
    (row,) = group
    with sheet.collect_errors([row], _FIELD_TO_COLUMN):
        values: dict[str, Any] = {name: row.values[name] for name in PAYMENT_FIELDS if name in row.values}
        payment = take_payment(sheet.uow, **values)
        sheet.results.append(RowResult(row.number, payment.id, after=_state(payment)))


def _find_revert_blockers(uow: UnitOfWork, rows: Sequence[ImportedRow]) -> dict[int, Problem]:
    """Return the payments that were changed since, by row number.

    The students are locked first, so that no payment of theirs can change from now on.
    """
    lock_students(uow, where(id__in={payment.student_id for payment in _find_payments(uow, rows).values()}))
    now = _find_payments(uow, rows)
    changed = [row for row in rows if row.row_id in now and _state(now[row.row_id]) != row.after]
    return {row.number: Problem("changed_since") for row in changed if now[row.row_id].withdrawn_at is None}


def _revert_row(uow: UnitOfWork, row: ImportedRow, *, is_unfinished: bool) -> None:
    """Withdraw the payment; if its import was never finished, free its receipt number for the next attempt."""
    for payment in _find_payments(uow, [row]).values():
        withdraw_payment(uow, payment)
        if is_unfinished and payment.withdrawn_at is None:
            free_receipt_number(uow, payment)


PAYMENTS = Importer(_COLUMNS, _EXAMPLES, _plan_rows, _lock_rows, _import_rows, _find_revert_blockers, _revert_row)


def _find_payments(uow: UnitOfWork, rows: Sequence[ImportedRow]) -> dict[int, Payment]:
    return {payment.id: payment for payment in uow.find(Payment, where(id__in={row.row_id for row in rows}))}


def _state(payment: Payment) -> str:
    """Return the values that must not have changed if the payment is to be withdrawn with its import."""
    amount = payment.amount.quantize(CENT)
    return to_json({"student_id": payment.student_id, "amount": str(amount), "paid_on": payment.paid_on.isoformat()})
