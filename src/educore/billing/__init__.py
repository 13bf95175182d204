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
from educore.billing.invoices import cancel_invoice, change_invoice, invoice_status, issue_invoice, with_status
from educore.billing.payments import change_payment, restore_payment, take_payment, withdraw_payment
from educore.billing.payroll import change_salary, pay_salary, propose_salary, record_salary, remove_salary
from educore.billing.queries import (
    Debt,
    PaymentStatistics,
    balances,
    debtors,
    group_payments,
    payment_statistics,
    revenue_by_month,
    student_balance,
)
from educore.billing.repeats import answer_once, forget_answers

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
    "answer_once",
    "balances",
    "cancel_invoice",
    "change_invoice",
    "change_payment",
    "change_salary",
    "debtors",
    "forget_answers",
    "group_payments",
    "invoice_status",
    "issue_invoice",
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
    "student_balance",
    "take_payment",
    "with_status",
    "withdraw_payment",
]
