"""The subjects of a grade and the grades of a subject, which the bodies of both set."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from educore import UnitOfWork, perform
from educore.courses import Course
from educore.schooling import GradeLevel

MOST_IDS = 200

RowIds = Annotated[list[int], Field(max_length=MOST_IDS)]
"""The ids of the subjects of a grade, or of the grades of a subject."""


def create_with_curriculum(
    uow: UnitOfWork, *, kind: type[GradeLevel | Course], other_ids: list[int] | None = None, **fields: Any
) -> GradeLevel | Course:
    """Create a grade with its subjects, or a subject with the grades where it is taught."""
    side: GradeLevel | Course = perform(uow, kind, "create", fields=fields)
    _set_curriculum(uow, side, other_ids)
    return side


def change_with_curriculum(
    uow: UnitOfWork, side: GradeLevel | Course, *, other_ids: list[int] | None = None, **fields: Any
) -> None:
    """Change a grade or a subject; without ids the other side stays as it is."""
    perform(uow, type(side), "update", side.id, fields)
    _set_curriculum(uow, side, other_ids)


def _set_curriculum(uow: UnitOfWork, side: GradeLevel | Course, other_ids: list[int] | None) -> None:
    if other_ids is not None:
        perform(uow, type(side), "set_curriculum", side.id, {"other_ids": other_ids})
