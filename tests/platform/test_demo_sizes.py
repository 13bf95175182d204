"""A larger demonstration is written in bulk, and is still one that the use cases could have told."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from educore import EDUCATION, Actor, Educore, FixedClock, Role, memory_ports, perform, where
from educore.adapters.sql import Database
from educore.attendance import Attendance
from educore.groups import Enrollment, Group, takes_seat
from educore.identity import Membership, User
from educore.people import Student, Teacher
from educore.timetable import Session
from educore_web.cli import demo as demo_command
from educore_web.demo.bulk import GROUP_SIZE, LESSONS_PAST, SIZES, enlarge
from support.cast import account, create_cast

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
SUPERADMIN = Actor(Role.SUPERADMIN)
GROWN = (User, Membership, Teacher, Group, Student, Enrollment, Session, Attendance)
WANTED = 400


def grown(database):
    """The database with the cast and several hundred others, and what opens units of work on it."""
    told = []
    enlarge(database, students=WANTED, seed=7, now=NOW, progress=lambda done, total: told.append((done, total)))
    return Educore(database.store, memory_ports(FixedClock(NOW))), told


@pytest.fixture(params=["sqlite", "postgresql"])
def school(request, open_database):
    return grown(open_database(request.param, filled=True))[0]


def test_what_is_written_in_bulk_keeps_every_rule(school):
    with school.work(SUPERADMIN, read_only=True) as uow:
        rows = {kind: {row.id: row for row in uow.find(kind)} for kind in GROWN}  # each valid, or it would be refused
        students, sessions, groups = rows[Student], rows[Session], rows[Group]
        assert abs(len(students) - WANTED) <= GROUP_SIZE
        assert len({row.center_id for row in students.values()}) == 2, "both Centers grow"
        seated = Counter(place.group_id for place in uow.find(Enrollment, takes_seat))
        assert all(group.capacity is None or seated[id] <= group.capacity for id, group in groups.items())
        places = {(place.group_id, place.student_id): place for place in rows[Enrollment].values()}
        marks = [mark for mark in rows[Attendance].values() if sessions[mark.session_id].minutes == 90]
        assert len(marks) > GROUP_SIZE * LESSONS_PAST
        for mark in marks:
            session = sessions[mark.session_id]
            place = places[session.group_id, mark.student_id]
            assert place.enrolled_on <= session.date < NOW.date(), "marked on a day they were there, none of them ahead"
            assert {session.center_id, place.center_id, students[mark.student_id].center_id} == {mark.center_id}
            assert groups[session.group_id].teacher_id == session.teacher_id == mark.teacher_id


def test_people_go_on_working_afterwards(school):
    with school.work(SUPERADMIN) as uow:
        last = uow.find(Group, order=("-id",), limit=1)[0]
        new = account("Newcomer", phone="+998901119988")
        made = perform(
            uow, Student, "create", fields={"account": new, "branch_id": last.branch_id, "group_id": last.id}
        )
        assert uow.count(Enrollment, where(student_id=made.id)) == 1


def test_the_same_seed_writes_the_same_rows_into_both_databases(open_database):
    written = []
    for kind in ("sqlite", "postgresql"):
        school, told = grown(open_database(kind, filled=True))
        assert told[-1][1] == WANTED
        with school.work(SUPERADMIN, read_only=True) as uow:
            written.append([uow.find(each) for each in GROWN])
    assert written[0] == written[1]


def test_impossible_numbers_are_refused_with_what_to_ask_for(open_database):
    empty, filled = open_database("sqlite"), open_database("sqlite", filled=True)
    for database, students, words in (
        (empty, WANTED, "load the demo data first"),
        (filled, 0, "ask for"),
        (filled, 10**12, "9,000,000 students"),
    ):
        with pytest.raises(ValueError, match=words):
            enlarge(database, students=students, seed=7, now=NOW)


def test_the_command_tells_the_story_and_then_lets_it_grow(educore, monkeypatch):
    monkeypatch.setitem(SIZES, "m", WANTED)
    with ThreadPoolExecutor(1) as elsewhere:  # the cast is hashed in its transaction, as no edge may do it

        def load(school, **options):
            return elsewhere.submit(create_cast, school.store).result()

        monkeypatch.setattr(demo_command, "load_demo", load)
        assert educore("demo", "--size", "m", "--database", "sqlite:///grown.db").exit_code == 0
    database = Database("sqlite:///grown.db", EDUCATION)
    with database.engine.connect() as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(database.tables.of(Student))).scalar_one()
    database.close()
    assert abs(count - WANTED) <= GROUP_SIZE
