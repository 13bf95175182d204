"""Who may see and run groups, and who may give places in them."""

from __future__ import annotations

from educore.groups.entities import Enrollment, Group
from educore.identity.policies import own_center
from educore.kernel.conditions import actor, everything, where
from educore.kernel.policy import Policy, Role, allow

my_groups = own_center & (where(teacher_id=actor.teacher_id) | where(Session__teacher_id=actor.teacher_id))
of_my_groups = own_center & (
    where(group__teacher_id=actor.teacher_id) | where(group__Session__teacher_id=actor.teacher_id)
)
joined = own_center & where(Enrollment__has=where(left_on__isnull=True, student_id=actor.student_id))

GROUPS = Policy(
    Group,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center, read_statistics=own_center, send_sms=own_center),
        Role.MANAGER: allow(own_center, read_statistics=own_center, send_sms=own_center),
        Role.ADMIN: allow(read=own_center, enroll=own_center, send_sms=own_center),
        Role.TEACHER: allow(read=my_groups),
        Role.STUDENT: allow(read=joined),
    },
)

ENROLLMENTS = Policy(
    Enrollment,
    {
        Role.SUPERADMIN: allow(everything, leave=everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(own_center),
        Role.ADMIN: allow(own_center),
        Role.TEACHER: allow(read=of_my_groups),
        Role.STUDENT: allow(read=where(student_id=actor.student_id)),
    },
)

POLICIES = (GROUPS, ENROLLMENTS)
