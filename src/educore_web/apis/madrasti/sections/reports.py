"""Reports of attendance: of a class, of a student, of a day, a week and a month; made anew, or saved as they were."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from educore import Computed, From, Invalid, Later, NameOf, NotFound, Role, UnitOfWork, perform, where
from educore.attendance import (
    Attendance,
    AttendanceReport,
    ReportType,
    class_statistics,
    day_report,
    month_analysis,
    student_history,
    week_summary,
)
from educore.groups import Group
from educore.people import Student
from educore.values import Day, Month
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.sections.flag_figures import (
    DAYS,
    FIGURES,
    IN_CLASSES,
    OF_CLASS,
    fill_days,
    read_class,
    show_flag_figures,
    spell,
    today,
)
from educore_web.apis.madrasti.sections.report_answers import (
    describe_class,
    describe_day,
    describe_history,
    describe_month,
    describe_saved,
    describe_week,
)
from educore_web.apis.madrasti.sections.report_schemas import (
    ClassStatisticsOut,
    DayReportOut,
    MonthAnalysisOut,
    StudentHistoryOut,
    WeekSummaryOut,
)
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import FAMILY, OFFICE, SCHOOL_OFFICE
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import LookupBy, To
from educore_web.rest.filters import Filter, day_filter, id_filter, month_filter, read_parameters
from educore_web.rest.request import RequestData

READERS = OFFICE | {Role.TEACHER}
OF_SCHOOL = SCHOOL_OFFICE | {Role.TEACHER}
"""The roles that read reports about a whole school, which is their own."""

ABOUT_DAYS = (ReportType.CLASS_STATISTICS, ReportType.STUDENT_HISTORY, ReportType.FLAGS)
"""The types of reports about a period; the others are about the day, the week or the month of one day."""

SPELLED: Mapping[str, str] = {"first": "start_date", "last": "end_date", "group_id": "class_id"}
DAY_WORDS: Mapping[ReportType, str] = {ReportType.WEEKLY: "week_start", ReportType.MONTHLY: "month"}


class ParametersIn(Body):
    """The subject of a report. Days that are left out are those of the current month, or today."""

    class_id: Annotated[int | None, To("group_id")] = None
    student_id: Annotated[int | None, To("student_id"), LookupBy(Student, "user_id")] = None
    start_date: Annotated[Day | None, To("first")] = None
    end_date: Annotated[Day | None, To("last")] = None
    date: Day | None = None
    week_start: Day | None = None
    month: Month | None = None


class ReportIn(Body, of=AttendanceReport):
    """A report to make and to save."""

    report_type: Annotated[ReportType, To("type")]
    parameters: ParametersIn = Field(default_factory=ParametersIn)


def pair_stored(parameters: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Return what is stored of a report, from which its shape makes what it shows."""
    return {"parameters": parameters, "data": data}


class ReportOut(MadrastiShape, of=AttendanceReport):
    """A saved report; `data` is what the report of this type shows."""

    id: int
    report_type: Annotated[ReportType, From("type")]
    parameters: Annotated[dict[str, Any], Later()]
    data: Annotated[dict[str, Any], Computed(pair_stored, "parameters", "data")]
    created_by: Annotated[int, From("created_by_id")]
    created_by_name: Annotated[str | None, NameOf("created_by")]
    created_at: datetime

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """Show the parameters and the figures in the words of this document."""
        for row in rows:
            kind, stored = ReportType(row["report_type"]), row["data"]
            row["parameters"] = describe_parameters(kind, stored["parameters"], stored["data"])
            row["data"] = describe_saved(uow, kind, stored["data"])


