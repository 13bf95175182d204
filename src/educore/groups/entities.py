"""Groups and enrollments."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from educore.courses.entities import CourseId
from educore.kernel.conditions import Where, where
from educore.kernel.entity import Audited, Entity, FieldNames, Fixed, OnDelete, Ref, Timestamped
from educore.organization.entities import BranchId, OwnCenterId
from educore.people.entities import SEAT_STATUSES, StudentId
from educore.values import Day, Money, Name, Places

GroupId = Annotated[int, Ref("Group")]


class GroupStatus(StrEnum):
    """The state of a group. Only an active group takes students."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    COMPLETED = "completed"


class Group(Timestamped, Entity):
    """Students who study one course together with one teacher.

    `start_date` and `end_date` are local days, both inclusive. `capacity` is the number of seats; None is no limit.
    `monthly_fee` is the price of a month for one student, in the Center's currency; None stands for the course's price
    divided by its months.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS

    center_id: OwnCenterId
    branch_id: BranchId
    course_id: CourseId
    teacher_id: Annotated[int, Ref("Teacher", OnDelete.CLEAR)] | None = None
    name: Name
    capacity: Places | None = None
    status: GroupStatus = GroupStatus.ACTIVE
    start_date: Day | None = None
    end_date: Day | None = None
    monthly_fee: Money | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.start_date and self.end_date and self.end_date < self.start_date:
            raise PydanticCustomError("ends_before_start", "The end lies before the start.", {"field": "end_date"})
        return self


class Enrollment(Entity):
    """A place of a student in a group, from one local day to another; open while `left_on` is None."""

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("student_id", "group_id")

    center_id: OwnCenterId
    group_id: Annotated[GroupId, Fixed()]
    student_id: Annotated[StudentId, Fixed()]
    enrolled_on: Day
    left_on: Day | None = None


takes_seat: Where = where(left_on__isnull=True, student__status__in=SEAT_STATUSES)
"""The open enrollments of students whose status keeps the seat (center_crm C43)."""
