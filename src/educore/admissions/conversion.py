"""How a lead becomes a student."""

from __future__ import annotations

import re
from typing import Any

from educore.admissions.entities import Lead, LeadStatus
from educore.admissions.events import LeadConverted
from educore.admissions.leads import refuse_converted
from educore.groups.students import register_student
from educore.identity.entities import User
from educore.kernel.conditions import where
from educore.kernel.errors import Invalid, Problem
from educore.kernel.policy import PLATFORM
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student

MOST_NAMESAKES = 100

OF_THE_LEAD = {
    "account.username": "username",
    "account.password": "password",
    "account.email": "email",
    "account.phone": "phone",
    "account.first_name": "name",
    "account.last_name": "name",
    "branch_id": "",
}
"""What problems of the student are called where only the lead is known; its branch is nobody's choice here."""


def convert_lead(
    uow: UnitOfWork,
    lead: Lead,
    *,
    group_id: int | None = None,
    username: str | None = None,
    password: str | None = None,
) -> Student:
    """Register the student a lead has become, in the lead's branch, with a place in a group if given (center_crm 19.7).

    The first word of the name becomes the first name. The user name is made from the e-mail or the telephone unless
    given; without a password nobody can sign in until the staff sets one. Of many who convert a lead at once, one does.
    Raises: Conflict("lead_converted"), Invalid("branch_closed"); Conflict("email_in_use") on email,
    ("phone_in_use") on phone, because telephones are signed in with too; ("taken") on username; what
    `enroll_student` raises.
    """
    lead = uow.get(Lead, lead.id, to="convert", lock=True)
    refuse_converted(lead)
    account = _account(lead) | {"username": username or _free_username(uow, lead), "password": password}
    try:
        student = register_student(uow, account=account, branch_id=lead.branch_id, group_id=group_id)
    except Invalid as error:
        raise _about_lead(error, lead) from None
    now = uow.ports.clock.now()
    uow.change(lead, to="convert", status=LeadStatus.CONVERTED, student_id=student.id, converted_at=now)
    uow.record(LeadConverted(center_id=lead.center_id, lead_id=lead.id, student_id=student.id))
    return student


def _account(lead: Lead) -> dict[str, Any]:
    first, _, rest = lead.name.partition(" ")
    return {"first_name": first, "last_name": rest, "email": lead.email, "phone": lead.phone}


def _free_username(uow: UnitOfWork, lead: Lead) -> str:
    """The name before the @, or the digits of the telephone, and a number if others have that already."""
    local = re.sub(r"[^\w.@+-]", "", (lead.email or "").partition("@")[0])
    wish = local or lead.phone.removeprefix("+")
    names = [wish, *(f"{wish}{number}" for number in range(2, MOST_NAMESAKES)), f"{wish}.{lead.id}"]
    everybody = uow.as_actor(PLATFORM)  # user names are unique beyond the Center, whose people are all that one sees
    taken = everybody.count_by(User, "username", where(username__in=names))
    return next((name for name in names if name not in taken), wish)


def _about_lead(error: Invalid, lead: Lead) -> Invalid:
    """The problems of the student's account as problems of the lead, who is where they can be solved."""
    fields = {OF_THE_LEAD.get(path, path): found for path, found in error.fields.items()}
    taken = {
        "email": Problem("email_in_use", {"email": lead.email}),
        "phone": Problem("phone_in_use", {"phone": lead.phone}),
    }
    for path in taken.keys() & fields.keys():
        fields[path] = [taken[path] if problem.code == "taken" else problem for problem in fields[path]]
    return type(error)(fields)
