"""The structure of a school: its years, educational stages and grade levels, and what is taught in each."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from educore.kernel.entity import (
    Archivable,
    Audited,
    Entity,
    FieldGroups,
    FieldNames,
    Fixed,
    OnDelete,
    Ref,
    Timestamped,
)
from educore.organization.entities import OwnCenterId
from educore.values import Age, Day, GradeNumber, Name, Position, SchoolYear, Text

AcademicYearId = Annotated[int, Ref("AcademicYear")]
GradeLevelId = Annotated[int, Ref("GradeLevel")]


class StageKind(StrEnum):
    """The three stages of school, as countries name them."""

    PRIMARY = "primary"
    MIDDLE = "middle"
    HIGH = "high"


class AcademicYear(Timestamped, Archivable, Entity):
    """A year of a school, such as 2024-2025, from one local day to another. At most one is the current one.

    Students may be registered for it from `registration_start` to `registration_end`.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("year",)
    unique: ClassVar[FieldGroups] = (("center_id", "year"),)

    center_id: OwnCenterId
    year: SchoolYear
    start_date: Day
    end_date: Day
    registration_start: Day | None = None
    registration_end: Day | None = None
    is_current: bool = False
    is_active: bool = True
    description: Text = ""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end_date <= self.start_date:
            raise PydanticCustomError("ends_before_start", "The end lies before the start.", {"field": "end_date"})
        begins, ends = self.registration_start, self.registration_end
        if begins and ends and ends < begins:
            field = {"field": "registration_end"}
            raise PydanticCustomError("ends_before_start", "The end lies before the start.", field)
        return self


class EducationStage(Timestamped, Archivable, Entity):
    """A stage of a school, such as primary school. Stages are listed by `position`; ages are in years."""

    audited: ClassVar[Audited] = Audited.ALWAYS
    unique: ClassVar[FieldGroups] = (("center_id", "name"),)

    center_id: OwnCenterId
    name: Name
    name_ar: Name | None = None
    name_fr: Name | None = None
    stage: StageKind
    position: Position
    description: Text = ""
    min_age: Age | None = None
    max_age: Age | None = None
    is_active: bool = True

    @model_validator(mode="after")
    def _ages_rise(self) -> Self:
        if self.min_age is not None and self.max_age is not None and self.max_age < self.min_age:
            raise PydanticCustomError("ages_fall", "The highest age is below the lowest.", {"field": "max_age"})
        return self


class GradeLevel(Timestamped, Archivable, Entity):
    """A year of school within a stage, such as the first year of primary school."""

    audited: ClassVar[Audited] = Audited.ALWAYS
    unique: ClassVar[FieldGroups] = (("stage_id", "number"),)

    center_id: OwnCenterId
    stage_id: Annotated[int, Ref("EducationStage")]
    number: GradeNumber
    name: Name
    name_ar: Name | None = None
    name_fr: Name | None = None
    description: Text = ""
    is_active: bool = True


class CurriculumEntry(Entity):
    """A course that is taught in a grade level."""

    named_by: ClassVar[FieldNames] = ("grade_level_id", "course_id")
    unique: ClassVar[FieldGroups] = (("grade_level_id", "course_id"),)

    center_id: OwnCenterId
    grade_level_id: Annotated[int, Ref("GradeLevel", OnDelete.CASCADE), Fixed()]
    course_id: Annotated[int, Ref("Course", OnDelete.CASCADE), Fixed()]
