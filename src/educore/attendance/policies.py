"""Policies for marks of attendance and corrections: which roles may see and change which rows."""

from __future__ import annotations

from educore.attendance.entities import Attendance, AttendanceCorrection
from educore.identity.policies import my_children, own_center
from educore.kernel.conditions import Where, actor, everything, nothing, where
from educore.kernel.policy import Policy, Role, allow

in_my_sessions: Where = own_center & (
    where(session__teacher_id=actor.teacher_id) | where(session__group__teacher_id=actor.teacher_id)
)
marked_by_me: Where = own_center & where(teacher_id=actor.teacher_id)

ATTENDANCE_POLICY = Policy(
    Attendance,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(own_center),
        Role.ADMIN: allow(own_center),
        Role.STAFF: allow(read=own_center, create=own_center, update=own_center, excuse=own_center),
        Role.TEACHER: allow(in_my_sessions, read_performance=marked_by_me, excuse=nothing),
        Role.STUDENT: allow(read=where(student_id=actor.student_id)),
        Role.PARENT: allow(read=own_center & where(student__has=my_children)),
    },
)

ATTENDANCE_CORRECTION_POLICY = Policy(
    AttendanceCorrection,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(read=own_center, create=own_center),
        Role.MANAGER: allow(read=own_center, create=own_center),
        Role.ADMIN: allow(read=own_center, create=own_center),
        Role.STAFF: allow(read=own_center, create=own_center),
        Role.TEACHER: allow(read=in_my_sessions, create=in_my_sessions),
    },
)

POLICIES = (ATTENDANCE_POLICY, ATTENDANCE_CORRECTION_POLICY)
