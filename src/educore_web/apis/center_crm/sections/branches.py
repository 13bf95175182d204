"""3. Branches."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from educore import Count, From, NameOf
from educore.organization import Branch
from educore.values import Line, Name, Phone
from educore_web.apis.center_crm.answers import StatusOut, answer_status
from educore_web.apis.center_crm.dialect import CrmShape
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import BranchStatusWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.further_names import ADDITION


class BranchIn(Body, of=Branch):
    """A branch. `manager` is the account id of a Manager of the same center (C41)."""

    educational_center: Annotated[int | None, To("center_id")] = None
    name: Name
    address: Line = ""
    phone: Phone | None = None
    manager: Annotated[int | None, To("manager_id")] = None
    status: BranchStatusWord = BranchStatusWord.OPEN


class BranchOut(CrmShape, of=Branch):
    """A branch."""

    id: int
    educational_center: Annotated[int, From("center_id")]
    center_name: Annotated[str, From("center.name")]
    name: str
    address: str
    phone: str | None
    manager: Annotated[int | None, From("manager_id")]
    manager_name: Annotated[str | None, NameOf("manager")]
    status: BranchStatusWord
    created_at: datetime
    updated_at: datetime
    student_count: Annotated[int, Count("Student"), ADDITION]


ROUTES = [
    *crm.crud("/branches/", Branch, BranchIn, BranchOut, search=("name", "address")),
    crm.act("/branches/{id}/open/", Branch, "open", answer_status("Branch opened"), out=StatusOut),
    crm.act("/branches/{id}/close/", Branch, "close", answer_status("Branch closed"), out=StatusOut),
]
