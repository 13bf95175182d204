"""Which subjects are taught in which grades: what the bodies of both say of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from educore import UnitOfWork, perform
from educore.courses import Course
from educore.schooling import GradeLevel

MOST_IDS = 200

RowIds = Annotated[list[int], Field(max_length=MOST_IDS)]
"""The ids of the subjects of a grade, or of the grades of a subject."""


def set_curriculum(uow: UnitOfWork, side: GradeLevel | Course, other_ids: list[int] | None) -> None:
    """Set what is taught in a grade, or where a subject is taught; without ids it stays as it is."""
    if other_ids is not None:
        perform(uow, type(side), "set_curriculum", side.id, {"other_ids": other_ids})
