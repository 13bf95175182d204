"""Money: what students owe and pay, and what teachers earn."""

from educore.billing.charges import ChargeLine, Skipped, make_charges, monthly_fee, preview_charges, revert_charges
from educore.billing.context import CONTEXT
from educore.billing.entities import (
    AnsweredRequest,
    ChargeRun,
    EntryKind,
    Invoice,
    InvoiceStatus,
    LedgerEntry,
    NumberSeries,
    Payment,
    PaymentMethod,
    Payroll,
)
from educore.billing.idempotency import delete_answers, run_idempotent
from educore.billing.invoices import cancel_invoice, change_invoice, has_invoice_status, invoice_status, issue_invoice
from educore.billing.payments import change_payment, restore_payment, take_payment, withdraw_payment
from educore.billing.payroll import change_salary, pay_salary, propose_salary, record_salary, remove_salary
from educore.billing.queries import (
    Debt,
    PaymentStatistics,
    find_debtors,
    group_payment_statistics,
    list_debts,
    payment_statistics,
    revenue_by_month,
    student_balance,
)

__all__ = [
    "CONTEXT",
    "AnsweredRequest",
    "ChargeLine",
    "ChargeRun",
    "Debt",
    "EntryKind",
    "Invoice",
    "InvoiceStatus",
    "LedgerEntry",
    "NumberSeries",
    "Payment",
    "PaymentMethod",
    "PaymentStatistics",
    "Payroll",
    "Skipped",
    "cancel_invoice",
    "change_invoice",
    "change_payment",
    "change_salary",
    "delete_answers",
    "find_debtors",
    "group_payment_statistics",
    "has_invoice_status",
    "invoice_status",
    "issue_invoice",
    "list_debts",
    "make_charges",
    "monthly_fee",
    "pay_salary",
    "payment_statistics",
    "preview_charges",
    "propose_salary",
    "record_salary",
    "remove_salary",
    "restore_payment",
    "revenue_by_month",
    "revert_charges",
    "run_idempotent",
    "student_balance",
    "take_payment",
    "withdraw_payment",
]
