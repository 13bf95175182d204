"""What there is to read of a timetable beyond its rows."""

from __future__ import annotations

from datetime import date
from typing import Any

from educore.kernel.conditions import where
from educore.kernel.shape import Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.use_cases import local_today
from educore.people.entities import Teacher
from educore.timetable.entities import Session


def teacher_schedule(
    uow: UnitOfWork,
    teacher: Teacher,
    *,
    shape: type[Shape],
    first_date: date | None = None,
    last_date: date | None = None,
) -> list[dict[str, Any]]:
    """Show the sessions of a teacher in order of time, cancelled ones too, to anybody of the Center (center_crm C53).

    Without a first date they begin today, as the Center's calendar has it. A field `online_link` of the shape is
    shown only to those who may read the session itself, so that nobody joins a class by reading a schedule.
    """
    days = {"date__gte": first_date or local_today(uow, teacher.center_id)}
    days |= {"date__lte": last_date} if last_date else {}
    these = where(teacher_id=teacher.id, **days)
    known = uow.count_by(Session, "id", these)
    lines = uow.select(shape, these, to="see_schedule", order=("date", "start_time"))
    return [line if line["id"] in known else {**line, "online_link": None} for line in lines]
