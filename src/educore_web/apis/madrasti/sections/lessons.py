"""Lessons: teaching material for a subject and a grade, and how students learn with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from educore import Count, Each, From, Later, NameOf, Role, UnitOfWork, Where, perform, where
from educore.learning import (
    MAX_SECONDS,
    MAX_TAGS,
    Lesson,
    LessonFigures,
    LessonProgress,
    fold_tag,
    lesson_figures,
    view_counts,
)
from educore.values import Html, Name, PlaceInOrder, TagName, Text, is_storable
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.refusals import translate
from educore_web.apis.madrasti.sections.lesson_resources import ResourceOut
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import WRITERS, CycleWord, DifficultyWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.bulk import with_bulk
from educore_web.rest.filters import Filter
from educore_web.rest.further_names import ADDITION
from educore_web.rest.operation import Operation
from educore_web.rest.request import RequestData

TagNames = Annotated[list[TagName], Field(max_length=MAX_TAGS)]


class LessonIn(Body, of=Lesson):
    """A lesson, whose content is HTML; what could do harm in a browser is removed from it.

    `tags` are names; those that nobody has used yet become new tags.
    """

    title: Name
    title_arabic: Annotated[Name | None, To("title_ar")] = None
    title_french: Annotated[Name | None, To("title_fr")] = None
    description: Text = ""
    description_arabic: Annotated[Text | None, To("description_ar")] = None
    description_french: Annotated[Text | None, To("description_fr")] = None
    content: Html = ""
    cycle: CycleWord | None = None
    order: Annotated[PlaceInOrder | None, To("position")] = None
    objectives: Text = ""
    prerequisites: Text = ""
    difficulty_level: Annotated[DifficultyWord | None, To("difficulty")] = None
    estimated_duration: Annotated[int | None, Field(ge=1, le=1_000), To("minutes")] = None
    subject: Annotated[int, To("course_id")]
    grade: Annotated[int, To("grade_level_id")]
    tags: TagNames = Field(default_factory=list)
    is_active: bool = True
    is_published: bool = False


class LessonRow(MadrastiShape, of=Lesson):
    """A lesson. `view_count` counts the looks of students, several within half an hour once."""

    id: int
    title: str
    title_arabic: Annotated[str | None, From("title_ar")]
    title_french: Annotated[str | None, From("title_fr")]
    description: str
    content: str
    cycle: CycleWord | None
    order: Annotated[int | None, From("position")]
    objectives: str
    prerequisites: str
    difficulty_level: Annotated[DifficultyWord | None, From("difficulty")]
    estimated_duration: Annotated[int | None, From("minutes")]
    subject: Annotated[int | None, From("course_id")]
    subject_name: Annotated[str | None, From("course.name")]
    grade: Annotated[int | None, From("grade_level_id")]
    grade_name: Annotated[str | None, From("grade_level.name")]
    tags: Annotated[list[str], Each("LessonTag", order=("id",), shows="tag.name")]
    is_active: bool
    is_published: bool
    view_count: Annotated[int, Later()]
    created_by: Annotated[int | None, From("created_by_id")]
    created_by_name: Annotated[str | None, NameOf("created_by")]
    created_at: datetime
    updated_at: datetime
    resources_count: Annotated[int, Count("LessonResource")]
    description_arabic: Annotated[str | None, From("description_ar"), ADDITION]
    description_french: Annotated[str | None, From("description_fr"), ADDITION]
    published_at: Annotated[datetime | None, ADDITION]

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """Count the looks of students at each lesson."""
        counts = view_counts(uow, [row["id"] for row in rows])
        for row in rows:
            row["view_count"] = counts.get(row["id"], 0)


class DetailedLesson(LessonRow, of=Lesson):
    """A lesson with its resources."""

    resources: Annotated[list[ResourceOut], Each("LessonResource", order=("position", "id"))]


class PublicationOut(BaseModel):
    """The confirmation that a lesson was published or hidden."""

    id: int
    is_published: bool
    published_at: datetime | None
    message: str


class ViewerOut(BaseModel):
    """A student who looked at a lesson, and how often."""

    student_name: str
    view_count: int


class LessonAnalyticsOut(BaseModel):
    """The figures of a lesson: rates in percent, times in seconds, and looks by day of the week, Monday first."""

    lesson_id: int
    view_count: int
    unique_viewers: int
    completion_rate: float
    average_time_spent: int
    weekly_views: list[int]
    top_viewers: list[ViewerOut]


class ProgressIn(Body):
    """The seconds that a student has spent on a lesson since the last report, and whether it is completed."""

    time_spent: Annotated[int, Field(ge=0, le=MAX_SECONDS), To("seconds")] = 0
    completed: bool = False


class ProgressOut(MadrastiShape, of=LessonProgress):
    """The progress of a student with a lesson; `time_spent` counts all seconds so far."""

    lesson: Annotated[int, From("lesson_id")]
    time_spent: Annotated[int, From("seconds")]
    completed_at: datetime | None
    updated_at: datetime


def publish(uow: UnitOfWork, id: int, request: RequestData) -> dict[str, Any]:
    """Publish a lesson; one that is published already keeps its date"""
    return _describe_publication(perform(uow, Lesson, "publish", id, returns=Lesson), request)


def unpublish(uow: UnitOfWork, id: int, request: RequestData) -> dict[str, Any]:
    """Hide a lesson from students again"""
    return _describe_publication(perform(uow, Lesson, "unpublish", id, returns=Lesson), request)


def duplicate(uow: UnitOfWork, id: int) -> dict[str, Any]:
    """Copy a lesson with its resources and tags, unpublished and in one's own name"""
    return uow.select_one(LessonRow, perform(uow, Lesson, "duplicate", id, returns=Lesson).id)


