"""Policies for Centers, branches and rooms: which roles may see and change which rows."""

from __future__ import annotations

from educore.identity.policies import grant_read_to_members, own_center
from educore.kernel.conditions import Where, actor, everything, where
from educore.kernel.policy import Policy, Role, allow, only_fields
from educore.organization.entities import Branch, Center, CenterKind, NumberSeries, Room

my_center: Where = where(id=actor.center_id)
my_school: Where = my_center & where(kind=CenterKind.SCHOOL)

SETTINGS = only_fields(
    my_school,
    *("name", "name_ar", "name_fr", "address", "city", "region", "postal_code", "phone", "email", "website", "logo"),
    *("opened_at", "student_capacity", "director_id"),
)
"""The fields of a school that its own office changes. Other Centers are changed by the platform."""

CENTER_POLICY = Policy(
    Center,
    grant_read_to_members(my_center)
    | dict.fromkeys((Role.DIRECTOR, Role.MANAGER, Role.ADMIN, Role.STAFF), allow(read=my_center, configure=SETTINGS))
    | dict.fromkeys((Role.PARENT, Role.DRIVER), allow(read=my_center))
    | {Role.SUPERADMIN: allow(everything, activate=everything, deactivate=everything, configure=everything)},
)

BRANCH_POLICY = Policy(
    Branch,
    grant_read_to_members(own_center)
    | {
        Role.SUPERADMIN: allow(everything, open=everything, close=everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(own_center),
        Role.STAFF: allow(read=own_center),
        Role.PARENT: allow(read=own_center),
        Role.DRIVER: allow(read=own_center),
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
        Role.STAFF: allow(own_center),
        Role.PARENT: allow(read=own_center),
        Role.DRIVER: allow(read=own_center),
    },
)

NUMBER_SERIES_POLICY = Policy(
    NumberSeries,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center),
        Role.MANAGER: allow(own_center),
        Role.ADMIN: allow(own_center),
    },
)

POLICIES = (CENTER_POLICY, BRANCH_POLICY, ROOM_POLICY, NUMBER_SERIES_POLICY)
