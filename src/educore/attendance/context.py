"""The attendance context: its entities, policies, actions, guards and indexes."""

from __future__ import annotations

from educore.attendance.entities import (
    AbsenceFlag,
    Attendance,
    AttendanceCorrection,
    AttendanceReport,
    FlagDocument,
    FlagStatus,
    FlagType,
)
from educore.attendance.flags import add_flag_document, change_flag, dismiss_flag, raise_flag, resolve_flag
from educore.attendance.guards import keep_marks_in_place
from educore.attendance.policies import POLICIES
from educore.attendance.registers import (
    change_register,
    complete_register,
    drop_register,
    prepare_register,
    reset_register,
    start_register,
    take_register,
)
from educore.attendance.saved_reports import save_report
from educore.attendance.use_cases import correct_attendance, mark_attendance, mark_class, remove_attendance
from educore.groups.entities import Enrollment
from educore.kernel.conditions import where
from educore.kernel.context import Context
from educore.kernel.storage import Index, Unlisted
from educore.timetable.entities import Session


def _one_active(pattern: FlagType) -> Index:
    """Return the rule that a student has one active flag about a pattern."""
    active = where(type=pattern, status=FlagStatus.ACTIVE)
    return Index(AbsenceFlag, ("student_id",), name=f"uq_absence_flag_{pattern}", unique=True, only=active)


CONTEXT = Context(
    "attendance",
    entities=(Attendance, AttendanceCorrection, AbsenceFlag, FlagDocument, AttendanceReport),
    policies=POLICIES,
    actions={
        (Session, "mark"): mark_class,
        (Session, "prepare_register"): prepare_register,
        (Session, "change_register"): change_register,
        (Session, "drop_register"): drop_register,
        (Session, "start_register"): start_register,
        (Session, "complete_register"): complete_register,
        (Session, "reset_register"): reset_register,
        (Session, "take_register"): take_register,
        (Attendance, "create"): mark_attendance,
        (Attendance, "update"): correct_attendance,
        (Attendance, "delete"): remove_attendance,
        (AbsenceFlag, "create"): raise_flag,
        (AbsenceFlag, "update"): change_flag,
        (AbsenceFlag, "resolve"): resolve_flag,
        (AbsenceFlag, "dismiss"): dismiss_flag,
        (FlagDocument, "create"): add_flag_document,
        (AttendanceReport, "create"): save_report,
    },
    guards={Enrollment: (keep_marks_in_place,)},
    storage=(
        Index(Attendance, ("session_id", "center_id", "status"), name="ix_attendance_session_id_status"),
        Index(Attendance, ("student_id", "center_id", "status"), name="ix_attendance_student_id_status"),
        Unlisted(AttendanceCorrection),
        _one_active(FlagType.CHRONIC_ABSENCE),
        _one_active(FlagType.LATE_PATTERN),
        Unlisted(FlagDocument),
    ),
)
