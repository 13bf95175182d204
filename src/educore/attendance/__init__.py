"""Attendance: the marks of students in sessions, corrections and counts."""

from educore.attendance.context import CONTEXT
from educore.attendance.entities import (
    AbsenceFlag,
    Attendance,
    AttendanceCorrection,
    AttendanceStatus,
    FlagDocument,
    FlagPriority,
    FlagResolution,
    FlagStatus,
    FlagType,
)
from educore.attendance.events import ClassMarked, FlagResolved, FlagsRaised, RegisterChanged
from educore.attendance.flags import Resolved, add_flag_document, change_flag, dismiss_flag, raise_flag, resolve_flag
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
from educore.attendance.use_cases import correct_attendance, mark_attendance, mark_class, remove_attendance

__all__ = [
    "AbsenceFlag",
    "Attendance",
    "AttendanceCorrection",
    "AttendanceRules",
    "AttendanceStatus",
    "CENTER_RULES",
    "CONTEXT",
    "ClassMarked",
    "FlagDocument",
    "FlagPriority",
    "FlagResolution",
    "FlagResolved",
    "FlagStatus",
    "FlagType",
    "FlagsRaised",
    "GroupReport",
    "RegisterChanged",
    "RegisterFigures",
    "Resolved",
    "RollEntry",
    "STRICT",
    "Taken",
    "add_flag_document",
    "attendance_counts",
    "attendance_rate",
    "change_flag",
    "change_register",
    "complete_register",
    "correct_attendance",
    "dismiss_flag",
    "drop_register",
    "group_report",
    "mark_attendance",
    "mark_class",
    "percent",
    "prepare_register",
    "raise_flag",
    "read_roll",
    "register_figures",
    "remove_attendance",
    "reset_register",
    "resolve_flag",
    "start_register",
    "take_register",
]
