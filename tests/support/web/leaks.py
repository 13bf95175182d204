"""What of another center must never be seen, and who is asked to look for it."""

from __future__ import annotations

from functools import cache

from support.cast import Town
from support.web.client import Answer
from support.web.running_platform import Running
from support.web.system import OUTSIDERS

SHORTEST = 4
"""Shorter words stand in answers by chance."""


@cache
def secrets_of(
    running: Running, center_id: int, from_center: int, *, fields: frozenset[str] | None = None
) -> frozenset[str]:
    """Every text stored of one center that is stored of no other: names, telephones, addresses, passports.

    `fields` names those of interest; without it all are.
    """
    secret, open_to_both = (_texts(running, id, fields) for id in (center_id, from_center))
    return frozenset(secret - open_to_both)


def _texts(running: Running, center_id: int, fields: frozenset[str] | None) -> set[str]:
    return {
        value
        for table, row in running.rows_of(center_id, running.before)
        for name, value in zip(running.fields_of(table), row, strict=True)
        if isinstance(value, str) and len(value) >= SHORTEST and not _is_time(value)
        if fields is None or name in fields
    }


def _is_time(value: str) -> bool:
    return value[:4].isdecimal() and value[4:5] == "-"


def leaked(running: Running, answer: Answer, *, of: Town, to: Town) -> list[str]:
    """The secrets of a town that stand in an answer to somebody of another."""
    return sorted(s for s in secrets_of(running, of.center.id, to.center.id) if s in answer.text)


def foreign_rows_changed(running: Running, of: Town) -> bool:
    """Whether anything that belongs to a town is not as it was."""
    if not running.changed():
        return False
    return running.rows_of(of.center.id, running.rows()) != running.rows_of(of.center.id, running.before)


__all__ = ["OUTSIDERS", "foreign_rows_changed", "leaked", "secrets_of"]
