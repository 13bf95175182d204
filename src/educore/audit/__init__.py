"""The audit trail: changes of marks, money and roles, chained by digests so that tampering is detected."""

from educore.audit.context import CONTEXT
from educore.audit.daily_mail import digest_line, digest_lines, mail_digest
from educore.audit.entities import AuditAction, AuditEntry, AuditHead
from educore.audit.trail import REDACTED
from educore.audit.verification import Fault, FaultKind, Verification, list_chains, reseal_chains, verify_trail

__all__ = [
    "CONTEXT",
    "AuditAction",
    "AuditEntry",
    "AuditHead",
    "Fault",
    "FaultKind",
    "REDACTED",
    "Verification",
    "digest_line",
    "digest_lines",
    "list_chains",
    "mail_digest",
    "reseal_chains",
    "verify_trail",
]
