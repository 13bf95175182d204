"""A member's timetable for their calendar program: `/calendar/<token>.ics`."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from educore import ANONYMOUS, Educore, From, Joined, Shape, Unauthenticated, Unavailable, UnitOfWork, where
from educore.organization import Center
from educore.timetable import Session, read_calendar
from educore_web.runtime.answers import answer, not_found, unavailable
from educore_web.runtime.asgi import Receive, Scope, Send
from educore_web.runtime.outages import note_outage

PAST, AHEAD = timedelta(days=60), timedelta(days=366)
MOST_EVENTS = 5_000
REFRESH = timedelta(hours=1)


class CalendarSession(Shape, of=Session):
    """What a calendar shows of a session."""

    id: int
    group_name: Annotated[str, From("group.name")]
    course_name: Annotated[str, From("group.course.name")]
    teacher_name: Annotated[str | None, Joined("teacher.user.first_name", "teacher.user.last_name")]
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
    """Answers with the sessions that the owner of a token may see, and only says so when nothing has changed."""

    def __init__(self, school: Educore) -> None:
        self.school = school

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        token = scope["path"].removeprefix("/calendar/").removesuffix(".ics")
        try:
            text = await asyncio.to_thread(self.calendar, token)
        except Unauthenticated:
            await not_found(send)
            return
        except Unavailable as error:
            note_outage(error)
            await unavailable(send)
            return
        tag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'.encode()
        kept = (b"etag", tag), (b"cache-control", b"private, no-cache")
        known = dict(scope["headers"]).get(b"if-none-match", b"")
        if tag in (each.strip().removeprefix(b"W/") for each in known.split(b",")):
            await answer(send, 304, b"", *kept)
            return
        name = (b"content-disposition", b'inline; filename="educore.ics"')
        body = b"" if scope["method"] == "HEAD" else text
        await answer(send, 200, body, (b"content-type", b"text/calendar; charset=utf-8"), name, *kept)

    def calendar(self, token: str) -> bytes:
        """The calendar as iCalendar text. Raises: Unauthenticated."""
        with self.school.work(ANONYMOUS, read_only=True) as nobody:
            me = read_calendar(nobody, token=token)
            center = me.get(Center, me.actor.center_id or 0)
            return _icalendar(center.name, _sessions(me))


def _sessions(me: UnitOfWork) -> list[dict[str, Any]]:
    today = me.ports.clock.now().date()
    near = where(date__gte=today - PAST, date__lte=today + AHEAD)
    return me.select(CalendarSession, near, order=("date", "start_time"), limit=MOST_EVENTS)


def _icalendar(name: str, sessions: list[dict[str, Any]]) -> bytes:
    from icalendar import Calendar  # a twentieth of a second, which only those who subscribe need

    calendar = Calendar()
    for key, value in (("prodid", "-//educore//timetable//EN"), ("version", "2.0"), ("x-wr-calname", name)):
        calendar.add(key, value)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    for session in sessions:
        calendar.add_component(_event(session))
    return bytes(calendar.to_ical())


def _event(session: dict[str, Any]) -> Any:
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
        "summary": f"{session['group_name']} ({session['course_name']})",
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
