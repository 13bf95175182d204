"""The permissions on lockers."""

from __future__ import annotations

from educore import Policy, Role, actor, allow, everything, where
from support.lockers.entities import Locker

own_center = where(center_id=actor.center_id)

LOCKERS = Policy(
    Locker, {Role.SUPERADMIN: allow(everything), Role.DIRECTOR: allow(own_center), Role.TEACHER: allow(read=own_center)}
)
