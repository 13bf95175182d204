"""Registers of a school: prepared, started, taken, completed and taken back, in every store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from educore import Actor, Conflict, Educore, FixedClock, Forbidden, NotFound, Ports, perform, where
from educore.attendance import (
    Attendance,
    AttendanceCorrection,
    AttendanceStatus,
    RegisterChanged,
    change_register,
    complete_register,
    correct_attendance,
    drop_register,
    mark_class,
    percent,
    prepare_register,
    read_roll,
    register_figures,
    reset_register,
    start_register,
    take_register,
)
from educore.groups import enroll_in_class
from educore.kernel.store import Store
from educore.timetable import RegisterStatus, Series, Session, add_slot, open_timetable
from support.cast import World
from support.refusals import expect_invalid
from support.school_cast import School, create_school

MONDAY = date(2024, 11, 4)
PRESENT, ABSENT, LATE, EXCUSED = AttendanceStatus


@pytest.fixture
def platform(store: Store, ports: Ports) -> Educore:
    """Both towns and the school, in each of the stores in turn."""
    return Educore(store, ports)


@pytest.fixture
def school(platform: Educore, world: World, clock: FixedClock) -> School:
    """The school on the first Monday of November 2024, with Yasmine and Younes in class A since September."""
    school = create_school(platform, world.rustam)
    with platform.work(school.director) as uow:
        since = date(2024, 9, 2)
        enroll_in_class(uow, group_id=school.class_a.id, student_id=school.newcomer.student_id or 0, enrolled_on=since)
    clock.time = datetime(2024, 11, 4, 7, tzinfo=UTC)
    return school


@pytest.fixture
def slot(platform: Educore, school: School) -> Series:
    """Arabic on Mondays at eight, taught by Touria; Tarik is the class teacher."""
    with platform.work(school.staff) as uow:
        week = open_timetable(uow, group_id=school.class_a.id, effective_from=date(2024, 9, 2))
        return add_slot(
            uow,
            timetable_id=week.id,
            weekday="mon",
            start_time=time(8),
            end_time=time(9),
            teacher_id=school.second_teacher.teacher_id,
            course_id=school.course.id,
        )


def do(platform: Educore, who: Actor, act: Callable[..., Any], *row: Any, **fields: Any) -> Any:
    """A use case in a transaction of its own."""
    with platform.work(who) as uow:
        return act(uow, *row, **fields)


@pytest.fixture
def register(platform: Educore, school: School, slot: Series) -> Session:
    """The register of Monday, started by Touria."""
    prepared = do(platform, school.second_teacher, prepare_register, series_id=slot.id, date=MONDAY)
    started: Session = do(platform, school.second_teacher, start_register, prepared)
    return started


def mark(who: Actor, status: AttendanceStatus, **more: Any) -> dict[str, Any]:
    return {"student_id": who.student_id, "status": status, **more}


# -- its life ------------------------------------------------------------------------------------------


def test_a_register_is_prepared_started_and_completed(
    platform: Educore, school: School, slot: Series, events: list[object]
) -> None:
    touria = school.second_teacher
    register = do(platform, touria, prepare_register, series_id=slot.id, date=MONDAY, notes="Chapter 3")
    assert (register.register_status, register.notes) == (RegisterStatus.NOT_STARTED, "Chapter 3")
    register = do(platform, touria, start_register, register)
    assert (register.register_status, register.started_by_id) == (RegisterStatus.IN_PROGRESS, touria.user_id)
    register = do(platform, school.staff, complete_register, register)
    assert (register.register_status, register.completed_by_id) == (RegisterStatus.COMPLETED, school.staff.user_id)
    assert register.started_at is not None is not register.completed_at
    changes = [event.status for event in events if isinstance(event, RegisterChanged)]
    assert changes == [RegisterStatus.IN_PROGRESS, RegisterStatus.COMPLETED]


@pytest.mark.parametrize("day", [date(2024, 11, 3), date(2024, 8, 26), date(2025, 7, 7)])
def test_a_lesson_has_a_register_only_on_its_days(platform: Educore, school: School, slot: Series, day: date) -> None:
    with expect_invalid() as codes:
        do(platform, school.staff, prepare_register, series_id=slot.id, date=day)
    assert codes == {"date": "no_lesson_then"}
    assert do(platform, school.staff, prepare_register, series_id=slot.id, date=MONDAY).date == MONDAY


def test_each_lesson_has_one_register(platform: Educore, school: School, register: Session) -> None:
    with expect_invalid(Conflict) as codes:
        do(platform, school.staff, prepare_register, series_id=register.series_id, date=MONDAY)
    assert codes == {"date": "register_exists"}


def test_steps_in_the_wrong_order_are_refused(platform: Educore, school: School, slot: Series) -> None:
    touria, refused = school.second_teacher, []
    marks = {"marks": [mark(school.student, PRESENT)]}

    def refuse(act: Callable[..., Any], row: Session, **fields: Any) -> None:
        with expect_invalid(Conflict) as codes:
            do(platform, touria, act, row, **fields)
        refused.append(codes[""])

    with platform.work(touria) as uow:
        bare = uow.find(Session, where(series_id=slot.id, date=MONDAY))[0]
    for act, fields in ((start_register, {}), (take_register, marks), (drop_register, {}), (change_register, {})):
        refuse(act, bare, **fields)
    prepared = do(platform, touria, prepare_register, series_id=slot.id, date=MONDAY)
    refuse(complete_register, prepared)
    refuse(take_register, prepared, **marks)
    started = do(platform, touria, start_register, prepared)
    refuse(start_register, started)
    refuse(drop_register, started)
    completed = do(platform, touria, complete_register, started)
    refuse(complete_register, completed)
    refuse(take_register, completed, **marks)
    assert refused == [
        *["register_missing"] * 4,
        *["register_not_started"] * 2,
        *["register_started"] * 2,
        *["register_completed"] * 2,
    ]
    assert do(platform, school.staff, take_register, completed, **marks).marks[0].status is PRESENT


def test_a_register_of_tomorrow_can_be_prepared_and_not_started(
    platform: Educore, school: School, slot: Series
) -> None:
    prepared = do(platform, school.staff, prepare_register, series_id=slot.id, date=MONDAY + timedelta(7))
    with expect_invalid(Conflict) as codes:
        do(platform, school.staff, start_register, prepared)
    assert codes == {"": "session_in_future"}
    assert do(platform, school.staff, drop_register, prepared).register_status is None


def test_a_register_that_moves_changes_places_with_the_other_lesson(
    platform: Educore, school: School, slot: Series
) -> None:
    touria, before = school.second_teacher, MONDAY - timedelta(7)
    prepared = do(platform, touria, prepare_register, series_id=slot.id, date=MONDAY)
    moved = do(platform, touria, change_register, prepared, date=before, notes="earlier")
    assert (moved.id, moved.date, moved.notes) == (prepared.id, before, "earlier")
    with platform.work(touria) as uow:
        lessons = uow.find(Session, where(series_id=slot.id, date__in=[before, MONDAY]), order=("starts_at",))
    assert [(lesson.date, lesson.register_status) for lesson in lessons] == [
        (before, RegisterStatus.NOT_STARTED),
        (MONDAY, None),
    ]
    do(platform, touria, prepare_register, series_id=slot.id, date=MONDAY)
    with expect_invalid(Conflict) as codes:
        do(platform, touria, change_register, moved, date=MONDAY)
    assert codes == {"date": "register_exists"}


# -- marks ---------------------------------------------------------------------------------------------


def test_a_register_is_taken_with_all_details(platform: Educore, school: School, register: Session) -> None:
    marks = [
        mark(school.student, LATE, late_minutes=10),
        mark(school.newcomer, ABSENT, absence_reason="illness", notes="Called in sick"),
    ]
    taken = do(platform, school.second_teacher, take_register, register, marks=marks).marks
    assert [(row.status, row.late_minutes, row.absence_reason, row.notes) for row in taken] == [
        (LATE, 10, "", ""),
        (ABSENT, None, "illness", "Called in sick"),
    ]
    assert do(platform, school.second_teacher, take_register, register, marks=marks).marks == taken
    with platform.work(school.director) as uow:
        assert uow.count(AttendanceCorrection) == 0
        (figures,) = register_figures(uow, [uow.get(Session, register.id)]).values()
    assert (figures.total, figures.present, figures.late, figures.absent, figures.not_marked) == (2, 0, 1, 1, 0)
    assert figures.percentage == Decimal("50.0")


@pytest.mark.parametrize(
    ("wrong", "place", "code"),
    [
        ({"late_minutes": -1}, "late_minutes", "greater_than_equal"),
        ({"late_minutes": 601}, "late_minutes", "less_than_equal"),
        ({"late_minutes": 1.5}, "late_minutes", None),
        ({"status": ABSENT, "late_minutes": 5}, "late_minutes", "not_late"),
        ({"student_id": 99_999}, "student_id", "not_in_group"),
        ({"absence_reason": "x" * 501}, "absence_reason", None),
    ],
)
def test_a_wrong_mark_is_named_by_its_place_and_nothing_is_stored(
    platform: Educore, school: School, register: Session, wrong: dict[str, Any], place: str, code: str | None
) -> None:
    marks = [mark(school.student, PRESENT), {**mark(school.newcomer, LATE), **wrong}]
    with expect_invalid() as codes:
        do(platform, school.second_teacher, take_register, register, marks=marks)
    assert list(codes) == [f"marks.1.{place}"]
    assert code in (None, codes[f"marks.1.{place}"])
    with platform.work(school.director) as uow:
        assert uow.count(Attendance) == 0


def test_a_mark_sent_again_by_a_device_changes_nothing(
    platform: Educore, school: School, register: Session, clock: FixedClock
) -> None:
    touria, office = school.second_teacher, school.staff
    early, later = clock.now() - timedelta(minutes=50), clock.now() - timedelta(minutes=20)
    first = mark(school.student, ABSENT, client_id="a", marked_on_device_at=early)
    second = mark(school.student, LATE, client_id="b", marked_on_device_at=later, late_minutes=20)

    def statuses(*sent: dict[str, Any]) -> AttendanceStatus:
        for entry in sent:
            found = do(platform, touria, take_register, register, marks=[entry]).marks[0].status
        return found

    assert statuses(first) is ABSENT
    assert statuses(first, second) is LATE
    assert statuses(first) is LATE  # it is older than what is known now
    with platform.work(office) as uow:
        (stored,) = uow.find(Attendance)
        correct_attendance(uow, stored, status=PRESENT)
    clock.advance(minutes=5)
    assert statuses(second, first) is PRESENT
    assert statuses(mark(school.student, ABSENT, client_id="c", marked_on_device_at=clock.now())) is ABSENT
    with platform.work(office) as uow:
        assert uow.count(AttendanceCorrection) == 3


def test_corrections_keep_what_was_said(platform: Educore, school: School, register: Session) -> None:
    marks = [mark(school.student, LATE, late_minutes=7)]
    (late,) = do(platform, school.second_teacher, take_register, register, marks=marks).marks
    with platform.work(school.staff) as uow:
        absent = correct_attendance(uow, late, status=ABSENT, absence_reason="illness")
        assert (absent.late_minutes, absent.absence_reason) == (None, "illness")
        present = correct_attendance(uow, absent, status=PRESENT)
        assert present.absence_reason == ""
        kept = uow.find(AttendanceCorrection, order=("id",))
    assert [(row.late_minutes_before, row.reason_before, row.reason_after) for row in kept] == [
        (7, "", "illness"),
        (None, "illness", ""),
    ]


def test_a_reset_takes_the_marks_back_and_keeps_them_in_corrections(
    platform: Educore, school: School, register: Session
) -> None:
    do(platform, school.second_teacher, take_register, register, marks=[mark(school.student, ABSENT)])
    for person in (school.staff, school.manager, school.second_teacher):
        with pytest.raises(Forbidden):
            do(platform, person, reset_register, register)
    again = do(platform, school.director, reset_register, register)
    assert (again.register_status, again.started_at) == (RegisterStatus.NOT_STARTED, None)
    with platform.work(school.director) as uow:
        assert uow.count(Attendance) == 0
        assert [(row.status_before, row.status_after) for row in uow.find(AttendanceCorrection)] == [(ABSENT, None)]


def test_marking_a_class_opens_its_register(platform: Educore, school: School, slot: Series, world: World) -> None:
    with platform.work(school.staff) as uow:
        session = uow.find(Session, where(series_id=slot.id, date=MONDAY))[0]
        mark_class(uow, session, marks=[mark(school.student, PRESENT)])
        opened = uow.get(Session, session.id)
    assert (opened.register_status, opened.started_by_id) == (RegisterStatus.IN_PROGRESS, school.staff.user_id)


# -- rights --------------------------------------------------------------------------------------------


def test_a_class_teacher_takes_only_the_registers_of_their_own_lessons(
    platform: Educore, school: School, register: Session
) -> None:
    marks = {"marks": [mark(school.student, PRESENT)]}
    with pytest.raises(Forbidden):
        do(platform, school.teacher, take_register, register, **marks)
    for outsider in (school.student, school.parent, school.driver):
        with pytest.raises((Forbidden, NotFound)):
            do(platform, outsider, take_register, register, **marks)
    assert do(platform, school.second_teacher, take_register, register, **marks).marks


def test_only_the_office_excuses_an_absence_later(platform: Educore, school: School, register: Session) -> None:
    marks = [mark(school.student, ABSENT)]
    (absent,) = do(platform, school.second_teacher, take_register, register, marks=marks).marks
    with pytest.raises(Forbidden):
        do(platform, school.second_teacher, perform, Attendance, "update", absent.id, {"status": EXCUSED})
    excused = do(platform, school.staff, perform, Attendance, "update", absent.id, {"status": EXCUSED})
    assert excused.status is EXCUSED


def test_a_mother_sees_the_marks_of_her_child(platform: Educore, school: School, register: Session) -> None:
    marks = [mark(school.student, PRESENT), mark(school.newcomer, ABSENT)]
    do(platform, school.second_teacher, take_register, register, marks=marks)
    seen = {}
    for parent in (school.parent, school.second_parent):
        with platform.work(parent) as uow:
            seen[parent] = [row.student_id for row in uow.find(Attendance)]
    assert list(seen.values()) == [[school.student.student_id], [school.newcomer.student_id]]


# -- figures -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [(115, 120, "95.8"), (28, 30, "93.3"), (24, 28, "85.7"), (1, 400, "0.3"), (0, 0, "0.0"), (22, 25, "88.0")],
)
def test_percents_are_rounded_half_up(part: int, whole: int, share: str) -> None:
    assert percent(part, whole) == Decimal(share)


def test_the_roll_shows_each_student_with_the_mark_before(
    platform: Educore, school: School, slot: Series, register: Session
) -> None:
    touria = school.second_teacher
    earlier = do(platform, touria, prepare_register, series_id=slot.id, date=MONDAY - timedelta(7))
    do(platform, touria, start_register, earlier)
    do(platform, touria, take_register, earlier, marks=[mark(school.newcomer, ABSENT)])
    do(platform, touria, take_register, register, marks=[mark(school.newcomer, LATE)])
    with platform.work(touria) as uow:
        roll = read_roll(uow, register)
        assert {(entry.student_id, entry.mark, entry.mark_before) for entry in roll} == {
            (school.student.student_id, None, None),
            (school.newcomer.student_id, LATE, ABSENT),
        }
    assert [entry.name for entry in roll] == sorted(entry.name for entry in roll)