def show_analytics(uow: UnitOfWork, id: int) -> dict[str, Any]:
    """Show the statistics of a lesson"""
    return {"lesson_id": id, **_spell_figures(lesson_figures(uow, uow.get(Lesson, id, to="read_analytics")))}


def report_progress(uow: UnitOfWork, id: int, data: ProgressIn) -> dict[str, Any]:
    """Report the time that one has spent on a lesson"""
    progress = perform(uow, Lesson, "note_progress", id, data.fields(), returns=LessonProgress)
    return uow.select_one(ProgressOut, progress.id)


def counting_views(retrieval: Operation) -> Operation:
    """Return an operation that shows a lesson, and counts the look of a student at it."""
    show: Callable[..., Any] = retrieval.handler

    def handler(uow: UnitOfWork, id: int, request: RequestData, only: Where) -> Any:
        if uow.actor.role is Role.STUDENT:
            perform(uow, Lesson, "see", id, only=only)
        return show(uow, id, request, only)

    return replace(retrieval, handler=handler, leaves_trace=True, unversioned=frozenset({"view_count"}))


def by_tags(uow: UnitOfWork, names: list[str]) -> Where:
    """Return the condition of the lessons that have one of some tags."""
    return where(LessonTag__has=where(tag__folded__in=names))


def read_tags(text: str) -> list[str]:
    """Return the names of tags in a text with commas, as they are compared. Raises: ValueError for none."""
    names = [fold_tag(name) for name in text.split(",") if name.strip()]
    if not names or not is_storable(text):
        raise ValueError("no tag is named")
    return names


def _describe_publication(lesson: Lesson, request: RequestData) -> dict[str, Any]:
    key = "lesson_published" if lesson.is_published else "lesson_unpublished"
    message = translate(key, request.language)
    shown = {"id": lesson.id, "is_published": lesson.is_published, "published_at": lesson.published_at}
    return {**shown, "message": message}


def _spell_figures(figures: LessonFigures) -> dict[str, Any]:
    return {
        "view_count": figures.view_count,
        "unique_viewers": figures.unique_viewers,
        "completion_rate": float(figures.completion_rate),
        "average_time_spent": figures.average_seconds,
        "weekly_views": list(figures.weekly_views),
        "top_viewers": [{"student_name": viewer.name, "view_count": viewer.views} for viewer in figures.top_viewers],
    }


PATH = "/lessons/lessons/"
NAMED: dict[str, Any] = {"resource": "lessons.lessons", "kind": Lesson}
TAGS_FILTER = Filter("tags", read_tags, "id", {"type": "string"}, by_tags, code="bad_characters")

CRUD = with_bulk(
    madrasti.crud(
        PATH,
        Lesson,
        LessonIn,
        LessonRow,
        resource="lessons.lessons",
        detailed=DetailedLesson,
        search=("title", "description", "title_ar", "title_fr"),
        listing={
            "order": ("position", "id"),
            "filters": (TAGS_FILTER,),
            "orderings": {
                "id": "id",
                "title": "title",
                "order": "position",
                "cycle": "cycle",
                "difficulty_level": "difficulty",
                "estimated_duration": "minutes",
                "subject": "course_id",
                "subject__name": "course.name",
                "grade": "grade_level_id",
                "grade__name": "grade_level.name",
                "grade__grade_number": "grade_level.number",
                "is_published": "is_published",
                "published_at": "published_at",
                "resources_count": "resources_count",
                "created_at": "created_at",
                "updated_at": "updated_at",
            },
        },
        create_roles=WRITERS - {Role.SUPERADMIN},
        archives=True,
    ),
    creates=True,
    updates=True,
)

ROUTES = [
    *(counting_views(operation) if operation.verb == "retrieve" else operation for operation in CRUD),
    madrasti.post(f"{PATH}{{id}}/publish/", publish, action="publish", out=PublicationOut, **NAMED),
    madrasti.post(f"{PATH}{{id}}/unpublish/", unpublish, action="unpublish", out=PublicationOut, **NAMED),
    madrasti.post(f"{PATH}{{id}}/duplicate/", duplicate, action="duplicate", out=LessonRow, status=201, **NAMED),
    madrasti.get(f"{PATH}{{id}}/analytics/", show_analytics, action="read_analytics", out=LessonAnalyticsOut, **NAMED),
    madrasti.post(
        f"{PATH}{{id}}/progress/",
        report_progress,
        action="note_progress",
        body=ProgressIn,
        out=ProgressOut,
        addition=True,
        **NAMED,
    ),
]
