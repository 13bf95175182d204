"""Policies of invoices, payments, the ledger and salaries."""

from __future__ import annotations

from educore.billing.entities import AnsweredRequest, ChargeRun, Invoice, LedgerEntry, Payment, Payroll
from educore.identity.policies import own_center, own_user
from educore.kernel.conditions import Where, actor, everything, where
from educore.kernel.policy import Grants, Policy, Role, allow

of_own_student: Where = own_center & where(student_id=actor.student_id)
of_own_teacher: Where = own_center & where(teacher_id=actor.teacher_id)

CASHIERS: dict[Role, Grants] = {
    Role.SUPERADMIN: allow(everything),
    Role.DIRECTOR: allow(own_center),
    Role.MANAGER: allow(own_center),
    Role.ADMIN: allow(own_center),
}
APPEND_ONLY: dict[Role, Grants] = {
    Role.SUPERADMIN: allow(read=everything, create=everything),
    **dict.fromkeys((Role.DIRECTOR, Role.MANAGER, Role.ADMIN), allow(read=own_center, create=own_center)),
}

INVOICE_POLICY = Policy(
    Invoice, {**CASHIERS, Role.DIRECTOR: allow(own_center, cancel=own_center), Role.STUDENT: allow(read=of_own_student)}
)

PAYMENT_POLICY = Policy(
    Payment,
    {
        **CASHIERS,
        Role.DIRECTOR: allow(own_center, summarize=own_center, restore=own_center, withdraw=own_center),
        Role.STUDENT: allow(read=of_own_student),
    },
)

CHARGE_RUN_POLICY = Policy(
    ChargeRun,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center, revert=own_center),
        Role.MANAGER: allow(own_center),
        Role.ADMIN: allow(read=own_center),
    },
)

LEDGER_ENTRY_POLICY = Policy(LedgerEntry, APPEND_ONLY)

PAYROLL_POLICY = Policy(
    Payroll,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center, pay=own_center),
        Role.MANAGER: allow(own_center),
        Role.TEACHER: allow(read=of_own_teacher),
    },
)

ANSWERED_REQUEST_POLICY = Policy(
    AnsweredRequest,
    {
        **dict.fromkeys((role for role in Role if role is not Role.ANONYMOUS), allow(own_user)),
        Role.SUPERADMIN: allow(everything),
    },
)

POLICIES = (
    INVOICE_POLICY,
    PAYMENT_POLICY,
    CHARGE_RUN_POLICY,
    LEDGER_ENTRY_POLICY,
    PAYROLL_POLICY,
    ANSWERED_REQUEST_POLICY,
)
