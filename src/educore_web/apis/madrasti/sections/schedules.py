"""Schedules: the lessons of today, and those of a week."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel

from educore import Computed, From, Later, NameOf, Role, UnitOfWork, Where, everything, where
from educore.groups import Enrollment, takes_seat
from educore.organization import center_time_zone
from educore.timetable import RegisterStatus, Session
from educore_web.apis.madrasti.dialect import MadrastiShape, format_hour
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import ROLES, LessonWord
from educore_web.i18n import locale_of, weekday_name
from educore_web.rest.filters import day_filter, id_filter, read_parameters
from educore_web.rest.further_names import ADDITION
from educore_web.rest.request import RequestData

DAYS = 7
READERS = ROLES - {Role.DRIVER, Role.SUPERADMIN}
"""The roles of people at one school who have lessons, or plan them."""

IN_PLAN = where(series__timetable_id__isnull=False, is_cancelled=False)
"""The condition for the lessons that timetables plan."""


def register_id(id: int, register_status: str | None) -> int | None:
    """Return the id of the register of a lesson, None before it is opened."""
    return None if register_status is None else id


class LessonOut(MadrastiShape, of=Session):
    """A lesson of a day; `id` is the timetable session, and `attendance_session` its register once it is opened."""

    id: Annotated[int | None, From("series_id")]
    start_time: Annotated[str, Computed(format_hour, "start_time")]
    end_time: Annotated[str, Computed(format_hour, "end_time")]
    subject: Annotated[str | None, From("course.name")]
    class_: Annotated[str, From("group.name")]
    room: Annotated[str | None, From("room.name")]
    status: Annotated[LessonWord, Later()]
    attendance_session: Annotated[int | None, Computed(register_id, "id", "register_status")]
    students_count: Annotated[int, Later()]
    date: Annotated[date, ADDITION]
    class_id: Annotated[int, From("group_id"), ADDITION]
    teacher: Annotated[int | None, From("teacher.user_id"), ADDITION]
    teacher_name: Annotated[str | None, NameOf("teacher"), ADDITION]
    register_status: Annotated[RegisterStatus | None, ADDITION]

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """Compare the times with the clock on the wall, and count the places taken in the classes in one statement."""
        now = uow.ports.clock.now().astimezone(center_time_zone(uow, uow.actor.center_id))
        in_classes = where(group_id__in={row["class_id"] for row in rows})
        seated = uow.as_platform().count_by(Enrollment, "group_id", takes_seat & in_classes) if rows else {}
        for row in rows:
            row["status"] = lesson_status(row, now)
            row["students_count"] = seated.get(row["class_id"], 0)


class TodayOut(BaseModel):
    """The lessons of today. `teacher_id` is the account of the teacher who asks, null for everybody else."""

    date: date
    teacher_id: int | None
    sessions: list[LessonOut]


class DayOut(BaseModel):
    """The lessons of a day. `day_of_week` is 1 for Monday."""

    date: date
    day_of_week: int
    day_name: str
    sessions: list[LessonOut]


class WeekOut(BaseModel):
    """The lessons of a week, from Monday to Sunday."""

    week_start: date
    week_end: date
    days: list[DayOut]


def lesson_status(lesson: dict[str, Any], now: datetime) -> LessonWord:
    """Return whether a lesson is still to come, goes on or is over, by the clock and by its register."""
    begins, ends = ((lesson["date"], lesson[name]) for name in ("start_time", "end_time"))
    moment = (now.date(), f"{now:%H:%M}")
    if lesson["register_status"] == RegisterStatus.COMPLETED or ends <= moment:
        return LessonWord.COMPLETED
    is_open = lesson["register_status"] == RegisterStatus.IN_PROGRESS
    return LessonWord.ACTIVE if is_open or begins <= moment else LessonWord.UPCOMING


def today_sessions(uow: UnitOfWork) -> dict[str, Any]:
    """Today's sessions: those that a teacher teaches, and of everybody else those of their classes"""
    today = uow.ports.clock.now().astimezone(center_time_zone(uow, uow.actor.center_id)).date()
    is_teacher = uow.actor.role is Role.TEACHER
    return {
        "date": today,
        "teacher_id": uow.actor.user_id if is_teacher else None,
        "sessions": _lessons(uow, where(date=today) & _own(uow)),
    }


def weekly_schedule(uow: UnitOfWork, request: RequestData) -> dict[str, Any]:
    """Weekly schedule: the sessions of the week of a day, today if none is named, of one class or of all"""
    return _week(uow, request, everything)


def my_schedule(uow: UnitOfWork, request: RequestData) -> dict[str, Any]:
    """One's own week: the sessions that a teacher teaches, and of everybody else those of their classes"""
    return _week(uow, request, _own(uow))


def _week(uow: UnitOfWork, request: RequestData, only: Where) -> dict[str, Any]:
    wanted = read_parameters(PARAMETERS, request.query)
    today = uow.ports.clock.now().astimezone(center_time_zone(uow, uow.actor.center_id)).date()
    day = wanted.pop("date", today)
    monday = day - timedelta(days=day.weekday())
    days = [monday + timedelta(days=number) for number in range(DAYS)]
    lessons = defaultdict(list)
    for lesson in _lessons(uow, where(date__gte=days[0], date__lte=days[-1], **wanted) & only):
        lessons[lesson["date"]].append(lesson)
    locale = locale_of(uow.actor.language or madrasti.dialect.language)
    return {
        "week_start": days[0],
        "week_end": days[-1],
        "days": [
            {"date": day, "day_of_week": number + 1, "day_name": weekday_name(number, locale), "sessions": lessons[day]}
            for number, day in enumerate(days)
        ],
    }


def _lessons(uow: UnitOfWork, condition: Where) -> list[dict[str, Any]]:
    return uow.select(LessonOut, IN_PLAN & condition, order=("date", "start_time", "id"))


def _own(uow: UnitOfWork) -> Where:
    """Return the condition for the lessons of the actor: teachers also see those of classes that they lead."""
    return where(teacher_id=uow.actor.teacher_id) if uow.actor.role is Role.TEACHER else everything


PARAMETERS = (day_filter("date", "date"), id_filter("class", "group_id"), id_filter("school_class", "group_id"))
PATH = "/attendance/timetable-sessions"
NAMED: dict[str, Any] = {"resource": "attendance.timetable_sessions", "kind": Session, "roles": READERS}
BY_WEEK: dict[str, Any] = {"out": WeekOut, "parameters": {known.name: known.schema for known in PARAMETERS}, **NAMED}

ROUTES = [
    madrasti.get(f"{PATH}/today_sessions/", today_sessions, out=TodayOut, **NAMED),
    madrasti.get(f"{PATH}/weekly_schedule/", weekly_schedule, **BY_WEEK),
    madrasti.get(f"{PATH}/my_schedule/", my_schedule, addition=True, **BY_WEEK),
]
