"""The schedule of a teacher."""

from __future__ import annotations

from datetime import date
from typing import Any

from educore.kernel.conditions import where
from educore.kernel.shape import Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import local_today
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
    """Return the sessions of a teacher in order of time, cancelled ones too, to any member of the Center (C53).

    Without `first_date` they begin today, in the Center's time zone. The shape needs the field `id`. Its field
    `online_link` is None unless the actor may read the session itself, so that a schedule never opens an online room.
    """
    days = {"date__gte": first_date or local_today(uow, teacher.center_id)}
    days |= {"date__lte": last_date} if last_date else {}
    in_schedule = where(teacher_id=teacher.id, **days)
    readable_ids = uow.count_by(Session, "id", in_schedule)
    rows = uow.select(shape, in_schedule, to="see_schedule", order=("date", "start_time"))
    return [row if row["id"] in readable_ids else {**row, "online_link": None} for row in rows]
