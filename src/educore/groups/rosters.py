"""The roster of a group on a day: the students who were in it, and the reasons why others were not."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from educore.groups.entities import Enrollment, held_between
from educore.kernel.conditions import where
from educore.kernel.errors import Problem
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student


def explain_absences(uow: UnitOfWork, student_ids: Collection[int], *, group_id: int, on: date) -> dict[int, Problem]:
    """Return a problem for each student who was not in the group on a local day, by student id.

    It is "joined_later", with the first day in the group after that day, or "not_in_group". Takes one statement if all
    were in the group, and none for nobody.
    """
    if not student_ids:
        return {}
    present = uow.visible_ids(
        Student, student_ids, where(Enrollment__has=where(group_id=group_id) & held_between(on, on))
    )
    absent = {id for id in student_ids if id not in present}
    if not absent:
        return {}
    later = where(group_id=group_id, student_id__in=absent, enrolled_on__gte=on)
    found = uow.find(Enrollment, later, order=("-enrolled_on",))
    joined = {place.student_id: place.enrolled_on for place in found if not place.was_never_held}
    return {
        id: Problem("joined_later", {"id": id, "date": joined[id].isoformat()})
        if id in joined
        else Problem("not_in_group", {"id": id})
        for id in absent
    }
