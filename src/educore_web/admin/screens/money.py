"""The screens of money: payments, invoices, monthly charges and salaries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from educore import UnitOfWork, Where, where
from educore.billing import (
    ChargeRun,
    Invoice,
    InvoiceStatus,
    LedgerEntry,
    Payment,
    Payroll,
    has_invoice_status,
    invoice_status,
    not_withdrawn,
    open_invoice,
    propose_salary,
    valid_invoice,
)
from educore.people import Teacher, TeacherStatus
from educore_web.admin.pages.allocations import invoices_of_payment, payments_of_invoice
from educore_web.admin.screen import DerivedColumn, Panel, Proposal, RowAction, RowLink, Screen, limit_choices
from educore_web.admin.screens.common import STUDENT_SEARCH, active_group
from educore_web.admin.ui.language import format_date, format_number, join_isolated
from educore_web.admin.ui.naming import RowNames
from educore_web.admin.ui.question import Question, questions_about

PAYER_SEARCH = (*STUDENT_SEARCH, "student.user.phone")

not_reverted = where(reverted_at__isnull=True)
not_paid = where(is_paid=False)
of_the_student = ("student_id", "Enrollment__student_id")


class PaymentState(StrEnum):
    """The state of a payment: only one that is not withdrawn counts."""

    TAKEN = "taken"
    WITHDRAWN = "withdrawn"


class ChargeState(StrEnum):
    """The state of a charge run: its invoices stay or were cancelled."""

    CHARGED = "charged"
    REVERTED = "reverted"


def invoice_status_of(invoice: Any, today: date) -> InvoiceStatus:
    """Return the status of an invoice on a day."""
    dates = {"due_date": invoice.due_date, "cancelled_at": invoice.cancelled_at, "today": today}
    return invoice_status(paid=invoice.paid, remaining=invoice.remaining, **dates)


def state_by(field: str, empty: StrEnum, filled: StrEnum) -> DerivedColumn:
    """Return a column with one value while a field is empty, and another one once it is filled."""

    def compute(row: Any, today: date) -> StrEnum:
        return empty if getattr(row, field) is None else filled

    def condition(value: StrEnum, today: date) -> Where:
        return where(**{f"{field}__isnull": value is empty})

    return DerivedColumn(type(empty), compute, condition)


def count_invoices(uow: UnitOfWork, runs: set[int]) -> dict[int, int]:
    """Return the number of invoices of each charge run."""
    return uow.count_by(Invoice, "run_id", where(run_id__in=runs))


def propose_base_salary(uow: UnitOfWork, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the base salary for the lessons that a teacher gave in a month."""
    return {"base_salary": propose_salary(uow, uow.get(Teacher, values["teacher_id"]), month=values["month"])}


def invoice_name(names: RowNames, invoice: Any) -> str:
    """Return the number of an invoice and the name of the student."""
    return join_isolated(f"№ {invoice.id}", names.name_of(invoice.student))


def invoice_choice(names: RowNames, invoice: Any) -> str:
    """Return the name of an invoice with the amount left to pay and the day it is due."""
    left, due = format_number(invoice.remaining), format_date(invoice.due_date)
    return join_isolated(invoice_name(names, invoice), left, due)


PAYMENTS = Screen(
    Payment,
    "money",
    "ti ti-cash",
    columns=("name", "student", "amount", "method", "group", "paid_on", "state"),
    search=("receipt_number", *PAYER_SEARCH),
    filters=("method", "group_id", "student_id"),
    date_filter="paid_on",
    create=(
        Question("student_id", Payment, required=True),
        Question("invoice_id", Payment, choices=open_invoice, depends=("student_id", "student_id")),
        *questions_about(Payment, "amount", "method"),
        Question("paid_on", Payment),
        Question("group_id", Payment, depends=of_the_student),
        Question("due_date", Payment),
        Question("receipt_number", Payment),
        *questions_about(Payment, "document", "notes"),
    ),
    edit=(
        *questions_about(Payment, "amount", "method", "paid_on"),
        Question("group_id", Payment, depends=of_the_student),
        *questions_about(Payment, "due_date", "receipt_number", "document", "notes"),
    ),
    actions=(
        RowAction("withdraw", "ti ti-arrow-back-up", applies_to=not_withdrawn, is_destructive=True),
        RowAction("restore", "ti ti-restore", applies_to=where(withdrawn_at__isnull=False)),
    ),
    derived={"state": state_by("withdrawn_at", PaymentState.TAKEN, PaymentState.WITHDRAWN)},
    links=(RowLink("receipt", "ti ti-printer", page="receipt"),),
    panels=(Panel("covered", LedgerEntry, ("invoice", "pay_until", "amount"), invoices_of_payment),),
    editable=not_withdrawn,
    imports="payments",
)

