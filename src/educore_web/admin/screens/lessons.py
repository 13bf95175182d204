"""The screens of teaching material: lessons, their resources, and the tags by which they are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from educore import From, Shape, UnitOfWork, where
from educore.learning import Lesson, LessonResource, LessonTag, Tag
from educore_web.admin.screen import Panel, RowAction, RowLink, Screen
from educore_web.admin.ui.cells import Cell
from educore_web.admin.ui.question import Question, questions_about


class TagOfLesson(Shape, of=LessonTag):
    """A tag of a lesson."""

    tag_id: int
    name: Annotated[str, From("tag.name")]


def tags_of(uow: UnitOfWork, lesson: int) -> list[list[Cell]]:
    """Return a line for each tag of a lesson."""
    found = uow.select(TagOfLesson, where(lesson_id=lesson), order=("tag.name", "id"))
    return [[Cell(row["name"], target_row=(Tag, row["tag_id"]))] for row in found]


def present_tags(uow: UnitOfWork, lesson: int) -> Mapping[str, Any]:
    """Return the tags of a lesson, as the answer to the question about them."""
    return {"tag_ids": [row["tag_id"] for row in uow.select(TagOfLesson, where(lesson_id=lesson), order=("id",))]}


def count_resources(uow: UnitOfWork, lessons: set[int]) -> dict[int, int]:
    """Return the number of resources of each lesson."""
    return uow.count_by(LessonResource, "lesson_id", where(lesson_id__in=lessons))


def count_lessons(uow: UnitOfWork, tags: set[int]) -> dict[int, int]:
    """Return the number of lessons that have each tag."""
    return uow.count_by(LessonTag, "tag_id", where(tag_id__in=tags, lesson__archived_at__isnull=True))


FIELDS = (
    *("title", "title_ar", "title_fr", "course_id", "grade_level_id", "position", "cycle", "difficulty", "minutes"),
    *("description", "description_ar", "description_fr", "content", "objectives", "prerequisites", "is_active"),
)

LESSONS = Screen(
    Lesson,
    "teaching",
    "ti ti-book-2",
    columns=("name", "course", "grade_level", "position", "resources", "created_by", "is_published"),
    search=("title", "title_ar", "title_fr", "description"),
    filters=("is_published", "course_id", "grade_level_id", "difficulty", "is_active"),
    create=questions_about(Lesson, "center_id", *FIELDS),
    edit=questions_about(Lesson, *FIELDS),
    actions=(
        RowAction("publish_lesson", "ti ti-eye", domain_action="publish", applies_to=where(is_published=False)),
        RowAction("unpublish_lesson", "ti ti-eye-off", domain_action="unpublish", applies_to=where(is_published=True)),
        RowAction(
            "choose_tags",
            "ti ti-tags",
            questions=(Question("tag_ids", LessonTag, many=True),),
            domain_action="update",
            single_row=True,
            present=present_tags,
        ),
        RowAction("duplicate_lesson", "ti ti-copy", domain_action="duplicate", single_row=True),
    ),
    counts={"resources": count_resources},
    related=((LessonResource, "lesson_id"),),
    links=(
        RowLink("analytics", "ti ti-chart-bar", page="lesson-analytics", verb="read_analytics"),
        RowLink("add_resource", "ti ti-paperclip", kind=LessonResource, prefill=(("lesson_id", "id"),)),
    ),
    panels=(Panel("tags", LessonTag, ("tag",), tags_of, is_numeric=False),),
    for_teachers=True,
)

CONTENT = ("kind", "title", "description", "file", "url", "text", "position", "is_downloadable")

RESOURCES = Screen(
    LessonResource,
    "teaching",
    "ti ti-paperclip",
    columns=("name", "lesson", "kind", "position", "file", "url", "is_downloadable"),
    search=("title", "description", "lesson.title"),
    filters=("kind", "lesson_id"),
    order="position",
    create=questions_about(LessonResource, "lesson_id", *CONTENT, optional=("position",)),
    edit=questions_about(LessonResource, *CONTENT, optional=("position",)),
    can_delete=True,
    for_teachers=True,
)

TAGS = Screen(
    Tag,
    "teaching",
    "ti ti-tags",
    columns=("name", "name_ar", "name_fr", "lessons"),
    search=("name", "name_ar", "name_fr"),
    order="name",
    create=questions_about(Tag, "center_id", "name", "name_ar", "name_fr", "color"),
    edit=questions_about(Tag, "name", "name_ar", "name_fr", "color"),
    counts={"lessons": count_lessons},
    can_delete=True,
    for_teachers=True,
)

SCREENS = (LESSONS, RESOURCES, TAGS)
