"""The curriculum: which courses are taught in which grade levels, set from either side."""

from __future__ import annotations

from collections.abc import Collection

from educore.courses.entities import Course
from educore.kernel.actions import use_case
from educore.kernel.conditions import where
from educore.kernel.entity import Entity
from educore.kernel.errors import Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.schooling.entities import CurriculumEntry, GradeLevel


@use_case
def set_curriculum(uow: UnitOfWork, side: GradeLevel | Course, /, *, other_ids: Collection[int]) -> None:
    """Set the courses of a grade level, or the grade levels of a course. Only the difference is written.

    Raises: Invalid("unknown_id") on other_ids.
    """
    mine, theirs, other = _fields_of(side)
    uow.get(type(side), side.id, lock=True)
    own = where(**{mine: side.id})
    before = set(uow.count_by(CurriculumEntry, theirs, own))
    added, removed = set(other_ids) - before, before - set(other_ids)
    for id in sorted(added - uow.visible_ids(other, added)):
        raise Invalid.because("other_ids", "unknown_id", id=id)
    if removed:
        uow.remove_all(CurriculumEntry, own & where(**{f"{theirs}__in": removed}))
    rows = [{"center_id": side.center_id, mine: side.id, theirs: id} for id in sorted(added)]
    uow.add_all(CurriculumEntry, rows)


def _fields_of(side: GradeLevel | Course) -> tuple[str, str, type[Entity]]:
    """Return the field of an entry that names this side, the one that names the other side, and the kind of that."""
    if isinstance(side, GradeLevel):
        return "grade_level_id", "course_id", Course
    return "course_id", "grade_level_id", GradeLevel
