"""19. Leads."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from educore import From, NameOf, UnitOfWork, perform
from educore.admissions import Lead, lead_statistics
from educore.people import Student
from educore.values import Email, Name, Phone, Text, Username
from educore_web.apis.center_crm.answers import StatusOut
from educore_web.apis.center_crm.dialect import CrmShape
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import LeadSourceWord, LeadStatusWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.errors import ResponseData
from educore_web.rest.filters import day_filter, read_parameters, text_filter
from educore_web.rest.request import RequestData

Source = Annotated[Name, Field(max_length=100, examples=[word.value for word in LeadSourceWord])]


class LeadIn(Body, of=Lead):
    """Somebody who asked about a subject. Only a conversion makes the status Converted (C82)."""

    branch: Annotated[int, To("branch_id")]
    name: Name
    email: Email | None = None
    phone: Phone
    course_interested: Annotated[int | None, To("course_id")] = None
    status: LeadStatusWord = LeadStatusWord.NEW
    source: Source | None = None
    assigned_to: Annotated[int | None, To("assigned_to_id")] = None
    notes: Text = ""


class ConvertIn(Body):
    """A group to begin in and a user name, both of which may be left out (C81)."""

    group: Annotated[int | None, To("group_id")] = None
    username: Username | None = None


class LeadOut(CrmShape, of=Lead):
    """Somebody who asked about a subject; `assigned_to` is the account of a manager (C80)."""

    id: int
    branch: Annotated[int, From("branch_id")]
    branch_name: Annotated[str, From("branch.name")]
    name: str
    email: str | None
    phone: str
    course_interested: Annotated[int | None, From("course_id")]
    course_name: Annotated[str | None, From("course.name")]
    status: LeadStatusWord
    source: str | None
    assigned_to: Annotated[int | None, From("assigned_to_id")]
    assigned_to_name: Annotated[str | None, NameOf("assigned_to")]
    notes: str
    created_at: datetime
    updated_at: datetime


class StatisticsOut(BaseModel):
    """The numbers of leads and of those who became students; the rate in percent."""

    total_leads: int
    converted_leads: int
    conversion_rate: float


def convert(uow: UnitOfWork, id: int, data: ConvertIn, request: RequestData) -> ResponseData:
    """Convert Lead to Student"""
    student = perform(uow, Lead, "convert", id, data.fields(), returns=Student)
    prefix, _, _ = request.path.rpartition("/leads/")
    location = f"{request.public_url}{prefix}/students/{student.id}/"
    return ResponseData(200, {"status": "Lead converted to student"}, {"location": location})


def statistics(uow: UnitOfWork, request: RequestData) -> dict[str, int | float]:
    """Get Lead Conversion Statistics"""
    counts = lead_statistics(uow, **read_parameters(DAYS, request.query))
    return {"total_leads": counts.total, "converted_leads": counts.converted, "conversion_rate": counts.conversion_rate}


DAYS = (day_filter("date_from", "since"), day_filter("date_to", "until"))

ROUTES = [
    *crm.crud(
        "/leads/",
        Lead,
        LeadIn,
        LeadOut,
        search=("name", "email", "phone", "notes"),
        listing={"order": ("-id",), "filters": (text_filter("source", "source"),)},
    ),
    crm.post(
        "/leads/{id}/convert-to-student/",
        convert,
        kind=Lead,
        action="convert",
        body=ConvertIn,
        out=StatusOut,
        response_headers={"Location": "Where the new student is."},
    ),
    crm.get(
        "/leads/statistics/",
        statistics,
        kind=Lead,
        is_sum=True,
        parameters={known.name: known.schema for known in DAYS},
        out=StatisticsOut,
    ),
]
