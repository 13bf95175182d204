"""Tags of lessons, which differ by more than the case of their letters."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from educore.kernel.actions import use_case
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.learning.entities import Lesson, LessonTag, Tag, fold_tag
from educore.organization.entities import Center

MAX_TAGS = 50
"""The largest number of tags of a lesson."""


@use_case
def add_tag(uow: UnitOfWork, /, **fields: Any) -> Tag:
    """Add a tag. Raises: Conflict("taken") on name if there is one of this name in whatever case."""
    try:
        return uow.add(Tag, fields)
    except Invalid as error:
        raise _of_name(error) from None


@use_case
def change_tag(uow: UnitOfWork, tag: Tag, /, **fields: Any) -> Tag:
    """Change a tag, also in the lessons that have it. Raises: Conflict("taken") on name."""
    try:
        return uow.change(tag, fields)
    except Invalid as error:
        raise _of_name(error) from None


def find_or_add_tags(uow: UnitOfWork, names: Collection[str], *, center_id: int | None) -> list[int]:
    """Return the ids of the tags with some names, in their order; those that are missing become new tags.

    Raises: Conflict("too_many") on tags; Invalid on `tags.<number>`.
    """
    folded = {fold_tag(name): number for number, name in reversed(list(enumerate(names)))}
    if len(folded) > MAX_TAGS:
        raise Conflict.because("tags", "too_many", most=MAX_TAGS)
    if not folded:
        return []
    center_id = center_id or uow.actor.center_id
    known = _ids_of(uow, folded, center_id=center_id)
    if folded.keys() - known.keys() and center_id is not None:
        uow.as_platform().get(Center, center_id, lock=True)  # so that two lessons at once add a tag once
        known = _ids_of(uow, folded, center_id=center_id)
    given = list(names)
    for key, number in sorted(folded.items(), key=lambda item: item[1]):
        if key not in known:
            known[key] = _add_named(uow, given[number], number=number, center_id=center_id)
    return [known[key] for key in sorted(folded, key=folded.__getitem__)]


def add_lesson_tags(uow: UnitOfWork, lesson: Lesson, tag_ids: Iterable[int]) -> None:
    """Give a lesson tags that it does not have."""
    shared = {"center_id": lesson.center_id, "lesson_id": lesson.id}
    uow.add_all(LessonTag, [{**shared, "tag_id": tag_id} for tag_id in tag_ids])


def replace_lesson_tags(uow: UnitOfWork, lesson: Lesson, tag_ids: Collection[int]) -> None:
    """Make these the tags of a lesson and write only what differs."""
    present = {row.tag_id for row in uow.find(LessonTag, where(lesson_id=lesson.id))}
    if gone := present - set(tag_ids):
        uow.remove_all(LessonTag, where(lesson_id=lesson.id, tag_id__in=gone))
    add_lesson_tags(uow, lesson, [id for id in tag_ids if id not in present])


def _ids_of(uow: UnitOfWork, folded: Iterable[str], *, center_id: int | None) -> dict[str, int]:
    found = uow.find(Tag, where(center_id=center_id, folded__in=list(folded)))
    return {tag.folded: tag.id for tag in found}


def _add_named(uow: UnitOfWork, name: str, *, number: int, center_id: int | None) -> int:
    try:
        return uow.add(Tag, {"name": name, "center_id": center_id}).id
    except Invalid as error:
        raise type(error)({f"tags.{number}": next(iter(error.fields.values()))}) from None


def _of_name(error: Invalid) -> Invalid:
    """Return a refusal of the folded name as one of the name."""
    return type(error)({("name" if field == "folded" else field): found for field, found in error.fields.items()})
