"""The calendar: one week of lessons, for everybody or narrowed, and the address to subscribe to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated
from urllib.parse import urlencode

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request

from educore import Count, Educore, From, Joined, Role, Shape, Where, where
from educore.groups import Group
from educore.identity import CalendarFeed
from educore.timetable import Session, close_calendar, open_calendar
from educore_web.admin.security.current_user import acting, local_day
from educore_web.admin.ui.forms import Question
from educore_web.admin.ui.naming import full_name
from educore_web.admin.ui.parameters import id_written
from educore_web.admin.ui.week import Week, lay_out, monday_of
from educore_web.admin.views import UseCaseView

MOST_LESSONS = 2_000
FIRST_YEAR, LAST_YEAR = 1900, 2200
LESSON_FIELDS = ("teacher_id", "group_id", "room_id")
"""The filters that also answer questions about a new lesson."""


class OnCalendar(Shape, of=Session):
    """A lesson as the calendar shows it."""

    id: int
    date: date
    start_time: time | None
    end_time: time | None
    group_id: int
    group: Annotated[str, From("group.name")]
    teacher: Annotated[str | None, Joined("teacher.user.first_name", "teacher.user.last_name")]
    room: Annotated[str | None, From("room.name")]
    topic: str
    online_link: str | None
    is_cancelled: bool
    is_marked: Annotated[bool, Count("Attendance")]


@dataclass(frozen=True)
class Calendar:
    """A week, what it is narrowed to, and whether a calendar program reads it already."""

    week: Week
    today: date
    chosen: Mapping[str, str]
    names: Mapping[str, str]
    is_subscribed: bool
    is_cut: bool = False
    needs_center: bool = False

    def address(self, monday: date) -> str:
        """The query of another week with the same filters."""
        return urlencode({"week": monday.isoformat(), **self.chosen})

    @property
    def neighbours(self) -> tuple[date, date]:
        """The weeks before and after."""
        return self.week.monday - timedelta(days=7), self.week.monday + timedelta(days=7)

    def new_lesson(self, day: date, hour: int) -> str:
        """The query of the form for a lesson that begins at an hour of a day."""
        begins, ends = time(hour), time(min(hour + 1, 23), 0 if hour < 23 else 59)
        given = {"date": day.isoformat(), "start_time": f"{begins:%H:%M}", "end_time": f"{ends:%H:%M}"}
        return urlencode(given | {name: id for name, id in self.chosen.items() if name in LESSON_FIELDS})


def filters() -> tuple[Question, ...]:
    """What the visitor can narrow the calendar by; whoever sees several Centers chooses one."""
    who = acting()
    centers = () if who.center_id is not None else (Question("center_id", Session, required=True),)
    teachers = () if who.role is Role.TEACHER else (Question("teacher_id", Session),)
    rest = (Question("group_id", Session), Question("room_id", Session), Question("branch_id", Group))
    return (*centers, *teachers, *rest)


async def show(view: UseCaseView, request: Request) -> Calendar:
    """The week an address asks for. Raises: HTTPException 400, 403."""
    if not view.permits("read"):
        raise HTTPException(403)
    today = local_day(view.school.ports.clock.now())
    monday = _monday(request.query_params.get("week", ""), today)
    asked = {question.name: id_written(request.query_params.get(question.name, "")) for question in filters()}
    chosen = {name: str(id) for name, id in asked.items() if id is not None}
    return await to_thread.run_sync(_read, view, monday, today, chosen)


async def subscribe(school: Educore, public_url: str) -> str:
    """The address of the visitor's own calendar, which is told once. Raises: Forbidden."""

    def open_one() -> str:
        with school.work(acting()) as uow:
            return open_calendar(uow)

    return f"{public_url}/calendar/{await to_thread.run_sync(open_one)}.ics"


async def unsubscribe(school: Educore) -> None:
    """Make the address of the visitor's own calendar stop working."""

    def close_it() -> None:
        with school.work(acting()) as uow:
            close_calendar(uow)

    await to_thread.run_sync(close_it)


def _read(view: UseCaseView, monday: date, today: date, chosen: Mapping[str, str]) -> Calendar:
    who = acting()
    needs_center = who.center_id is None and "center_id" not in chosen
    with view.school.work(who, read_only=True) as uow:
        these = where(date__gte=monday, date__lte=monday + timedelta(days=6)) & _narrowed(chosen)
        order = ("date", "start_time")
        lessons = [] if needs_center else uow.select(OnCalendar, these, order=order, limit=MOST_LESSONS)
        mine = where(user_id=who.user_id, membership_id=who.membership_id, revoked_at__isnull=True)
        is_subscribed = who.membership_id is not None and bool(uow.count(CalendarFeed, mine))
    return Calendar(
        lay_out(monday, lessons),
        today,
        chosen,
        _names(view, chosen),
        is_subscribed,
        is_cut=len(lessons) == MOST_LESSONS,
        needs_center=needs_center,
    )


def _narrowed(chosen: Mapping[str, str]) -> Where:
    return where(**{"group__branch_id" if name == "branch_id" else name: int(id) for name, id in chosen.items()})


def _names(view: UseCaseView, chosen: Mapping[str, str]) -> dict[str, str]:
    """What the chosen rows are called, if the visitor may see them."""
    kinds = {question.name: question.target for question in filters()}
    names = {}
    for name, id in chosen.items():
        found = view.reader.some(view.school.domain.kinds[kinds[name] or ""], [int(id)])
        names[name] = full_name(found[0]) if found else ""
    return names


def _monday(text: str, today: date) -> date:
    """The Monday of the week a day lies in; this week's where none is asked for. Raises: HTTPException 400."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise HTTPException(400) from None
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise HTTPException(400)
    return monday_of(day or today)
