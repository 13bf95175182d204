"""The parts of a plan: teachers, groups and students of one Center."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from educore.groups import GroupStatus
from educore.people import StudentStatus
from educore_web.demo.people import Person
from educore_web.demo.places import CenterSketch, CourseSketch


@dataclass(eq=False)
class TeacherPlan:
    """A teacher, with the instants when they join, are rated and leave."""

    person: Person
    course: CourseSketch
    branch: int
    hired_on: date
    joins: datetime
    hourly_rate: Decimal
    ratings: list[tuple[datetime, Decimal]] = field(default_factory=list)
    leaves: datetime | None = None


@dataclass(eq=False)
class GroupPlan:
    """A group and its final status; `seated` counts all students who get a seat in it, now or later."""

    name: str
    course: CourseSketch
    branch: int
    capacity: int
    opens: datetime
    starts_on: date
    ends_on: date
    status: GroupStatus = GroupStatus.ACTIVE
    status_changes_at: datetime | None = None
    full: bool = False
    seated: int = 0
    teacher: TeacherPlan | None = None

    @property
    def has_room(self) -> bool:
        """Return whether another student may join and one seat still stays free."""
        return self.status is GroupStatus.ACTIVE and not self.full and self.seated < self.capacity - 1


@dataclass(eq=False)
class StudentPlan:
    """A student, their groups, and their final status."""

    person: Person
    parent: tuple[str, str] | None
    branch: int
    group: GroupPlan | None
    registers: datetime
    final_status: StudentStatus = StudentStatus.ACTIVE
    status_changes_at: datetime | None = None
    second_group: GroupPlan | None = None
    joins_second: datetime | None = None
    next_group: GroupPlan | None = None


@dataclass
class CenterPlan:
    """All people and groups of one Center."""

    sketch: CenterSketch
    opens: datetime
    staff: dict[str, Person]
    branch_closes: datetime | None
    teachers: list[TeacherPlan]
    groups: list[GroupPlan]
    students: list[StudentPlan]
