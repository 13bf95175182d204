"""Streaks: homework that a student hands in on time, one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import takewhile

from educore.assessment.entities import Assessment, AssessmentKind
from educore.attendance.entities import Attendance, AttendanceStatus
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.rewards.history import HomeworkAttempt

STREAK_LENGTH = 5
"""Every so many homeworks in a row bring a reward."""


@dataclass(frozen=True)
class DueHomework:
    """Homework that a student has, and whether they have handed it in on time; None if not at all."""

    id: int
    due_at: datetime
    is_on_time: bool | None


def find_streak(
    platform: UnitOfWork, history: Sequence[HomeworkAttempt], *, student_id: int, zone: tzinfo
) -> list[int]:
    """Return the ids of the homework in the present streak of a student, the oldest first.

    It takes one statement, and two once a streak can have its length.
    """
    on_time = submitted_on_time(history)
    if sum(on_time.values()) < STREAK_LENGTH:
        return []
    has_place = where(Enrollment__has=where(student_id=student_id, left_on__isnull=True))
    begun = where(Attempt__has=where(student_id=student_id, submitted_at__isnull=False))
    own = where(Audience__has=where(group__has=has_place)) | begun
    due = where(kind=AssessmentKind.HOMEWORK, is_published=True, due_at__isnull=False)
    rows = platform.find(Assessment, own & due, order=("due_at", "id"))
    homework = [DueHomework(row.id, row.due_at, on_time.get(row.id)) for row in rows if row.due_at is not None]
    return streak_of(homework, excused_days=_excused_days(platform, student_id, homework, zone), zone=zone)


def streak_of(homework: Iterable[DueHomework], *, excused_days: Collection[date], zone: tzinfo) -> list[int]:
    """Return the ids of the homework of the streak that ends with the newest one handed in.

    `homework` is in the order in which it was due. What was due on an excused day is left out.
    """
    counted = [one for one in homework if one.due_at.astimezone(zone).date() not in excused_days]
    while counted and counted[-1].is_on_time is None:
        counted.pop()
    in_row = takewhile(lambda one: one.is_on_time, reversed(counted))
    return [one.id for one in in_row][::-1]


def streaks_to_pay(streak: Sequence[int], paid: Collection[int]) -> list[int]:
    """Return the homework for which the reward of a streak is to be booked, given that for which it was booked."""
    earned = [id for place, id in enumerate(streak, 1) if place % STREAK_LENGTH == 0 and id not in paid]
    missing = len(streak) // STREAK_LENGTH - len(set(paid) & set(streak))
    return earned[len(earned) - missing :] if missing > 0 else []


def submitted_on_time(history: Iterable[HomeworkAttempt]) -> Mapping[int, bool]:
    """Return whether homework was handed in on time, by its id, for all that was handed in."""
    found: dict[int, bool] = {}
    for row in history:
        found[row.assessment_id] = found.get(row.assessment_id, False) or not row.is_late
    return found


def _excused_days(platform: UnitOfWork, student_id: int, homework: Sequence[DueHomework], zone: tzinfo) -> set[date]:
    """Return the days with absences of a student that are all excused, among those on which homework was due."""
    days = {one.due_at.astimezone(zone).date() for one in homework}
    if not days:
        return set()
    missed = [AttendanceStatus.ABSENT, AttendanceStatus.EXCUSED]
    marks = platform.count_by(
        Attendance, ("session.date", "status"), where(student_id=student_id, status__in=missed, session__date__in=days)
    )
    absent = {day for day, status in marks if status == AttendanceStatus.ABSENT}
    return {day for day, _ in marks} - absent
