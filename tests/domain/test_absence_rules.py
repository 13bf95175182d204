"""Which absences of a student somebody must look after: the example of the design, and rules that always hold."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from educore.attendance import AttendanceStatus, FlagPriority
from educore.attendance.absence_rules import (
    ENDS_ABSENCE,
    StudentMark,
    absence_of,
    absence_priority,
    due_flags,
    is_chronic,
    late_priority,
    split_absences,
)

PRESENT, ABSENT, LATE, EXCUSED = (AttendanceStatus(word) for word in ("present", "absent", "late", "excused"))
LOW, MEDIUM, HIGH, URGENT = FlagPriority


def january(day: int) -> date:
    """A day of January 2024, which began on a Monday."""
    return date(2024, 1, day)


def marks(*given: tuple[int, AttendanceStatus]) -> list[StudentMark]:
    """Marks of sessions 1, 2 and so on, by the day of January."""
    return [StudentMark(number, january(day), status) for number, (day, status) in enumerate(given, start=1)]


DAYS = (8, 9, 9, 10, 11, 12, 15, 15, 15, 16)
STATUSES = (PRESENT, ABSENT, ABSENT, EXCUSED, ABSENT, ABSENT, ABSENT, PRESENT, ABSENT, ABSENT)
WEEK = marks(*zip(DAYS, STATUSES, strict=True))


def corrected(session: int, status: AttendanceStatus = PRESENT) -> list[StudentMark]:
    """The marks of the week after a correction."""
    return [mark._replace(status=status) if mark.session_id == session else mark for mark in WEEK]


def flags(given: list[StudentMark]) -> list[tuple[int, int, FlagPriority]]:
    """The day, the count and the priority of each flag that is due."""
    return [(flag.day.day, flag.absence_count, flag.priority) for flag in due_flags(given)]


def test_each_absence_is_flagged_on_each_of_its_days() -> None:
    assert flags(WEEK) == [(9, 1, LOW), (11, 2, MEDIUM), (12, 3, MEDIUM), (15, 4, HIGH), (15, 1, LOW), (16, 2, MEDIUM)]
    assert [flag.session_id for flag in due_flags(WEEK)] == [2, 5, 6, 7, 9, 10]
    assert [flag.needs_follow_up for flag in due_flags(WEEK)] == [False, False, False, True, False, False]


def test_a_corrected_mark_divides_an_absence() -> None:
    assert flags(corrected(5)) == [(9, 1, LOW), (12, 1, LOW), (15, 2, MEDIUM), (15, 1, LOW), (16, 2, MEDIUM)]
    assert flags(corrected(5, EXCUSED)) == [
        (9, 1, LOW),
        (12, 2, MEDIUM),
        (15, 3, MEDIUM),
        (15, 1, LOW),
        (16, 2, MEDIUM),
    ]


def test_absence_is_chronic_on_the_fifth_day_of_two_weeks() -> None:
    assert [day for day in range(8, 17) if is_chronic([m for m in WEEK if m.day <= january(day)], january(day))] == [16]
    assert not is_chronic(corrected(5), january(16))
    assert is_chronic(WEEK, january(22))
    assert not is_chronic(WEEK, january(23)), "the 9th is no longer among the last fourteen days"


@pytest.mark.parametrize(("days", "priority"), [(4, None), (5, MEDIUM), (9, MEDIUM), (10, HIGH), (11, HIGH)])
def test_coming_late_becomes_a_pattern(days: int, priority: FlagPriority | None) -> None:
    late = marks(*((day, LATE) for day in range(1, days + 1) for _ in range(2)))
    assert late_priority(late, january(days)) is priority
    assert late_priority(late, january(1) + timedelta(days=60)) is None


def test_the_priorities_rise() -> None:
    assert [absence_priority(days) for days in range(1, 9)] == [LOW, MEDIUM, MEDIUM, HIGH, HIGH, HIGH, URGENT, URGENT]


def test_the_absence_of_a_session_is_the_whole_one() -> None:
    assert [mark.session_id for mark in absence_of(WEEK, 6)] == [2, 3, 5, 6, 7]
    assert [mark.session_id for mark in absence_of(WEEK, 9)] == [9, 10]
    assert absence_of(WEEK, 1) == absence_of(WEEK, 4) == absence_of(WEEK, 99) == []


ANY = st.lists(st.tuples(st.integers(1, 31), st.sampled_from(AttendanceStatus)), max_size=40).map(sorted)


@given(ANY)
def test_every_absent_mark_is_in_one_absence_and_under_one_flag(given: list[tuple[int, AttendanceStatus]]) -> None:
    all_marks = marks(*given)
    absences = list(split_absences(all_marks))
    assert [mark for absence in absences for mark in absence] == [m for m in all_marks if m.status is ABSENT]
    flagged = due_flags(all_marks)
    assert len(flagged) == sum(len({mark.day for mark in absence}) for absence in absences)
    assert [flag.session_id for flag in flagged] == sorted({flag.session_id for flag in flagged})
    for before, after in pairwise(absences):
        between = all_marks[before[-1].session_id : after[0].session_id - 1]
        assert ENDS_ABSENCE & {mark.status for mark in between}
