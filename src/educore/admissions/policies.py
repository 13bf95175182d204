"""Policies of leads and contracts."""

from __future__ import annotations

from educore.admissions.entities import Contract, Lead
from educore.identity.policies import own_center
from educore.kernel.conditions import actor, everything, where
from educore.kernel.policy import Policy, Role, allow

LEAD_POLICY = Policy(
    Lead,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center, convert=own_center),
        Role.MANAGER: allow(own_center),
    },
)

CONTRACT_POLICY = Policy(
    Contract,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(own_center, verify=own_center),
        Role.MANAGER: allow(read=own_center),
        Role.ADMIN: allow(own_center),
        Role.STUDENT: allow(read=own_center & where(student_id=actor.student_id)),
    },
)

POLICIES = (LEAD_POLICY, CONTRACT_POLICY)
