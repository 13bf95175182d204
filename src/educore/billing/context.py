"""The billing context: its entities, policies, actions, guards and indexes."""

from __future__ import annotations

from educore.billing.charges import make_charges, revert_charges
from educore.billing.entities import AnsweredRequest, ChargeRun, Invoice, LedgerEntry, Payment, Payroll
from educore.billing.guards import keep_charges_in_place, refuse_currency_change
from educore.billing.invoices import cancel_invoice, change_invoice, issue_invoice
from educore.billing.payments import change_payment, restore_payment, take_payment, withdraw_payment
from educore.billing.payroll import change_salary, pay_salary, record_salary, remove_salary
from educore.billing.policies import POLICIES
from educore.groups.entities import Enrollment
from educore.kernel.conditions import nothing
from educore.kernel.context import Context
from educore.kernel.storage import Index
from educore.organization.entities import Center

CONTEXT = Context(
    "billing",
    entities=(ChargeRun, Invoice, Payment, Payroll, LedgerEntry, AnsweredRequest),
    policies=POLICIES,
    actions={
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
    },
    guards={Center: (refuse_currency_change,), Enrollment: (keep_charges_in_place,)},
    storage=(Index(Invoice, ("center_id", "due_date")), Index(Payment, ("center_id", "due_date"))),
    dependants={(Invoice, "group_id"): nothing, (Payment, "group_id"): nothing},
)
