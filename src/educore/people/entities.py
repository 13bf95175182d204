"""Students and teachers of a Center."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from educore.identity.entities import ActorId, UserId
from educore.kernel.entity import Audited, Entity, FieldGroups, FieldNames, Fixed, OnDelete, Ref, Timestamped
from educore.organization.entities import BranchId, OwnCenterId
from educore.values import Day, Line, Money, PersonName, Phone, Rating, Relationship

StudentId = Annotated[int, Ref("Student")]
TeacherId = Annotated[int, Ref("Teacher")]


class StudentStatus(StrEnum):
    """The state of a student. Active and blocked students keep their seat in a group; the others free it."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    BLOCKED = "blocked"
    GRADUATED = "graduated"


SEAT_STATUSES = (StudentStatus.ACTIVE, StudentStatus.BLOCKED)
"""The statuses of students who keep their seat in a group (center_crm C43)."""


class TeacherStatus(StrEnum):
    """The state of a teacher. Inactive ones get no new sessions, but may sign in unless they are blocked."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class Student(Timestamped, Entity):
    """A person who learns in a Center. `group_id` is the main group; Enrollments list all groups.

    `student_number` is what the office calls the student by.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("user_id",)
    unique: ClassVar[FieldGroups] = (("center_id", "user_id"), ("center_id", "student_number"))

    center_id: OwnCenterId
    user_id: Annotated[UserId, Fixed()]
    student_number: Annotated[Line, Field(min_length=1, max_length=32)] | None = None
    branch_id: BranchId
    group_id: Annotated[int, Ref("Group")] | None = None
    status: StudentStatus = StudentStatus.ACTIVE
    enrollment_date: Day
    parent_name: PersonName = ""
    parent_phone: Phone | None = None


class Guardianship(Entity):
    """The right of a guardian to see what concerns a student, such as their own child; open while `ended_at` is None.

    Only an office links the two. `relationship` says in free text what the guardian is to the student.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("guardian_id", "student_id")

    center_id: OwnCenterId
    guardian_id: Annotated[UserId, Fixed()]
    student_id: Annotated[StudentId, Fixed()]
    relationship: Relationship = "parent"
    created_at: datetime
    ended_at: datetime | None = None


class Teacher(Timestamped, Entity):
    """A person who teaches in a Center. `hourly_rate` is in the Center's currency."""

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("user_id",)
    unique: ClassVar[FieldGroups] = (("center_id", "user_id"),)

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
    """One rating of a teacher, with the rater and the rating before; never deleted (center_crm 7.7)."""

    center_id: OwnCenterId
    teacher_id: Annotated[int, Ref("Teacher", OnDelete.CASCADE), Fixed()]
    rated_by_id: ActorId | None = None
    rated_at: datetime
    rating: Rating
    previous_rating: Rating
