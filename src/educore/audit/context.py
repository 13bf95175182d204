"""The audit context: its entities, policies, the hook before each commit, and indexes."""

from __future__ import annotations

from educore.audit.entities import AuditEntry, AuditHead
from educore.audit.policies import POLICIES
from educore.audit.trail import append_entries
from educore.kernel.context import Context
from educore.kernel.storage import Index

CONTEXT = Context(
    "audit",
    entities=(AuditEntry, AuditHead),
    policies=POLICIES,
    before_commit=(append_entries,),
    storage=(Index(AuditEntry, ("center_id", "id")), Index(AuditEntry, ("kind", "row_id"))),
)
