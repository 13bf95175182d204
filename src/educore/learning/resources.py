"""The resources of a lesson: files, addresses and texts."""

from __future__ import annotations

from typing import Any

from educore.kernel.actions import use_case, with_computed
from educore.kernel.aggregates import Aggregate
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.learning.entities import CONTENTS, Lesson, LessonResource

LAST_POSITION = 10_000


@use_case
def add_resource(uow: UnitOfWork, /, *, lesson_id: int, position: int | None = None, **fields: Any) -> LessonResource:
    """Hang a resource on a lesson; without a `position` it comes last.

    Raises: Invalid("unknown_id") on lesson_id; ("missing") or ("not_with_kind") on file, url or text.
    """
    lesson = uow.reference(Lesson, lesson_id, field="lesson_id", to="update")
    place = {"lesson_id": lesson.id, "center_id": lesson.center_id, "position": position or _next(uow, lesson)}
    return uow.add(LessonResource, with_computed(fields, **place))


@use_case
def change_resource(uow: UnitOfWork, resource: LessonResource, /, **fields: Any) -> LessonResource:
    """Change a resource. A new content takes the place of the old one, whatever its form.

    Raises: Invalid("missing") or ("not_with_kind") on file, url or text; ("cannot_change") on lesson_id.
    """
    before = uow.get(LessonResource, resource.id, to="update", lock=True)
    if any(fields.get(name) for name in CONTENTS):
        for name in CONTENTS:
            fields.setdefault(name, None)
    if "file" in fields and fields["file"] != before.file:
        fields.setdefault("size", None)
        fields.setdefault("media_type", "")
    if fields.get("position", 1) is None:
        del fields["position"]
    return uow.change(before, fields)


def _next(uow: UnitOfWork, lesson: Lesson) -> int:
    """Return the place after the last resource of a lesson."""
    found = uow.aggregate_by(LessonResource, (Aggregate("max", "position"),), (), where(lesson_id=lesson.id))
    last = found[()][0] if found else None
    return min((last or 0) + 1, LAST_POSITION)
