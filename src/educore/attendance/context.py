"""The attendance context: its entities, policies, actions, guards and indexes."""

from __future__ import annotations

from educore.attendance.entities import Attendance, AttendanceCorrection
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
from educore.attendance.use_cases import correct_attendance, mark_attendance, mark_class, remove_attendance
from educore.groups.entities import Enrollment
from educore.kernel.context import Context
from educore.kernel.storage import Index, Unlisted
from educore.timetable.entities import Session

CONTEXT = Context(
    "attendance",
    entities=(Attendance, AttendanceCorrection),
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
    },
    guards={Enrollment: (keep_marks_in_place,)},
    storage=(
        Index(Attendance, ("session_id", "center_id", "status"), name="ix_attendance_session_id_status"),
        Index(Attendance, ("student_id", "center_id", "status"), name="ix_attendance_student_id_status"),
        Unlisted(AttendanceCorrection),
    ),
)
