"""Counts of marks of attendance, and the report of a group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from educore.attendance.entities import Attendance, AttendanceStatus
from educore.groups.entities import Enrollment, Group, takes_seat
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.timetable.entities import Session, not_cancelled


@dataclass(frozen=True)
class AttendanceRules:
    """The two choices of a Center: late counts as present, and an excused absence is left out of the sum."""

    late_is_present: bool
    excused_leaves_sum: bool

    def decided_by(self, late_is_present: bool | None, excused_leaves_sum: bool | None) -> AttendanceRules:
        """Return the rules of a Center: what it decides, and these rules where it decides nothing."""
        return AttendanceRules(
            self.late_is_present if late_is_present is None else late_is_present,
            self.excused_leaves_sum if excused_leaves_sum is None else excused_leaves_sum,
        )

    def is_present(self, status: AttendanceStatus) -> bool:
        """Return whether a mark counts as present."""
        return status is AttendanceStatus.PRESENT or self.late_is_present and status is AttendanceStatus.LATE

    def is_counted(self, status: AttendanceStatus) -> bool:
        """Return whether a mark is in the sum of which the present ones are a share."""
        return not (self.excused_leaves_sum and status is AttendanceStatus.EXCUSED)


STRICT = AttendanceRules(late_is_present=False, excused_leaves_sum=False)
"""The rules of center_crm (C44) and of the admin: only `present` is present, and every mark is in the sum."""

CENTER_RULES = ("center.late_is_present", "center.excused_leaves_sum")
"""The paths from a mark to what its Center decides; `count_by` reads them with the numbers, in one statement."""


@dataclass(frozen=True)
class GroupReport:
    """The number of students who take a seat, of sessions that are not cancelled, and of marks by status."""

    students: int
    sessions: int
    marks: Mapping[AttendanceStatus, int]
    rules: AttendanceRules = STRICT

    @property
    def rate(self) -> float:
        """Return the share of present marks among those that count, in percent with one decimal."""
        return attendance_rate(self.marks, rules=self.rules)


def group_report(uow: UnitOfWork, group: Group, *, default: AttendanceRules = STRICT) -> GroupReport:
    """Count students, sessions and marks of a group (center_crm 5.7, 5.8, C44).

    The rules of the rate are those of the Center, and `default` where it decides nothing.
    """
    of_group = where(session__is_cancelled=False, session__group_id=group.id)
    counts = uow.count_by(Attendance, ("status", *CENTER_RULES), of_group)
    rules = {default.decided_by(late, excused) for _, late, excused in counts}
    return GroupReport(
        students=uow.count(Enrollment, where(group_id=group.id) & takes_seat),
        sessions=uow.count(Session, where(group_id=group.id) & not_cancelled),
        marks=_complete({status: count for (status, _, _), count in counts.items()}),
        rules=next(iter(rules), default),
    )


def attendance_counts(uow: UnitOfWork, **filters: int) -> dict[AttendanceStatus, int]:
    """Return the number of marks by status in sessions that are not cancelled; a status without marks has 0 (C50).

    `filters` select the marks: `session__group_id=3`, `student_id=5` or `teacher_id=2`.
    """
    return _complete(uow.count_by(Attendance, "status", where(session__is_cancelled=False, **filters)))


def attendance_rate(counts: Mapping[AttendanceStatus, int], *, rules: AttendanceRules = STRICT) -> float:
    """Return the share of present marks among those that count, in percent with one decimal; 0 without marks.

    By the default rules it is the share of `present` among all marks (center_crm C44).
    """
    marks = sum(count for status, count in counts.items() if rules.is_counted(status))
    present = sum(count for status, count in counts.items() if rules.is_present(status))
    return round(100 * present / marks, 1) if marks else 0.0


def _complete(counts: Mapping[AttendanceStatus, int]) -> dict[AttendanceStatus, int]:
    return {status: counts.get(status, 0) for status in AttendanceStatus}
