"""The screens of admissions: leads and contracts."""

from __future__ import annotations

from educore import where
from educore.admissions import Contract, Lead, LeadStatus
from educore.identity import User
from educore.people import Student
from educore_web.admin.screen import RowAction, Screen, limit_choices
from educore_web.admin.screens.common import active_group, of_manager, of_open_branch
from educore_web.admin.ui.question import Question, questions_about

not_converted = where(status__in=set(LeadStatus) - {LeadStatus.CONVERTED})
MANUAL_STATUSES = tuple(status for status in LeadStatus if status is not LeadStatus.CONVERTED)
LEAD_FIELDS = ("name", "phone", "email", "branch_id", "course_id", "source", "assigned_to_id", "notes")


def status_action(status: LeadStatus, name: str, icon: str) -> RowAction:
    """Return the action that sets the status of a lead."""
    others = set(LeadStatus) - {LeadStatus.CONVERTED, status}
    return RowAction(
        name, icon, domain_action="update", fixed_values=(("status", status),), applies_to=where(status__in=others)
    )


LEADS = Screen(
    Lead,
    "admissions",
    "ti ti-user-plus",
    columns=("name", "phone", "course", "source", "status", "assigned_to", "created_at"),
    search=("name", "phone", "email", "source", "notes"),
    filters=("status", "branch_id", "course_id", "assigned_to_id"),
    date_filter="created_at",
    create=limit_choices(
        questions_about(Lead, *LEAD_FIELDS),
        course_id=where(is_active=True),
        assigned_to_id=of_manager,
        **of_open_branch,
    ),
    edit=limit_choices(
        (*questions_about(Lead, *LEAD_FIELDS), Question("status", Lead, values=MANUAL_STATUSES)),
        assigned_to_id=of_manager,
        **of_open_branch,
    ),
    actions=(
        RowAction(
            "convert",
            "ti ti-school",
            questions=(
                Question("group_id", Student, choices=active_group),
                Question("username", User),
                Question("password", User),
            ),
            applies_to=not_converted,
            single_row=True,
        ),
        status_action(LeadStatus.CONTACTED, "contact", "ti ti-phone-check"),
        status_action(LeadStatus.LOST, "lose", "ti ti-user-x"),
        status_action(LeadStatus.NEW, "renew", "ti ti-rotate"),
        RowAction(
            "assign",
            "ti ti-user-share",
            questions=(Question("assigned_to_id", Lead, required=True, choices=of_manager),),
            domain_action="update",
            applies_to=not_converted,
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
    date_filter="signed_date",
    create=(
        Question("student_id", Contract, required=True),
        Question("group_id", Contract, required=True, depends=("student_id", "Enrollment__student_id")),
        *questions_about(Contract, "contract_number", "signed_date", "contract_file"),
    ),
    edit=questions_about(Contract, "contract_number", "signed_date", "contract_file"),
    actions=(RowAction("verify", "ti ti-rosette-discount-check", applies_to=where(is_verified=False)),),
    can_delete=True,
    deletable=where(is_verified=False),
)

SCREENS = (LEADS, CONTRACTS)
