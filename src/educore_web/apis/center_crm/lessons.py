"""8. Lessons, which the domain calls sessions; and the weekly series and calendars the document has no section for."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import BaseModel, Field

from educore import At, CalendarFeed, Role, Series, Session, UnitOfWork, close_calendar, open_calendar, perform, where
from educore.values import Day, Line, TimeOfDay, WebAddress
from educore_web.apis.center_crm.authentication import StatusOut
from educore_web.apis.center_crm.contract import crm
from educore_web.apis.center_crm.dialect import CrmShape
from educore_web.apis.center_crm.people import OWNERS, TEACHER_NAMES, TeacherName
from educore_web.apis.center_crm.words import WeekdayWord
from educore_web.body import Body, To, partial
from educore_web.request import Asked


class LessonIn(Body, of=Session):
    """A lesson. The teacher is the group's unless named; `duration` in minutes follows from the times (C55)."""

    group: Annotated[int, To("group_id")]
    teacher: Annotated[int | None, To("teacher_id")] = None
    room: Annotated[int | None, To("room_id")] = None
    date: Day
    start_time: TimeOfDay
    end_time: TimeOfDay
    duration: Annotated[int | None, To("minutes")] = None
    online_link: WebAddress | None = None


class LessonChange(LessonIn, of=Session):
    """A lesson as it may be changed: also cancelled and, if its slot is still free, restored (C57)."""

    is_cancelled: bool = False


class LessonLine(CrmShape, of=Session):
    """A lesson as schedules show it. One that only serves to mark attendance has no times."""

    id: int
    group: Annotated[int, At("group_id")]
    group_name: Annotated[str, At("group.name")]
    teacher: Annotated[int | None, At("teacher_id")]
    teacher_name: TeacherName
    room: Annotated[int | None, At("room_id")]
    room_name: Annotated[str | None, At("room.name")]
    date: date
    start_time: time | None
    end_time: time | None
    duration: Annotated[int | None, At("minutes")]
    online_link: str | None
    is_cancelled: bool


class LessonOut(LessonLine, of=Session):
    """A lesson."""

    created_at: datetime
    updated_at: datetime


class LinkOut(BaseModel):
    """Where to meet."""

    online_link: str


class SeriesIn(Body):
    """Lessons on these days of the week, from the first date to the last, inclusive."""

    group: Annotated[int, To("group_id")]
    teacher: Annotated[int | None, To("teacher_id")] = None
    room: Annotated[int | None, To("room_id")] = None
    weekdays: Annotated[list[WeekdayWord], Field(min_length=1, max_length=len(WeekdayWord))]
    first_date: Day
    last_date: Day
    start_time: TimeOfDay
    end_time: TimeOfDay
    topic: Line = ""


class SeriesOut(BaseModel):
    """A series and its lessons in order."""

    series: int
    lessons: list[LessonOut]


class RescheduleIn(Body, of=Session):
    """What changes from this lesson on; `date` is its new day, and the others move by as many days."""

    date: Day
    start_time: TimeOfDay
    end_time: TimeOfDay
    room: Annotated[int | None, To("room_id")]
    teacher: Annotated[int | None, To("teacher_id")]


class FeedOut(BaseModel):
    """A secret address to subscribe to in a calendar program."""

    url: str


def cancelled(lesson: Session) -> dict[str, Any]:
    """The answer of 8.7."""
    return {"status": "Lesson cancelled"}


def rest_cancelled(lessons: list[Session]) -> dict[str, Any]:
    """The answer to cancelling the rest of a series."""
    return {"status": f"{len(lessons)} lessons cancelled"}


def linked(lesson: Session) -> dict[str, Any]:
    """The answer of 8.8."""
    return {"online_link": lesson.online_link}


def plan_series(uow: UnitOfWork, data: SeriesIn) -> dict[str, Any]:
    """Plan lessons week after week, all of them or none"""
    fields = data.fields()
    series = perform(uow, Series, "create", **{**fields, "weekdays": " ".join(fields["weekdays"])})
    return {"series": series.id, "lessons": uow.view(LessonOut, where(series_id=series.id), order=IN_ORDER)}


def reschedule_rest(uow: UnitOfWork, id: int, data: Body) -> list[dict[str, Any]]:
    """Move this lesson and those after it in its series"""
    moved = perform(uow, Session, "reschedule", id, **data.fields())
    return uow.view(LessonOut, where(id__in=[lesson.id for lesson in moved]), order=IN_ORDER)


def open_feed(uow: UnitOfWork, asked: Asked) -> dict[str, Any]:
    """Get an address for one's calendar program; an earlier one stops working"""
    return {"url": f"{asked.url}/calendar/{open_calendar(uow)}.ics"}


def close_feed(uow: UnitOfWork) -> None:
    """Make the address for one's calendar program stop working"""
    close_calendar(uow)


PLANNERS = OWNERS | {Role.TEACHER}
IN_ORDER = ("date", "start_time")
REST: dict[str, Any] = {"roles": PLANNERS, "addition": True}
FEED: dict[str, Any] = {"kind": CalendarFeed, "action": "create", "addition": True}

ROUTES = [
    *crm.crud(
        "/lessons/",
        Session,
        LessonIn,
        LessonOut,
        replacing=LessonChange,
        amending=LessonChange,
        writers=PLANNERS,
        called="lessons",
        search=("group__name", "topic", *TEACHER_NAMES, "room__name"),
        listing={"order": IN_ORDER},
    ),
    crm.act("/lessons/{id}/cancel/", Session, "cancel", cancelled, out=StatusOut, roles=PLANNERS, called="lessons"),
    crm.act("/lessons/{id}/generate-online-link/", Session, "link", linked, out=LinkOut, roles=PLANNERS),
    crm.post(
        "/lessons/series/", plan_series, kind=Series, action="create", body=SeriesIn, out=SeriesOut, status=201, **REST
    ),
    crm.post(
        "/lessons/{id}/reschedule-rest/",
        reschedule_rest,
        kind=Session,
        action="reschedule",
        body=partial(RescheduleIn),
        out=LessonOut,
        many=True,
        **REST,
    ),
    crm.act("/lessons/{id}/cancel-rest/", Session, "cancel_rest", rest_cancelled, out=StatusOut, **REST),
    crm.post("/lessons/calendar-feed/", open_feed, verb="open_calendar", out=FeedOut, **FEED),
    crm.operation("DELETE", "/lessons/calendar-feed/", close_feed, verb="close_calendar", status=204, **FEED),
]
