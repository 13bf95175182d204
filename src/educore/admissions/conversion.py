"""The conversion of a lead to a student."""

from __future__ import annotations

from typing import Any

from educore.admissions.entities import Lead, LeadStatus
from educore.admissions.events import LeadConverted
from educore.admissions.leads import refuse_converted
from educore.groups.students import register_student
from educore.identity.usernames import free_username
from educore.kernel.actions import locks_row, use_case
from educore.kernel.errors import Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student

STUDENT_FIELD_TO_LEAD_FIELD = {
    "account.username": "username",
    "account.password": "password",
    "account.email": "email",
    "account.phone": "phone",
    "account.first_name": "name",
    "account.last_name": "name",
    "branch_id": "",
}
"""Fields of the lead to which problems of the student belong; a problem of the branch belongs to no field."""


@locks_row
@use_case
def convert_lead(
    uow: UnitOfWork,
    lead: Lead,
    /,
    *,
    group_id: int | None = None,
    username: str | None = None,
    password: str | None = None,
) -> Student:
    """Register a lead as a student, with a seat in a group if given (center_crm 19.7).

    The student's branch is that of the group, or else the lead's. The first word of the name becomes the first name.
    The default user name is made from the mail address or the phone. Without a password the student cannot sign in
    until staff set one. The lead is locked, so that it is converted once.
    Raises: Conflict("lead_converted"), Invalid("branch_closed"); Conflict("taken") on username; what `enroll_student`
    raises.
    """
    lead = uow.get(Lead, lead.id, to="convert", lock=True)
    refuse_converted(lead)
    username = username or free_username(uow, center_id=lead.center_id, email=lead.email, phone=lead.phone)
    account = _account(lead) | {"username": username, "password": password}
    try:
        branch_id = lead.branch_id if group_id is None else None
        student = register_student(uow, account=account, branch_id=branch_id, group_id=group_id)
    except Invalid as error:
        raise _as_lead_problems(error) from None
    now = uow.ports.clock.now()
    uow.change(lead, {"status": LeadStatus.CONVERTED, "student_id": student.id, "converted_at": now}, to="convert")
    uow.record(LeadConverted(center_id=lead.center_id, lead_id=lead.id, student_id=student.id))
    return student


def _account(lead: Lead) -> dict[str, Any]:
    first, _, rest = lead.name.partition(" ")
    return {"first_name": first, "last_name": rest, "email": lead.email, "phone": lead.phone}


def _as_lead_problems(error: Invalid) -> Invalid:
    """Return the problems of the student as problems of the lead, where staff can solve them."""
    fields = {STUDENT_FIELD_TO_LEAD_FIELD.get(path, path): found for path, found in error.fields.items()}
    return type(error)(fields)
