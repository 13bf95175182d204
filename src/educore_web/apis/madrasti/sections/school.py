"""The details of a school, which the document calls its configuration."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from educore import Computed, From, Later, UnitOfWork, perform, where
from educore.kernel import get_to_perform
from educore.organization import Center
from educore.schooling import AcademicYear
from educore.values import Day, Email, Line, Name, Phone, Places, WebAddress
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.sections.files import SchoolLogo
from educore_web.apis.madrasti.sections.profile import stored_key
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import SCHOOL_OFFICE
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import To
from educore_web.rest.cache_headers import Cache
from educore_web.rest.unchanged import drop_unchanged
from educore_web.rest.uploads import keep_files

Place = Annotated[Line, Field(min_length=1, max_length=100)]


class SchoolIn(Body, of=Center):
    """The details of a school; without `director` and `current_academic_year` these stay."""

    name: Name
    name_arabic: Annotated[Name | None, To("name_ar")] = None
    name_french: Annotated[Name | None, To("name_fr")] = None
    phone: Phone
    email: Email
    website: WebAddress | None = None
    logo: SchoolLogo | None = None
    address: Annotated[Line, Field(min_length=1)]
    city: Place
    region: Place
    postal_code: Annotated[Line, Field(max_length=20)] = ""
    current_academic_year: Annotated[int | None, To("current_year_id")] = None
    director: Annotated[int | None, To("director_user_id")] = None
    founded_date: Annotated[Day | None, To("opened_at")] = None
    student_capacity: Places | None = None


class SchoolOut(MadrastiShape, of=Center):
    """A school, with the account of its director and the id of its current year."""

    id: int
    name: str
    name_arabic: Annotated[str | None, From("name_ar")]
    name_french: Annotated[str | None, From("name_fr")]
    phone: str | None
    email: str | None
    website: str | None
    logo: Annotated[str | None, Computed(stored_key, "logo")]
    logo_url: Annotated[str | None, From("logo")]
    address: str
    city: str
    region: str
    postal_code: str
    current_academic_year: Annotated[int | None, Later()]
    director: Annotated[int | None, From("director.user_id")]
    founded_date: Annotated[date | None, From("opened_at")]
    student_capacity: int | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """Find the current year of each school."""
        years = uow.find(AcademicYear, where(center_id__in=[row["id"] for row in rows], is_current=True))
        current = {year.center_id: year.id for year in years}
        for row in rows:
            row["current_academic_year"] = current.get(row["id"])


def show_school(uow: UnitOfWork) -> dict[str, Any]:
    """Show the configuration of the school"""
    return uow.select_one(SchoolOut, uow.actor.center_id or 0)


def change_school(uow: UnitOfWork, data: SchoolIn) -> dict[str, Any]:
    """Change the configuration of the school"""
    center = get_to_perform(uow, Center, "configure", uow.actor.center_id or 0)
    perform(uow, Center, "configure", center.id, keep_files(uow, drop_unchanged(data, center).fields()))
    return show_school(uow)


PATH = "/schools/config/"
OPTIONS: dict[str, Any] = {
    "resource": "schools.config",
    "kind": Center,
    "roles": SCHOOL_OFFICE,
    "permission": "can_manage_config",
    "out": SchoolOut,
}

ROUTES = [
    madrasti.get(PATH, show_school, verb="retrieve", cache=Cache.DYNAMIC, **OPTIONS),
    *(
        madrasti.operation(method, PATH, change_school, verb=verb, body=body, action="configure", **OPTIONS)
        for method, verb, body in (("PUT", "update", SchoolIn), ("PATCH", "partial_update", make_partial(SchoolIn)))
    ),
]
