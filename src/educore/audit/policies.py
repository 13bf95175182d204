"""Policies of the audit trail: only the platform writes it, before each commit."""

from __future__ import annotations

from educore.audit.entities import AuditEntry, AuditHead
from educore.identity.policies import own_center
from educore.kernel.conditions import everything
from educore.kernel.policy import Policy, Role, allow

ENTRIES = Policy(
    AuditEntry, {Role.SUPERADMIN: allow(read=everything, create=everything), Role.DIRECTOR: allow(read=own_center)}
)

HEADS = Policy(AuditHead, {Role.SUPERADMIN: allow(read=everything, create=everything, update=everything)})

POLICIES = (ENTRIES, HEADS)
