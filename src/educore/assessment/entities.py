"""Assignments and what is handed in for them; exams and their results."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from educore.groups.entities import GroupId
from educore.identity.entities import ActorId
from educore.kernel.entity import Audited, Entity, Fixed, Ref, StoredFile, Timestamped
from educore.organization.entities import OwnCenterId
from educore.people.entities import StudentId, TeacherId
from educore.values import Day, Name, Percent, Points, Text, TimeOfDay, TotalPoints, WholePoints

FileKey = Annotated[str | None, StoredFile(), Field(max_length=255)]


class AssignmentStatus(StrEnum):
    """Whether work may still be handed in."""

    ASSIGNED = "assigned"
    CLOSED = "closed"


class Grade(StrEnum):
    """A letter for a result, A the best."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    F = "F"


class Assignment(Timestamped, Entity):
    """Work a group is given, until the end of `due_date`; what comes later is accepted while it is not closed."""

    center_id: OwnCenterId
    group_id: Annotated[GroupId, Fixed()]
    teacher_id: TeacherId | None = None
    title: Name
    description: Text = ""
    file: FileKey = None
    due_date: Day
    status: AssignmentStatus = AssignmentStatus.ASSIGNED


class Submission(Entity):
    """What a student handed in. `grade` is 0 to 100; once it is there the work cannot be replaced."""

    audited = Audited.AFTER_CREATION
    named_by = ("student_id", "assignment_id")
    unique = (("assignment_id", "student_id"),)

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
    """An exam of a group on a day, by the wall clock of the Center; `total_points` can be reached."""

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
    def _makes_sense(self) -> Self:
        if self.end_time <= self.start_time:
            raise PydanticCustomError("ends_before_start", "The end lies before the start.", {"field": "end_time"})
        if self.passing_score > self.total_points:
            raise PydanticCustomError(
                "less_than_equal", "Above the total.", {"field": "passing_score", "le": self.total_points}
            )
        return self


class ExamResult(Entity):
    """What a student reached in an exam, or the answers they handed in while `score` is empty."""

    audited = Audited.ALWAYS
    named_by = ("student_id", "exam_id")
    unique = (("exam_id", "student_id"),)

    center_id: OwnCenterId
    exam_id: Annotated[int, Ref("Exam"), Fixed()]
    student_id: Annotated[StudentId, Fixed()]
    score: Points | None = None
    grade: Grade | None = None
    answer_file: FileKey = None
    submitted_at: datetime
    graded_at: datetime | None = None
    graded_by_id: ActorId | None = None
