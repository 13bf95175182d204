"""The conversion of a lead to a student."""

from __future__ import annotations

import re
from typing import Any

from educore.admissions.entities import Lead, LeadStatus
from educore.admissions.events import LeadConverted
from educore.admissions.leads import refuse_converted
from educore.groups.students import register_student
from educore.identity.entities import User
from educore.kernel.actions import locks_row, use_case
from educore.kernel.conditions import where
from educore.kernel.errors import Invalid, Problem
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student

MAX_SUFFIX = 100

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
    """Register a lead as a student of the lead's branch, with a seat in a group if given (center_crm 19.7).

    The first word of the name becomes the first name. The default user name is made from the mail address or the phone.
    Without a password the student cannot sign in until staff set one. The lead is locked, so that it is converted once.
    Raises: Conflict("lead_converted"), Invalid("branch_closed"); Conflict("email_in_use") on email,
    ("phone_in_use") on phone, because a phone number is a login too; ("taken") on username; what
    `enroll_student` raises.
    """
    lead = uow.get(Lead, lead.id, to="convert", lock=True)
    refuse_converted(lead)
    account = _account(lead) | {"username": username or _free_username(uow, lead), "password": password}
    try:
        student = register_student(uow, account=account, branch_id=lead.branch_id, group_id=group_id)
    except Invalid as error:
        raise _as_lead_problems(error, lead) from None
    now = uow.ports.clock.now()
    uow.change(lead, {"status": LeadStatus.CONVERTED, "student_id": student.id, "converted_at": now}, to="convert")
    uow.record(LeadConverted(center_id=lead.center_id, lead_id=lead.id, student_id=student.id))
    return student


def _account(lead: Lead) -> dict[str, Any]:
    first, _, rest = lead.name.partition(" ")
    return {"first_name": first, "last_name": rest, "email": lead.email, "phone": lead.phone}


def _free_username(uow: UnitOfWork, lead: Lead) -> str:
    """Return the part of the mail address before the @, or the digits of the phone, with a number if that is taken."""
    local = re.sub(r"[^\w.@+-]", "", (lead.email or "").partition("@")[0])
    base = local or lead.phone.removeprefix("+")
    names = [base, *(f"{base}{number}" for number in range(2, MAX_SUFFIX)), f"{base}.{lead.id}"]
    platform = uow.as_platform()  # user names are unique on the whole platform, which the actor cannot see
    taken = platform.count_by(User, "username", where(username__in=names))
    return next((name for name in names if name not in taken), base)


def _as_lead_problems(error: Invalid, lead: Lead) -> Invalid:
    """Return the problems of the student as problems of the lead, where staff can solve them."""
    fields = {STUDENT_FIELD_TO_LEAD_FIELD.get(path, path): found for path, found in error.fields.items()}
    taken = {
        "email": Problem("email_in_use", {"email": lead.email}),
        "phone": Problem("phone_in_use", {"phone": lead.phone}),
    }
    for path in taken.keys() & fields.keys():
        fields[path] = [taken[path] if problem.code == "taken" else problem for problem in fields[path]]
    return type(error)(fields)
