"""Kurslar."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from educore import From
from educore.courses import Course
from educore.values import Money, Months, Name, Text
from educore_web.apis.edumaster.dialect import EduShape, Sum
from educore_web.apis.edumaster.spec import crud
from educore_web.apis.edumaster.words import ROLES, STAFF
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To


class CourseIn(Body, of=Course):
    """A course; its title is unique in the center."""

    title: Annotated[Name, To("name")]
    description: Text = ""
    price: Money
    duration_months: Months | None = None
    is_active: bool = True


class NewCourse(CourseIn, of=Course):
    """A new course. `center_id` is for those who stand above all centers."""

    center_id: int | None = None


class CourseOut(EduShape, of=Course):
    """A course. An inactive one takes no new groups (E19)."""

    id: int
    title: Annotated[str, From("name")]
    description: str
    price: Sum
    duration_months: int | None
    is_active: bool
    created_at: datetime


ROUTES = [
    *crud(
        "/courses/",
        Course,
        NewCourse,
        CourseOut,
        change_body=CourseIn,
        roles=STAFF,
        open_to=ROLES,
        search=("name", "description"),
        listing={"orderings": ("title", "price", "duration_months", "created_at", "id")},
    )
]
