"""Who changed marks, money and roles: entries chained by hashes, so that none can be altered or left out unseen."""

from educore.audit.context import CONTEXT
from educore.audit.entities import AuditAction, AuditEntry, AuditHead
from educore.audit.proof import Fault, FaultKind, Proof, chains, seal_ends, verify_trail
from educore.audit.trail import REDACTED

__all__ = [
    "CONTEXT",
    "AuditAction",
    "AuditEntry",
    "AuditHead",
    "Fault",
    "FaultKind",
    "Proof",
    "REDACTED",
    "chains",
    "seal_ends",
    "verify_trail",
]
