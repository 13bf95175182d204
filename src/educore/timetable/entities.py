"""Sessions and weekly series."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from educore.groups.entities import GroupId
from educore.kernel.conditions import Where, where
from educore.kernel.entity import Entity, FieldNames, Fixed, OnDelete, Ref, Timestamped
from educore.organization.entities import OwnCenterId, RoomId
from educore.people.entities import TeacherId
from educore.values import Day, Line, Text, TimeOfDay, WebAddress, Weekdays

SessionId = Annotated[int, Ref("Session")]


class Series(Entity):
    """A weekly plan of a group, from one local day to another, both inclusive; its sessions are created with it."""

    center_id: OwnCenterId
    group_id: Annotated[int, Ref("Group", OnDelete.CASCADE), Fixed()]
    teacher_id: Annotated[int, Ref("Teacher", OnDelete.CLEAR)] | None = None
    room_id: Annotated[int, Ref("Room", OnDelete.CLEAR)] | None = None
    weekdays: Weekdays
    first_date: Day
    last_date: Day
    start_time: TimeOfDay
    end_time: TimeOfDay
    created_at: datetime


class Session(Timestamped, Entity):
    """A dated meeting of a group (center_crm: lesson, edumaster: attendance session).

    `date`, `start_time` and `end_time` are times of the Center's wall clock; `starts_at` and `ends_at` are the same
    instants in UTC, and `minutes` is the length by the wall clock. A register, which only serves to mark attendance
    (edumaster), has a date and no times: it takes no time of the teacher and no room.
    """

    named_by: ClassVar[FieldNames] = ("date", "group_id")

    center_id: OwnCenterId
    group_id: GroupId
    teacher_id: TeacherId | None = None
    room_id: RoomId | None = None
    series_id: Annotated[int, Ref("Series", OnDelete.CLEAR)] | None = None
    date: Day
    start_time: TimeOfDay | None = None
    end_time: TimeOfDay | None = None
    minutes: Annotated[int, Field(ge=1)] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    topic: Line = ""
    notes: Text = ""
    online_link: WebAddress | None = None
    is_cancelled: bool = False

    @model_validator(mode="after")
    def _has_both_times_or_none(self) -> Self:
        for field, other in (("start_time", "end_time"), ("end_time", "start_time")):
            if getattr(self, field) is not None and getattr(self, other) is None:
                raise PydanticCustomError("missing", "A session has both times or none.", {"field": other})
        return self


not_cancelled: Where = where(is_cancelled=False)
"""The sessions that took place or will take place."""
