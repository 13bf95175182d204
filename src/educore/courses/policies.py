"""Who may see and change what is taught."""

from __future__ import annotations

from educore.courses.entities import Course
from educore.identity.policies import own_center
from educore.policy import Policy, Role, allow
from educore.where import everything

COURSES = Policy(
    Course,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(read=own_center),
        Role.ADMIN: allow(read=own_center),
        Role.TEACHER: allow(read=own_center),
        Role.STUDENT: allow(read=own_center),
    },
)

POLICIES = (COURSES,)
