"""Policies of the audit trail: only the platform writes it, before each commit."""

from __future__ import annotations

from educore.audit.entities import AuditEntry, AuditHead
from educore.identity.policies import own_center
from educore.kernel.conditions import everything
from educore.kernel.policy import Policy, Role, allow

AUDIT_ENTRY_POLICY = Policy(
    AuditEntry, {Role.SUPERADMIN: allow(read=everything, create=everything), Role.DIRECTOR: allow(read=own_center)}
)

AUDIT_HEAD_POLICY = Policy(AuditHead, {Role.SUPERADMIN: allow(read=everything, create=everything, update=everything)})

POLICIES = (AUDIT_ENTRY_POLICY, AUDIT_HEAD_POLICY)
