"""Policies for courses: which roles may see and change which rows."""

from __future__ import annotations

from educore.courses.entities import Course
from educore.identity.policies import grant_read_to_members, own_center
from educore.kernel.conditions import everything
from educore.kernel.policy import Policy, Role, allow

COURSE_POLICY = Policy(
    Course,
    grant_read_to_members(own_center)
    | {
        Role.SUPERADMIN: allow(everything, set_curriculum=everything),
        Role.DIRECTOR: allow(own_center, set_curriculum=own_center),
        Role.MANAGER: allow(own_center, set_curriculum=own_center),
        Role.STAFF: allow(own_center, set_curriculum=own_center),
        Role.PARENT: allow(read=own_center),
        Role.DRIVER: allow(read=own_center),
    },
)

POLICIES = (COURSE_POLICY,)
