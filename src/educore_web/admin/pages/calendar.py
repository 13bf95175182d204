"""The calendar: one week of lessons, perhaps of one teacher, group or room, and the address to subscribe to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated
from urllib.parse import urlencode

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from educore import Count, Educore, From, NameOf, Role, Shape, Where, where
from educore.groups import Group
from educore.identity import CalendarFeed
from educore.timetable import Session, close_calendar, open_calendar
from educore_web.admin.frame import Frame
from educore_web.admin.reading import RowReader
from educore_web.admin.security.csrf import require_token
from educore_web.admin.security.current_user import current_actor, local_day
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.parameters import parse_id
from educore_web.admin.ui.question import Question
from educore_web.admin.ui.week import Week, lay_out, monday_of
from educore_web.admin.views import ScreenView

MAX_LESSONS = 2_000
FIRST_YEAR, LAST_YEAR = 1900, 2200
LESSON_FIELDS = ("teacher_id", "group_id", "room_id")
"""The filters that also fill in the form of a new lesson."""


class CalendarLesson(Shape, of=Session):
    """A lesson on the calendar."""

    id: int
    date: date
    start_time: time | None
    end_time: time | None
    group_id: int
    group: Annotated[str, From("group.name")]
    teacher: Annotated[str | None, NameOf("teacher")]
    room: Annotated[str | None, From("room.name")]
    topic: str
    online_link: str | None
    is_cancelled: bool
    is_marked: Annotated[bool, Count("Attendance")]


@dataclass(frozen=True)
class Calendar:
    """A week, its filters, and whether a calendar program subscribes to it.

    `chosen` maps each filter to the id it is set to, `names` to the name of that row. `is_truncated` says that there
    are more lessons than MAX_LESSONS; `needs_center` that the user of several Centers has to choose one first.
    """

    week: Week
    today: date
    chosen: Mapping[str, str]
    names: Mapping[str, str]
    is_subscribed: bool
    is_truncated: bool = False
    needs_center: bool = False

    def address(self, monday: date) -> str:
        """Return the query string of another week with the same filters."""
        return urlencode({"week": monday.isoformat(), **self.chosen})

    @property
    def neighbours(self) -> tuple[date, date]:
        """The Mondays of the week before and the week after."""
        return self.week.monday - timedelta(days=7), self.week.monday + timedelta(days=7)

    def new_lesson(self, day: date, hour: int) -> str:
        """Return the query string of the form for a lesson that begins at an hour of a day."""
        begins, ends = time(hour), time(min(hour + 1, 23), 0 if hour < 23 else 59)
        start = {"date": day.isoformat(), "start_time": f"{begins:%H:%M}", "end_time": f"{ends:%H:%M}"}
        return urlencode(start | {name: id for name, id in self.chosen.items() if name in LESSON_FIELDS})


def calendar_filters() -> tuple[Question, ...]:
    """Return the filters of the calendar; a user who sees several Centers has to choose one."""
    actor = current_actor()
    centers = () if actor.center_id is not None else (Question("center_id", Session, required=True),)
    teachers = () if actor.role is Role.TEACHER else (Question("teacher_id", Session),)
    rest = (Question("group_id", Session), Question("room_id", Session), Question("branch_id", Group))
    return (*centers, *teachers, *rest)


@login_required
async def show_week(frame: Frame, request: Request) -> Response:
    """Show the week that the address names."""
    view = frame.view_for(Session)
    return await _render(frame, request, view)


@login_required
async def subscribe(frame: Frame, request: Request) -> Response:
    """Make a secret address of the user's own calendar and show it, only this time; an earlier one stops working.

    Raises: Forbidden.
    """
    require_token(request, await request.form())
    view = frame.view_for(Session)
    token = await to_thread.run_sync(_open_feed, frame.school)
    return await _render(frame, request, view, f"{frame.public_url}/calendar/{token}.ics")


@login_required
async def unsubscribe(frame: Frame, request: Request) -> Response:
    """Make the address of the user's own calendar stop working."""
    require_token(request, await request.form())
    await to_thread.run_sync(_close_feed, frame.school)
    frame.flash(request, translate("calendar.closed"))
    return frame.redirect_to(request, "timetable")


async def _render(frame: Frame, request: Request, view: ScreenView, address: str | None = None) -> Response:
    calendar = await load_calendar(view, request)
    context = {"view": view, "calendar": calendar, "week": calendar.week, "address": address}
    return await frame.render(request, "timetable.html", context | {"filters": calendar_filters()})


async def load_calendar(view: ScreenView, request: Request) -> Calendar:
    """Return the week that an address names, with its lessons. Raises: HTTPException 400, 403."""
    if not view.permits("read"):
        raise HTTPException(403)
    today = local_day(view.school.ports.clock.now())
    monday = _monday(request.query_params.get("week", ""), today)
    ids = {question.name: parse_id(request.query_params.get(question.name, "")) for question in calendar_filters()}
    chosen = {name: str(id) for name, id in ids.items() if id is not None}
    return await to_thread.run_sync(_read, view, monday, today, chosen)


def _open_feed(school: Educore) -> str:
    with school.work(current_actor()) as uow:
        return open_calendar(uow)


def _close_feed(school: Educore) -> None:
    with school.work(current_actor()) as uow:
        close_calendar(uow)


def _read(view: ScreenView, monday: date, today: date, chosen: Mapping[str, str]) -> Calendar:
    actor = current_actor()
    needs_center = actor.center_id is None and "center_id" not in chosen
    with view.open_reader() as reader:
        uow = reader.uow
        in_week = where(date__gte=monday, date__lte=monday + timedelta(days=6)) & _filter_condition(chosen)
        order = ("date", "start_time")
        lessons = [] if needs_center else uow.select(CalendarLesson, in_week, order=order, limit=MAX_LESSONS)
        own_feed = where(user_id=actor.user_id, membership_id=actor.membership_id, revoked_at__isnull=True)
        is_subscribed = actor.membership_id is not None and bool(uow.count(CalendarFeed, own_feed))
        names = _names(reader, chosen)
    return Calendar(
        lay_out(monday, lessons),
        today,
        chosen,
        names,
        is_subscribed,
        is_truncated=len(lessons) == MAX_LESSONS,
        needs_center=needs_center,
    )


def _filter_condition(chosen: Mapping[str, str]) -> Where:
    return where(**{"group__branch_id" if name == "branch_id" else name: int(id) for name, id in chosen.items()})


def _names(reader: RowReader, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the names of the chosen rows, "" for those the user may not see."""
    kinds = {question.name: question.target for question in calendar_filters()}
    names = {}
    for name, id in chosen.items():
        found = reader.some(reader.uow.domain.kinds[kinds[name] or ""], [int(id)])
        names[name] = reader.names.full_name(found[0]) if found else ""
    return names


def _monday(text: str, today: date) -> date:
    """Return the Monday of the week with this day, of the present week for "". Raises: HTTPException 400."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise HTTPException(400) from None
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise HTTPException(400)
    return monday_of(day or today)
