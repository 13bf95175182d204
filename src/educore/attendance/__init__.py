"""Attendance: the marks of students in sessions, corrections and counts."""

from educore.attendance.class_months import ClassMonth, StudentMonth, class_month
from educore.attendance.class_reports import ClassStatistics, StudentHistory, class_statistics, student_history
from educore.attendance.context import CONTEXT
from educore.attendance.entities import (
    AbsenceFlag,
    Attendance,
    AttendanceCorrection,
    AttendanceReport,
    AttendanceStatus,
    FlagDocument,
    FlagPriority,
    FlagResolution,
    FlagStatus,
    FlagType,
    ReportType,
)
from educore.attendance.events import ClassMarked, FlagResolved, FlagsRaised, RegisterChanged
from educore.attendance.flag_statistics import FlagStatistics, flag_statistics
from educore.attendance.flags import Resolved, add_flag_document, change_flag, dismiss_flag, raise_flag, resolve_flag
from educore.attendance.period_reports import (
    DayReport,
    MonthAnalysis,
    WeekSummary,
    day_report,
    month_analysis,
    week_summary,
)
from educore.attendance.queries import (
    CENTER_RULES,
    STRICT,
    AttendanceRules,
    GroupReport,
    attendance_counts,
    attendance_rate,
    group_report,
)
from educore.attendance.register_figures import RegisterFigures, RollEntry, percent, read_roll, register_figures
from educore.attendance.registers import (
    Taken,
    change_register,
    complete_register,
    drop_register,
    prepare_register,
    reset_register,
    start_register,
    take_register,
)
from educore.attendance.report_figures import StudentFigures
from educore.attendance.saved_reports import save_report
from educore.attendance.use_cases import correct_attendance, mark_attendance, mark_class, remove_attendance

__all__ = [
    "AbsenceFlag",
    "Attendance",
    "AttendanceCorrection",
    "AttendanceReport",
    "AttendanceRules",
    "AttendanceStatus",
    "CENTER_RULES",
    "CONTEXT",
    "ClassMarked",
    "ClassMonth",
    "ClassStatistics",
    "DayReport",
    "FlagDocument",
    "FlagPriority",
    "FlagResolution",
    "FlagResolved",
    "FlagStatistics",
    "FlagStatus",
    "FlagType",
    "FlagsRaised",
    "GroupReport",
    "MonthAnalysis",
    "RegisterChanged",
    "RegisterFigures",
    "ReportType",
    "Resolved",
    "RollEntry",
    "STRICT",
    "StudentFigures",
    "StudentHistory",
    "StudentMonth",
    "Taken",
    "WeekSummary",
    "add_flag_document",
    "attendance_counts",
    "attendance_rate",
    "change_flag",
    "change_register",
    "class_month",
    "class_statistics",
    "complete_register",
    "correct_attendance",
    "day_report",
    "dismiss_flag",
    "drop_register",
    "flag_statistics",
    "group_report",
    "mark_attendance",
    "mark_class",
    "month_analysis",
    "percent",
    "prepare_register",
    "raise_flag",
    "read_roll",
    "register_figures",
    "remove_attendance",
    "reset_register",
    "resolve_flag",
    "save_report",
    "start_register",
    "student_history",
    "take_register",
    "week_summary",
]
