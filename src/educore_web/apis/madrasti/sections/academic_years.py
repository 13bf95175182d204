"""Academic years."""

from __future__ import annotations

from datetime import date

from educore.schooling import AcademicYear
from educore.values import Day, SchoolYear, Text
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import OFFICE, SCHOOL_OFFICE
from educore_web.rest.bodies import Body
from educore_web.rest.cache_headers import Cache


class YearIn(Body, of=AcademicYear):
    """An academic year; a year that becomes the current one takes the place of the one before."""

    year: SchoolYear
    start_date: Day
    end_date: Day
    is_current: bool = False
    registration_start: Day | None = None
    registration_end: Day | None = None
    is_active: bool = True
    description: Text = ""


class YearOut(MadrastiShape, of=AcademicYear):
    """An academic year."""

    id: int
    year: str
    start_date: date
    end_date: date
    is_current: bool
    registration_start: date | None
    registration_end: date | None
    is_active: bool
    description: str


ROUTES = madrasti.crud(
    "/schools/academic-years/",
    AcademicYear,
    YearIn,
    YearOut,
    resource="schools.academic_years",
    search=("year",),
    listing={"order": ("-start_date",)},
    write_roles=OFFICE,
    create_roles=SCHOOL_OFFICE,
    permission="can_manage_config",
    additions=("partial_update",),
    archives=True,
    cache=Cache.STRUCTURE,
)
