"""18. Contracts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from educore import From, NameOf
from educore.admissions import Contract
from educore.values import Day, Name
from educore_web.apis.center_crm.accounts import STUDENT_NAMES, StudentName
from educore_web.apis.center_crm.answers import StatusOut, answer_status
from educore_web.apis.center_crm.dialect import CrmShape
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import ROLES
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.further_names import Also
from educore_web.rest.uploads import OfficeDocument


class ContractIn(Body, of=Contract):
    """A signed contract of a student, about a group they are or were in; its number is unique in the center (C36)."""

    student: Annotated[int, To("student_id")]
    group: Annotated[int | None, To("group_id")] = None
    contract_number: Annotated[Name, Field(max_length=64)] | None = None
    contract_file: Annotated[OfficeDocument, Also("file")]
    signed_date: Annotated[Day | None, Also("contract_date")] = None


class ContractOut(CrmShape, of=Contract):
    """A signed contract."""

    id: int
    student: Annotated[int, From("student_id")]
    student_name: StudentName
    group: Annotated[int | None, From("group_id")]
    group_name: Annotated[str | None, From("group.name")]
    contract_number: str | None
    contract_file: Annotated[str, Also("file")]
    signed_date: Annotated[date | None, Also("contract_date")]
    is_verified: bool
    verified_by: Annotated[int | None, From("verified_by_id")]
    verified_by_name: Annotated[str | None, NameOf("verified_by")]
    created_at: datetime


ROUTES = [
    *crm.crud(
        "/contracts/",
        Contract,
        ContractIn,
        ContractOut,
        open_to=ROLES,
        search=("contract_number", *STUDENT_NAMES, "group__name"),
    ),
    crm.act("/contracts/{id}/verify/", Contract, "verify", answer_status("Contract verified"), out=StatusOut),
]
