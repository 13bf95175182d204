"""Marks counted beforehand: whoever writes, the numbers are those that counting every mark would give."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from educore import Educore, memory_ports, perform, where
from educore.adapters.sql import Database
from educore.attendance import Attendance, AttendanceStatus, group_report
from educore.timetable import Session
from support.cast import World
from support.concurrency import run_concurrently
from support.statement_counts import record_statements
from support.teaching_week import Lesson, teach_week

STATUSES = list(AttendanceStatus)


@pytest.fixture
def school(filled_database: Database) -> Educore:
    return Educore(filled_database.store, memory_ports())


@pytest.fixture
def taught(school: Educore, world: World) -> Lesson:
    """Timur's class, of which two students are marked, and that of the other town."""
    return teach_week(school, world)[world.tashkent.center.id]


def kept(database: Database) -> Counter[tuple[int, AttendanceStatus]]:
    sums = database.tables.running_counts["Attendance"]
    with database.engine.connect() as connection:
        found = connection.execute(sa.select(sums.c.session_id, sums.c.status, sums.c.number)).all()
    return Counter({(session, status): number for session, status, number in found if number})


def counted(database: Database) -> Counter[tuple[int, AttendanceStatus]]:
    marks = database.tables.of(Attendance)
    with database.engine.connect() as connection:
        found = connection.execute(sa.select(marks.c.session_id, marks.c.status)).all()
    return Counter({(session, status): number for (session, status), number in Counter(map(tuple, found)).items()})


def test_the_numbers_follow_whatever_is_done_to_marks(
    filled_database: Database, school: Educore, taught: Lesson, world: World
) -> None:
    """Singly and in bulk, past the use cases too, given up half-way, and until nothing is left."""
    marks, chance = filled_database.tables.of(Attendance), random.Random(7)
    pupils = [town.student_id for town in (world.tashkent.student, world.tashkent.classmate)]
    for _ in range(12):
        with school.work(world.rustam) as uow:
            for mark in uow.find(Attendance):
                if chance.random() < 0.3:
                    perform(uow, Attendance, "delete", mark.id)
                else:
                    perform(uow, Attendance, "update", mark.id, {"status": chance.choice(STATUSES)})
        assert kept(filled_database) == counted(filled_database)
        with school.work(world.timur) as uow:
            given = [{"student_id": id, "status": chance.choice(STATUSES)} for id in pupils]
            perform(uow, Session, "mark", taught.session.id, {"marks": given})
        assert kept(filled_database) == counted(filled_database)
    with filled_database.engine.connect() as connection:
        connection.execute(sa.update(marks).values(status=AttendanceStatus.LATE))
        connection.rollback()
    assert kept(filled_database) == counted(filled_database)
    with filled_database.engine.begin() as connection:
        connection.execute(sa.update(marks).values(status=AttendanceStatus.EXCUSED, marker_id=None))
    assert kept(filled_database) == counted(filled_database)
    assert {status for _, status in kept(filled_database)} == {AttendanceStatus.EXCUSED}
    with filled_database.engine.begin() as connection:
        connection.execute(sa.delete(marks))
    assert kept(filled_database) == Counter()


def test_a_session_whose_marks_are_gone_can_go(filled_database: Database, school: Educore, taught: Lesson) -> None:
    sums, sessions = filled_database.tables.running_counts["Attendance"], filled_database.tables.of(Session)
    with filled_database.engine.begin() as connection:
        for name in ("attendance", "attendance_correction"):
            connection.exec_driver_sql(f"DELETE FROM {name}")
        connection.execute(sa.delete(sessions).where(sessions.c.id == taught.session.id))
        left = connection.execute(sa.select(sums.c.number).where(sums.c.session_id == taught.session.id)).all()
    assert left == []


def test_they_answer_what_they_know_and_nothing_else(
    filled_database: Database, school: Educore, taught: Lesson, world: World
) -> None:
    """What asks for more than session, status and Center is counted mark by mark."""
    asked = {
        "status": ([True, True], {}),
        "session.date": ([True, True], {"session__is_cancelled": False}),
        "session.group_id": ([True, True], {"status": AttendanceStatus.LATE}),
        "session_id": ([True, True], {"session_id__in": {taught.session.id}}),
        "student_id": ([False, True], {}),
        "session.topic": ([False, False], {"student_id": taught.mark.student_id}),
        "center_id": ([False, False], {"notes__icontains": "sang"}),
        "session.teacher_id": ([False, False], {"id": taught.mark.id}),
    }
    with school.work(world.dilshod, read_only=True) as uow:
        for path, (beforehand, given) in asked.items():
            these = where(**given)
            with record_statements(filled_database.engine) as seen:
                found = {path: uow.count_by(Attendance, path, these), "": uow.count(Attendance, these)}
            assert ["attendance_sum" in statement for statement in seen] == beforehand, path
            assert sum(found[path].values()) == found[""] == len(uow.find(Attendance, these)) > 0, path


def test_teachers_count_their_own_and_students_themselves(
    filled_database: Database, school: Educore, taught: Lesson, world: World
) -> None:
    told = {}
    for name, who in {"timur": world.timur, "sardor": world.sardor, "tamara": world.tamara}.items():
        with school.work(who, read_only=True) as uow:
            told[name] = uow.count_by(Attendance, "status")
    late, absent = AttendanceStatus.LATE, AttendanceStatus.ABSENT
    assert told == {"timur": {late: 1, absent: 1}, "sardor": {late: 1}, "tamara": {}}


def test_a_report_reads_no_mark(filled_database: Database, school: Educore, taught: Lesson, world: World) -> None:
    with school.work(world.dilshod, read_only=True) as uow, record_statements(filled_database.engine) as seen:
        assert sum(group_report(uow, world.tashkent.morning).marks.values()) == 2
    assert not any("FROM attendance " in statement or "JOIN attendance " in statement for statement in seen)
    assert any("attendance_sum" in statement for statement in seen)


def test_those_who_mark_and_correct_at_once_leave_the_right_numbers(
    filled_database: Database, school: Educore, taught: Lesson, world: World
) -> None:
    """Whole classes and single marks, in the same session, in every order."""
    pupils = [town.student_id for town in (world.tashkent.student, world.tashkent.classmate)]
    with school.work(world.timur, read_only=True) as uow:
        marks = [mark.id for mark in uow.find(Attendance, where(session_id=taught.session.id))]

    def mark_all(number: int) -> None:
        with school.work(world.timur) as uow:
            given = [{"student_id": id, "status": STATUSES[(number + id) % 4]} for id in pupils[:: (-1) ** number]]
            perform(uow, Session, "mark", taught.session.id, {"marks": given})

    def correct(number: int) -> None:
        with school.work(world.timur) as uow:
            perform(uow, Attendance, "update", marks[number % 2], {"status": STATUSES[number // 2 % 4]})

    endings = run_concurrently(*(partial(act, number) for number in range(12) for act in (mark_all, correct)))
    assert set(endings) == {"done"}
    assert kept(filled_database) == counted(filled_database)


def test_marks_from_before_are_counted_by_the_migration(
    filled_database: Database, school: Educore, taught: Lesson
) -> None:
    before: Any = kept(filled_database)
    for direction, revision in ((command.stamp, "head"), (command.downgrade, "0004"), (command.upgrade, "head")):
        with filled_database.engine.begin() as connection:
            direction(filled_database._alembic(connection), revision)
    assert kept(filled_database) == before == counted(filled_database) != Counter()
