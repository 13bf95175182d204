"""Who may see and run Centers, branches and rooms."""

from __future__ import annotations

from educore.identity.policies import own_center
from educore.organization.entities import Branch, Center, Room
from educore.policy import Policy, Role, allow
from educore.where import actor, everything, where

my_center = where(id=actor.center_id)

CENTERS = Policy(
    Center,
    {
        Role.SUPERADMIN: allow(everything, activate=everything, deactivate=everything),
        Role.DIRECTOR: allow(read=my_center),
        Role.MANAGER: allow(read=my_center),
        Role.ADMIN: allow(read=my_center),
        Role.TEACHER: allow(read=my_center),
        Role.STUDENT: allow(read=my_center),
    },
)

BRANCHES = Policy(
    Branch,
    {
        Role.SUPERADMIN: allow(everything, open=everything, close=everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(own_center),
        Role.ADMIN: allow(read=own_center),
        Role.TEACHER: allow(read=own_center),
        Role.STUDENT: allow(read=own_center),
    },
)

ROOMS = Policy(
    Room,
    {
        Role.SUPERADMIN: allow(everything, toggle=everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(own_center),
        Role.ADMIN: allow(own_center),
        Role.TEACHER: allow(read=own_center),
        Role.STUDENT: allow(read=own_center),
    },
)

POLICIES = (CENTERS, BRANCHES, ROOMS)
