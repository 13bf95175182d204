"""Who changed marks, money and roles: entries chained by hashes, so that none can be altered or left out unseen."""

from educore.audit.context import CONTEXT
from educore.audit.digest import digest_lines, kept_line, mail_digest
from educore.audit.entities import AuditAction, AuditEntry, AuditHead
from educore.audit.proof import Fault, FaultKind, Proof, chains, seal_ends, verify_trail
from educore.audit.trail import REDACTED

__all__ = [
    "AuditAction",
    "AuditEntry",
    "AuditHead",
    "CONTEXT",
    "Fault",
    "FaultKind",
    "Proof",
    "REDACTED",
    "chains",
    "digest_lines",
    "kept_line",
    "mail_digest",
    "seal_ends",
    "verify_trail",
]