INVOICES = Screen(
    Invoice,
    "money",
    "ti ti-file-invoice",
    columns=("name", "group", "amount", "paid", "remaining", "due_date", "status"),
    search=(*PAYER_SEARCH, "description"),
    filters=("group_id", "student_id", "run_id"),
    date_filter="due_date",
    create=(
        Question("student_id", Invoice, required=True),
        Question("group_id", Invoice, depends=of_the_student),
        *questions_about(Invoice, "amount", "due_date"),
        Question("issued_on", Invoice),
        *questions_about(Invoice, "description"),
    ),
    edit=questions_about(Invoice, "amount", "due_date", "description"),
    actions=(RowAction("cancel", "ti ti-ban", applies_to=valid_invoice, is_destructive=True),),
    derived={"status": DerivedColumn(InvoiceStatus, invoice_status_of, has_invoice_status)},
    links=(
        RowLink(
            "take_payment",
            "ti ti-cash",
            kind=Payment,
            prefill=(
                ("student_id", "student_id"),
                ("invoice_id", "id"),
                ("amount", "remaining"),
                ("group_id", "group_id"),
            ),
            applies_to=open_invoice,
        ),
    ),
    panels=(Panel("covering", LedgerEntry, ("payment", "paid_on", "amount"), payments_of_invoice),),
    related=((Payment, "invoice_id"),),
    named_by="student_id",
    row_name=invoice_name,
    choice_name=invoice_choice,
    editable=valid_invoice,
)

CHARGE_RUNS = Screen(
    ChargeRun,
    "money",
    "ti ti-calendar-dollar",
    columns=("name", "due_date", "charged", "made_by", "created_at", "state"),
    order="-id",
    create=(
        *questions_about(ChargeRun, "center_id", "month", "due_date"),
        Question("group_ids", Invoice, choices=active_group, many=True),
    ),
    actions=(
        RowAction("revert", "ti ti-arrow-back-up", applies_to=not_reverted, is_destructive=True, single_row=True),
    ),
    counts={"charged": count_invoices},
    derived={"state": state_by("reverted_at", ChargeState.CHARGED, ChargeState.REVERTED)},
    related=((Invoice, "run_id"),),
)

SALARY = ("base_salary", "bonus", "penalty")

PAYROLL = Screen(
    Payroll,
    "money",
    "ti ti-wallet",
    columns=("name", "month", *SALARY, "total", "is_paid", "paid_on"),
    search=("teacher.user.first_name", "teacher.user.last_name", "teacher.user.username", "month"),
    filters=("teacher_id", "is_paid"),
    create=limit_choices(
        questions_about(Payroll, "teacher_id", "month", *SALARY), teacher_id=where(status=TeacherStatus.ACTIVE)
    ),
    edit=questions_about(Payroll, "month", *SALARY),
    actions=(RowAction("pay", "ti ti-cash-banknote", applies_to=not_paid),),
    order="-month",
    can_delete=True,
    editable=not_paid,
    deletable=not_paid,
    proposal=Proposal("from_lessons", "ti ti-calculator", ("teacher_id", "month"), propose_base_salary),
    for_teachers=True,
)

SCREENS = (PAYMENTS, INVOICES, CHARGE_RUNS, PAYROLL)
