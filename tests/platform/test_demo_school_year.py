"""The marks of a school year are written in bulk, and are still those that the use cases could have written."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from educore import EDUCATION, Actor, Educore, FixedClock, Role, memory_ports, perform, where
from educore.adapters.passwords import Argon2Passwords
from educore.adapters.sql import Database
from educore.attendance import AbsenceFlag, Attendance, AttendanceStatus, FlagStatus, FlagType, month_analysis
from educore.attendance.absence_rules import due_flags
from educore.attendance.flag_updates import read_marks
from educore.groups import Enrollment
from educore.organization import Center
from educore.people import Student
from educore.timetable import RegisterStatus, Session, Timetable
from educore_web import demo
from educore_web.cli import demo as demo_command
from educore_web.demo.school_year import mark_school_year
from support.small_demo import SMALL_CENTER, SMALL_YEAR

NOW = datetime(2026, 3, 11, 9, tzinfo=UTC)
LAST = demo.last_day(NOW)
SUPERADMIN = Actor(Role.SUPERADMIN)
WRITTEN = (Session, Attendance, AbsenceFlag)


def load(database):
    """The school with its marks, in a database, and the steps that were told."""
    school = Educore(database.store, replace(memory_ports(FixedClock(NOW)), passwords=Argon2Passwords()))
    demo.load_demo(school, centers=[], schools=[SMALL_YEAR])
    told = []
    mark_school_year(database, seed=7, last=LAST, progress=lambda done, total: told.append((done, total)))
    return school, told


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('year')}/year.db", EDUCATION)
    database.create_all()
    yield load(database)[0]
    database.close()


def test_the_year_has_begun_so_many_weeks_ago_and_lasts_another_one(year):
    with year.work(SUPERADMIN, read_only=True) as uow:
        days = {session.date for session in uow.find(Session)}
        assert {day.weekday() for day in days} == {0, 1, 2, 3, 4}
        assert min(days) == date(2026, 2, 16)
        assert max(days) == date(2026, 3, 20)
        assert {each.effective_to for each in uow.find(Timetable)} == {date(2026, 3, 20)}


def test_every_lesson_so_far_has_a_register_with_a_mark_of_each_student(year):
    with year.work(SUPERADMIN, read_only=True) as uow:
        sessions = {session.id: session for session in uow.find(Session)}
        places = uow.find(Enrollment)
        marks = Counter((mark.session_id, mark.student_id) for mark in uow.find(Attendance))  # each valid
    wanted = {
        (session.id, place.student_id): 1
        for session in sessions.values()
        for place in places
        if session.group_id == place.group_id and place.enrolled_on <= session.date <= LAST
    }
    assert marks == wanted
    statuses = {session.date > LAST: set() for session in sessions.values()}
    for session in sessions.values():
        statuses[session.date > LAST].add(session.register_status)
    assert statuses == {False: {RegisterStatus.COMPLETED}, True: {None}}


def test_whoever_stays_away_misses_the_whole_day(year):
    with year.work(SUPERADMIN, read_only=True) as uow:
        missed = (AttendanceStatus.ABSENT, AttendanceStatus.EXCUSED)
        found = uow.count_by(Attendance, ("student_id", "session.date", "status"), where(status__in=missed))
    assert found
    assert len({(student, day) for student, day, _ in found}) == len(found)
    assert set(found.values()) <= {4, 5}, "all lessons of a day"


def test_the_flags_are_those_of_the_rules_and_only_the_last_are_open(year):
    with year.work(SUPERADMIN, read_only=True) as uow:
        flags = uow.find(AbsenceFlag, where(type=FlagType.ABSENCE))
        days = {session.id: session.date for session in uow.find(Session)}
        marks = read_marks(uow, [student.id for student in uow.find(Student)], since=date(2026, 1, 1))
    due = {(id, flag.session_id, flag.absence_count) for id, found in marks.items() for flag in due_flags(found)}
    assert {(flag.student_id, flag.session_id, flag.absence_count) for flag in flags} == due
    assert due
    is_open = {(flag.status, LAST - days[flag.session_id] < timedelta(days=10)) for flag in flags}
    assert is_open <= {(FlagStatus.ACTIVE, True), (FlagStatus.RESOLVED, False)}


def test_both_databases_get_the_same_rows_and_work_goes_on(open_database):
    written = []
    for kind in ("sqlite", "postgresql"):
        school, told = load(open_database(kind))
        assert told == [(done, 6) for done in range(1, 7)]
        with school.work(SUPERADMIN, read_only=True) as uow:
            written.append([uow.find(each, order=("id",)) for each in WRITTEN])
            assert month_analysis(uow, LAST).rate > 80
        with school.work(SUPERADMIN) as uow:
            today = uow.find(Session, where(date=NOW.date()), limit=1)[0]
            (place, *_) = uow.find(Enrollment, where(group_id=today.group_id))
            marks = [{"student_id": place.student_id, "status": AttendanceStatus.ABSENT}]
            perform(uow, Session, "mark", today.id, {"marks": marks})
            assert uow.count(AbsenceFlag, where(session_id=today.id, student_id=place.student_id)) == 1
    assert written[0] == written[1]


def test_without_the_school_it_says_what_to_do(open_database):
    with pytest.raises(ValueError, match="load its demo data first"):
        mark_school_year(open_database("sqlite", filled=True), seed=7, last=LAST)


@pytest.mark.long
def test_the_command_adds_the_school_and_names_its_accounts(educore, monkeypatch):
    monkeypatch.setattr(demo_command, "TANGIER", SMALL_YEAR)
    monkeypatch.setattr(demo_command, "SCHOOLS", ())
    monkeypatch.setattr(demo_command, "load_demo", partial(demo.load_demo, centers=[SMALL_CENTER]))
    answer = educore("demo", "--size", "school", "--database", "sqlite:///year.db")
    assert answer.exit_code == 0
    assert "admin3@madrasti.ma" in answer.output
    database = Database("sqlite:///year.db", EDUCATION)
    with Educore(database.store, memory_ports()).work(SUPERADMIN, read_only=True) as uow:
        assert uow.count(Center, where(handle="tangier")) == 1
        assert uow.count(Attendance) > 1000
    database.close()
