"""Groups and enrollments."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from educore.courses.entities import CourseId
from educore.kernel.conditions import Where, where
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
from educore.organization.entities import BranchId, OwnCenterId
from educore.people.entities import SEAT_STATUSES, StudentId
from educore.schooling.entities import AcademicYearId, GradeLevelId
from educore.values import Day, Money, Name, Places, Section

GroupId = Annotated[int, Ref("Group")]


class GroupStatus(StrEnum):
    """The state of a group. Only an active group takes students."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    COMPLETED = "completed"


CLASS_FIELDS: FieldNames = ("grade_level_id", "academic_year_id", "section")
"""The fields that every class has, and no other group."""


class Group(Timestamped, Archivable, Entity):
    """Students who learn together: a cohort, who study one course, or a school class.

    A class has a grade level, an academic year and a section, no course of its own, and is named after the first and
    the last; its `teacher_id` is the class teacher, and `room_id` the room where it is at home.
    `start_date` and `end_date` are local days, both inclusive. `capacity` is the number of seats; None is no limit.
    `monthly_fee` is the price of a month for one student, in the Center's currency; None stands for the course's price
    divided by its months.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    unique: ClassVar[FieldGroups] = (("grade_level_id", "academic_year_id", "section"),)

    center_id: OwnCenterId
    branch_id: BranchId
    grade_level_id: GradeLevelId | None = None
    academic_year_id: Annotated[AcademicYearId, Fixed()] | None = None
    section: Section | None = None
    course_id: CourseId | None = Field(default=None, validate_default=True)
    room_id: Annotated[int, Ref("Room", OnDelete.CLEAR)] | None = None
    teacher_id: Annotated[int, Ref("Teacher", OnDelete.CLEAR)] | None = None
    name: Name
    capacity: Places | None = None
    status: GroupStatus = GroupStatus.ACTIVE
    start_date: Day | None = None
    end_date: Day | None = None
    monthly_fee: Money | None = None

    @property
    def is_class(self) -> bool:
        """True for a class of a school, False for a cohort of a course."""
        return self.academic_year_id is not None

    @field_validator("course_id")
    @classmethod
    def _is_cohort_or_class(cls, course_id: int | None, info: ValidationInfo) -> int | None:
        is_class = any(info.data.get(name) is not None for name in CLASS_FIELDS)
        if is_class and course_id is not None:
            raise PydanticCustomError("class_has_course", "A class has no course.")
        if not is_class and course_id is None:
            raise PydanticCustomError("missing", "This field is required.")
        return course_id

    @model_validator(mode="after")
    def _is_whole_class(self) -> Self:
        missing = [name for name in CLASS_FIELDS if getattr(self, name) is None]
        if self.course_id is None and missing:
            raise PydanticCustomError("missing", "This field is required.", {"field": missing[0]})
        return self

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.start_date and self.end_date and self.end_date < self.start_date:
            raise PydanticCustomError("ends_before_start", "The end lies before the start.", {"field": "end_date"})
        return self


class Enrollment(Timestamped, Entity):
    """A place of a student in a group, from one local day to another, both inclusive; open while `left_on` is None.

    `academic_year_id` is that of the class: a student has at most one open place in the classes of a year.

    A place that was left before its first day has an earlier `left_on`: the student was never in the group.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("student_id", "group_id")

    center_id: OwnCenterId
    group_id: Annotated[GroupId, Fixed()]
    student_id: Annotated[StudentId, Fixed()]
    academic_year_id: Annotated[AcademicYearId, Fixed()] | None = None
    enrolled_on: Day
    left_on: Day | None = None

    @property
    def was_never_held(self) -> bool:
        """True if the place was left before its first day."""
        return was_never_held(self.enrolled_on, self.left_on)


def was_never_held(enrolled_on: date, left_on: date | None) -> bool:
    """Return whether a place was left before its first day."""
    return left_on is not None and left_on < enrolled_on


is_open: Where = where(left_on__isnull=True)
"""The enrollments that have not ended."""

takes_seat: Where = is_open & where(student__status__in=SEAT_STATUSES)
"""The open enrollments of students whose status keeps the seat (center_crm C43)."""


def not_left_before(day: date) -> Where:
    """Return the condition for enrollments that are open or ended on a local day or later."""
    return is_open | where(left_on__gte=day)


def held_between(first: date, last: date) -> Where:
    """Return the condition for enrollments that were open on any day between two local days, both included.

    If these are two days, it also finds those left between them before their first day (`was_never_held`).
    """
    return where(enrolled_on__lte=last) & not_left_before(first)


def is_in_group(group_id: int) -> Where:
    """Return the condition for students with an open enrollment in a group, be it their main group or another one."""
    return where(Enrollment__has=is_open & where(group_id=group_id))
