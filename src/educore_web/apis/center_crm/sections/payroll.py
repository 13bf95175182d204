"""16. Payroll."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel

from educore import From, Invalid, Problem, UnitOfWork, where
from educore.billing import Payroll, propose_salary
from educore.people import Teacher
from educore.values import Money, Month
from educore_web.apis.center_crm.accounts import TEACHER_NAMES, TeacherName
from educore_web.apis.center_crm.answers import StatusOut, answer_status
from educore_web.apis.center_crm.dialect import CrmShape, Number, number
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import ROLES
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.filters import id_filter, month_filter, read_parameters
from educore_web.rest.further_names import Also
from educore_web.rest.request import RequestData


class SalaryIn(Body, of=Payroll):
    """The salary of a teacher for a month, one for each; a paid one no longer changes (C74, C75)."""

    teacher: Annotated[int, To("teacher_id")]
    month: Month
    base_salary: Annotated[Money, Also("salary")]
    bonus: Money = Decimal(0)
    penalty: Annotated[Money, Also("deduction")] = Decimal(0)
    is_paid: bool = False


class SalaryOut(CrmShape, of=Payroll):
    """The salary of a teacher for a month: base and bonus less penalty."""

    id: int
    teacher: Annotated[int, From("teacher_id")]
    teacher_name: TeacherName
    month: str
    base_salary: Annotated[Number, Also("salary")]
    bonus: Number
    penalty: Annotated[Number, Also("deduction")]
    total_salary: Annotated[Number, From("total"), Also("net_salary")]
    is_paid: bool
    paid_date: Annotated[date | None, From("paid_on")]
    created_at: datetime


class ProposalOut(BaseModel):
    """The hours of a teacher in a month and the pay for them, to begin a salary with."""

    teacher: int
    month: str
    base_salary: Number


def propose(uow: UnitOfWork, request: RequestData) -> dict[str, Any]:
    """Propose a salary from the lessons a teacher gave in a month"""
    given = read_parameters(PARAMETERS, request.query)
    if missing := [known.name for known in PARAMETERS if known.key not in given]:
        raise Invalid({name: [Problem("missing")] for name in missing})
    for teacher in uow.find(Teacher, where(id=given["teacher"]), limit=1):
        return given | {"base_salary": number(propose_salary(uow, teacher, month=given["month"]))}
    raise Invalid.because("teacher", "unknown_id", id=given["teacher"])


MONTH = month_filter("month", "month")
PARAMETERS = (id_filter("teacher", "teacher"), MONTH)

ROUTES = [
    crm.get(
        "/payroll/proposal/",
        propose,
        kind=Payroll,
        action="create",
        parameters={known.name: known.schema for known in PARAMETERS},
        is_sum=True,
        required_parameters=frozenset(known.name for known in PARAMETERS),
        out=ProposalOut,
        addition=True,
    ),
    *crm.crud(
        "/payroll/",
        Payroll,
        SalaryIn,
        SalaryOut,
        open_to=ROLES,
        idempotent=True,
        search=("month", *TEACHER_NAMES),
        listing={"order": ("-id",), "filters": (MONTH,)},
    ),
    crm.act(
        "/payroll/{id}/mark-paid/",
        Payroll,
        "pay",
        answer_status("Payroll marked as paid"),
        out=StatusOut,
        idempotent=True,
        resource="payroll",
    ),
]
