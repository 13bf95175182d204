"""Marks of attendance, and their corrections."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from educore.identity.entities import ActorId
from educore.kernel.entity import Audited, Entity, FieldGroups, FieldNames, Fixed, OnDelete, Ref
from educore.organization.entities import OwnCenterId
from educore.people.entities import StudentId
from educore.timetable.entities import SessionId
from educore.values import ClientId, LateMinutes, Line, LineCopy


class AttendanceStatus(StrEnum):
    """The attendance of a student. An excused absence is one with a reason that the Center accepts."""

    PRESENT = "present"
    ABSENT = "absent"
    LATE = "late"
    EXCUSED = "excused"


class FlagPriority(StrEnum):
    """The urgency of an absence flag, the lowest first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class Attendance(Entity):
    """The mark of one student in one session. `marker_id` is who marked, `teacher_id` the same person as a teacher.

    `absence_reason` is what the teacher or the family says; only the status decides whether an absence is excused.
    A device that marked without a network gives the mark an id, `client_id`, and the moment when it was made there.
    """

    audited: ClassVar[Audited] = Audited.AFTER_CREATION
    named_by: ClassVar[FieldNames] = ("student_id", "session_id")
    unique: ClassVar[FieldGroups] = (("session_id", "student_id"),)

    center_id: OwnCenterId
    session_id: Annotated[SessionId, Fixed()]
    student_id: Annotated[StudentId, Fixed()]
    status: AttendanceStatus
    notes: Line = ""
    late_minutes: LateMinutes | None = None
    absence_reason: Line = ""
    client_id: ClientId | None = None
    marked_on_device_at: datetime | None = None
    teacher_id: Annotated[int, Ref("Teacher", OnDelete.CLEAR)] | None = None
    marker_id: ActorId | None = None
    marked_at: datetime
    created_at: datetime

    @model_validator(mode="after")
    def _only_the_late_have_minutes(self) -> Self:
        if self.late_minutes is not None and self.status is not AttendanceStatus.LATE:
            raise PydanticCustomError("not_late", "Only who is late has minutes.", {"field": "late_minutes"})
        return self


class AttendanceCorrection(Entity):
    """A mark as it was before a change or a removal; never deleted. Without `status_after` the mark was removed."""

    center_id: OwnCenterId
    session_id: Annotated[int, Ref("Session", OnDelete.CASCADE), Fixed()]
    student_id: Annotated[int, Ref("Student", OnDelete.CASCADE), Fixed()]
    corrected_by_id: ActorId | None = None
    corrected_at: datetime
    status_before: AttendanceStatus
    notes_before: LineCopy = ""
    late_minutes_before: int | None = None
    reason_before: LineCopy = ""
    status_after: AttendanceStatus | None = None
    notes_after: LineCopy = ""
    late_minutes_after: int | None = None
    reason_after: LineCopy = ""
