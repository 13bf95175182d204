"""Timetable sessions: the slots of the week of a class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from educore import Computed, From, Later, NameOf, Role, Shape, UnitOfWork, Where, everything, nothing, perform, where
from educore.people import Teacher
from educore.timetable import Series, add_slot
from educore.values import WEEKDAYS, Text
from educore_web.apis.madrasti.dialect import HourIn, MadrastiShape, format_hour
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import OFFICE, SlotWord
from educore_web.i18n import locale_of, weekday_name
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import LookupBy, To
from educore_web.rest.bulk import with_bulk
from educore_web.rest.filters import flag_filter, id_filter
from educore_web.rest.further_names import ADDITION

IN_TIMETABLES = where(timetable_id__isnull=False)
"""The condition for the series that are slots of a timetable."""


class SlotIn(Body, of=Series):
    """A slot of the week. `day_of_week` is 1 for Monday and 7 for Sunday, `teacher` the account of a teacher."""

    timetable: Annotated[int, To("timetable_id")]
    day_of_week: Annotated[int, To("weekday"), Field(ge=1, le=7)]
    start_time: HourIn
    end_time: HourIn
    subject: Annotated[int, To("course_id")]
    teacher: Annotated[int, To("teacher_id"), LookupBy(Teacher, "user_id")]
    room: Annotated[int | None, To("room_id")] = None
    session_type: Annotated[SlotWord, To("type")] = SlotWord.REGULAR
    is_active: bool = True
    notes: Text = ""


def day_number(weekdays: str) -> int:
    """Return the number of a weekday: 1 for Monday, 7 for Sunday."""
    return WEEKDAYS.index(weekdays) + 1


class SlotHour(Shape, of=Series):
    """The hour of a slot in its week."""

    timetable: Annotated[int | None, From("timetable_id")]
    weekdays: str
    start_time: Annotated[str, Computed(format_hour, "start_time")]


class SlotOut(MadrastiShape, of=Series):
    """A slot of the week. `session_order` is its place among the hours of the class on that day, from 1 on."""

    id: int
    timetable: Annotated[int | None, From("timetable_id")]
    day_of_week: Annotated[int, Computed(day_number, "weekdays")]
    day_name: Annotated[str, Later()]
    start_time: Annotated[str, Computed(format_hour, "start_time")]
    end_time: Annotated[str, Computed(format_hour, "end_time")]
    subject: Annotated[int | None, From("course_id")]
    subject_name: Annotated[str | None, From("course.name")]
    teacher: Annotated[int | None, From("teacher.user_id")]
    teacher_name: Annotated[str | None, NameOf("teacher")]
    room: Annotated[int | None, From("room_id")]
    room_name: Annotated[str | None, From("room.name")]
    session_type: Annotated[SlotWord, From("type")]
    is_active: bool
    notes: str
    created_at: datetime
    class_: Annotated[int, From("group_id"), ADDITION]
    class_name: Annotated[str, From("group.name"), ADDITION]
    session_order: Annotated[int, Later(), ADDITION]

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """Name the weekdays in the language of the answer, and number the hours of each day in one statement."""
        locale = locale_of(uow.actor.language or madrasti.dialect.language)
        hours = _hours_of_days(uow, {row["timetable"] for row in rows})
        for row in rows:
            day = row["day_of_week"] - 1
            earlier = [hour for hour in hours[row["timetable"], WEEKDAYS[day]] if hour < row["start_time"]]
            row["day_name"], row["session_order"] = weekday_name(day, locale), len(earlier) + 1


def _hours_of_days(uow: UnitOfWork, timetables: Collection[int]) -> defaultdict[tuple[int, str], set[str]]:
    """Return the hours at which slots begin, by timetable and weekday."""
    hours: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
    for slot in uow.select(SlotHour, where(timetable_id__in=timetables, is_active=True)) if timetables else ():
        hours[slot["timetable"], slot["weekdays"]].add(slot["start_time"])
    return hours


def add_timetable_session(uow: UnitOfWork, *, weekday: int, **fields: Any) -> Series:
    """Add a slot to a timetable."""
    return add_slot(uow, weekday=WEEKDAYS[weekday - 1], **fields)


def change_timetable_session(uow: UnitOfWork, slot: Series, *, weekday: int | None = None, **fields: Any) -> None:
    """Change a slot; its coming lessons follow."""
    named = {} if weekday is None else {"weekday": WEEKDAYS[weekday - 1]}
    perform(uow, Series, "update", slot.id, {**fields, **named})


def mine(uow: UnitOfWork, wanted: bool) -> Where:
    """Return the condition for the slots of the actor: those that a teacher teaches; others see only their own anyway.

    Students see those of their classes, parents those of their children's, and the office is busy with all of them.
    """
    return where(teacher_id=uow.actor.teacher_id) if wanted and uow.actor.role is Role.TEACHER else everything


def on_day(uow: UnitOfWork, number: int) -> Where:
    """Return the condition for the slots on a day of the week; there is none beyond the seventh."""
    return where(weekdays=WEEKDAYS[number - 1]) if 1 <= number <= len(WEEKDAYS) else nothing


MINE = replace(flag_filter("my_sessions", "teacher_id"), condition=mine)
CRUD = madrasti.crud(
    "/attendance/timetable-sessions/",
    Series,
    SlotIn,
    SlotOut,
    create=add_timetable_session,
    update=change_timetable_session,
    resource="attendance.timetable_sessions",
    only=IN_TIMETABLES,
    write_roles=OFFICE,
    permission="can_manage_config",
    search=("course__name", "group__name", "room__name"),
    listing={"order": ("id",), "filters": (MINE, id_filter("day_of_week", "weekdays", on_day))},
    open_to=frozenset({Role.DRIVER}),
    archives=True,
    additions=("partial_update",),
)
SINGLE = [replace(route, action="add_slot") if route.verb == "create" else route for route in CRUD]
ROUTES = with_bulk(SINGLE, creates=True, updates=True)
