"""Assignments and submissions; exams and results."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from educore.groups.entities import GroupId
from educore.identity.entities import ActorId
from educore.kernel.entity import Audited, Entity, FieldGroups, FieldNames, Fixed, Ref, StoredFile, Timestamped
from educore.organization.entities import OwnCenterId
from educore.people.entities import StudentId, TeacherId
from educore.values import Day, Name, Percent, Points, Text, TimeOfDay, TotalPoints, WholePoints

FileKey = Annotated[str | None, StoredFile(), Field(max_length=255)]


class AssignmentStatus(StrEnum):
    """The state of an assignment. A closed one takes no submissions."""

    ASSIGNED = "assigned"
    CLOSED = "closed"


class Grade(StrEnum):
    """A letter grade; A is the best."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    F = "F"


class Assignment(Timestamped, Entity):
    """Work for a group, due by the end of `due_date`, a local day; late work is accepted until it is closed."""

    center_id: OwnCenterId
    group_id: Annotated[GroupId, Fixed()]
    teacher_id: TeacherId | None = None
    title: Name
    description: Text = ""
    file: FileKey = None
    due_date: Day
    status: AssignmentStatus = AssignmentStatus.ASSIGNED


class Submission(Entity):
    """The file a student handed in. `grade` is 0 to 100; graded work cannot be replaced."""

    audited: ClassVar[Audited] = Audited.AFTER_CREATION
    named_by: ClassVar[FieldNames] = ("student_id", "assignment_id")
    unique: ClassVar[FieldGroups] = (("assignment_id", "student_id"),)

    center_id: OwnCenterId
    assignment_id: Annotated[int, Ref("Assignment"), Fixed()]
    student_id: Annotated[StudentId, Fixed()]
    file: FileKey = None
    submitted_at: datetime
    grade: Percent | None = None
    feedback: Text | None = None
    graded_at: datetime | None = None
    graded_by_id: ActorId | None = None


class Exam(Timestamped, Entity):
    """An exam of a group on a day, at times of the Center's wall clock; `total_points` is the best possible score."""

    center_id: OwnCenterId
    group_id: Annotated[GroupId, Fixed()]
    teacher_id: TeacherId | None = None
    title: Name
    description: Text = ""
    exam_date: Day
    start_time: TimeOfDay
    end_time: TimeOfDay
    total_points: TotalPoints
    passing_score: WholePoints

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.end_time <= self.start_time:
            raise PydanticCustomError("ends_before_start", "The end lies before the start.", {"field": "end_time"})
        if self.passing_score > self.total_points:
            raise PydanticCustomError(
                "less_than_equal", "Above the total.", {"field": "passing_score", "le": self.total_points}
            )
        return self


class ExamResult(Entity):
    """The score of a student in an exam; without a score, the answers that they handed in."""

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("student_id", "exam_id")
    unique: ClassVar[FieldGroups] = (("exam_id", "student_id"),)

    center_id: OwnCenterId
    exam_id: Annotated[int, Ref("Exam"), Fixed()]
    student_id: Annotated[StudentId, Fixed()]
    score: Points | None = None
    grade: Grade | None = None
    answer_file: FileKey = None
    submitted_at: datetime
    graded_at: datetime | None = None
    graded_by_id: ActorId | None = None
