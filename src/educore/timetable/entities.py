"""Timetables of classes, weekly series and sessions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from educore.courses.entities import CourseId
from educore.groups.entities import GroupId
from educore.identity.entities import ActorId
from educore.kernel.conditions import Where, where
from educore.kernel.entity import Archivable, Entity, FieldNames, Fixed, OnDelete, Ref, Timestamped
from educore.organization.entities import OwnCenterId, RoomId
from educore.people.entities import TeacherId
from educore.values import Day, Line, Text, TimeOfDay, WebAddress, Weekdays, parse_whole

SessionId = Annotated[int, Ref("Session")]


class SlotType(StrEnum):
    """The kind of lesson that is given in a slot of the week."""

    REGULAR = "regular"
    EXAM = "exam"
    LAB = "lab"
    FIELD_TRIP = "field_trip"


class RegisterStatus(StrEnum):
    """The state of the register of a session, in order."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class Timetable(Timestamped, Archivable, Entity):
    """The week of a class, from one local day to another, both inclusive, and within its academic year.

    Without `effective_to` it ends with the year. Its slots are `Series`.
    """

    named_by: ClassVar[FieldNames] = ("group_id", "effective_from")

    center_id: OwnCenterId
    group_id: Annotated[int, Ref("Group", OnDelete.CASCADE), Fixed()]
    effective_from: Day
    effective_to: Day | None = None
    is_active: bool = True
    created_by_id: Annotated[ActorId, Fixed()] | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise PydanticCustomError("ends_before_start", "The end lies before the start.", {"field": "effective_to"})
        return self


class Series(Timestamped, Archivable, Entity):
    """A weekly plan of a group, from one local day to another, both inclusive; its sessions are created with it.

    With a `timetable_id` it is one slot of the week of a class: it has one weekday, and its sessions follow its
    changes (`educore.timetable.planning`).
    """

    center_id: OwnCenterId
    timetable_id: Annotated[int, Ref("Timetable", OnDelete.CASCADE), Fixed()] | None = None
    group_id: Annotated[int, Ref("Group", OnDelete.CASCADE), Fixed()]
    course_id: CourseId | None = None
    teacher_id: Annotated[int, Ref("Teacher", OnDelete.CLEAR)] | None = None
    room_id: Annotated[int, Ref("Room", OnDelete.CLEAR)] | None = None
    weekdays: Weekdays
    first_date: Day
    last_date: Day
    start_time: TimeOfDay
    end_time: TimeOfDay
    type: SlotType = SlotType.REGULAR
    is_active: bool = True
    notes: Text = ""

    @model_validator(mode="after")
    def _slot_has_one_weekday(self) -> Self:
        if self.timetable_id is not None and " " in self.weekdays:
            raise PydanticCustomError("one_weekday", "A slot is on one weekday.", {"field": "weekdays"})
        return self


class Session(Timestamped, Entity):
    """A dated meeting of a group (center_crm: lesson, edumaster: attendance session).

    `date`, `start_time` and `end_time` are times of the Center's wall clock; `starts_at` and `ends_at` are the same
    instants in UTC, and `minutes` is the length by the wall clock. A register, which only serves to mark attendance
    (edumaster), has a date and no times: it takes no time of the teacher and no room.
    `course_id` is what is taught in a class; in a cohort that is the course of the group.
    `register_status` is None until the register of the session is prepared; `started_at` and `completed_at` are when
    its roll was called, in UTC.
    """

    named_by: ClassVar[FieldNames] = ("date", "group_id")

    center_id: OwnCenterId
    group_id: GroupId
    teacher_id: TeacherId | None = None
    room_id: RoomId | None = None
    series_id: Annotated[int, Ref("Series", OnDelete.CLEAR)] | None = None
    course_id: CourseId | None = None
    date: Day
    start_time: TimeOfDay | None = None
    end_time: TimeOfDay | None = None
    minutes: Annotated[int, Field(ge=1), BeforeValidator(parse_whole)] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    topic: Line = ""
    notes: Text = ""
    online_link: WebAddress | None = None
    is_cancelled: bool = False
    register_status: RegisterStatus | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    started_by_id: ActorId | None = None
    completed_by_id: ActorId | None = None

    @model_validator(mode="after")
    def _has_both_times_or_none(self) -> Self:
        for field, other in (("start_time", "end_time"), ("end_time", "start_time")):
            if getattr(self, field) is not None and getattr(self, other) is None:
                raise PydanticCustomError("missing", "A session has both times or none.", {"field": other})
        return self


not_cancelled: Where = where(is_cancelled=False)
"""The sessions that took place or will take place."""

is_slot: Where = where(timetable_id__isnull=False)
"""The series that are slots of a timetable."""
