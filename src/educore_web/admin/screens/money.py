"""The screens of money: payments, invoices, monthly charges and salaries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from educore import UnitOfWork, Where, where
from educore.billing import (
    NOT_CANCELLED,
    NOT_WITHDRAWN,
    OPEN_INVOICE,
    ChargeRun,
    Invoice,
    InvoiceStatus,
    LedgerEntry,
    Payment,
    Payroll,
    has_invoice_status,
    invoice_status,
    propose_salary,
)
from educore.groups import GroupStatus
from educore.people import Teacher, TeacherStatus
from educore_web.admin.pages.allocations import covered_invoices, covering_payments
from educore_web.admin.screen import Panel, Proposal, Reckoned, RowAction, RowLink, Screen, among
from educore_web.admin.ui.forms import Question, questions_about

STUDENT_SEARCH = ("student.user.first_name", "student.user.last_name", "student.user.username", "student.user.phone")

active_group = where(status=GroupStatus.ACTIVE)
not_reverted = where(reverted_at__isnull=True)
not_paid = where(is_paid=False)
of_the_student = ("student_id", "Enrollment__student_id")


class PaymentState(StrEnum):
    """Whether a payment counts."""

    TAKEN = "taken"
    WITHDRAWN = "withdrawn"


class ChargeState(StrEnum):
    """Whether the charges of a month stand."""

    CHARGED = "charged"
    REVERTED = "reverted"


def status_of(invoice: Any, today: date) -> InvoiceStatus:
    """How far an invoice is paid."""
    dates = {"due_date": invoice.due_date, "cancelled_at": invoice.cancelled_at, "today": today}
    return invoice_status(paid=invoice.paid, remaining=invoice.remaining, **dates)


def state_by(field: str, empty: StrEnum, filled: StrEnum) -> Reckoned:
    """One word while a field is empty, another once it is filled."""

    def of(row: Any, today: date) -> StrEnum:
        return empty if getattr(row, field) is None else filled

    def within(word: StrEnum, today: date) -> Where:
        return where(**{f"{field}__isnull": word is empty})

    return Reckoned(type(empty), of, within)


def charged(uow: UnitOfWork, runs: set[int]) -> dict[int, int]:
    """How many invoices each run made."""
    return uow.count_by(Invoice, "run_id", where(run_id__in=runs))


def from_lessons(uow: UnitOfWork, values: Mapping[str, Any]) -> dict[str, Any]:
    """The base salary that follows from the lessons a teacher gave in a month."""
    return {"base_salary": propose_salary(uow, uow.get(Teacher, values["teacher_id"]), month=values["month"])}


PAYMENTS = Screen(
    Payment,
    "money",
    "ti ti-cash",
    columns=("name", "student", "amount", "method", "group", "paid_on", "state"),
    search=("receipt_number", *STUDENT_SEARCH),
    filters=("method", "group_id", "student_id"),
    between="paid_on",
    create=(
        Question("student_id", Payment, required=True),
        Question("invoice_id", Payment, among=OPEN_INVOICE, depends=("student_id", "student_id")),
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
        RowAction("withdraw", "ti ti-arrow-back-up", useful=NOT_WITHDRAWN, is_grave=True),
        RowAction("restore", "ti ti-restore", useful=where(withdrawn_at__isnull=False)),
    ),
    reckoned={"state": state_by("withdrawn_at", PaymentState.TAKEN, PaymentState.WITHDRAWN)},
    links=(RowLink("receipt", "ti ti-printer", page="receipt"),),
    panels=(Panel("covered", LedgerEntry, ("invoice", "pay_until", "amount"), covered_invoices),),
    editable=NOT_WITHDRAWN,
    imports="payments",
)

INVOICES = Screen(
    Invoice,
    "money",
    "ti ti-file-invoice",
    columns=("name", "group", "amount", "paid", "remaining", "due_date", "status"),
    search=(*STUDENT_SEARCH, "description"),
    filters=("group_id", "student_id", "run_id"),
    between="due_date",
    create=(
        Question("student_id", Invoice, required=True),
        Question("group_id", Invoice, depends=of_the_student),
        *questions_about(Invoice, "amount", "due_date"),
        Question("issued_on", Invoice),
        *questions_about(Invoice, "description"),
    ),
    edit=questions_about(Invoice, "amount", "due_date", "description"),
    actions=(RowAction("cancel", "ti ti-ban", useful=NOT_CANCELLED, is_grave=True),),
    reckoned={"status": Reckoned(InvoiceStatus, status_of, has_invoice_status)},
    links=(
        RowLink(
            "take_payment",
            "ti ti-cash",
            kind=Payment,
            fills=(
                ("student_id", "student_id"),
                ("invoice_id", "id"),
                ("amount", "remaining"),
                ("group_id", "group_id"),
            ),
            useful=OPEN_INVOICE,
        ),
    ),
    panels=(Panel("covering", LedgerEntry, ("payment", "paid_on", "amount"), covering_payments),),
    related=((Payment, "invoice_id"),),
    editable=NOT_CANCELLED,
)

CHARGE_RUNS = Screen(
    ChargeRun,
    "money",
    "ti ti-calendar-dollar",
    columns=("name", "due_date", "charged", "made_by", "created_at", "state"),
    order="-id",
    create=(
        *questions_about(ChargeRun, "center_id", "month", "due_date"),
        Question("group_ids", Invoice, among=active_group, many=True),
    ),
    actions=(RowAction("revert", "ti ti-arrow-back-up", useful=not_reverted, is_grave=True, single=True),),
    counts={"charged": charged},
    reckoned={"state": state_by("reverted_at", ChargeState.CHARGED, ChargeState.REVERTED)},
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
    create=among(
        questions_about(Payroll, "teacher_id", "month", *SALARY), teacher_id=where(status=TeacherStatus.ACTIVE)
    ),
    edit=questions_about(Payroll, "month", *SALARY),
    actions=(RowAction("pay", "ti ti-cash-banknote", useful=not_paid),),
    order="-month",
    can_delete=True,
    editable=not_paid,
    deletable=not_paid,
    proposal=Proposal("from_lessons", "ti ti-calculator", ("teacher_id", "month"), from_lessons),
    for_teachers=True,
)

SCREENS = (PAYMENTS, INVOICES, CHARGE_RUNS, PAYROLL)
