"""Teaching material: lessons with resources and tags, who looked at them, and how far students are."""

from educore.learning.context import CONTEXT
from educore.learning.entities import (
    Difficulty,
    Lesson,
    LessonCycle,
    LessonProgress,
    LessonResource,
    LessonTag,
    LessonView,
    ResourceKind,
    Tag,
    fold_tag,
)
from educore.learning.lessons import add_lesson, change_lesson, duplicate_lesson, publish_lesson, unpublish_lesson
from educore.learning.queries import LessonFigures, TopViewer, lesson_figures, view_counts
from educore.learning.resources import add_resource, change_resource
from educore.learning.tags import MAX_TAGS, add_tag, change_tag
from educore.learning.traces import MAX_SECONDS, note_progress, see_lesson

__all__ = [
    "CONTEXT",
    "Difficulty",
    "Lesson",
    "LessonCycle",
    "LessonFigures",
    "LessonProgress",
    "LessonResource",
    "LessonTag",
    "LessonView",
    "MAX_SECONDS",
    "MAX_TAGS",
    "ResourceKind",
    "Tag",
    "TopViewer",
    "add_lesson",
    "add_resource",
    "add_tag",
    "change_lesson",
    "change_resource",
    "change_tag",
    "duplicate_lesson",
    "fold_tag",
    "lesson_figures",
    "note_progress",
    "publish_lesson",
    "see_lesson",
    "unpublish_lesson",
    "view_counts",
]
