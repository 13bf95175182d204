"""Marks of attendance, and their corrections."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from educore.identity.entities import ActorId
from educore.kernel.entity import Audited, Entity, FieldGroups, FieldNames, Fixed, OnDelete, Ref
from educore.organization.entities import OwnCenterId
from educore.people.entities import StudentId
from educore.timetable.entities import SessionId
from educore.values import Line, LineCopy


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
    """The mark of one student in one session. `marker_id` is who marked, `teacher_id` the same person as a teacher."""

    audited: ClassVar[Audited] = Audited.AFTER_CREATION
    named_by: ClassVar[FieldNames] = ("student_id", "session_id")
    unique: ClassVar[FieldGroups] = (("session_id", "student_id"),)

    center_id: OwnCenterId
    session_id: Annotated[SessionId, Fixed()]
    student_id: Annotated[StudentId, Fixed()]
    status: AttendanceStatus
    notes: Line = ""
    teacher_id: Annotated[int, Ref("Teacher", OnDelete.CLEAR)] | None = None
    marker_id: ActorId | None = None
    marked_at: datetime


class AttendanceCorrection(Entity):
    """A mark as it was before a change or a removal; never deleted. Without `status_after` the mark was removed."""

    center_id: OwnCenterId
    session_id: Annotated[int, Ref("Session", OnDelete.CASCADE), Fixed()]
    student_id: Annotated[int, Ref("Student", OnDelete.CASCADE), Fixed()]
    corrected_by_id: ActorId | None = None
    corrected_at: datetime
    status_before: AttendanceStatus
    notes_before: LineCopy = ""
    status_after: AttendanceStatus | None = None
    notes_after: LineCopy = ""
