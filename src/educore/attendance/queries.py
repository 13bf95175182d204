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
class GroupReport:
    """The number of students who take a seat, of sessions that are not cancelled, and of marks by status."""

    students: int
    sessions: int
    marks: Mapping[AttendanceStatus, int]

    @property
    def rate(self) -> float:
        """Return the share of `present` among all marks, in percent with one decimal."""
        return attendance_rate(self.marks)


def group_report(uow: UnitOfWork, group: Group) -> GroupReport:
    """Count students, sessions and marks of a group (center_crm 5.7, 5.8, C44)."""
    return GroupReport(
        students=uow.count(Enrollment, where(group_id=group.id) & takes_seat),
        sessions=uow.count(Session, where(group_id=group.id) & not_cancelled),
        marks=attendance_counts(uow, session__group_id=group.id),
    )


def attendance_counts(uow: UnitOfWork, **filters: int) -> dict[AttendanceStatus, int]:
    """Return the number of marks by status in sessions that are not cancelled; a status without marks has 0 (C50).

    `filters` select the marks: `session__group_id=3`, `student_id=5` or `teacher_id=2`.
    """
    counts = uow.count_by(Attendance, "status", where(session__is_cancelled=False, **filters))
    return {status: counts.get(status, 0) for status in AttendanceStatus}


def attendance_rate(counts: Mapping[AttendanceStatus, int]) -> float:
    """Return the share of `present` among all marks, in percent with one decimal; 0 without marks (center_crm C44)."""
    marks = sum(counts.values())
    return round(100 * counts[AttendanceStatus.PRESENT] / marks, 1) if marks else 0.0
