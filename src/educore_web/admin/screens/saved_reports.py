"""The screen of saved attendance reports: their figures and tables in words, as they were on the day of saving."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any

from educore import UnitOfWork, where
from educore.attendance import AttendanceReport, AttendanceStatus, FlagPriority, FlagStatus, FlagType, ReportType
from educore.groups import Group
from educore.people import Student
from educore.values import JsonObject
from educore_web.admin.screen import Panel, Screen
from educore_web.admin.ui.cells import Cell
from educore_web.admin.ui.formats import NO_VALUE
from educore_web.admin.ui.language import format_date, format_number, format_weekday, join_isolated, translate
from educore_web.admin.ui.naming import RowNames

NAMES_OF_ROWS: Mapping[str, type[Any]] = {"group_id": Group, "student_id": Student}
"""The figures that name a row, which is linked by the name beside it."""

FIGURES = frozenset({
    *("report_name", "report_group_name", "report_date", "report_first", "report_last", "report_sessions"),
    *("report_marks", "report_students", "report_present", "report_late", "report_absent", "report_absences"),
    *("report_excused", "report_rate", "report_change", "report_chronic_students", "report_perfect_students"),
    *("report_most_absent_weekday", "report_most_absent_subject"),
    *("report_not_taken", "report_total", "report_average_resolution_hours"),
})  # fmt: skip
"""The figures of all kinds of reports that are no tables."""

WEEKDAY = "most_absent_weekday"
WORDS: Mapping[str, type[Any]] = {
    "status": AttendanceStatus,
    "by_status": FlagStatus,
    "by_type": FlagType,
    "by_priority": FlagPriority,
}
"""The enumerations of values, by the names under which reports hold them."""

Rows = list[list[Cell]]


def load_data(uow: UnitOfWork, report: int) -> Mapping[str, Any]:
    """Return what a saved report holds."""
    return uow.get(AttendanceReport, report).data.model_dump()


def figures_of_report(uow: UnitOfWork, report: int) -> Rows:
    """Return a line for each figure of a report that is no table."""
    return [[Cell(translate(f"field.report_{name}")), cell] for name, cell in _figures(load_data(uow, report))]


def rows_of_report(key: str, columns: tuple[str, ...], uow: UnitOfWork, report: int) -> Rows:
    """Return a line for each entry of one of the tables of a report."""
    entries = load_data(uow, report).get(key) or []
    names = [_key(column) for column in columns]
    return [[_cell(name, {**entry.get("figures", {}), **entry}) for name in names] for entry in _dicts(entries)]


def counts_of_report(key: str, uow: UnitOfWork, report: int) -> Rows:
    """Return a line for each count of a report, by what is counted."""
    counts = load_data(uow, report).get(key)
    kind = WORDS.get(key)
    return [
        [Cell(_word(kind, name) or translate("field.report_no_reason")), Cell(format_number(count))]
        for name, count in (counts.items() if isinstance(counts, dict) else ())
        if isinstance(count, int)
    ]


def _figures(data: Mapping[str, Any]) -> Iterator[tuple[str, Cell]]:
    """Yield the names and cells of figures; those of the period and of a student stand among the others."""
    for name, value in data.items():
        if name in ("period", "figures") and isinstance(value, dict):
            yield from _figures(value)
        elif name in ("not_taken", "chronic_students") and isinstance(value, list):
            yield name, Cell(format_number(len(value)))
        elif f"report_{name}" in FIGURES and not isinstance(value, dict | list):
            yield name, _cell(name, data)


def _cell(name: str, entry: Mapping[str, Any]) -> Cell:
    """Return a value of a report in words, with a link where it is the name of a class or a student."""
    value = entry.get(name)
    if value is None or value == "":
        return Cell(NO_VALUE)
    if name in ("name", "group_name"):
        kinds = [(kind, entry[id]) for id, kind in NAMES_OF_ROWS.items() if isinstance(entry.get(id), int)]
        target = next(((kind, id) for kind, id in kinds[::-1] if kind is Student or "student_id" not in entry), None)
        return Cell(str(value), target_row=target)
    return Cell(_text(name, value))


def _text(name: str, value: Any) -> str:
    if name == WEEKDAY and isinstance(value, int) and 1 <= value <= 7:
        return format_weekday(value - 1)
    if name in WORDS:
        return _word(WORDS[name], value)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return str(value)
    if isinstance(value, int | float):
        return format_number(value) + (" %" if name == "rate" else "")
    return _day(value) or value


def _word(kind: type[Any] | None, value: object) -> str:
    """Return a value of an enumeration in words, any other value as it is."""
    if kind is not None and value in {member.value for member in kind}:
        return translate(f"{kind.__name__}.{value}")
    return str(value)


def _day(text: str) -> str | None:
    try:
        return format_date(date.fromisoformat(text))
    except ValueError:
        return None


def _dicts(entries: object) -> list[Mapping[str, Any]]:
    """Return the entries of a table; what an API stored may have another form."""
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _table(type: ReportType, name: str, *columns: str) -> Panel:  # noqa: A002 - as the field is called
    return Panel(
        name, AttendanceReport, columns, partial(rows_of_report, _key(name), columns), applies_to=where(type=type)
    )


def _counts(type: ReportType, name: str) -> Panel:  # noqa: A002 - as the field is called
    columns = ("report_what", "report_count")
    return Panel(name, AttendanceReport, columns, partial(counts_of_report, _key(name)), applies_to=where(type=type))


def _key(name: str) -> str:
    """Return the name in a report of what has a name of its own among the texts of the admin."""
    return name.removeprefix("report_")


def report_name(names: RowNames, report: Any) -> str:
    """Return the name of a saved report: its kind and the class or the student it is about."""
    kind = translate(f"ReportType.{report.type}")
    about = getattr(report.data, "name", None) if isinstance(report.data, JsonObject) else None
    return join_isolated(kind, str(about)) if about else kind


MARKS = ("report_present", "report_late", "report_absent", "report_excused", "report_rate")

REPORTS = Screen(
    AttendanceReport,
    "teaching",
    "ti ti-report",
    columns=("name", "type", "created_by", "created_at"),
    filters=("type", "created_by_id"),
    order="-created_at",
    can_delete=True,
    date_filter="created_at",
    hidden_fields=("parameters", "data"),
    panels=(
        Panel("report_figures", AttendanceReport, ("report_what", "report_value"), figures_of_report),
        _table(ReportType.CLASS_STATISTICS, "report_students", "report_name", *MARKS, "report_active_flags"),
        _table(ReportType.CLASS_STATISTICS, "report_days", "report_date", "report_absent", "report_rate"),
        _table(
            ReportType.STUDENT_HISTORY,
            "report_marks",
            "report_date",
            "report_subject",
            "report_status",
            "report_late_minutes",
        ),
        _counts(ReportType.STUDENT_HISTORY, "report_reasons"),
        _table(ReportType.STUDENT_HISTORY, "report_flags", "report_created_on", "report_resolved_on", "report_notes"),
        _table(
            ReportType.DAILY,
            "report_classes",
            "report_name",
            "report_students",
            "report_present",
            "report_late",
            "report_absent",
            "report_rate",
        ),
        _table(ReportType.WEEKLY, "report_days", "report_date", "report_marks", "report_rate"),
        _table(ReportType.WEEKLY, "report_classes", "report_name", "report_marks", "report_rate"),
        _table(ReportType.MONTHLY, "report_weeks", "report_first", "report_last", "report_marks", "report_rate"),
        _table(ReportType.MONTHLY, "report_classes", "report_name", "report_marks", "report_rate"),
        *(_counts(ReportType.FLAGS, key) for key in ("report_by_status", "report_by_type", "report_by_priority")),
        _table(ReportType.FLAGS, "report_days", "report_date", "report_created", "report_resolved"),
    ),
    row_name=report_name,
    for_teachers=True,
    in_schools=True,
)

SCREENS = (REPORTS,)
