"""The screens of admissions: people who may become students, and the contracts of those who did."""

from __future__ import annotations

from educore import Role, where
from educore.admissions import Contract, Lead, LeadStatus
from educore.groups import GroupStatus
from educore.identity import User
from educore.organization import BranchStatus
from educore.people import Student
from educore_web.admin.screen import RowAction, Screen, among
from educore_web.admin.ui.forms import Question, questions_about

manager = where(Membership__has=where(role=Role.MANAGER))
"""Accounts of people who can look after a lead."""

of_open_branch = {"branch_id": where(status=BranchStatus.OPEN)}
not_converted = where(status__in=set(LeadStatus) - {LeadStatus.CONVERTED})
BY_HAND = tuple(status for status in LeadStatus if status is not LeadStatus.CONVERTED)
PARTICULARS = ("name", "phone", "email", "branch_id", "course_id", "source", "assigned_to_id", "notes")


def leading_to(status: LeadStatus, name: str, icon: str) -> RowAction:
    """The action that moves a lead to a status."""
    others = set(LeadStatus) - {LeadStatus.CONVERTED, status}
    return RowAction(name, icon, verb="update", sets=(("status", status),), useful=where(status__in=others))


LEADS = Screen(
    Lead,
    "admissions",
    "ti ti-user-plus",
    columns=("name", "phone", "course", "source", "status", "assigned_to", "created_at"),
    search=("name", "phone", "email", "source", "notes"),
    filters=("status", "branch_id", "course_id", "assigned_to_id"),
    between="created_at",
    create=among(
        questions_about(Lead, *PARTICULARS), course_id=where(is_active=True), assigned_to_id=manager, **of_open_branch
    ),
    edit=among(
        (*questions_about(Lead, *PARTICULARS), Question("status", Lead, words=BY_HAND)),
        assigned_to_id=manager,
        **of_open_branch,
    ),
    actions=(
        RowAction(
            "convert",
            "ti ti-school",
            asks=(
                Question("group_id", Student, among=where(status=GroupStatus.ACTIVE)),
                Question("username", User),
                Question("password", User),
            ),
            useful=not_converted,
            single=True,
        ),
        leading_to(LeadStatus.CONTACTED, "contact", "ti ti-phone-check"),
        leading_to(LeadStatus.LOST, "lose", "ti ti-user-x"),
        leading_to(LeadStatus.NEW, "renew", "ti ti-rotate"),
        RowAction(
            "assign",
            "ti ti-user-share",
            asks=(Question("assigned_to_id", Lead, required=True, among=manager),),
            verb="update",
            useful=not_converted,
        ),
    ),
    can_delete=True,
    deletable=not_converted,
)

CONTRACTS = Screen(
    Contract,
    "admissions",
    "ti ti-file-certificate",
    columns=("name", "student", "group", "signed_date", "contract_file", "is_verified", "verified_by"),
    search=("contract_number", "student.user.first_name", "student.user.last_name", "group.name"),
    filters=("is_verified", "group_id", "student_id"),
    between="signed_date",
    create=(
        Question("student_id", Contract, required=True),
        Question("group_id", Contract, required=True, depends=("student_id", "Enrollment__student_id")),
        *questions_about(Contract, "contract_number", "signed_date", "contract_file"),
    ),
    edit=questions_about(Contract, "contract_number", "signed_date", "contract_file"),
    actions=(RowAction("verify", "ti ti-rosette-discount-check", useful=where(is_verified=False)),),
    can_delete=True,
    deletable=where(is_verified=False),
)

SCREENS = (LEADS, CONTRACTS)
