"""Lessons of class A of the school that calls Madrasti, and how its teacher marks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any

from educore import UnitOfWork, where
from educore.attendance import prepare_register, start_register, take_register
from educore.people import Student
from educore.timetable import Session, add_slot, open_timetable
from support.web.madrasti_classes import Classes
from support.web.madrasti_school import School

HOURS = (8, 9)
WEEK = ("mon", "tue", "wed", "thu", "fri")


@dataclass(frozen=True)
class Lessons:
    """Two lessons of Timur a day for class A, from Monday 1 January 2024 on."""

    school: School
    classes: Classes

    def take(self, day: date, statuses: Mapping[str, str], *, hour: int = 8, **details: Any) -> int:
        """Let Timur mark pupils by name in a lesson, whose register is opened if it is not; return its id."""
        timur = self.school.site.world.timur
        with self.school.site.platform.school.work(replace(timur, school_id=timur.center_id)) as uow:
            (session,) = uow.find(Session, where(group_id=self.classes.a, date=day, start_time=time(hour)))
            if session.register_status is None:
                session = start_register(uow, prepare_register(uow, series_id=session.series_id or 0, date=day))
            marks = [{"student_id": _id(uow, name), "status": status, **details} for name, status in statuses.items()]
            take_register(uow, session, marks=marks)
        return session.id


def plan_lessons(school: School, classes: Classes) -> Lessons:
    """Plan the lessons."""
    with school.site.platform.school.work(school.site.world.dilshod) as uow:
        week = open_timetable(uow, group_id=classes.a, effective_from=date(2024, 1, 1))
        for day in WEEK:
            for hour in HOURS:
                times = {"start_time": time(hour), "end_time": time(hour + 1)}
                teacher = school.site.world.timur.teacher_id
                add_slot(uow, timetable_id=week.id, weekday=day, teacher_id=teacher, **times)
    return Lessons(school, classes)


def _id(uow: UnitOfWork, username: str) -> int:
    return uow.as_platform().find(Student, where(user__username=username))[0].id
