"""Timetables: the weekly plans of classes, each for a period."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from educore import Count, From, Invalid, Role, UnitOfWork, perform
from educore.groups import Group
from educore.timetable import Timetable, open_timetable
from educore.values import Day
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import OFFICE
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.filters import id_filter
from educore_web.rest.further_names import Also


class TimetableIn(Body, of=Timetable):
    """A timetable of a class for a period; without its end it lasts as long as the academic year of the class."""

    class_: Annotated[int, To("group_id"), Also("school_class", "class_id")]
    academic_year: Annotated[int, To("academic_year_id")]
    effective_from: Day
    effective_to: Day | None = None
    is_active: bool = True


class TimetableOut(MadrastiShape, of=Timetable):
    """A timetable. `sessions_count` is the number of its slots in the week."""

    id: int
    class_: Annotated[int, From("group_id"), Also("class_id")]
    class_name: Annotated[str, From("group.name")]
    academic_year: Annotated[int | None, From("group.academic_year_id")]
    academic_year_display: Annotated[str | None, From("group.academic_year.year")]
    effective_from: date
    effective_to: date | None
    is_active: bool
    sessions_count: Annotated[int, Count("Series")]
    created_by: Annotated[int | None, From("created_by_id")]
    created_at: datetime
    updated_at: datetime


def add_timetable(uow: UnitOfWork, *, group_id: int, academic_year_id: int, **fields: Any) -> Timetable:
    """Open a timetable. Raises: Invalid("other_year") on academic_year_id; the errors of `open_timetable`."""
    _require_year(uow.reference(Group, group_id, field="group_id"), academic_year_id)
    return open_timetable(uow, group_id=group_id, **fields)


def change_timetable(
    uow: UnitOfWork, timetable: Timetable, *, academic_year_id: int | None = None, **fields: Any
) -> None:
    """Change a timetable, whose class and year stay. Raises: Invalid("other_year") on academic_year_id."""
    if academic_year_id is not None:
        _require_year(uow.get(Group, timetable.group_id), academic_year_id)
    perform(uow, Timetable, "update", timetable.id, fields)


def _require_year(group: Group, academic_year_id: int) -> None:
    if group.academic_year_id not in (None, academic_year_id):  # a group without a year is no class
        raise Invalid.because("academic_year_id", "other_year", id=academic_year_id)


ROUTES = madrasti.crud(
    "/attendance/timetables/",
    Timetable,
    TimetableIn,
    TimetableOut,
    create=add_timetable,
    update=change_timetable,
    resource="attendance.timetables",
    write_roles=OFFICE,
    permission="can_manage_config",
    search=("group__name",),
    listing={"order": ("-effective_from", "id"), "filters": (id_filter("teacher", "Series__teacher__user_id"),)},
    open_to=frozenset({Role.DRIVER}),
    archives=True,
    additions=("partial_update",),
)
