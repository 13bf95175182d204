"""Marks of attendance as this document writes them: flags beside the status say a part of it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from educore import Invalid, Problem
from educore.attendance import MISSED, Attendance, AttendanceStatus

PRESENT, ABSENT, LATE, EXCUSED = (
    AttendanceStatus.PRESENT,
    AttendanceStatus.ABSENT,
    AttendanceStatus.LATE,
    AttendanceStatus.EXCUSED,
)


def is_late(status: str) -> bool:
    """Return whether a student with this status came late."""
    return status == LATE


def is_excused(status: str) -> bool:
    """Return whether a student with this status was absent for a reason that the school accepts."""
    return status == EXCUSED


def settle_marks(marks: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the marks of a list with what their flags say in the status. Raises: the errors of `settle_mark`."""
    settled: list[dict[str, Any]] = []
    problems: dict[str, list[Problem]] = {}
    for number, mark in enumerate(marks):
        try:
            settled.append(settle_mark(mark))
        except Invalid as error:
            problems |= error.prefixed(f"marks.{number}").fields
    if problems:
        raise Invalid(problems)
    return settled


def settle_mark(fields: Mapping[str, Any], stored: Attendance | None = None) -> dict[str, Any]:
    """Return the fields of a mark with what the flags `arrived_late` and `is_excused` say in its status.

    Who is present and arrived late is late; who is absent and excused is excused. In a change, a flag that is as the
    stored mark shows it says nothing: of two fields that say the same, the one that changes counts. A new mark has its
    status, and a flag that is false takes nothing from it.
    Raises: Invalid("absent_and_late") on arrived_late, ("not_late") on late_minutes, ("not_absent") on is_excused.
    """
    settled = dict(fields)
    came_late, excused = (_flag(settled.pop(name, None), known, stored) for name, known in FLAGS.items())
    status: AttendanceStatus = settled["status"] if stored is None else settled.get("status", stored.status)
    minutes = settled.get("late_minutes")
    if came_late or minutes:
        status = _late(status, "arrived_late" if came_late else "late_minutes")
    elif came_late is False and "status" not in settled:
        status = PRESENT
    if excused:
        status = _excused(status)
    elif excused is False and "status" not in settled:
        status = ABSENT
    if status is not LATE:
        settled.pop("late_minutes", None)  # 0 or null: whatever was said of the lateness goes with the status
    return settled if stored is not None and status is stored.status else {**settled, "status": status}


FLAGS: Mapping[str, AttendanceStatus] = {"arrived_late": LATE, "is_excused": EXCUSED}
"""The status that each flag stands for."""


def _flag(flag: bool | None, status: AttendanceStatus, stored: Attendance | None) -> bool | None:
    """Return what a flag says, None if it says nothing."""
    says_nothing = flag is False if stored is None else flag is (stored.status is status)
    return None if says_nothing else flag


def _late(status: AttendanceStatus, field: str) -> AttendanceStatus:
    if status in MISSED:
        raise Invalid({field: [Problem("absent_and_late" if field == "arrived_late" else "not_late")]})
    return LATE


def _excused(status: AttendanceStatus) -> AttendanceStatus:
    if status not in MISSED:
        raise Invalid.because("is_excused", "not_absent")
    return EXCUSED
