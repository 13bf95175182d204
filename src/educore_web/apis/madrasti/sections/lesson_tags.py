"""Tags of lessons, and the subjects and grades that a lesson can have."""

from __future__ import annotations

from typing import Annotated

from educore import Count, From, where
from educore.courses import Course
from educore.learning import Tag
from educore.schooling import GradeLevel
from educore.values import HexColor, TagName
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.sections.grades import GradeOut
from educore_web.apis.madrasti.sections.subjects import SubjectOut
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import OFFICE, SCHOOL_OFFICE, TEACHERS
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.path_parameters import Under


class TagIn(Body, of=Tag):
    """A tag; its name is unique in the school, whatever the case of its letters."""

    name: TagName
    name_arabic: Annotated[TagName | None, To("name_ar")] = None
    name_french: Annotated[TagName | None, To("name_fr")] = None
    color: HexColor | None = None


class TagOut(MadrastiShape, of=Tag):
    """A tag, with the number of lessons that have it, of those that the reader sees."""

    id: int
    name: str
    name_arabic: Annotated[str | None, From("name_ar")]
    name_french: Annotated[str | None, From("name_fr")]
    color: str | None
    lessons_count: Annotated[int, Count("LessonTag", where(lesson__archived_at__isnull=True))]


ROUTES = [
    *madrasti.crud(
        "/lessons/tags/",
        Tag,
        TagIn,
        TagOut,
        resource="lessons.tags",
        search=("name", "name_ar", "name_fr"),
        listing={"order": ("name",)},
        write_roles=OFFICE | TEACHERS,
        create_roles=SCHOOL_OFFICE | TEACHERS,
        additions=("partial_update",),
    ),
    madrasti.list(
        "/lessons/subjects/{subject_id}/grades/",
        GradeOut,
        order=("number",),
        only=where(is_active=True),
        under=Under("subject_id", Course, "CurriculumEntry__course_id"),
        resource="lessons",
        verb="subject_grades",
    ),
    madrasti.list(
        "/lessons/grades/{grade_id}/subjects/",
        SubjectOut,
        order=("name",),
        only=where(is_active=True),
        under=Under("grade_id", GradeLevel, "CurriculumEntry__grade_level_id"),
        resource="lessons",
        verb="grade_subjects",
    ),
]
