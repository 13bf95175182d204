"""Texts and rows of another center that an answer must never show."""

from __future__ import annotations

import re
from functools import cache

from support.web.client import ApiResponse
from support.web.running_platform import RunningPlatform
from support.web.system import Locality

SHORTEST = 4
"""Shorter words stand in answers by chance."""


def without_id(text: str, id: int | None) -> str:
    """Return the text of an answer without the id that was asked for, which the caller knows."""
    return re.sub(rf"\b{id}\b", "ID", text)


@cache
def private_texts(
    running: RunningPlatform, center_id: int, from_center: int, *, fields: frozenset[str] | None = None
) -> frozenset[str]:
    """Return the texts stored for one center only: names, telephones, addresses, passports.

    `fields` names those of interest; without it all are.
    """
    secret, open_to_both = (_texts(running, id, fields) for id in (center_id, from_center))
    return frozenset(secret - open_to_both)


def _texts(running: RunningPlatform, center_id: int, fields: frozenset[str] | None) -> set[str]:
    return {
        value
        for table, row in running.rows_of(center_id, running.before)
        for name, value in zip(running.fields_of(table), row, strict=True)
        if isinstance(value, str) and len(value) >= SHORTEST and not _is_time(value)
        if fields is None or name in fields
    }


def _is_time(value: str) -> bool:
    return value[:4].isdecimal() and value[4:5] == "-"


def find_leaks(running: RunningPlatform, answer: ApiResponse, *, of: Locality, to: Locality) -> list[str]:
    """Return the private texts of one town that a response to a person of another contains."""
    return sorted(s for s in private_texts(running, of.center.id, to.center.id) if s in answer.text)


def foreign_rows_changed(running: RunningPlatform, of: Locality) -> bool:
    """Whether anything that belongs to a town is not as it was."""
    changed = running.changed()
    before, after = {table: running.before[table] for table in changed}, running.rows(changed) if changed else {}
    return running.rows_of(of.center.id, after) != running.rows_of(of.center.id, before)
