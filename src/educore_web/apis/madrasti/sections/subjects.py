"""Subjects, which the domain calls courses, with the grades in which each is taught."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import Field

from educore import Each, From, where
from educore.courses import Course
from educore.schooling import GradeLevel
from educore.values import HexColor, Line, Name, Text
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.sections.curriculum import RowIds, change_with_curriculum, create_with_curriculum
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import OFFICE, SCHOOL_OFFICE
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.cache_headers import Cache
from educore_web.rest.filters import id_filter, text_filter

TAUGHT = where(grade_level__archived_at__isnull=True)


class SubjectIn(Body, of=Course):
    """A subject; its code is unique in the school, `grade_subjects` are the ids of the grades where it is taught."""

    name: Name
    name_arabic: Annotated[Name | None, To("name_ar")] = None
    name_french: Annotated[Name | None, To("name_fr")] = None
    code: Annotated[Line, Field(min_length=1, max_length=20)]
    description: Text = ""
    color: HexColor | None = None
    icon: Annotated[Line, Field(max_length=50)] = ""
    is_active: bool = True
    grade_subjects: Annotated[RowIds, To("other_ids")] = Field(default_factory=list)


class GradeOfSubject(MadrastiShape, of=GradeLevel):
    """A grade, in few words."""

    id: int
    name: str
    grade_number: Annotated[int, From("number")]


class SubjectOut(MadrastiShape, of=Course):
    """A subject with the grades where it is taught."""

    id: int
    name: str
    name_arabic: Annotated[str | None, From("name_ar")]
    name_french: Annotated[str | None, From("name_fr")]
    code: str | None
    description: str
    color: str | None
    icon: str
    is_active: bool
    grade_subjects: Annotated[
        list[GradeOfSubject],
        Each("CurriculumEntry", TAUGHT, order=("grade_level.number", "grade_level.name"), shows="grade_level"),
    ]


ROUTES = madrasti.crud(
    "/schools/subjects/",
    Course,
    SubjectIn,
    SubjectOut,
    create=partial(create_with_curriculum, kind=Course),
    update=change_with_curriculum,
    resource="schools.subjects",
    search=("name", "name_ar", "name_fr", "code"),
    listing={
        "order": ("name",),
        "filters": (text_filter("code", "code"), id_filter("grade", "CurriculumEntry__grade_level_id")),
    },
    write_roles=OFFICE,
    create_roles=SCHOOL_OFFICE,
    permission="can_manage_config",
    additions=("partial_update",),
    archives=True,
    cache=Cache.STRUCTURE,
)
