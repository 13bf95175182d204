"""The English sentences of the admin, the reports and the Madrasti document; errors are in `educore.translation`.

A key is an area and a name, such as `admin.field.phone` or `receipts.amount`. Keys are stable.
After a change here, run `nox -s translations`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from educore.translation import Plural
from educore_web.i18n.english.admin_actions import ACTIONS
from educore_web.i18n.english.admin_assessments import ASSESSMENTS
from educore_web.i18n.english.admin_choices import CHOICES
from educore_web.i18n.english.admin_fields import FIELDS
from educore_web.i18n.english.admin_lessons import LESSONS
from educore_web.i18n.english.admin_pages import PAGES
from educore_web.i18n.english.admin_registers import REGISTERS
from educore_web.i18n.english.admin_reports import REPORTS
from educore_web.i18n.english.admin_rewards import REWARDS
from educore_web.i18n.english.admin_schools import SCHOOLS
from educore_web.i18n.english.admin_screens import SCREENS
from educore_web.i18n.english.madrasti import MADRASTI
from educore_web.i18n.english.receipts import RECEIPTS


def merge_areas(*parts: tuple[str, Mapping[str, Any]]) -> Mapping[str, str | Plural]:
    """Return the sentences of all parts by their whole key. Raises: ValueError for a key that two parts have."""
    merged: dict[str, str | Plural] = {}
    for area, sentences in parts:
        for name, english in sentences.items():
            if (key := f"{area}.{name}") in merged:
                raise ValueError(f"There are two English sentences for {key}.")
            merged[key] = english
    return MappingProxyType(merged)


ENGLISH = merge_areas(
    ("admin", SCREENS),
    ("admin", FIELDS),
    ("admin", CHOICES),
    ("admin", ACTIONS),
    ("admin", PAGES),
    ("admin", SCHOOLS),
    ("admin", REGISTERS),
    ("admin", ASSESSMENTS),
    ("admin", REWARDS),
    ("admin", LESSONS),
    ("admin", REPORTS),
    ("receipts", RECEIPTS),
    ("madrasti", MADRASTI),
)
