"""All screens, in the order of the menu."""

from __future__ import annotations

from educore_web.admin.screens import (
    absences,
    admissions,
    assessments,
    audit_screens,
    learning,
    lessons,
    messages,
    money,
    people,
    places,
    rewards,
    saved_reports,
    schooling,
    teaching,
    timetables,
)

SCREENS = (
    *teaching.SCREENS,
    *assessments.SCREENS,
    *lessons.SCREENS,
    *timetables.SCREENS,
    *absences.SCREENS,
    *saved_reports.SCREENS,
    *learning.SCREENS,
    *rewards.SCREENS,
    *schooling.STRUCTURE,
    *money.SCREENS,
    *admissions.SCREENS,
    *messages.SCREENS,
    *people.SCREENS,
    *schooling.FAMILIES,
    *places.SCREENS,
    *audit_screens.SCREENS,
)
