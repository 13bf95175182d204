"""The enumerations of this document; each has the member names of the domain and its own words as values.

Their docstrings are part of the OpenAPI document.
"""

from __future__ import annotations

from enum import StrEnum

from educore import Role, where
from educore.billing import InvoiceStatus
from educore.kernel import match_members
from educore_web.rest.common import AliasEnum


class RoleWord(AliasEnum):
    """The role of a person. This document has no clerks, whom it calls managers, and nobody above an admin."""

    DIRECTOR = "admin"
    MANAGER = "manager"
    TEACHER = "teacher"
    STUDENT = "student"
    SUPERADMIN = DIRECTOR
    ADMIN = MANAGER


class AttendanceWord(StrEnum):
    """The attendance of a student."""

    PRESENT = "present"
    ABSENT = "absent"
    LATE = "late"
    EXCUSED = "excused"


class PaymentWord(StrEnum):
    """The method of a payment."""

    CASH = "cash"
    CARD = "card"
    TRANSFER = "transfer"
    ONLINE = "online"


class DeliveryStatus(StrEnum):
    """The status of a text. Failed ones are tried no more: refused for good, or tried too often."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class InvoiceWord(StrEnum):
    """The status of an invoice; a cancelled one is not shown."""

    UNPAID = "unpaid"
    PARTIAL = "partial"
    PAID = "paid"
    OVERDUE = "overdue"


INVOICE_WORDS = match_members(InvoiceStatus, InvoiceWord, only=set(InvoiceStatus) - {InvoiceStatus.CANCELLED})

ROLES = frozenset(Role[name] for name in RoleWord.__members__)
"""The roles that this document has a word for."""

MEMBERS = where(role__in=ROLES)
STUDENTS = frozenset({Role.STUDENT})
STAFF = ROLES - STUDENTS
