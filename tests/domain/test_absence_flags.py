"""Flags of absences: raised, counted anew and closed as marks change, and looked after by the office; in every store.

The days are those of the example of the design: present on Monday 8 January; absent on the 9th (twice), 11th, 12th,
15th (present in between) and 16th; excused on the 10th.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from educore import Actor, Conflict, Educore, FixedClock, Forbidden, NotFound, Ports, perform, where
from educore.attendance import (
    AbsenceFlag,
    Attendance,
    AttendanceStatus,
    FlagDocument,
    FlagPriority,
    FlagResolution,
    FlagResolved,
    FlagsRaised,
    FlagStatus,
    FlagType,
    add_flag_document,
    correct_attendance,
    dismiss_flag,
    mark_class,
    prepare_register,
    raise_flag,
    remove_attendance,
    reset_register,
    resolve_flag,
    start_register,
    take_register,
)
from educore.kernel.store import Store
from educore.schooling import AcademicYear
from educore.timetable import Session, add_slot, open_timetable
from support.cast import World
from support.plain_rows import change_row
from support.refusals import expect_invalid
from support.school_cast import School, create_school

PRESENT, ABSENT, LATE, EXCUSED = AttendanceStatus
LOW, MEDIUM, HIGH, URGENT = FlagPriority
ACTIVE, RESOLVED, DISMISSED = FlagStatus
HOURS = (8, 9, 10)
WEEK = ("mon", "tue", "wed", "thu", "fri")
EXAMPLE: list[tuple[int, list[AttendanceStatus]]] = [
    (8, [PRESENT]),
    (9, [ABSENT, ABSENT]),
    (10, [EXCUSED]),
    (11, [ABSENT]),
    (12, [ABSENT]),
    (15, [ABSENT, PRESENT, ABSENT]),
    (16, [ABSENT]),
]


@pytest.fixture
def platform(store: Store, ports: Ports) -> Educore:
    """Both towns and the school, in each of the stores in turn."""
    return Educore(store, ports)


@pytest.fixture
def school(platform: Educore, world: World, clock: FixedClock) -> School:
    """The school in a year that began before January 2024, with three lessons a day for class A."""
    school = create_school(platform, world.rustam)
    with platform.work(school.director) as uow:
        change_row(uow, uow.get(AcademicYear, school.year.id), {"start_date": date(2024, 1, 1)})
        week = open_timetable(uow, group_id=school.class_a.id, effective_from=date(2024, 1, 1))
        change_row(uow, week, {"effective_to": date(2024, 2, 2)})
        for day in WEEK:
            for hour in HOURS:
                times = {"start_time": time(hour), "end_time": time(hour + 1)}
                add_slot(uow, timetable_id=week.id, weekday=day, teacher_id=school.teacher.teacher_id, **times)
    clock.time = datetime(2024, 1, 31, 12, tzinfo=UTC)
    return school


def do(platform: Educore, who: Actor, act: Callable[..., Any], *row: Any, **fields: Any) -> Any:
    """A use case in a transaction of its own."""
    with platform.work(who) as uow:
        return act(uow, *row, **fields)


def take(platform: Educore, school: School, day: int, hour: int, status: AttendanceStatus) -> list[AbsenceFlag]:
    """Mark Yasmine in a lesson, whose register is opened if it is not, and return the new flags."""
    entry = {"student_id": school.student.student_id, "status": status}
    with platform.work(school.teacher) as uow:
        session = uow.find(Session, where(date=date(2024, 1, day), start_time=time(hour)))[0]
        if session.register_status is None:
            start_register(uow, prepare_register(uow, series_id=session.series_id or 0, date=session.date))
        return take_register(uow, session, marks=[entry]).flags


def live_through(platform: Educore, school: School, days: list[tuple[int, list[AttendanceStatus]]]) -> None:
    for day, statuses in days:
        for hour, status in zip(HOURS, statuses, strict=False):
            take(platform, school, day, hour, status)


def flags_of(
    platform: Educore, school: School, *, active: bool = True
) -> list[tuple[FlagType, int, int, FlagPriority]]:
    """The flags of Yasmine in order of time: type, day in January, count and priority."""
    with platform.work(school.director) as uow:
        flags = uow.find(AbsenceFlag, where(status=ACTIVE) if active else where(auto_generated=True))
        sessions = {session.id: session for session in uow.find(Session)}
    found = sorted(flags, key=lambda flag: (sessions[flag.session_id].starts_at, flag.type, flag.id))
    return [(flag.type, sessions[flag.session_id].date.day, flag.absence_count, flag.priority) for flag in found]


def mark_on(platform: Educore, school: School, day: int, hour: int = 8) -> Attendance:
    with platform.work(school.director) as uow:
        return uow.find(Attendance, where(session__date=date(2024, 1, day), session__start_time=time(hour)))[0]


def flag_on(platform: Educore, school: School, day: int, kind: FlagType = FlagType.ABSENCE) -> AbsenceFlag:
    """The first flag of a kind on a day in January."""
    with platform.work(school.director) as uow:
        return uow.find(AbsenceFlag, where(session__date=date(2024, 1, day), type=kind), order=("id",))[0]


ABSENCES = [
    (FlagType.ABSENCE, 9, 1, LOW),
    (FlagType.ABSENCE, 11, 2, MEDIUM),
    (FlagType.ABSENCE, 12, 3, MEDIUM),
    (FlagType.ABSENCE, 15, 4, HIGH),
    (FlagType.ABSENCE, 15, 1, LOW),
    (FlagType.ABSENCE, 16, 2, MEDIUM),
]


# -- listed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", ["", "-"])
def test_flags_are_ordered_by_urgency_and_not_by_the_alphabet(platform: Educore, school: School, sign: str) -> None:
    live_through(platform, school, EXAMPLE[:1])
    with platform.work(school.staff) as uow:
        session = uow.find(Session, where(date=date(2024, 1, 8)))[0]
        for priority in (HIGH, LOW, URGENT, MEDIUM):
            raise_flag(uow, student_id=school.student.student_id or 0, session_id=session.id, priority=priority)
        found = [flag.priority for flag in uow.find(AbsenceFlag, order=(f"{sign}priority",))]
        page = uow.find(AbsenceFlag, order=(f"{sign}priority",), offset=1, limit=2)
    expected = [LOW, MEDIUM, HIGH, URGENT][:: -1 if sign else 1]
    assert found == expected
    assert [flag.priority for flag in page] == expected[1:3]


# -- raised by marks -----------------------------------------------------------------------------------


def test_absences_raise_the_flags_of_the_example(platform: Educore, school: School, events: list[object]) -> None:
    live_through(platform, school, EXAMPLE)
    assert flags_of(platform, school) == [*ABSENCES, (FlagType.CHRONIC_ABSENCE, 16, 5, URGENT)]
    assert sum(len(event.flag_ids) for event in events if isinstance(event, FlagsRaised)) == 7
    assert flag_on(platform, school, 15).follow_up_required
    assert not flag_on(platform, school, 12).follow_up_required


def test_a_corrected_mark_dismisses_its_flag_and_counts_the_later_ones_anew(platform: Educore, school: School) -> None:
    live_through(platform, school, EXAMPLE)
    do(platform, school.staff, correct_attendance, mark_on(platform, school, 11), status=PRESENT)
    assert flags_of(platform, school) == [
        (FlagType.ABSENCE, 9, 1, LOW),
        (FlagType.ABSENCE, 12, 1, LOW),
        (FlagType.ABSENCE, 15, 2, MEDIUM),
        (FlagType.ABSENCE, 15, 1, LOW),
        (FlagType.ABSENCE, 16, 2, MEDIUM),
    ]
    with platform.work(school.director) as uow:
        closed = uow.find(AbsenceFlag, where(status=DISMISSED))
    assert {flag.type for flag in closed} == {FlagType.ABSENCE, FlagType.CHRONIC_ABSENCE}
    assert all(flag.resolved_at and flag.resolved_by_id is None for flag in closed)
    do(platform, school.staff, correct_attendance, mark_on(platform, school, 11), status=ABSENT)
    assert flags_of(platform, school) == [*ABSENCES, (FlagType.CHRONIC_ABSENCE, 16, 5, URGENT)]


def test_the_same_mark_again_raises_nothing(platform: Educore, school: School) -> None:
    assert len(take(platform, school, 9, 8, ABSENT)) == 1
    assert take(platform, school, 9, 8, ABSENT) == []
    assert take(platform, school, 9, 9, ABSENT) == []
    assert flags_of(platform, school) == [(FlagType.ABSENCE, 9, 1, LOW)]


def test_an_hour_marked_before_the_other_leaves_one_flag(platform: Educore, school: School) -> None:
    take(platform, school, 9, 10, ABSENT)
    take(platform, school, 9, 8, ABSENT)
    assert len(flags_of(platform, school)) == 1
    do(platform, school.staff, correct_attendance, mark_on(platform, school, 9, 10), status=PRESENT)
    assert flags_of(platform, school) == [(FlagType.ABSENCE, 9, 1, LOW)]
    assert flag_on(platform, school, 9).status is DISMISSED  # the absence of the first hour has a flag of its own


def test_coming_late_often_raises_one_flag_whose_priority_rises(platform: Educore, school: School) -> None:
    days = [8, 9, 10, 11, 12, 15, 16, 17, 18, 19]
    live_through(platform, school, [(day, [LATE]) for day in days[:4]])
    assert flags_of(platform, school) == []
    live_through(platform, school, [(day, [LATE]) for day in days[4:9]])
    assert flags_of(platform, school) == [(FlagType.LATE_PATTERN, 12, 9, MEDIUM)]
    live_through(platform, school, [(19, [LATE])])
    assert flags_of(platform, school) == [(FlagType.LATE_PATTERN, 12, 10, HIGH)]


def test_an_absence_longer_than_a_month_is_counted_whole(platform: Educore, school: School) -> None:
    days = [*range(1, 6), *range(8, 13), *range(15, 20), *range(22, 27), *range(29, 32)]
    with platform.work(school.teacher) as uow:  # most of it before anybody raised flags
        for session in uow.find(Session, where(start_time=time(8), date__lte=date(2024, 1, 30)), order=("date",)):
            change_row(uow.as_platform(), session, {"series_id": None})
            mark_class(uow, session, marks=[{"student_id": school.student.student_id, "status": ABSENT}])
    (flag, chronic) = take(platform, school, 31, 9, ABSENT)
    assert (flag.absence_count, flag.priority) == (len(days), URGENT)
    assert chronic.type is FlagType.CHRONIC_ABSENCE


def test_an_excused_mark_raises_no_flag_and_excusing_one_resolves_it(platform: Educore, school: School) -> None:
    assert take(platform, school, 9, 8, EXCUSED) == []
    take(platform, school, 10, 8, ABSENT)
    do(platform, school.staff, correct_attendance, mark_on(platform, school, 10), status=EXCUSED)
    flag = flag_on(platform, school, 10)
    assert (flag.status, flag.resolution) == (RESOLVED, FlagResolution.JUSTIFIED)
    assert flag.resolved_by_id == school.staff.user_id


def test_a_mark_removed_or_reset_leaves_no_active_flag(platform: Educore, school: School) -> None:
    take(platform, school, 9, 8, ABSENT)
    take(platform, school, 10, 8, ABSENT)
    do(platform, school.director, remove_attendance, mark_on(platform, school, 9))
    assert flags_of(platform, school) == [(FlagType.ABSENCE, 10, 1, LOW)]
    with platform.work(school.director) as uow:
        reset_register(uow, uow.find(Session, where(date=date(2024, 1, 10), start_time=time(8)))[0])
    assert flags_of(platform, school) == []


def test_a_session_without_a_register_raises_no_flag(platform: Educore, world: World, clock: FixedClock) -> None:
    clock.time = datetime(2024, 3, 1, tzinfo=UTC)
    with platform.work(world.rustam) as uow:
        for session in uow.find(Session, limit=3):
            assert session.register_status is None
        assert uow.count(AbsenceFlag) == 0


# -- looked after --------------------------------------------------------------------------------------


def test_a_certificate_excuses_the_whole_absence(platform: Educore, school: School, events: list[object]) -> None:
    live_through(platform, school, [(8, [PRESENT]), (9, [ABSENT, ABSENT]), (10, [EXCUSED]), (11, [ABSENT])])
    resolved = do(
        platform,
        school.staff,
        resolve_flag,
        flag_on(platform, school, 11),
        resolution=FlagResolution.JUSTIFIED,
        notes="Medical certificate",
        documents=["flags/certificate.pdf"],
        excuse=True,
    )
    assert [mark.status for mark in resolved.excused] == [EXCUSED] * 3
    assert (resolved.flag.status, resolved.flag.resolution_notes) == (RESOLVED, "Medical certificate")
    assert flags_of(platform, school) == []
    other = flag_on(platform, school, 9)
    assert (other.status, other.resolution) == (RESOLVED, FlagResolution.JUSTIFIED)
    assert [event.flag_id for event in events if isinstance(event, FlagResolved)] == [resolved.flag.id]
    with platform.work(school.parent) as uow:
        assert [document.file for document in uow.find(FlagDocument)] == ["flags/certificate.pdf"]
    with expect_invalid(Conflict) as codes:
        do(platform, school.staff, resolve_flag, resolved.flag, resolution=FlagResolution.UNJUSTIFIED)
    assert codes == {"": "flag_closed"}


def test_an_absence_excused_in_part_is_followed_up(platform: Educore, school: School) -> None:
    live_through(platform, school, [(9, [ABSENT]), (10, [ABSENT]), (11, [ABSENT])])
    partly = {"resolution": FlagResolution.PARTIAL, "excuse": True}
    resolved = do(platform, school.staff, resolve_flag, flag_on(platform, school, 10), **partly)
    assert ([mark.session_id for mark in resolved.excused], resolved.flag.follow_up_required) == (
        [resolved.flag.session_id],
        True,
    )
    assert flags_of(platform, school) == [(FlagType.ABSENCE, 9, 1, LOW), (FlagType.ABSENCE, 11, 2, MEDIUM)]
    first = mark_on(platform, school, 9).session_id
    with expect_invalid() as codes:
        do(platform, school.staff, resolve_flag, flag_on(platform, school, 11), **partly, session_ids=[99_999])
    assert codes == {"session_ids": "not_of_flag"}
    resolved = do(platform, school.staff, resolve_flag, flag_on(platform, school, 11), **partly, session_ids=[first])
    assert [mark.session_id for mark in resolved.excused] == [first]


def test_what_is_unjustified_is_not_excused(platform: Educore, school: School) -> None:
    take(platform, school, 9, 8, ABSENT)
    flag = flag_on(platform, school, 9)
    with expect_invalid() as codes:
        do(platform, school.staff, resolve_flag, flag, resolution=FlagResolution.UNJUSTIFIED, excuse=True)
    assert codes == {"excuse": "excuse_unjustified"}
    resolved = do(platform, school.staff, resolve_flag, flag, resolution=FlagResolution.UNJUSTIFIED)
    assert (resolved.excused, resolved.flag.status) == ([], RESOLVED)
    assert mark_on(platform, school, 9).status is ABSENT
    assert take(platform, school, 9, 9, ABSENT) == []  # it is the same absence of the same day


def test_a_chronic_absence_that_is_justified_excuses_its_two_weeks(platform: Educore, school: School) -> None:
    live_through(platform, school, EXAMPLE)
    chronic = flag_on(platform, school, 16, FlagType.CHRONIC_ABSENCE)
    resolved = do(platform, school.staff, resolve_flag, chronic, resolution=FlagResolution.JUSTIFIED, excuse=True)
    assert len(resolved.excused) == 7
    assert flags_of(platform, school) == []


def test_a_flag_that_is_dismissed_leaves_the_marks(platform: Educore, school: School) -> None:
    take(platform, school, 9, 8, ABSENT)
    flag = do(platform, school.staff, dismiss_flag, flag_on(platform, school, 9), notes="Known")
    assert (flag.status, flag.resolution_notes, flag.resolved_by_id) == (DISMISSED, "Known", school.staff.user_id)
    assert mark_on(platform, school, 9).status is ABSENT
    assert take(platform, school, 9, 9, ABSENT) == []


def test_the_office_raises_a_flag_by_hand(platform: Educore, school: School) -> None:
    live_through(platform, school, [(9, [ABSENT]), (10, [ABSENT])])
    about = {"student_id": school.student.student_id, "session_id": mark_on(platform, school, 10).session_id}
    flag = do(platform, school.staff, perform, AbsenceFlag, "create", fields={**about, "follow_up_required": True})
    assert (flag.absence_count, flag.priority, flag.auto_generated) == (2, MEDIUM, False)
    assert (flag.created_by_id, flag.follow_up_required) == (school.staff.user_id, True)
    with expect_invalid() as codes:
        do(platform, school.staff, raise_flag, **{**about, "student_id": school.newcomer.student_id})
    assert codes == {"student_id": "not_in_group"}
    do(platform, school.staff, raise_flag, **about, type=FlagType.CHRONIC_ABSENCE)
    with expect_invalid(Conflict) as codes:
        do(platform, school.staff, raise_flag, **about, type=FlagType.CHRONIC_ABSENCE)
    assert codes == {"type": "flag_active"}


# -- rights --------------------------------------------------------------------------------------------


def test_families_see_their_own_flags_and_hand_in_documents(platform: Educore, school: School) -> None:
    take(platform, school, 9, 8, ABSENT)
    flag = flag_on(platform, school, 9)
    for person, seen in ((school.parent, 1), (school.student, 1), (school.teacher, 1), (school.second_parent, 0)):
        with platform.work(person) as uow:
            assert uow.count(AbsenceFlag) == seen
            with pytest.raises((Forbidden, NotFound)):
                resolve_flag(uow, flag, resolution=FlagResolution.JUSTIFIED)
    document = do(platform, school.parent, add_flag_document, flag_id=flag.id, note="She was ill")
    assert (document.note, document.added_by_id) == ("She was ill", school.parent.user_id)
    with expect_invalid() as codes:
        do(platform, school.second_parent, add_flag_document, flag_id=flag.id, note="So was he")
    assert codes == {"flag_id": "unknown_id"}
    with expect_invalid() as codes:
        do(platform, school.parent, add_flag_document, flag_id=flag.id)
    assert codes == {"file": "missing"}
    with platform.work(school.teacher) as uow:
        assert uow.count(FlagDocument) == 0


def test_only_the_director_deletes_a_flag(platform: Educore, school: School) -> None:
    take(platform, school, 9, 8, ABSENT)
    flag = flag_on(platform, school, 9)
    for person in (school.manager, school.admin, school.staff):
        with pytest.raises(Forbidden):
            do(platform, person, perform, AbsenceFlag, "delete", flag.id)
    do(platform, school.director, perform, AbsenceFlag, "delete", flag.id)
