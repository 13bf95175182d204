"""Policies for Centers, branches and rooms: which roles may see and change which rows."""

from __future__ import annotations

from educore.identity.policies import grant_read_to_members, own_center
from educore.kernel.conditions import Where, actor, everything, where
from educore.kernel.policy import Policy, Role, allow
from educore.organization.entities import Branch, Center, Room

my_center: Where = where(id=actor.center_id)

CENTER_POLICY = Policy(
    Center,
    grant_read_to_members(my_center)
    | dict.fromkeys((Role.STAFF, Role.PARENT, Role.DRIVER), allow(read=my_center))
    | {Role.SUPERADMIN: allow(everything, activate=everything, deactivate=everything)},
)

BRANCH_POLICY = Policy(
    Branch,
    grant_read_to_members(own_center)
    | {
        Role.SUPERADMIN: allow(everything, open=everything, close=everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(own_center),
    },
)

ROOM_POLICY = Policy(
    Room,
    grant_read_to_members(own_center)
    | {
        Role.SUPERADMIN: allow(everything, toggle=everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(own_center),
        Role.ADMIN: allow(own_center),
    },
)

POLICIES = (CENTER_POLICY, BRANCH_POLICY, ROOM_POLICY)
