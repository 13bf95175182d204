"""Attendance: the marks of students in sessions, corrections and counts."""

from educore.attendance.context import CONTEXT
from educore.attendance.entities import Attendance, AttendanceCorrection, AttendanceStatus, FlagPriority
from educore.attendance.events import ClassMarked, RegisterChanged
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
    "Attendance",
    "AttendanceCorrection",
    "AttendanceRules",
    "AttendanceStatus",
    "CENTER_RULES",
    "CONTEXT",
    "ClassMarked",
    "FlagPriority",
    "GroupReport",
    "RegisterChanged",
    "RegisterFigures",
    "RollEntry",
    "STRICT",
    "Taken",
    "attendance_counts",
    "attendance_rate",
    "change_register",
    "complete_register",
    "correct_attendance",
    "drop_register",
    "group_report",
    "mark_attendance",
    "mark_class",
    "percent",
    "prepare_register",
    "read_roll",
    "register_figures",
    "remove_attendance",
    "reset_register",
    "start_register",
    "take_register",
]
