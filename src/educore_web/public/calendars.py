"""The timetable of a member as iCalendar: `/calendar/<token>.ics`, to which calendar programs subscribe."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from educore import ANONYMOUS, Educore, From, NameOf, Shape, Unauthenticated, Unavailable, UnitOfWork, where
from educore.organization import Center
from educore.timetable import Session, read_calendar
from educore_web.runtime.answers import send_answer, send_not_found, send_unavailable
from educore_web.runtime.asgi import Receive, Scope, Send
from educore_web.runtime.outages import log_outage

PAST, AHEAD = timedelta(days=60), timedelta(days=366)
MOST_EVENTS = 5_000
REFRESH = timedelta(hours=1)


class CalendarSession(Shape, of=Session):
    """The fields of a session that a calendar shows."""

    id: int
    group_name: Annotated[str, From("group.name")]
    course_name: Annotated[str | None, From("group.course.name")]
    teacher_name: Annotated[str | None, NameOf("teacher")]
    room_name: Annotated[str | None, From("room.name")]
    branch_name: Annotated[str, From("group.branch.name")]
    address: Annotated[str, From("group.branch.address")]
    topic: str
    date: date
    start_time: time | None
    starts_at: datetime | None
    ends_at: datetime | None
    online_link: str | None
    is_cancelled: bool
    created_at: datetime
    updated_at: datetime


class CalendarPages:
    """Calendars of the sessions that the owner of a token may read; an unchanged calendar is answered with 304."""

    def __init__(self, school: Educore) -> None:
        self.school = school

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        token = scope["path"].removeprefix("/calendar/").removesuffix(".ics")
        try:
            text = await asyncio.to_thread(self.calendar, token)
        except Unauthenticated:
            await send_not_found(send)
            return
        except Unavailable as error:
            log_outage(error)
            await send_unavailable(send)
            return
        tag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'.encode()
        caching = (b"etag", tag), (b"cache-control", b"private, no-cache")
        sent_tags = dict(scope["headers"]).get(b"if-none-match", b"")
        if tag in (sent.strip().removeprefix(b"W/") for sent in sent_tags.split(b",")):
            await send_answer(send, 304, b"", *caching)
            return
        name = (b"content-disposition", b'inline; filename="educore.ics"')
        body = b"" if scope["method"] == "HEAD" else text
        await send_answer(send, 200, body, (b"content-type", b"text/calendar; charset=utf-8"), name, *caching)

    def calendar(self, token: str) -> bytes:
        """Return the calendar of a token as iCalendar text. Raises: Unauthenticated."""
        with self.school.work(ANONYMOUS, read_only=True) as anonymous:
            uow = read_calendar(anonymous, token=token)
            center = uow.get(Center, uow.actor.center_id or 0)
            return _to_icalendar(center.name, _select_sessions(uow))


def _select_sessions(uow: UnitOfWork) -> list[dict[str, Any]]:
    today = uow.ports.clock.now().date()
    in_range = where(date__gte=today - PAST, date__lte=today + AHEAD)
    return uow.select(CalendarSession, in_range, order=("date", "start_time"), limit=MOST_EVENTS)


def _to_icalendar(name: str, sessions: list[dict[str, Any]]) -> bytes:
    from icalendar import Calendar  # imported late: it takes 50 ms, and few servers need it at start

    calendar = Calendar()
    for key, value in (("prodid", "-//educore//timetable//EN"), ("version", "2.0"), ("x-wr-calname", name)):
        calendar.add(key, value)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    for session in sessions:
        calendar.add_component(_to_event(session))
    return bytes(calendar.to_ical())


def _to_event(session: dict[str, Any]) -> Any:
    from icalendar import Event

    event = Event()
    begins, ends = session["starts_at"], session["ends_at"]
    if begins is None:
        begins, ends = session["date"], session["date"] + timedelta(days=1)
    changes = int((session["updated_at"] - session["created_at"]).total_seconds())
    place = (session["room_name"], session["branch_name"], session["address"])
    details = (session["topic"], session["teacher_name"], session["online_link"])
    fields = {
        "uid": f"session-{session['id']}@educore",
        "summary": session["group_name"] + (f" ({course})" if (course := session["course_name"]) else ""),
        "dtstart": begins,
        "dtend": ends,
        "dtstamp": session["updated_at"],
        "created": session["created_at"],
        "last-modified": session["updated_at"],
        "sequence": changes,
        "status": "CANCELLED" if session["is_cancelled"] else "CONFIRMED",
        "location": ", ".join(part for part in place if part),
        "description": "\n".join(part for part in details if part),
    }
    for name, value in fields.items():
        event.add(name, value)
    if session["online_link"]:
        event.add("url", session["online_link"])
    return event
