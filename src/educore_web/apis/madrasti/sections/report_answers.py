"""The reports of attendance in the words of this document; saved ones are shown like those that are made anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from educore import UnitOfWork
from educore.attendance import (
    ClassStatistics,
    DayReport,
    FlagEntry,
    FlagStatistics,
    HistoryEntry,
    MonthAnalysis,
    ReportType,
    StudentHistory,
    WeekSummary,
)
from educore_web.apis.madrasti.dialect import format_hour
from educore_web.apis.madrasti.sections.flag_figures import describe_flag_figures, describe_period
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import FAMILY
from educore_web.i18n import locale_of, weekday_name

WITHOUT_REASON = "unexcused"
"""The key of the absences for which nobody gave a reason."""


def describe_saved(uow: UnitOfWork, kind: ReportType, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a saved report shows; `data` is as the domain has stored it."""
    _, describe = SAVED[kind]
    return describe(uow, _reader(kind).validate_python(data))


def describe_class(uow: UnitOfWork, report: ClassStatistics) -> dict[str, Any]:
    """Return the statistics of a class."""
    return {
        "class_id": report.group_id,
        "class_name": report.name,
        "period": describe_period(report.period),
        "total_sessions": report.sessions,
        "total_students": len(report.students),
        "statistics": {
            "overall_attendance_rate": report.rate,
            "total_absences": report.absences,
            "total_late_arrivals": report.late,
            "excused_absences": report.excused,
            "unexcused_absences": report.absences - report.excused,
            "chronic_absence_students": report.chronic_students,
            "perfect_attendance_students": report.perfect_students,
        },
        "daily_trends": [
            {"date": day.date, "attendance_rate": day.rate, "absent_count": day.absent} for day in report.days
        ],
        "student_breakdown": [
            {
                "student_id": line.user_id,
                "student_name": line.name,
                "attendance_rate": line.figures.rate,
                "total_absences": line.figures.absent,
                "total_late": line.figures.late,
                "current_flags": line.active_flags,
            }
            for line in report.students
        ],
    }


def describe_history(uow: UnitOfWork, report: StudentHistory) -> dict[str, Any]:
    """Return the history of a student; days are named in the language of the answer."""
    figures, weekday = report.figures, report.most_absent_weekday
    locale = locale_of(uow.actor.language or madrasti.dialect.language)
    sees_notes = uow.actor.role not in FAMILY
    return {
        "student_id": report.user_id,
        "student_name": report.name,
        "class": report.group_name,
        "period": describe_period(report.period),
        "summary": {
            "attendance_rate": figures.rate,
            "total_sessions": figures.marks,
            "present": figures.present,
            "absent": figures.absent,
            "late": figures.late,
            "excused": figures.excused,
        },
        "attendance_calendar": _calendar(report.marks),
        "absence_patterns": {
            "most_absent_day": None if weekday is None else weekday_name(weekday - 1, locale),
            "most_absent_subject": report.most_absent_subject,
            "absence_reasons": {reason or WITHOUT_REASON: count for reason, count in report.reasons.items()},
        },
        "flags_history": [_flag(flag, sees_notes=sees_notes) for flag in report.flags],
    }


def describe_day(uow: UnitOfWork, report: DayReport) -> dict[str, Any]:
    """Return the report of a day."""
    return {
        "date": report.date,
        "total_students": report.students,
        "present": report.present,
        "absent": report.absent,
        "late": report.late,
        "attendance_rate": report.rate,
        "classes": [
            {
                "class_id": line.group_id,
                "class_name": line.name,
                "total_students": line.students,
                "present": line.present,
                "absent": line.absent,
                "late": line.late,
                "attendance_rate": line.rate,
            }
            for line in report.classes
        ],
        "not_taken": [
            {
                "session": None if lesson.status is None else lesson.session_id,
                "timetable_session": lesson.series_id,
                "class_id": lesson.group_id,
                "class_name": lesson.class_name,
                "start_time": None if lesson.start_time is None else format_hour(lesson.start_time),
                "subject": lesson.subject,
                "teacher_name": lesson.teacher_name,
            }
            for lesson in report.not_taken
        ],
    }


def describe_week(uow: UnitOfWork, report: WeekSummary) -> dict[str, Any]:
    """Return the summary of a week."""
    return {
        "week_start": report.first,
        "week_end": report.last,
        "attendance_rate": report.rate,
        "days": [{"date": day.date, "marks": day.marks, "attendance_rate": day.rate} for day in report.days],
        "classes": _classes(report),
    }


def describe_month(uow: UnitOfWork, report: MonthAnalysis) -> dict[str, Any]:
    """Return the analysis of a month."""
    return {
        "month": f"{report.first:%Y-%m}",
        "attendance_rate": report.rate,
        "change_from_previous": report.change,
        "weeks": [
            {"week_start": week.first, "week_end": week.last, "marks": week.marks, "attendance_rate": week.rate}
            for week in report.weeks
        ],
        "classes": _classes(report),
        "chronic_students": [
            {"student_id": student.user_id, "student_name": student.name} for student in report.chronic_students
        ],
    }


def _calendar(marks: list[HistoryEntry]) -> list[dict[str, Any]]:
    days: dict[date, list[dict[str, Any]]] = {}
    for mark in marks:
        entry = {"subject": mark.subject, "status": mark.status.value, "marked_at": f"{mark.marked_at:%H:%M}"}
        minutes = {} if mark.late_minutes is None else {"late_minutes": mark.late_minutes}
        days.setdefault(mark.date, []).append(entry | minutes)
    return [{"date": day, "sessions": sessions} for day, sessions in days.items()]


def _flag(flag: FlagEntry, *, sees_notes: bool) -> dict[str, Any]:
    days = {"created_date": flag.created_on, "resolved_date": flag.resolved_on}
    return {"flag_id": flag.flag_id, **days, "reason": flag.notes if sees_notes else None}


def _classes(report: WeekSummary | MonthAnalysis) -> list[dict[str, Any]]:
    return [
        {"class_id": line.group_id, "class_name": line.name, "marks": line.marks, "attendance_rate": line.rate}
        for line in report.classes
    ]


SAVED: Mapping[ReportType, tuple[type[Any], Callable[[UnitOfWork, Any], dict[str, Any]]]] = {
    ReportType.CLASS_STATISTICS: (ClassStatistics, describe_class),
    ReportType.STUDENT_HISTORY: (StudentHistory, describe_history),
    ReportType.DAILY: (DayReport, describe_day),
    ReportType.WEEKLY: (WeekSummary, describe_week),
    ReportType.MONTHLY: (MonthAnalysis, describe_month),
    ReportType.FLAGS: (FlagStatistics, describe_flag_figures),
}
"""For each type of saved report its form in the domain, and the function that shows it."""


@cache
def _reader(kind: ReportType) -> TypeAdapter[Any]:
    """Return what makes a report of its stored form."""
    report, _ = SAVED[kind]
    return TypeAdapter(report)
