"""Taking money, charging for months, and paying teachers: which use case each action means."""

from __future__ import annotations

from typing import Any

from educore.billing.charges import make_charges, revert_charges
from educore.billing.entities import ChargeRun, Invoice, LedgerEntry, Payment, Payroll
from educore.billing.invoices import cancel_invoice, change_invoice, issue_invoice
from educore.billing.payments import change_payment, restore_payment, take_payment, withdraw_payment
from educore.billing.payroll import change_salary, pay_salary, record_salary, remove_salary
from educore.kernel.conditions import where
from educore.kernel.domain import Actions
from educore.kernel.errors import Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center
from educore.timetable.use_cases import change_center_of_sessions


def change_center_of_money(uow: UnitOfWork, center: Center, **fields: Any) -> Center:
    """Change a Center as `change_center_of_sessions` does; its currency only while the ledger is empty.

    Raises: Invalid("cannot_change") on currency.
    """
    moves = fields.get("currency", center.currency) != center.currency
    if moves and uow.count(LedgerEntry, where(center_id=center.id)):
        raise Invalid.because("currency", "cannot_change")
    return change_center_of_sessions(uow, center, **fields)


ACTIONS: Actions = {
    (Payment, "create"): take_payment,
    (Payment, "update"): change_payment,
    (Payment, "delete"): withdraw_payment,
    (Payment, "withdraw"): withdraw_payment,
    (Payment, "restore"): restore_payment,
    (Invoice, "create"): issue_invoice,
    (Invoice, "update"): change_invoice,
    (Invoice, "cancel"): cancel_invoice,
    (Invoice, "delete"): cancel_invoice,
    (ChargeRun, "create"): make_charges,
    (ChargeRun, "revert"): revert_charges,
    (Payroll, "create"): record_salary,
    (Payroll, "update"): change_salary,
    (Payroll, "delete"): remove_salary,
    (Payroll, "pay"): pay_salary,
    (Center, "update"): change_center_of_money,
}
