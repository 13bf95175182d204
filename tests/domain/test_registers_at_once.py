"""Registers that several people take at once, and the number of statements a class of any size takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from educore import Actor, Educore, memory_ports, where
from educore.adapters.memory import FixedClock
from educore.adapters.sql import Database
from educore.attendance import (
    AbsenceFlag,
    Attendance,
    AttendanceStatus,
    FlagResolution,
    FlagStatus,
    class_statistics,
    complete_register,
    correct_attendance,
    dismiss_flag,
    prepare_register,
    read_roll,
    register_figures,
    reset_register,
    resolve_flag,
    start_register,
    student_history,
    take_register,
)
from educore.groups import Enrollment
from educore.identity import User
from educore.people import Student
from educore.timetable import RegisterStatus, Series, Session, add_slot, change_slot, open_timetable
from support.cast import World
from support.concurrency import run_concurrently
from support.plain_rows import plain
from support.school_cast import School, create_school
from support.statement_counts import record_statements

MONDAY = date(2024, 11, 4)
STATUSES = tuple(AttendanceStatus)


@pytest.fixture
def platform(filled_database: Database) -> Educore:
    """Both towns and the school, in a SQLite file and in PostgreSQL."""
    return Educore(filled_database.store, memory_ports(FixedClock(datetime(2024, 11, 4, 7, tzinfo=UTC))))


@pytest.fixture
def school(platform: Educore, world: World) -> School:
    """The school on a Monday."""
    return create_school(platform, world.rustam)


@pytest.fixture
def slot(platform: Educore, school: School) -> Series:
    """Lessons of class B on Mondays, taught by Touria."""
    with platform.work(school.staff) as uow:
        week = open_timetable(uow, group_id=school.class_b.id, effective_from=date(2024, 9, 2))
        times = {"start_time": time(8), "end_time": time(9)}
        teacher_id = school.second_teacher.teacher_id
        return add_slot(uow, timetable_id=week.id, weekday="mon", teacher_id=teacher_id, **times)


def fill_class(platform: Educore, school: School, count: int) -> list[int]:
    """Put so many students into class B, and return their ids."""
    center = {"center_id": school.center.id}
    since = {"enrollment_date": date(2024, 9, 2), "branch_id": school.branch.id}
    with platform.work(school.director) as uow:
        names = [{"username": f"pupil{number}", **center} for number in range(count)]
        users = plain(uow, User).add_all(User, names)
        rows = [{"user_id": user.id, **since, **center} for user in users]
        students = plain(uow, Student).add_all(Student, rows)
        place = {"group_id": school.class_b.id, "academic_year_id": school.year.id, "enrolled_on": date(2024, 9, 2)}
        plain(uow, Enrollment).add_all(Enrollment, [{"student_id": s.id, **place, **center} for s in students])
    return [student.id for student in students]


def marks(ids: list[int], status: AttendanceStatus | None = None) -> list[dict[str, Any]]:
    return [{"student_id": id, "status": status or STATUSES[id % len(STATUSES)]} for id in ids]


def act(platform: Educore, who: Actor, use_case: Callable[..., Any], *row: Any, **fields: Any) -> Callable[[], Any]:
    """A use case in a transaction of its own."""

    def run() -> Any:
        with platform.work(who) as uow:
            return use_case(uow, *row, **fields)

    return run


@pytest.fixture
def register(platform: Educore, school: School, slot: Series) -> Session:
    """The register of Monday, started."""
    prepared = act(platform, school.staff, prepare_register, series_id=slot.id, date=MONDAY)()
    started: Session = act(platform, school.staff, start_register, prepared)()
    return started


def test_a_register_started_by_many_is_started_once(platform: Educore, school: School, slot: Series) -> None:
    prepared = act(platform, school.staff, prepare_register, series_id=slot.id, date=MONDAY)()
    endings = run_concurrently(*[act(platform, school.second_teacher, start_register, prepared)] * 6)
    assert sorted(endings) == ["done", *["register_started"] * 5]


def test_a_register_prepared_by_many_is_there_once(platform: Educore, school: School, slot: Series) -> None:
    prepare = act(platform, school.staff, prepare_register, series_id=slot.id, date=MONDAY)
    assert sorted(run_concurrently(*[prepare] * 6)) == ["done", *["register_exists"] * 5]


def test_a_class_marked_by_two_at_once_has_each_mark_once(platform: Educore, school: School, register: Session) -> None:
    ids = fill_class(platform, school, 12)
    people = [school.staff, school.second_teacher] * 3
    takes = [act(platform, who, take_register, register, marks=marks(ids)) for who in people]
    assert run_concurrently(*takes) == ["done"] * 6
    with platform.work(school.director, read_only=True) as uow:
        assert uow.count(Attendance) == 12


def test_marks_and_a_reset_at_once_agree_with_the_register(
    platform: Educore, school: School, register: Session
) -> None:
    ids = fill_class(platform, school, 5)
    takes = [act(platform, school.second_teacher, take_register, register, marks=marks(ids))] * 3
    done = [act(platform, school.staff, complete_register, register)]
    run_concurrently(*takes, *done, act(platform, school.director, reset_register, register))
    with platform.work(school.director, read_only=True) as uow:
        assert uow.get(Session, register.id).register_status is RegisterStatus.NOT_STARTED
        assert uow.count(Attendance) == 0


def test_two_lessons_marked_at_once_raise_one_flag_for_each_student(
    platform: Educore, school: School, slot: Series, register: Session
) -> None:
    ids = fill_class(platform, school, 5)
    with platform.work(school.staff) as uow:
        times = {"start_time": time(9), "end_time": time(10), "teacher_id": school.teacher.teacher_id}
        later = add_slot(uow, timetable_id=slot.timetable_id or 0, weekday="mon", **times)
        second = start_register(uow, prepare_register(uow, series_id=later.id, date=MONDAY))
    absent = {"marks": marks(ids, AttendanceStatus.ABSENT)}
    takes = [act(platform, school.staff, take_register, session, **absent) for session in (register, second)]
    assert run_concurrently(*takes * 3) == ["done"] * 6
    with platform.work(school.director, read_only=True) as uow:
        assert uow.count_by(AbsenceFlag, "student_id") == dict.fromkeys(ids, 1)


def test_a_flag_looked_after_by_many_while_its_mark_is_corrected_is_closed_once(
    platform: Educore, school: School, register: Session
) -> None:
    (id,) = fill_class(platform, school, 1)
    taken = act(platform, school.staff, take_register, register, marks=marks([id], AttendanceStatus.ABSENT))()
    (flag,), (mark,) = taken.flags, taken.marks
    justified = {"resolution": FlagResolution.JUSTIFIED, "excuse": True}
    closing = [
        act(platform, school.staff, resolve_flag, flag, **justified),
        act(platform, school.staff, dismiss_flag, flag),
    ]
    correct = act(platform, school.staff, correct_attendance, mark, notes="Called in")
    endings = run_concurrently(*closing * 3, correct)
    assert endings.count("flag_closed") == 5
    assert endings.count("done") == 2
    with platform.work(school.director, read_only=True) as uow:
        assert uow.count(AbsenceFlag, where(status=FlagStatus.ACTIVE)) == 0


def test_a_slot_that_moves_while_its_register_is_started_keeps_that_lesson(
    platform: Educore, school: School, slot: Series
) -> None:
    prepared = act(platform, school.staff, prepare_register, series_id=slot.id, date=MONDAY)()
    moves = [act(platform, school.staff, change_slot, slot, weekday=day) for day in ("tue", "wed")]
    endings = run_concurrently(*moves, act(platform, school.second_teacher, start_register, prepared))
    assert endings == ["done"] * 3
    with platform.work(school.director, read_only=True) as uow:
        lesson = uow.get(Session, prepared.id)
        assert (lesson.date, lesson.register_status) == (MONDAY, RegisterStatus.IN_PROGRESS)


def test_a_register_takes_as_few_statements_for_a_large_class(
    platform: Educore, school: School, slot: Series, filled_database: Database
) -> None:
    def cost(run: Callable[[], Any]) -> int:
        with record_statements(filled_database.engine) as statements:
            run()
        return len(statements)

    ids = fill_class(platform, school, 40)
    counts: list[tuple[int, ...]] = []
    for size, day in ((4, 4), (36, 11)):
        touria = school.second_teacher
        platform = Educore(platform.store, memory_ports(FixedClock(datetime(2024, 11, day, 7, tzinfo=UTC))))
        prepared = act(platform, touria, prepare_register, series_id=slot.id, date=date(2024, 11, day))()
        some = ids[:size]
        counts.append(
            (
                cost(act(platform, touria, start_register, prepared)),
                cost(act(platform, touria, take_register, prepared, marks=marks(some))),
                cost(act(platform, touria, take_register, prepared, marks=marks(some, AttendanceStatus.ABSENT))),
                cost(act(platform, touria, register_figures, [prepared])),
                cost(act(platform, touria, complete_register, prepared)),
            )
        )
        assert cost(act(platform, touria, read_roll, prepared)) <= 4
        november = {"first": date(2024, 11, 1), "last": date(2024, 11, 30)}
        assert cost(act(platform, school.staff, class_statistics, school.class_b, **november)) <= 9
        with platform.work(school.staff) as uow:
            student = uow.get(Student, some[0])
        assert cost(act(platform, school.staff, student_history, student, **november)) <= 7
    assert counts[0] == counts[1]
    start, take, correct, figures, complete = counts[1]
    assert max(start, complete) <= 9
    assert max(take, correct) <= 22
    assert figures == 2
