"""Grades: the years of school, with the subjects that are taught in each."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from educore import Count, Each, From, Later, UnitOfWork, Where, where
from educore.courses import Course
from educore.groups import Enrollment, GroupStatus, takes_seat
from educore.schooling import GradeLevel
from educore.values import GradeNumber, Name, Text
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.sections.curriculum import RowIds, change_with_curriculum, create_with_curriculum
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import OFFICE, SCHOOL_OFFICE
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.cache_headers import Cache
from educore_web.rest.filters import flag_filter, id_filter

TAUGHT = where(course__archived_at__isnull=True)


class GradeIn(Body, of=GradeLevel):
    """A grade; `subjects` are the ids of the subjects that are taught in it."""

    name: Name
    name_arabic: Annotated[Name | None, To("name_ar")] = None
    name_french: Annotated[Name | None, To("name_fr")] = None
    grade_number: Annotated[GradeNumber, To("number")]
    educational_level: Annotated[int, To("stage_id")]
    description: Text = ""
    is_active: bool = True
    subjects: Annotated[RowIds, To("other_ids")] = Field(default_factory=list)


class SubjectLine(MadrastiShape, of=Course):
    """A subject, in few words."""

    id: int
    name: str
    code: str | None


class GradeLine(MadrastiShape, of=GradeLevel):
    """A grade without its subjects."""

    id: int
    name: str
    name_arabic: Annotated[str | None, From("name_ar")]
    name_french: Annotated[str | None, From("name_fr")]
    grade_number: Annotated[int, From("number")]
    educational_level: Annotated[int, From("stage_id")]
    educational_level_name: Annotated[str, From("stage.name")]
    description: str
    is_active: bool
    classes_count: Annotated[int, Count("Group")]
    students_count: Annotated[int, Later()]

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """Count the places that are taken in the classes of each grade; everybody sees the same number."""
        of_grades = where(group__grade_level_id__in=[row["id"] for row in rows])
        counts = uow.as_platform().count_by(Enrollment, "group.grade_level_id", takes_seat & of_grades)
        for row in rows:
            row["students_count"] = counts.get(row["id"], 0)


class GradeOut(GradeLine, of=GradeLevel):
    """A grade with its subjects."""

    subjects: Annotated[list[SubjectLine], Each("CurriculumEntry", TAUGHT, order=("course.name",), shows="course")]


def has_classes(uow: UnitOfWork, wanted: bool) -> Where:
    """Return the condition for the grades with active classes, or for those without."""
    active = where(status=GroupStatus.ACTIVE)
    return where(Group__has=active) if wanted else where(Group__lacks=active)


ROUTES = madrasti.crud(
    "/schools/grades/",
    GradeLevel,
    GradeIn,
    GradeOut,
    create=partial(create_with_curriculum, kind=GradeLevel),
    update=change_with_curriculum,
    resource="schools.grades",
    search=("name", "name_ar", "name_fr"),
    listing={
        "order": ("number",),
        "orderings": {
            "id": "id",
            "name": "name",
            "grade_number": "number",
            "educational_level__order": "stage.position",
            "educational_level__name": "stage.name",
            "classes_count": "classes_count",
        },
        "filters": (
            id_filter("grade_number", "number"),
            replace(flag_filter("has_classes", "id"), condition=has_classes),
        ),
    },
    write_roles=OFFICE,
    create_roles=SCHOOL_OFFICE,
    permission="can_manage_config",
    additions=("partial_update",),
    archives=True,
    cache=Cache.STRUCTURE,
)