def describe_parameters(kind: ReportType, stored: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a saved report by their names in this document."""
    found = {SPELLED.get(name, name): value for name, value in stored.items()}
    if "student_id" in found:
        found["student_id"] = data["user_id"]
    if kind in DAY_WORDS:
        day = found.pop("date")
        found[DAY_WORDS[kind]] = day[:7] if kind is ReportType.MONTHLY else day
    return found


def add_report(uow: UnitOfWork, *, type: ReportType, parameters: Mapping[str, Any] | None = None) -> AttendanceReport:  # noqa: A002
    """Make a report and save it. Raises: the errors of `save_report`."""
    given = {name: value for name, value in (parameters or {}).items() if value is not None}
    named: dict[str, Any] = {name: given[name] for name in ("group_id", "student_id") if name in given}
    if "group_id" in named:
        uow.reference(Group, named["group_id"], field="parameters.group_id", to="read_roster", only=IN_CLASSES)
    if type in ABOUT_DAYS:
        wanted = fill_days(uow, {**named, **{name: given[name] for name in ("first", "last") if name in given}})
    else:
        wanted = {**named, "date": _day_of(type, given) or today(uow)}
    return perform(uow, AttendanceReport, "create", fields={"type": type, "parameters": wanted})


def show_class_statistics(uow: UnitOfWork, request: RequestData) -> dict[str, Any]:
    """Statistics of a class in a period, by default the current month"""
    wanted = _read(request, *DAYS, ONE_CLASS)
    if "group_id" not in wanted:
        raise Invalid.because("class_id", "missing")
    group = uow.get(Group, wanted.pop("group_id"), to="read_roster", only=IN_CLASSES)
    try:
        return describe_class(uow, class_statistics(uow, group, **fill_days(uow, wanted, center_id=group.center_id)))
    except Invalid as error:
        raise spell(error) from None


def show_student_history(uow: UnitOfWork, request: RequestData) -> dict[str, Any]:
    """History of a student in a period, by default the current month; families may leave out their only student"""
    wanted = _read(request, *DAYS, ONE_STUDENT)
    return _history(uow, _find_student(uow, wanted.pop("student_id", None)), wanted)


def show_student_statistics(uow: UnitOfWork, request: RequestData) -> dict[str, Any]:
    """Figures of a student in a period, by default the current month: those of the history, by the id in the path"""
    return _history(uow, uow.get(Student, request.id or 0), _read(request, *DAYS))


def _history(uow: UnitOfWork, student: Student, wanted: Mapping[str, Any]) -> dict[str, Any]:
    days = fill_days(uow, wanted, center_id=student.center_id)
    try:
        return describe_history(uow, student_history(uow, student, **days))
    except Invalid as error:
        raise spell(error) from None


def show_day(uow: UnitOfWork, request: RequestData) -> dict[str, Any]:
    """Report of a day, by default today, by students"""
    wanted = read_class(uow, request, OF_DAY)
    return describe_day(uow, day_report(uow, wanted.pop("date", None) or today(uow), **wanted))


def show_week(uow: UnitOfWork, request: RequestData) -> dict[str, Any]:
    """Summary of the week of a day, by default this week, by marks"""
    wanted = read_class(uow, request, OF_WEEK)
    return describe_week(uow, week_summary(uow, wanted.pop("week_start", None) or today(uow), **wanted))


def show_month(uow: UnitOfWork, request: RequestData) -> dict[str, Any]:
    """Analysis of a month, by default this one, compared with the month before"""
    wanted = read_class(uow, request, OF_MONTH)
    day = _day_of(ReportType.MONTHLY, {"month": wanted.pop("month", None)})
    return describe_month(uow, month_analysis(uow, day or today(uow), **wanted))


def _read(request: RequestData, *known: Filter) -> dict[str, Any]:
    return read_parameters(known, request.query)


def _find_student(uow: UnitOfWork, user_id: int | None) -> Student:
    """Return the student with an account, or the only one whom a family sees.

    Raises: NotFound; Invalid("missing") on student_id.
    """
    if user_id is None:
        found = uow.find(Student, limit=2) if uow.actor.role in FAMILY else []
        if len(found) != 1:
            raise Invalid.because("student_id", "missing")
        return found[0]
    for student in uow.find(Student, where(user_id=user_id), limit=1):
        return student
    raise NotFound(kind=Student.__name__, id=user_id)


def _day_of(kind: ReportType, given: Mapping[str, Any]) -> date | None:
    """Return a day of the week or the month that parameters name, None if they name none."""
    if kind is ReportType.MONTHLY and given.get("month"):
        return date.fromisoformat(f"{given['month']}-01")
    day: date | None = given.get("week_start" if kind is ReportType.WEEKLY else "date") or given.get("date")
    return day


ONE_CLASS, ONE_STUDENT = id_filter("class_id", "group_id"), id_filter("student_id", "student_id")
OF_DAY, OF_WEEK, OF_MONTH = (
    (day_filter("date", "date"),),
    (day_filter("week_start", "week_start"),),
    (month_filter("month", "month"),),
)

ORDERINGS = ("id", "created_at", "report_type")
PATH = "/attendance/reports/"
NAMED: dict[str, Any] = {"resource": "attendance.reports"}


def _sum(*parameters: Filter, **options: Any) -> dict[str, Any]:
    """Return the options of a report that is made anew."""
    schemas = {known.name: known.schema for known in parameters}
    return {**NAMED, "kind": Attendance, "parameters": schemas, "is_sum": True, "names_row": True, **options}


ROUTES = [
    madrasti.get(
        f"{PATH}class_statistics/",
        show_class_statistics,
        out=ClassStatisticsOut,
        roles=READERS,
        required_parameters=frozenset({"class_id"}),
        **_sum(*DAYS, ONE_CLASS),
    ),
    madrasti.get(
        f"{PATH}student_history/",
        show_student_history,
        out=StudentHistoryOut,
        roles=READERS | FAMILY,
        required_parameters=frozenset({"student_id"}),
        **_sum(*DAYS, ONE_STUDENT),
    ),
    madrasti.get(
        "/attendance/records/student-statistics/{id}/",
        show_student_statistics,
        out=StudentHistoryOut,
        roles=READERS | FAMILY,
        addition=True,
        **{**_sum(*DAYS), "resource": "attendance.records", "kind": Student, "names_row": False},
        lookup_field="user_id",
    ),
    madrasti.get(f"{PATH}daily_report/", show_day, out=DayReportOut, roles=OF_SCHOOL, **_sum(*OF_DAY, *OF_CLASS)),
    madrasti.get(f"{PATH}weekly_summary/", show_week, out=WeekSummaryOut, roles=OF_SCHOOL, **_sum(*OF_WEEK, *OF_CLASS)),
    madrasti.get(
        f"{PATH}monthly_analysis/", show_month, out=MonthAnalysisOut, roles=OF_SCHOOL, **_sum(*OF_MONTH, *OF_CLASS)
    ),
    madrasti.get(f"{PATH}flag_statistics/", show_flag_figures, **NAMED, **FIGURES),
    madrasti.list(
        PATH,
        ReportOut,
        search=("created_by__first_name", "created_by__last_name"),
        order=("-id",),
        orderings=ORDERINGS,
        roles=READERS,
        **NAMED,
    ),
    madrasti.create(PATH, AttendanceReport, ReportIn, ReportOut, use_case=add_report, roles=OF_SCHOOL, **NAMED),
    madrasti.retrieve(f"{PATH}{{id}}/", ReportOut, roles=READERS, **NAMED),
]
