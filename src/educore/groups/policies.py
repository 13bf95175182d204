"""Policies for groups and enrollments: which roles may see and change which rows."""

from __future__ import annotations

from educore.groups.entities import Enrollment, Group
from educore.identity.policies import own_center
from educore.kernel.conditions import Where, actor, everything, nothing, where
from educore.kernel.policy import Policy, Role, allow

my_groups: Where = own_center & (where(teacher_id=actor.teacher_id) | where(Session__teacher_id=actor.teacher_id))
in_my_groups: Where = own_center & (
    where(group__teacher_id=actor.teacher_id) | where(group__Session__teacher_id=actor.teacher_id)
)
in_my_school: Where = where(center_id=actor.school_id)
"""The rows of the actor's Center if it is a school, where everybody knows the classes."""

attended_by_me: Where = where(Enrollment__has=where(left_on__isnull=True, student_id=actor.student_id))
in_group_attended_by_me: Where = own_center & where(group__has=attended_by_me)

GROUP_POLICY = Policy(
    Group,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center, read_statistics=own_center, send_sms=own_center),
        Role.MANAGER: allow(own_center, read_statistics=own_center, send_sms=own_center),
        Role.ADMIN: allow(read=own_center, read_roster=own_center, enroll=own_center, send_sms=own_center),
        Role.STAFF: allow(own_center, read_statistics=nothing, send_sms=nothing),
        Role.TEACHER: allow(
            read=my_groups | in_my_school, read_roster=my_groups & in_my_school, enroll=my_groups & in_my_school
        ),
        Role.STUDENT: allow(read=own_center & attended_by_me | in_my_school),
        Role.PARENT: allow(read=in_my_school),
        Role.DRIVER: allow(read=in_my_school),
    },
)

ENROLLMENT_POLICY = Policy(
    Enrollment,
    {
        Role.SUPERADMIN: allow(everything, leave=everything, reopen=everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(own_center),
        Role.ADMIN: allow(own_center),
        Role.STAFF: allow(own_center),
        Role.TEACHER: allow(
            read=in_my_groups,
            create=in_my_groups & in_my_school,
            update=in_my_groups & in_my_school,
            leave=in_my_groups & in_my_school,
            reopen=in_my_groups & in_my_school,
        ),
        Role.STUDENT: allow(read=where(student_id=actor.student_id)),
    },
)

POLICIES = (GROUP_POLICY, ENROLLMENT_POLICY)
