"""Enumerations and flags on a page: the word and the colour of each value."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from educore_web.admin.ui.language import find_translation

COLORS: Mapping[str, str] = {
    "active": "green", "open": "green", "true": "green", "inactive": "secondary", "false": "secondary",
    "completed": "blue", "graduated": "blue", "blocked": "red", "closed": "orange",
    "present": "green", "late": "orange", "absent": "red", "excused": "blue", "assigned": "green",
    "taken": "green", "withdrawn": "red", "paid": "green", "partial": "orange", "unpaid": "azure", "overdue": "red",
    "cancelled": "secondary", "charged": "green", "reverted": "secondary", "converted": "green", "contacted": "orange",
    "lost": "secondary", "new": "azure", "queued": "azure", "sent": "green", "failed": "red",
    "A": "green", "B": "green", "C": "azure", "D": "orange", "F": "red",
}  # fmt: skip
"""The colour of each value of an enumeration, the same on every page. A screen adds those of its own with `colors`."""

OTHER_COLOR = "azure"
NEGATIVE_FLAGS = ("is_blocked", "is_cancelled")
"""Flags that are bad news when they are true."""


def format_enum(value: Enum) -> str:
    """Return the word for one value of an enumeration; a value without a translation is shown by its name."""
    return find_translation(f"{type(value).__name__}.{value.value}") or humanize(str(value.value))


def color_of(field: str, value: Any, colors: Mapping[str, str] = COLORS) -> str | None:
    """Return the colour of a status or a flag, None for any other value."""
    if isinstance(value, bool) and field in NEGATIVE_FLAGS:
        return "red" if value else "secondary"
    if isinstance(value, bool):
        return colors[str(value).lower()]
    return colors.get(str(value.value), OTHER_COLOR) if isinstance(value, Enum) else None


def humanize(name: str) -> str:
    """Return a name of the code as words: "locker_number" and "LockerNumber" become "Locker number"."""
    spaced = "".join(f" {letter}" if letter.isupper() else letter for letter in name.replace("_", " "))
    return " ".join(spaced.split()).capitalize()
