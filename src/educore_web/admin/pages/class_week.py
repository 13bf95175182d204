"""The week of a class: the slots of one of its timetables by day and hour, to look at and to print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.requests import Request
from starlette.responses import Response

from educore import From, NameOf, Shape, UnitOfWork, where
from educore.groups import Group
from educore.timetable import Series, SlotType, Timetable
from educore.values import WEEKDAYS
from educore_web.admin.frame import Frame
from educore_web.admin.security.current_user import current_actor, local_day
from educore_web.admin.ui.parameters import parse_id
from educore_web.admin.ui.week import Day, Week, lay_out, monday_of

LEARNING_DAYS = 5
"""The days from Monday that are always shown; the others only if they have slots."""


class ClassHead(Shape, of=Group):
    """The class above its week."""

    id: int
    name: str
    center: Annotated[str, From("center.name")]
    year: Annotated[str | None, From("academic_year.year")]
    teacher: Annotated[str | None, NameOf("teacher")]
    room: Annotated[str | None, From("room.name")]


class Period(Shape, of=Timetable):
    """A timetable of the class, with the days between which it is in effect."""

    id: int
    effective_from: date
    effective_to: date | None
    is_active: bool


class Slot(Shape, of=Series):
    """A slot of the week of a class."""

    id: int
    course_id: int | None
    course: Annotated[str | None, From("course.name")]
    teacher: Annotated[str | None, NameOf("teacher")]
    room: Annotated[str | None, From("room.name")]
    weekdays: str
    start_time: time
    end_time: time
    type: SlotType
    is_active: bool


@dataclass(frozen=True)
class ClassWeek:
    """The week of a class: its timetables, the one that is shown, and the slots of this one on the grid.

    The dates of the week stand for the days of any week.
    """

    head: Mapping[str, Any]
    periods: list[Mapping[str, Any]]
    shown: Mapping[str, Any] | None
    week: Week

    @property
    def days(self) -> list[Day]:
        """The days to show."""
        return [day for day in self.week.days if day.date.weekday() < LEARNING_DAYS or day.blocks]

    @property
    def grid(self) -> Week:
        """The week with these days alone."""
        return Week(self.week.monday, self.days, self.week.hours, self.week.top)

    def new_slot(self, day: date, hour: int) -> str:
        """Return the query string of the form for a slot that begins at an hour of a day of the week."""
        ends = time(hour + 1) if hour < 23 else time(23, 59)
        times = {"start_time": f"{hour:02}:00", "end_time": f"{ends:%H:%M}"}
        timetable = {"timetable_id": self.shown["id"]} if self.shown else {}
        return urlencode({**timetable, "weekday": WEEKDAYS[day.weekday()], **times})


@login_required
async def show_class_week(frame: Frame, request: Request) -> Response:
    """Show the week of a class by the timetable that the address names, or else the one in effect now."""
    chosen = parse_id(request.query_params.get("timetable", ""))
    return await _render(frame, request, int(request.path_params["pk"]), chosen)


@login_required
async def show_timetable_week(frame: Frame, request: Request) -> Response:
    """Show the week of a timetable. Raises: NotFound."""
    frame.view_for(Timetable, "read")
    id = int(request.path_params["pk"])

    def find_class() -> int:
        with frame.school.work(current_actor(), read_only=True) as uow:
            return uow.get(Timetable, id).group_id

    return await _render(frame, request, await to_thread.run_sync(find_class), id)


async def _render(frame: Frame, request: Request, group: int, timetable: int | None) -> Response:
    frame.view_for(Timetable, "read")
    today = local_day(frame.school.ports.clock.now())

    def read() -> ClassWeek:
        with frame.school.work(current_actor(), read_only=True) as uow:
            return load_class_week(uow, group, timetable, today=today)

    found = await to_thread.run_sync(read)
    context = {"view": frame.view_for(Group), "slots": frame.view_for(Series), "found": found, "week": found.grid}
    return await frame.render(request, "class_week.html", context)


def load_class_week(uow: UnitOfWork, group: int, timetable: int | None, *, today: date) -> ClassWeek:
    """Return the week of a class by a timetable, or else by the one in effect on a day, in three statements.

    Raises: NotFound.
    """
    head = uow.select_one(ClassHead, group)
    periods = uow.select(Period, where(group_id=group), order=("-effective_from", "-id"))
    if timetable is None:
        shown = next((period for period in periods if _is_in_effect(period, today)), periods[0] if periods else None)
    else:
        shown = next((period for period in periods if period["id"] == timetable), None)
    found = uow.select(Slot, where(timetable_id=shown["id"]), order=("start_time",)) if shown else []
    monday = monday_of(today)
    slots = [{**slot, "date": monday + timedelta(days=WEEKDAYS.index(slot["weekdays"]))} for slot in found]
    return ClassWeek(head, [*periods], shown, lay_out(monday, slots, colored_by="course_id"))


def _is_in_effect(period: Mapping[str, Any], day: date) -> bool:
    ends = period["effective_to"]
    return bool(period["is_active"]) and period["effective_from"] <= day and (ends is None or day <= ends)
