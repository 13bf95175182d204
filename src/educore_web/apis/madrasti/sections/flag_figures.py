"""The figures of absence flags, which the document has in two places, and the periods that reports are about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel

from educore import Invalid, UnitOfWork, where
from educore.attendance import FlagPriority, FlagStatistics, FlagStatus, FlagType, Period, flag_statistics
from educore.groups import Group
from educore.organization import center_time_zone
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import SCHOOL_OFFICE, FlagWord, PriorityWord
from educore_web.rest.filters import Filter, day_filter, id_filter, read_parameters
from educore_web.rest.request import RequestData

IN_CLASSES = where(academic_year_id__isnull=False)
"""The condition for the groups that are classes."""

DAYS = (day_filter("start_date", "first"), day_filter("end_date", "last"))
"""The parameters for the days of a report, both included."""

OF_CLASS = tuple(id_filter(name, "group_id") for name in ("class_id", "class"))
"""The parameters for the class that a report is about."""

WORDS: Mapping[str, str] = {"first": "start_date", "last": "end_date", "group_id": "class_id"}
"""The parameters of this document for those of the domain."""


class PeriodOut(BaseModel):
    """The days of a report, both included."""

    start_date: date
    end_date: date


class FlagDayOut(BaseModel):
    """The flags that were raised and those that were closed on a day."""

    date: date
    created: int
    resolved: int


class FlagFiguresOut(BaseModel):
    """The flags raised in a period; the average is null as long as none of them is resolved."""

    period: PeriodOut
    total_flags: int
    active: int
    resolved: int
    dismissed: int
    by_type: dict[str, int]
    by_priority: dict[str, int]
    average_resolution_hours: float | None
    trend: list[FlagDayOut]


def show_flag_figures(uow: UnitOfWork, request: RequestData) -> dict[str, Any]:
    """Statistics of absence flags: those raised in a period, by default the current month"""
    wanted = fill_days(uow, read_class(uow, request, DAYS))
    try:
        return describe_flag_figures(uow, flag_statistics(uow, **wanted))
    except Invalid as error:
        raise spell(error) from None


def read_class(uow: UnitOfWork, request: RequestData, parameters: tuple[Filter, ...]) -> dict[str, Any]:
    """Return the parameters of a request with those for a class.

    Raises: Invalid; NotFound for an unknown class; Forbidden for one that a teacher neither teaches nor leads.
    """
    wanted = read_parameters((*parameters, *OF_CLASS), request.query)
    if "group_id" in wanted:
        uow.get(Group, wanted["group_id"], to="read_roster", only=IN_CLASSES)
    return wanted


def fill_days(uow: UnitOfWork, wanted: Mapping[str, Any], *, center_id: int | None = None) -> dict[str, Any]:
    """Return parameters with the days of the period: without one end that of its month, without both this month.

    The month is that of a Center, by default the actor's.
    """
    begin = wanted.get("first") or (wanted.get("last") or today(uow, center_id)).replace(day=1)
    end = wanted.get("last") or (begin.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return {**wanted, "first": begin, "last": end}


def today(uow: UnitOfWork, center_id: int | None = None) -> date:
    """Return the present day on the wall of a Center, by default the actor's."""
    return uow.ports.clock.now().astimezone(center_time_zone(uow, center_id or uow.actor.center_id)).date()


def spell(error: Invalid) -> Invalid:
    """Return the problems of parameters by the names that they have in this document."""
    return Invalid({WORDS.get(name, name): problems for name, problems in error.fields.items()})


def describe_period(period: Period) -> dict[str, Any]:
    """Return the days of a report."""
    return {"start_date": period.first, "end_date": period.last}


def describe_flag_figures(uow: UnitOfWork, report: FlagStatistics) -> dict[str, Any]:
    """Return the statistics of flags in the words of this document."""
    return {
        "period": describe_period(report.period),
        "total_flags": report.total,
        **{status.value: report.by_status[status] for status in FlagStatus},
        "by_type": {FlagWord[kind.name].value: report.by_type[kind] for kind in FlagType},
        "by_priority": {PriorityWord[level.name].value: report.by_priority[level] for level in FlagPriority},
        "average_resolution_hours": report.average_resolution_hours,
        "trend": [{"date": day.date, "created": day.created, "resolved": day.resolved} for day in report.days],
    }


FIGURES: dict[str, Any] = {
    "out": FlagFiguresOut,
    "roles": SCHOOL_OFFICE,
    "parameters": {known.name: known.schema for known in (*DAYS, *OF_CLASS)},
    "is_sum": True,
    "names_row": True,
    "permission": "can_clear_flags",
}
ANALYTICS = madrasti.get(
    "/attendance/absence-flags/analytics/", show_flag_figures, resource="attendance.absence_flags", **FIGURES
)
