"""Reports that are saved as they were on the day when somebody asked for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from educore.attendance.class_reports import class_statistics, student_history
from educore.attendance.entities import AttendanceReport, ReportType
from educore.attendance.flag_statistics import flag_statistics
from educore.attendance.period_reports import day_report, month_analysis, week_summary
from educore.groups.entities import Group
from educore.kernel.actions import use_case
from educore.kernel.errors import Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.people.entities import Student
from educore.values import DEFER_BUILD, Day

DAY: TypeAdapter[date] = TypeAdapter(Day, config=DEFER_BUILD)


@use_case
def save_report(uow: UnitOfWork, /, *, type: ReportType, parameters: Mapping[str, Any]) -> AttendanceReport:  # noqa: A002
    """Make a report of what the actor sees and save it.

    Parameters are `group_id` or `student_id`, and days: `first` and `last` of a period, or `date` of the day, the week
    or the month that is meant.
    Raises: Invalid("missing"), ("unknown_id") on `parameters.<name>`, and the errors of the report there.
    """
    try:
        report = REPORTS[type](uow, parameters)
    except Invalid as error:
        raise error.prefixed("parameters") from None
    plain = to_jsonable_python(dict(parameters))
    fields = {"type": type, "parameters": plain, "data": to_jsonable_python(report)}
    return uow.add(AttendanceReport, {**fields, "created_by_id": uow.actor.user_id})


def _of_class(uow: UnitOfWork, parameters: Mapping[str, Any]) -> object:
    group = uow.reference(Group, _id(parameters, "group_id"), field="group_id")
    return class_statistics(uow, group, first=_day(parameters, "first"), last=_day(parameters, "last"))


def _of_student(uow: UnitOfWork, parameters: Mapping[str, Any]) -> object:
    student = uow.reference(Student, _id(parameters, "student_id"), field="student_id")
    return student_history(uow, student, first=_day(parameters, "first"), last=_day(parameters, "last"))


def _of_flags(uow: UnitOfWork, parameters: Mapping[str, Any]) -> object:
    days = {"first": _day(parameters, "first"), "last": _day(parameters, "last")}
    return flag_statistics(uow, **days, group_id=_group_id(uow, parameters))


def _of_day(report: Callable[..., object]) -> Callable[[UnitOfWork, Mapping[str, Any]], object]:
    """Return the maker of a report about the day, the week or the month in which a day lies."""

    def make(uow: UnitOfWork, parameters: Mapping[str, Any]) -> object:
        return report(uow, _day(parameters, "date"), group_id=_group_id(uow, parameters))

    return make


REPORTS: Mapping[ReportType, Callable[[UnitOfWork, Mapping[str, Any]], object]] = {
    ReportType.CLASS_STATISTICS: _of_class,
    ReportType.STUDENT_HISTORY: _of_student,
    ReportType.DAILY: _of_day(day_report),
    ReportType.WEEKLY: _of_day(week_summary),
    ReportType.MONTHLY: _of_day(month_analysis),
    ReportType.FLAGS: _of_flags,
}
"""The maker of each type of report."""


def _group_id(uow: UnitOfWork, parameters: Mapping[str, Any]) -> int | None:
    if parameters.get("group_id") is None:
        return None
    return uow.reference(Group, _id(parameters, "group_id"), field="group_id").id


def _id(parameters: Mapping[str, Any], name: str) -> int:
    value = parameters.get(name)
    if value is None:
        raise Invalid.because(name, "missing")
    if not isinstance(value, int):
        raise Invalid.because(name, "unknown_id", id=str(value))
    return value


def _day(parameters: Mapping[str, Any], name: str) -> date:
    if parameters.get(name) is None:
        raise Invalid.because(name, "missing")
    try:
        return DAY.validate_python(parameters[name])
    except ValidationError as error:
        raise Invalid.from_pydantic(error).prefixed(name) from None
