"""Rules of attendance about rows of other contexts."""

from __future__ import annotations

from datetime import timedelta

from educore.groups.entities import Enrollment
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict
from educore.kernel.unit_of_work import UnitOfWork
from educore.timetable.entities import Session


def keep_marks_in_place(uow: UnitOfWork, before: Enrollment, after: Enrollment) -> None:
    """Refuse a later beginning of a place that would leave marks of the student in the group before it.

    Marks that the actor may not see count too. Raises: Conflict("marked_before") on enrolled_on, with the first day.
    """
    if after.enrolled_on <= before.enrolled_on:
        return
    days = where(date__gte=before.enrolled_on, date__lte=after.enrolled_on - timedelta(days=1))
    marked = where(group_id=before.group_id, Attendance__has=where(student_id=before.student_id))
    for session in uow.as_platform().find(Session, days & marked, order=("date",), limit=1):
        raise Conflict.because("enrolled_on", "marked_before", date=session.date.isoformat())
