"""Lessons: written, changed, published and duplicated."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from educore.kernel.actions import locks_row, use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import NotFound, Unavailable
from educore.kernel.unit_of_work import UnitOfWork
from educore.learning.entities import Lesson, LessonResource, LessonTag, Tag
from educore.learning.tags import add_lesson_tags, find_or_add_tags, replace_lesson_tags

OWN_OF_A_LESSON = frozenset(
    {"id", "center_id", "created_at", "updated_at", "archived_at", "is_published", "published_at", "created_by_id"}
)
"""The fields of a lesson that a copy of it does not take over."""

COPY_SUFFIX = " (copy)"
MAX_TITLE = 200


@use_case
def add_lesson(uow: UnitOfWork, /, *, tags: Collection[str] = (), **fields: Any) -> Lesson:
    """Write a lesson in the actor's name; it is hidden from students unless the fields publish it.

    `tags` are names; those that nobody has used yet become new tags.
    Raises: Invalid("unknown_id") on course_id or grade_level_id; the errors of `find_or_add_tags`.
    """
    found = find_or_add_tags(uow, tags, center_id=fields.get("center_id"))
    now = uow.ports.clock.now() if fields.get("is_published") else None
    lesson = uow.add(Lesson, with_computed(fields, created_by_id=uow.actor.user_id, published_at=now))
    add_lesson_tags(uow, lesson, found)
    return lesson


@locks_row
@use_case
def change_lesson(
    uow: UnitOfWork,
    lesson: Lesson,
    /,
    *,
    tags: Collection[str] | None = None,
    tag_ids: Collection[int] | None = None,
    **fields: Any,
) -> Lesson:
    """Change a lesson. Setting `is_published` publishes it, or hides it again.

    `tags`, by their names, or `tag_ids` replace those that it has.
    Raises: the errors of `add_lesson`; Invalid("unknown_id") on `tag_ids.<number>`.
    """
    before = uow.get(Lesson, lesson.id, to="update", lock=True)
    computed: dict[str, Any] = {}
    if "is_published" in fields and bool(fields["is_published"]) != before.is_published:
        computed["published_at"] = uow.ports.clock.now() if fields["is_published"] else None
    after = uow.change(before, with_computed(fields, **computed))
    if tags is not None:
        replace_lesson_tags(uow, after, find_or_add_tags(uow, tags, center_id=after.center_id))
    if tag_ids is not None:
        here = where(center_id=after.center_id)
        found = [uow.reference(Tag, id, field=f"tag_ids.{number}", only=here).id for number, id in enumerate(tag_ids)]
        replace_lesson_tags(uow, after, found)
    return after


@locks_row
@use_case
def publish_lesson(uow: UnitOfWork, lesson: Lesson, /) -> Lesson:
    """Publish a lesson: its students see it from now on. One that is published stays as it is."""
    before = uow.get(Lesson, lesson.id, to="publish", lock=True)
    if before.is_published:
        return before
    return uow.change(before, {"is_published": True, "published_at": uow.ports.clock.now()}, to="publish")


@locks_row
@use_case
def unpublish_lesson(uow: UnitOfWork, lesson: Lesson, /) -> Lesson:
    """Hide a lesson from students again; what they have seen of it stays counted."""
    before = uow.get(Lesson, lesson.id, to="unpublish", lock=True)
    return uow.change(before, {"is_published": False, "published_at": None}, to="unpublish")


@use_case
def duplicate_lesson(uow: UnitOfWork, lesson: Lesson, /, **fields: Any) -> Lesson:
    """Copy a lesson that the actor sees, with its tags and resources, unpublished and in the actor's name.

    `fields` differ in the copy; its title says that it is one. Files are copied too, as a file belongs to one row.
    Raises: Unavailable("files_unavailable"), also if a file is lost.
    """
    original = uow.get(Lesson, lesson.id, to="duplicate")
    copied = {name: value for name, value in dict(original).items() if name not in OWN_OF_A_LESSON}
    copied["title"] = f"{original.title[: MAX_TITLE - len(COPY_SUFFIX)].rstrip()}{COPY_SUFFIX}"
    own = {"center_id": original.center_id, "created_by_id": uow.actor.user_id}
    copy = uow.add(Lesson, with_computed(copied | fields, **own))
    tags = [row.tag_id for row in uow.find(LessonTag, where(lesson_id=original.id), order=("id",))]
    add_lesson_tags(uow, copy, tags)
    _copy_resources(uow, original, copy)
    return copy


def _copy_resources(uow: UnitOfWork, original: Lesson, copy: Lesson) -> None:
    left_out = {"id", "created_at", "updated_at"}
    resources = uow.find(LessonResource, where(lesson_id=original.id), order=("position", "id"))
    rows = []
    for resource in resources:
        row = {name: value for name, value in dict(resource).items() if name not in left_out}
        rows.append({**row, "lesson_id": copy.id, "file": _copy_file(uow, resource.file)})
    uow.add_all(LessonResource, rows)


def _copy_file(uow: UnitOfWork, key: str | None) -> str | None:
    """Return the key of a copy of a file."""
    if key is None:
        return None
    try:
        content = uow.ports.files.read(key)
    except NotFound:
        raise Unavailable("files_unavailable") from None
    return uow.store_file(content, folder="lessonresource-file", name=key.rpartition("/")[2])
