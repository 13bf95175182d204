"""The learning context: its entities, policies, actions and indexes."""

from __future__ import annotations

from educore.kernel.conditions import nothing
from educore.kernel.context import Context
from educore.kernel.storage import Index, Unlisted
from educore.learning.entities import Lesson, LessonProgress, LessonResource, LessonTag, LessonView, Tag
from educore.learning.lessons import add_lesson, change_lesson, duplicate_lesson, publish_lesson, unpublish_lesson
from educore.learning.policies import POLICIES
from educore.learning.resources import add_resource, change_resource
from educore.learning.tags import add_tag, change_tag
from educore.learning.traces import note_progress, see_lesson

CONTEXT = Context(
    "learning",
    entities=(Lesson, LessonResource, Tag, LessonTag, LessonView, LessonProgress),
    policies=POLICIES,
    actions={
        (Lesson, "create"): add_lesson,
        (Lesson, "update"): change_lesson,
        (Lesson, "publish"): publish_lesson,
        (Lesson, "unpublish"): unpublish_lesson,
        (Lesson, "duplicate"): duplicate_lesson,
        (Lesson, "see"): see_lesson,
        (Lesson, "note_progress"): note_progress,
        (LessonResource, "create"): add_resource,
        (LessonResource, "update"): change_resource,
        (Tag, "create"): add_tag,
        (Tag, "update"): change_tag,
    },
    storage=(
        Index(LessonView, ("lesson_id", "center_id", "weekday"), name="ix_lesson_view_lesson_id_weekday"),
        Unlisted(LessonResource),
        Unlisted(LessonTag),
        Unlisted(LessonView),
        Unlisted(LessonProgress),
    ),
    dependants={
        (LessonResource, "lesson_id"): nothing,
        (LessonTag, "lesson_id"): nothing,
        (LessonView, "lesson_id"): nothing,
        (LessonProgress, "lesson_id"): nothing,
    },
)
