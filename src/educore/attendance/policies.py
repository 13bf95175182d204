"""Policies for marks of attendance, corrections and flags: which roles may see and change which rows."""

from __future__ import annotations

from educore.attendance.entities import AbsenceFlag, Attendance, AttendanceCorrection, AttendanceReport, FlagDocument
from educore.identity.policies import OFFICE, my_children, own_center, taught_by_me
from educore.kernel.conditions import Where, actor, everything, nothing, where
from educore.kernel.policy import Policy, Role, allow

in_my_sessions: Where = own_center & (
    where(session__teacher_id=actor.teacher_id) | where(session__group__teacher_id=actor.teacher_id)
)
marked_by_me: Where = own_center & where(teacher_id=actor.teacher_id)

of_my_child: Where = own_center & where(student__has=my_children)
taught_in_my_school: Where = where(center_id=actor.school_id) & where(student__has=taught_by_me)
"""The rows about students whom the actor teaches, if the Center is a school."""

ATTENDANCE_POLICY = Policy(
    Attendance,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(own_center),
        Role.ADMIN: allow(own_center),
        Role.STAFF: allow(read=own_center, create=own_center, update=own_center, excuse=own_center),
        Role.TEACHER: allow(
            in_my_sessions, read=in_my_sessions | taught_in_my_school, read_performance=marked_by_me, excuse=nothing
        ),
        Role.STUDENT: allow(read=where(student_id=actor.student_id)),
        Role.PARENT: allow(read=of_my_child),
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

ABSENCE_FLAG_POLICY = Policy(
    AbsenceFlag,
    {
        Role.SUPERADMIN: allow(everything, resolve=everything, dismiss=everything),
        Role.DIRECTOR: allow(own_center),
        **dict.fromkeys((Role.MANAGER, Role.ADMIN, Role.STAFF), allow(own_center, delete=nothing)),
        Role.TEACHER: allow(read=in_my_sessions | taught_in_my_school),
        Role.STUDENT: allow(read=where(student_id=actor.student_id)),
        Role.PARENT: allow(read=of_my_child),
    },
)

about_my_child: Where = own_center & where(flag__has=where(student__has=my_children))

FLAG_DOCUMENT_POLICY = Policy(
    FlagDocument,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center),
        **dict.fromkeys((Role.MANAGER, Role.ADMIN, Role.STAFF), allow(own_center)),
        Role.PARENT: allow(read=about_my_child, create=about_my_child),
    },
)

KEEP_REPORTS = {"read": own_center, "create": own_center, "delete": own_center}
saved_by_me: Where = own_center & where(created_by_id=actor.user_id)

ATTENDANCE_REPORT_POLICY = Policy(
    AttendanceReport,
    {
        Role.SUPERADMIN: allow(everything),
        **dict.fromkeys(OFFICE, allow(**KEEP_REPORTS)),
        Role.TEACHER: allow(read=saved_by_me, create=saved_by_me),
    },
)

POLICIES = (
    ATTENDANCE_POLICY,
    ATTENDANCE_CORRECTION_POLICY,
    ABSENCE_FLAG_POLICY,
    FLAG_DOCUMENT_POLICY,
    ATTENDANCE_REPORT_POLICY,
)
