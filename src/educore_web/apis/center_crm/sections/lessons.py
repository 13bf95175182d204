"""8. Lessons, which the domain calls sessions."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import BaseModel

from educore import From, Role
from educore.timetable import Session
from educore.values import Day, TimeOfDay, WebAddress
from educore_web.apis.center_crm.accounts import OWNERS, TEACHER_NAMES, TeacherName
from educore_web.apis.center_crm.answers import StatusOut, answer_status
from educore_web.apis.center_crm.dialect import CrmShape
from educore_web.apis.center_crm.spec import crm
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.further_names import ADDITION, Also


class LessonIn(Body, of=Session):
    """A lesson. The teacher is the group's unless named; `duration` in minutes follows from the times (C55)."""

    group: Annotated[int, To("group_id")]
    teacher: Annotated[int | None, To("teacher_id")] = None
    room: Annotated[int | None, To("room_id")] = None
    date: Day
    start_time: TimeOfDay
    end_time: TimeOfDay
    duration: Annotated[int | None, To("minutes"), Also("duration_minutes")] = None
    online_link: WebAddress | None = None


class LessonChange(LessonIn, of=Session):
    """A lesson as it may be changed: also cancelled and, if its slot is still free, restored (C57)."""

    is_cancelled: bool = False


class LessonLine(CrmShape, of=Session):
    """A lesson as schedules show it. One that only serves to mark attendance has no times."""

    id: int
    group: Annotated[int, From("group_id")]
    group_name: Annotated[str, From("group.name")]
    teacher: Annotated[int | None, From("teacher_id")]
    teacher_name: TeacherName
    room: Annotated[int | None, From("room_id")]
    room_name: Annotated[str | None, From("room.name")]
    date: date
    start_time: time | None
    end_time: time | None
    duration: Annotated[int | None, From("minutes"), Also("duration_minutes")]
    online_link: str | None
    is_cancelled: bool
    subject: Annotated[int | None, From("group.course_id"), ADDITION]


class LessonOut(LessonLine, of=Session):
    """A lesson."""

    created_at: datetime
    updated_at: datetime


class LinkOut(BaseModel):
    """The address of an online lesson."""

    online_link: str


def answer_link(lesson: Session) -> dict[str, Any]:
    """Return the answer of 8.8."""
    return {"online_link": lesson.online_link}


PLANNERS = OWNERS | {Role.TEACHER}
IN_ORDER = ("date", "start_time")

ROUTES = [
    *crm.crud(
        "/lessons/",
        Session,
        LessonIn,
        LessonOut,
        change_body=LessonChange,
        write_roles=PLANNERS,
        resource="lessons",
        search=("group__name", "topic", *TEACHER_NAMES, "room__name"),
        listing={"order": IN_ORDER},
    ),
    crm.act(
        "/lessons/{id}/cancel/",
        Session,
        "cancel",
        answer_status("Lesson cancelled"),
        out=StatusOut,
        roles=PLANNERS,
        resource="lessons",
    ),
    crm.act(
        "/lessons/{id}/generate-online-link/",
        Session,
        "link",
        answer_link,
        out=LinkOut,
        roles=PLANNERS,
        summary="Generate Online Meeting Link",
    ),
]
