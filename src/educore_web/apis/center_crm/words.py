"""The enumerations of this document; each has the member names of the domain and its own words as values.

Their docstrings are part of the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Any, TypeVar

from educore import Role, billing
from educore.attendance import AttendanceStatus
from educore.kernel import match_members
from educore_web.rest.common import AliasEnum

W = TypeVar("W", bound=Enum)


def count_by_word(counts: Mapping[Any, int], words: Mapping[Any, W]) -> dict[W, int]:
    """Return the sum of the counts of all members that a word stands for; `words` is from `match_members`."""
    sums = dict.fromkeys(words.values(), 0)
    for member, count in counts.items():
        sums[words[member]] += count
    return sums


class RoleWord(StrEnum):
    """The role of a person."""

    SUPERADMIN = "SuperAdmin"
    DIRECTOR = "Director"
    MANAGER = "Manager"
    ADMIN = "Admin"
    TEACHER = "Teacher"
    STUDENT = "Student"


ROLES = frozenset(Role[name] for name in RoleWord.__members__)
"""The roles that this document has a word for."""


class DirectorRole(StrEnum):
    """The only role of section 2."""

    DIRECTOR = "Director"


class StaffRole(StrEnum):
    """The roles of staff accounts."""

    MANAGER = "Manager"
    ADMIN = "Admin"


class CenterStatusWord(StrEnum):
    """The status of a center."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"


class BranchStatusWord(StrEnum):
    """The status of a branch; an active one takes new groups and students."""

    OPEN = "Open"
    CLOSED = "Closed"


class GroupStatusWord(StrEnum):
    """The status of a group."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"
    COMPLETED = "Completed"


class StudentStatusWord(StrEnum):
    """The status of a student."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"
    BLOCKED = "Blocked"
    GRADUATED = "Graduated"


class TeacherStatusWord(StrEnum):
    """The status of a teacher."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"


class WeekdayWord(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class AttendanceWord(AliasEnum):
    """The attendance of a student. This document has no word for an excused absence."""

    PRESENT = "Present"
    ABSENT = "Absent"
    LATE = "Late"
    EXCUSED = ABSENT


class AssignmentStatusWord(StrEnum):
    """The status of an assignment; work may be handed in while it is open."""

    ASSIGNED = "Assigned"
    CLOSED = "Closed"


class GradeWord(StrEnum):
    """A letter for an exam result."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    F = "F"


class LeadStatusWord(StrEnum):
    """The status of a lead; only a conversion leads to the third."""

    NEW = "New"
    CONTACTED = "Contacted"
    CONVERTED = "Converted"
    LOST = "Lost"


class LeadSourceWord(StrEnum):
    """The usual sources of leads; other words are taken too (C42)."""

    WEBSITE = "Website"
    PHONE = "Phone"
    SOCIAL_MEDIA = "Social Media"
    REFERRAL = "Referral"
    WALK_IN = "Walk-in"
    OTHER = "Other"


class NotificationWord(AliasEnum):
    """The subject of a notification."""

    LESSON_REMINDER = "lesson_reminder"
    PAYMENT_REMINDER = "payment_reminder"
    LESSON_CANCELLED = "lesson_cancelled"
    ASSIGNMENT_CREATED = "assignment_created"
    EXAM_SCHEDULED = "exam_scheduled"
    RESULT_PUBLISHED = "result_published"
    GENERAL = "general"
    ABSENCE_ALERT = GENERAL  # this document has no words for the notifications of a school
    LATE_ALERT = GENERAL
    FLAG_CREATED = GENERAL
    FLAG_RESOLVED = GENERAL
    CHRONIC_ABSENCE = GENERAL
    ATTENDANCE_SUMMARY = GENERAL
    EXCUSE_REQUIRED = GENERAL
    GRADE_PUBLISHED = GENERAL
    BADGE_EARNED = GENERAL
    SYSTEM = GENERAL


class Skipped(StrEnum):
    """Why a student is not charged."""

    ALREADY_CHARGED = "already_charged"
    NO_FEE = "no_fee"


class PaymentWord(StrEnum):
    """The method of a payment."""

    CASH = "Cash"
    CARD = "Card"
    TRANSFER = "Transfer"
    ONLINE = "Online"


ATTENDANCE_WORDS = match_members(AttendanceStatus, AttendanceWord)
SKIPPED_WORDS = match_members(billing.Skipped, Skipped)
