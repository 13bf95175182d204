"""The screen of lockers."""

from __future__ import annotations

from educore_web.admin.screen import Screen
from educore_web.admin.ui.question import questions_about
from support.lockers.entities import Locker

SCREEN = Screen(
    Locker,
    "learning",
    "ti ti-lock",
    title="Lockers",
    columns=("number", "is_broken", "notes"),
    search=("number",),
    filters=("is_broken",),
    create=questions_about(Locker, "center_id", "number", "notes"),
    edit=questions_about(Locker, "number", "is_broken", "notes"),
    can_delete=True,
)
