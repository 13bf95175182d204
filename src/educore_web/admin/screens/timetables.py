"""The screen of the timetables of classes, whose slots are on the screen of weekly plans."""

from __future__ import annotations

from typing import Any

from educore import UnitOfWork, where
from educore.timetable import Series, Timetable
from educore_web.admin.screen import RowLink, Screen, limit_choices
from educore_web.admin.screens.common import active_group
from educore_web.admin.ui.language import format_date, join_isolated
from educore_web.admin.ui.naming import RowNames
from educore_web.admin.ui.question import questions_about


def count_slots(uow: UnitOfWork, timetables: set[int]) -> dict[int, int]:
    """Return the number of slots of each timetable."""
    return uow.count_by(Series, "timetable_id", where(timetable_id__in=timetables))


def timetable_name(names: RowNames, timetable: Any) -> str:
    """Return the name of a timetable: its class and the day from which it is in effect."""
    return join_isolated(names.name_of(timetable.group), format_date(timetable.effective_from))


TIMETABLES = Screen(
    Timetable,
    "teaching",
    "ti ti-table",
    columns=("name", "effective_from", "effective_to", "slots", "is_active"),
    search=("group.name",),
    filters=("group_id", "is_active"),
    order="-effective_from",
    create=limit_choices(
        questions_about(Timetable, "group_id", "effective_from", "effective_to", "is_active"),
        group_id=active_group & where(academic_year_id__isnull=False),
    ),
    edit=questions_about(Timetable, "effective_from", "effective_to", "is_active"),
    counts={"slots": count_slots},
    links=(
        RowLink("week", "ti ti-calendar-week", page="timetable-week"),
        RowLink("add_slot", "ti ti-plus", kind=Series, prefill=(("timetable_id", "id"),)),
    ),
    related=((Series, "timetable_id"),),
    named_by="group_id",
    row_name=timetable_name,
    for_teachers=True,
    in_schools=True,
)

SCREENS = (TIMETABLES,)
