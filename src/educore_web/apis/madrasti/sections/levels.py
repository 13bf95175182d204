"""Educational levels, and the grades that they nest where a client asks for them."""

from __future__ import annotations

from typing import Annotated

from educore import Count, Each, From, where
from educore.schooling import EducationStage
from educore.values import Age, Name, Position, Text
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.sections.grades import GradeLine
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import OFFICE, SCHOOL_OFFICE, LevelWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.cache_headers import Cache


class LevelIn(Body, of=EducationStage):
    """An educational level; ages are in years."""

    name: Name
    name_arabic: Annotated[Name | None, To("name_ar")] = None
    name_french: Annotated[Name | None, To("name_fr")] = None
    level: Annotated[LevelWord, To("stage")]
    order: Annotated[Position, To("position")]
    description: Text = ""
    min_age: Age | None = None
    max_age: Age | None = None
    is_active: bool = True


class LevelOut(MadrastiShape, of=EducationStage):
    """An educational level."""

    id: int
    name: str
    name_arabic: Annotated[str | None, From("name_ar")]
    name_french: Annotated[str | None, From("name_fr")]
    level: Annotated[LevelWord, From("stage")]
    order: Annotated[int, From("position")]
    description: str
    min_age: int | None
    max_age: int | None
    is_active: bool
    grades_count: Annotated[int, Count("GradeLevel")]


class DetailedLevelOut(LevelOut, of=EducationStage):
    """An educational level with its active grades."""

    grades: Annotated[list[GradeLine], Each("GradeLevel", where(is_active=True), order=("number",))]


ROUTES = madrasti.crud(
    "/schools/levels/",
    EducationStage,
    LevelIn,
    LevelOut,
    detailed=DetailedLevelOut,
    resource="schools.levels",
    search=("name", "name_ar", "name_fr"),
    listing={"order": ("position",)},
    write_roles=OFFICE,
    create_roles=SCHOOL_OFFICE,
    permission="can_manage_config",
    additions=("partial_update",),
    archives=True,
    cache=Cache.STRUCTURE,
)
