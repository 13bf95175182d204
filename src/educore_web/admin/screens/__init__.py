"""All screens, in the order of the menu."""

from __future__ import annotations

from educore_web.admin.screens import admissions, audit_screens, learning, messages, money, people, places, teaching

SCREENS = (
    *teaching.SCREENS,
    *learning.SCREENS,
    *money.SCREENS,
    *admissions.SCREENS,
    *messages.SCREENS,
    *people.SCREENS,
    *places.SCREENS,
    *audit_screens.SCREENS,
)
