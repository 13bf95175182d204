"""Attendance: the marks of students in sessions, corrections and counts."""

from educore.attendance.context import CONTEXT
from educore.attendance.entities import Attendance, AttendanceCorrection, AttendanceStatus, FlagPriority
from educore.attendance.events import ClassMarked
from educore.attendance.queries import (
    CENTER_RULES,
    STRICT,
    AttendanceRules,
    GroupReport,
    attendance_counts,
    attendance_rate,
    group_report,
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
    "STRICT",
    "attendance_counts",
    "attendance_rate",
    "correct_attendance",
    "group_report",
    "mark_attendance",
    "mark_class",
    "remove_attendance",
]
