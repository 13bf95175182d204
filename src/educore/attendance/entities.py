"""Marks of attendance with their corrections, and flags of absences that somebody must look after."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from educore.identity.entities import ActorId
from educore.kernel.conditions import where
from educore.kernel.entity import (
    Audited,
    Entity,
    FieldGroups,
    FieldNames,
    Fixed,
    OnDelete,
    Ref,
    StoredFile,
    Timestamped,
    Unique,
)
from educore.kernel.words import RankedWord
from educore.organization.entities import OwnCenterId
from educore.people.entities import StudentId
from educore.timetable.entities import SessionId
from educore.values import ClientId, JsonObject, LateMinutes, Line, LineCopy, Text


class AttendanceStatus(StrEnum):
    """The attendance of a student. An excused absence is one with a reason that the Center accepts."""

    PRESENT = "present"
    ABSENT = "absent"
    LATE = "late"
    EXCUSED = "excused"


class FlagPriority(RankedWord):
    """The urgency of an absence flag, the lowest first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class FlagType(StrEnum):
    """The ground of a flag: one absence, absence on many days, or coming late on many days."""

    ABSENCE = "absence"
    CHRONIC_ABSENCE = "chronic_absence"
    LATE_PATTERN = "late_pattern"


class FlagStatus(StrEnum):
    """The state of a flag: to be looked after, looked after, or found to need nothing."""

    ACTIVE = "active"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


class FlagResolution(StrEnum):
    """The finding about the absence of a flag that is resolved."""

    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"
    PARTIAL = "partial"


class ReportType(StrEnum):
    """The kind of a saved report."""

    CLASS_STATISTICS = "class_statistics"
    STUDENT_HISTORY = "student_history"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    FLAGS = "flags"


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


class AbsenceFlag(Timestamped, Entity):
    """An absence, or a pattern of them, that somebody must look after, until it is resolved or dismissed.

    `session_id` is the session that raised it, `absence_count` the number of days: of the absence so far, or of those
    within the period of a pattern. The platform raises and closes flags by itself (`auto_generated`); `resolved_by_id`
    is None for a flag that it closed. `resolution_notes` are for the office.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("student_id", "session_id")
    unique: ClassVar[FieldGroups] = (
        Unique(("student_id", "session_id", "type"), only=where(status=FlagStatus.ACTIVE, auto_generated=True)),
    )

    center_id: OwnCenterId
    student_id: Annotated[StudentId, Fixed()]
    session_id: Annotated[SessionId, Fixed()]
    type: FlagType
    priority: FlagPriority
    status: FlagStatus = FlagStatus.ACTIVE
    absence_count: Annotated[int, Field(ge=0)] = 0
    auto_generated: Annotated[bool, Fixed()] = False
    follow_up_required: bool = False
    resolution: FlagResolution | None = None
    resolution_notes: Text = ""
    resolved_at: datetime | None = None
    resolved_by_id: ActorId | None = None
    created_by_id: Annotated[ActorId, Fixed()] | None = None


class FlagDocument(Entity):
    """Something that a family or the office handed in about a flag: a file, a note, or both."""

    named_by: ClassVar[FieldNames] = ("flag_id",)

    center_id: OwnCenterId
    flag_id: Annotated[int, Ref("AbsenceFlag", OnDelete.CASCADE), Fixed()]
    file: Annotated[str | None, StoredFile(), Field(max_length=255)] = None
    note: Text = ""
    added_by_id: Annotated[ActorId, Fixed()] | None = None
    created_at: datetime

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.file and not self.note:
            raise PydanticCustomError("missing", "This field is required.", {"field": "file"})
        return self


class AttendanceReport(Entity):
    """A report as it was on the day when it was saved; it never changes."""

    named_by: ClassVar[FieldNames] = ("type",)

    center_id: OwnCenterId
    type: Annotated[ReportType, Fixed()]
    parameters: Annotated[JsonObject, Fixed()]
    data: Annotated[JsonObject, Fixed()]
    created_by_id: Annotated[ActorId, Fixed()]
    created_at: datetime
