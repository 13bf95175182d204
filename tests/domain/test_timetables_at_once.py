"""Several people who plan the weeks of a school at once, and the number of statements it takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from educore import Educore, memory_ports, where
from educore.adapters.memory import FixedClock
from educore.adapters.sql import Database
from educore.timetable import Series, Session, Timetable, add_slot, archive_slot, change_slot, open_timetable
from support.cast import World
from support.concurrency import run_concurrently
from support.school_cast import School, create_school
from support.statement_counts import record_statements

EIGHT: dict[str, Any] = {"start_time": time(8), "end_time": time(9)}


@pytest.fixture
def platform(filled_database: Database) -> Educore:
    """Both towns and the school, in a SQLite file and in PostgreSQL."""
    return Educore(filled_database.store, memory_ports(FixedClock(datetime(2024, 9, 1, tzinfo=UTC))))


@pytest.fixture
def school(platform: Educore, world: World) -> School:
    """The school."""
    return create_school(platform, world.rustam)


@pytest.fixture
def weeks(platform: Educore, school: School) -> list[Timetable]:
    """The timetables of both classes, for the whole year."""
    period = {"effective_from": date(2024, 9, 1)}
    with platform.work(school.staff) as uow:
        return [open_timetable(uow, group_id=group.id, **period) for group in (school.class_a, school.class_b)]


def act(platform: Educore, school: School, use_case: Callable[..., Any], *row: Any, **fields: Any) -> Callable[[], Any]:
    """A use case in a transaction of its own."""

    def run() -> None:
        with platform.work(school.staff) as uow:
            use_case(uow, *row, **fields)

    return run


def test_a_teacher_wanted_by_two_classes_at_once_is_in_one(
    platform: Educore, school: School, weeks: list[Timetable]
) -> None:
    teacher = {"teacher_id": school.teacher.teacher_id, "weekday": "mon", **EIGHT}
    endings = run_concurrently(
        *(act(platform, school, add_slot, timetable_id=week.id, **teacher) for week in weeks * 3)
    )
    assert endings.count("done") == 1
    assert set(endings) == {"done", "teacher_booked", "group_booked"} or set(endings) == {"done", "group_booked"}
    with platform.work(school.director, read_only=True) as uow:
        assert uow.count(Session) == 44


def test_a_slot_changed_and_archived_at_once_leaves_no_session(
    platform: Educore, school: School, weeks: list[Timetable]
) -> None:
    with platform.work(school.staff) as uow:
        slot = add_slot(uow, timetable_id=weeks[0].id, weekday="mon", **EIGHT)
    changes = [act(platform, school, change_slot, slot, start_time=time(7, minute)) for minute in (0, 15, 30)]
    assert "done" in run_concurrently(*changes, act(platform, school, archive_slot, slot))
    with platform.work(school.director, read_only=True) as uow:
        assert (uow.count(Series), uow.count(Session, where(is_cancelled=False))) == (0, 0)


def test_a_year_is_planned_in_few_statements(
    platform: Educore, school: School, weeks: list[Timetable], filled_database: Database
) -> None:
    resources = {"teacher_id": school.teacher.teacher_id, "room_id": school.room.id, "course_id": school.course.id}
    counts = []
    for week, day in zip(weeks, ("mon", "tue"), strict=True):
        with record_statements(filled_database.engine) as run, platform.work(school.staff) as uow:
            slot = add_slot(uow, timetable_id=week.id, weekday=day, **EIGHT, **resources)
        counts.append(len(run))
    with record_statements(filled_database.engine) as run, platform.work(school.staff) as uow:
        change_slot(uow, slot, start_time=time(7))
    assert max(counts) <= 16
    assert len(run) <= 20
