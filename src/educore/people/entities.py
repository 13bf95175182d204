"""Students and teachers: what a person is inside one Center."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from educore.identity.entities import ActorId, UserId
from educore.kernel.entity import Audited, Entity, Fixed, OnDelete, Ref, Timestamped
from educore.organization.entities import BranchId, OwnCenterId
from educore.values import Day, Line, Money, PersonName, Phone, Rating

StudentId = Annotated[int, Ref("Student")]
TeacherId = Annotated[int, Ref("Teacher")]


class StudentStatus(StrEnum):
    """Active and blocked students keep their place in a group; inactive and graduated ones free it."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    BLOCKED = "blocked"
    GRADUATED = "graduated"


SEAT_STATUSES = (StudentStatus.ACTIVE, StudentStatus.BLOCKED)
"""The statuses of students who keep their seat in a group (center_crm C43)."""


class TeacherStatus(StrEnum):
    """Whether a teacher teaches. Inactive ones get no new lessons but may sign in; only a block stops that."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class Student(Timestamped, Entity):
    """A person who learns in a Center. `group_id` is their main group; all of them are Enrollments."""

    audited = Audited.ALWAYS
    named_by = ("user_id",)
    unique = (("center_id", "user_id"),)

    center_id: OwnCenterId
    user_id: Annotated[UserId, Fixed()]
    branch_id: BranchId
    group_id: Annotated[int, Ref("Group")] | None = None
    status: StudentStatus = StudentStatus.ACTIVE
    enrollment_date: Day
    parent_name: PersonName = ""
    parent_phone: Phone | None = None


class Teacher(Timestamped, Entity):
    """A person who teaches in a Center. `hourly_rate` is in the Center's currency."""

    audited = Audited.ALWAYS
    named_by = ("user_id",)
    unique = (("center_id", "user_id"),)

    center_id: OwnCenterId
    user_id: Annotated[UserId, Fixed()]
    branch_id: BranchId
    status: TeacherStatus = TeacherStatus.ACTIVE
    specialization: Line = ""
    qualification: Line = ""
    hire_date: Day | None = None
    hourly_rate: Money | None = None
    performance_rating: Rating = Decimal(0)


class TeacherRating(Entity):
    """Who rated a teacher when, and what the rating was before; kept for good (center_crm 7.7)."""

    center_id: OwnCenterId
    teacher_id: Annotated[int, Ref("Teacher", OnDelete.CASCADE), Fixed()]
    rated_by_id: ActorId | None = None
    rated_at: datetime
    rating: Rating
    previous_rating: Rating
