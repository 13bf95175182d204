"""The education domain: its contexts, each of which builds on those before it."""

from __future__ import annotations

from educore import (
    admissions,
    assessment,
    attendance,
    audit,
    billing,
    courses,
    groups,
    identity,
    imports,
    learning,
    messaging,
    organization,
    people,
    rewards,
    schooling,
    timetable,
)
from educore.kernel.domain import Domain

EDUCATION = Domain(
    identity.CONTEXT,
    organization.CONTEXT,
    courses.CONTEXT,
    schooling.CONTEXT,
    people.CONTEXT,
    groups.CONTEXT,
    timetable.CONTEXT,
    attendance.CONTEXT,
    learning.CONTEXT,
    assessment.CONTEXT,
    rewards.CONTEXT,
    billing.CONTEXT,
    admissions.CONTEXT,
    messaging.CONTEXT,
    imports.CONTEXT,
    audit.CONTEXT,
)
