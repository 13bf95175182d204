"""Weekly series of lessons, and the calendars people read them in, which the document has no section for."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from educore import UnitOfWork, perform, where
from educore.identity import CalendarFeed
from educore.timetable import Series, Session, close_calendar, open_calendar
from educore.values import Day, Line, TimeOfDay
from educore_web.apis.center_crm.answers import StatusOut
from educore_web.apis.center_crm.sections.lessons import IN_ORDER, PLANNERS, LessonOut
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import WeekdayWord
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import To
from educore_web.rest.request import RequestData


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
    """The changes from this lesson on; `date` is its new day, and the others move by as many days."""

    date: Day
    start_time: TimeOfDay
    end_time: TimeOfDay
    room: Annotated[int | None, To("room_id")]
    teacher: Annotated[int | None, To("teacher_id")]


class FeedOut(BaseModel):
    """A secret address to subscribe to in a calendar program."""

    url: str


def answer_count(lessons: list[Session]) -> dict[str, Any]:
    """Return the answer to cancelling the rest of a series."""
    return {"status": f"{len(lessons)} lessons cancelled"}


def plan_series(uow: UnitOfWork, data: SeriesIn) -> dict[str, Any]:
    """Plan lessons week after week, all of them or none"""
    fields = data.fields()
    series = perform(uow, Series, "create", fields={**fields, "weekdays": " ".join(fields["weekdays"])})
    return {"series": series.id, "lessons": uow.select(LessonOut, where(series_id=series.id), order=IN_ORDER)}


def reschedule_rest(uow: UnitOfWork, id: int, data: Body) -> list[dict[str, Any]]:
    """Move this lesson and those after it in its series"""
    moved = perform(uow, Session, "reschedule", id, data.fields(), returns=list)
    return uow.select(LessonOut, where(id__in=[lesson.id for lesson in moved]), order=IN_ORDER)


def open_feed(uow: UnitOfWork, request: RequestData) -> dict[str, Any]:
    """Get an address for one's calendar program; an earlier one stops working"""
    return {"url": f"{request.public_url}/calendar/{open_calendar(uow)}.ics"}


def close_feed(uow: UnitOfWork) -> None:
    """Make the address for one's calendar program stop working"""
    close_calendar(uow)


PLANNERS_ONLY: dict[str, Any] = {"roles": PLANNERS, "addition": True}
FEED: dict[str, Any] = {"kind": CalendarFeed, "action": "create", "addition": True}

ROUTES = [
    crm.post(
        "/lessons/series/",
        plan_series,
        kind=Series,
        action="create",
        body=SeriesIn,
        out=SeriesOut,
        status=201,
        **PLANNERS_ONLY,
    ),
    crm.post(
        "/lessons/{id}/reschedule-rest/",
        reschedule_rest,
        kind=Session,
        action="reschedule",
        body=make_partial(RescheduleIn),
        out=LessonOut,
        many=True,
        **PLANNERS_ONLY,
    ),
    crm.act(
        "/lessons/{id}/cancel-rest/",
        Session,
        "cancel_rest",
        answer_count,
        out=StatusOut,
        summary="Cancel this lesson and those after it in its series",
        **PLANNERS_ONLY,
    ),
    crm.post("/lessons/calendar-feed/", open_feed, verb="open_calendar", out=FeedOut, **FEED),
    crm.operation("DELETE", "/lessons/calendar-feed/", close_feed, verb="close_calendar", status=204, **FEED),
]
