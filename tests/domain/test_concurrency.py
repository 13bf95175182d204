"""Many people at once: seats, names and places are given away exactly once."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest

from educore import Actor, Conflict, Educore, Role, Unauthenticated, memory_ports, perform, where
from educore.adapters.memory import FixedClock
from educore.adapters.sql import Database
from educore.attendance import Attendance
from educore.groups import (
    Enrollment,
    Group,
    block_student,
    change_group,
    create_group,
    enroll_student,
    leave_group,
    move_student,
    unblock_student,
)
from educore.groups.entities import takes_seat
from educore.identity import CalendarFeed, Membership, User
from educore.organization import Room
from educore.people import Student, refresh_sign_in, register_staff, sign_in
from educore.timetable import Session, open_calendar, open_register, schedule_series, schedule_session
from support.cast import PASSWORD, World, account
from support.concurrency import run_concurrently
from support.plain_rows import change_row, plain
from support.statement_counts import record_statements


@pytest.fixture
def school(filled_database: Database) -> Educore:
    """Both towns, in a SQLite file and in PostgreSQL."""
    return Educore(filled_database.store, memory_ports(FixedClock()))


def students(school: Educore, world: World, number: int) -> list[int]:
    """Students without accounts worth speaking of, in no group."""
    with school.work(world.rustam) as uow:
        users = [
            plain(uow, User).add(User, {"username": f"student{n}", "center_id": world.tashkent.center.id})
            for n in range(number)
        ]
        return [
            plain(uow, Student)
            .add(
                Student,
                {
                    "user_id": user.id,
                    "center_id": world.tashkent.center.id,
                    "branch_id": world.tashkent.branch.id,
                    "enrollment_date": "2024-01-01",
                },
            )
            .id
            for user in users
        ]


def enroll(school: Educore, who: Actor, group: Group, student_id: int) -> Callable[[], Any]:
    def act() -> None:
        with school.work(who) as uow:
            enroll_student(uow, group_id=group.id, student_id=student_id)

    return act


def move(school: Educore, who: Actor, student_id: int, group_id: int | None) -> Callable[[], Any]:
    def act() -> None:
        with school.work(who) as uow:
            move_student(uow, uow.get(Student, student_id), group_id=group_id)

    return act


def seated(school: Educore, world: World, group: Group) -> int:
    with school.work(world.rustam, read_only=True) as uow:
        return uow.count(Enrollment, where(group_id=group.id) & takes_seat)


def test_sixty_four_students_and_five_seats(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        group = change_group(uow, world.tashkent.evening, capacity=5)
    endings = run_concurrently(*(enroll(school, world.aziza, group, id) for id in students(school, world, 64)))
    assert Counter(endings) == {"done": 5, "group_full": 59}
    assert seated(school, world, group) == 5


def test_the_same_student_enrolled_by_sixteen_people_has_one_seat(school: Educore, world: World) -> None:
    id = world.shirin.student_id or 0
    endings = run_concurrently(*(enroll(school, world.aziza, world.tashkent.evening, id) for _ in range(16)))
    assert Counter(endings) == {"done": 16}
    assert seated(school, world, world.tashkent.evening) == 1


def test_a_capacity_lowered_meanwhile_is_never_exceeded(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        group = change_group(uow, world.tashkent.evening, capacity=16)

    def lower() -> None:
        with school.work(world.dilshod) as uow:
            change_group(uow, group, capacity=4)

    acts = [enroll(school, world.aziza, group, id) for id in students(school, world, 16)]
    run_concurrently(*acts[:8], lower, *acts[8:])
    with school.work(world.dilshod) as uow:
        now = uow.get(Group, group.id)
    assert now.capacity in (4, 16)
    assert seated(school, world, group) <= now.capacity


def test_sixteen_people_want_one_user_name_and_one_gets_it(school: Educore, world: World) -> None:
    refused: list[Conflict] = []

    def register() -> None:
        try:
            with school.work(world.dilshod) as uow:
                register_staff(uow, account=account("Nodira"), role=Role.ADMIN)
        except Conflict as error:
            refused.append(error)
            raise

    endings = run_concurrently(*[register] * 16)
    assert Counter(endings) == {"done": 1, "taken": 15}
    assert {tuple(error.fields) for error in refused} == {("account.username",)}
    with school.work(world.dilshod, read_only=True) as uow:
        assert uow.count(User, where(username="nodira")) == 1
        assert uow.count(Membership, where(user__username="nodira")) == 1


def test_a_student_moved_by_many_ends_in_exactly_one_group(school: Educore, world: World) -> None:
    id = world.sardor.student_id or 0
    with school.work(world.dilshod) as uow:
        branch, course = world.tashkent.branch.id, world.tashkent.course.id
        groups = [create_group(uow, branch_id=branch, course_id=course, name=f"G{n}").id for n in range(4)]
    endings = run_concurrently(*(move(school, world.aziza, id, group) for group in groups * 4))
    assert Counter(endings) == {"done": 16}
    with school.work(world.aziza, read_only=True) as uow:
        places = uow.find(Enrollment, where(student_id=id, left_on__isnull=True))
        assert [place.group_id for place in places] == [uow.get(Student, id).group_id]


def test_moving_enrolling_leaving_and_blocking_at_once_harm_nothing(school: Educore, world: World) -> None:
    id = world.sardor.student_id or 0
    morning, evening = world.tashkent.morning, world.tashkent.evening

    def leave() -> None:
        with school.work(world.aziza) as uow:
            leave_group(uow, group_id=morning.id, student_id=id)

    def block() -> None:
        with school.work(world.aziza) as uow:
            block_student(uow, uow.get(Student, id))

    def unblock() -> None:
        with school.work(world.aziza) as uow:
            unblock_student(uow, uow.get(Student, id))

    acts = [
        enroll(school, world.aziza, morning, id),
        enroll(school, world.aziza, evening, id),
        leave,
        block,
        unblock,
        move(school, world.aziza, id, morning.id),
        move(school, world.aziza, id, evening.id),
        move(school, world.aziza, id, None),
    ]
    endings = run_concurrently(*acts * 3)
    assert Counter(endings) == {"done": len(endings)}
    with school.work(world.rustam, read_only=True) as uow:
        student = uow.get(Student, id)
        places = uow.find(Enrollment, where(student_id=id, left_on__isnull=True))
        assert len({place.group_id for place in places}) == len(places)
        assert student.group_id is None or student.group_id in {place.group_id for place in places}
        assert uow.get(Membership, world.sardor.membership_id or 0).is_blocked == (student.status == "blocked")


def test_students_who_come_back_at_once_share_the_seats_there_are(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        group = change_group(uow, world.tashkent.evening, capacity=3)
    back = students(school, world, 12)
    with school.work(world.rustam) as uow:
        for id in back:
            change_row(uow, uow.get(Student, id), {"status": "inactive"})
            plain(uow, Enrollment).add(
                Enrollment,
                {
                    "group_id": group.id,
                    "student_id": id,
                    "enrolled_on": "2024-01-01",
                    "center_id": world.tashkent.center.id,
                },
            )

    def come_back(id: int) -> Callable[[], Any]:
        def act() -> None:
            with school.work(world.malika) as uow:
                block_student(uow, uow.get(Student, id))

        return act

    with school.work(world.rustam) as uow:
        for id in back:
            user_id = uow.get(Student, id).user_id
            plain(uow, Membership).add(
                Membership, {"user_id": user_id, "role": Role.STUDENT, "center_id": world.tashkent.center.id}
            )
    endings = run_concurrently(*map(come_back, back))
    assert Counter(endings) == {"done": 3, "group_full": 9}
    assert seated(school, world, group) == 3


def test_a_refresh_token_used_by_many_tabs_at_once_gives_all_of_them_the_same_tokens(filled_database: Database) -> None:
    clock = FixedClock()
    school = Educore(filled_database.store, memory_ports(clock))
    signed_in = sign_in(school, username="sardor", password=PASSWORD)
    pairs: list[tuple[str, str]] = []

    def renew() -> None:
        renewed = refresh_sign_in(school, token=signed_in.refresh)
        pairs.append((renewed.access, renewed.refresh))

    assert Counter(run_concurrently(*[renew] * 8)) == {"done": 8}
    assert len(set(pairs)) == 1
    clock.advance(seconds=30)
    endings = run_concurrently(*[lambda: refresh_sign_in(school, token=signed_in.refresh)] * 8)
    assert Counter(endings) == {"signed_out": 8}
    with pytest.raises(Unauthenticated):
        refresh_sign_in(school, token=pairs[0][1])


def test_the_same_row_changed_by_many_keeps_every_change(school: Educore, world: World) -> None:
    fields = {"name": "Early", "capacity": 7, "start_date": "2024-02-01", "end_date": "2024-05-01"}

    def change(name: str) -> Callable[[], Any]:
        def act() -> None:
            with school.work(world.dilshod) as uow:
                change_group(uow, world.tashkent.evening, **{name: fields[name]})

        return act

    assert Counter(run_concurrently(*(change(name) for name in fields))) == {"done": 4}
    with school.work(world.dilshod, read_only=True) as uow:
        group = uow.get(Group, world.tashkent.evening.id)
    assert {name: str(getattr(group, name)) for name in fields} == {n: str(v) for n, v in fields.items()}


@pytest.mark.parametrize("deed", ["enroll", "change", "come back"])
def test_a_group_is_locked_before_its_seats_are_counted(open_database: Any, world: World, deed: str) -> None:
    database = open_database("postgresql", filled=True)
    school = Educore(database.store, memory_ports(FixedClock()))
    with school.work(world.rustam) as uow:
        change_row(uow, uow.get(Student, world.sevara.student_id or 0), {"status": "inactive"})
    with school.work(world.rustam) as uow, record_statements(database.engine) as run:
        if deed == "enroll":
            enroll_student(uow, group_id=world.tashkent.morning.id, student_id=world.shirin.student_id or 0)
        elif deed == "change":
            change_group(uow, world.tashkent.morning, capacity=2)
        else:
            block_student(uow, uow.get(Student, world.sevara.student_id or 0))
    locked = next(
        n for n, statement in enumerate(run) if "FROM group_" in statement and "FOR NO KEY UPDATE" in statement
    )
    counted = next(n for n, text in enumerate(run) if "count(*)" in text and "FROM enrollment" in text)
    assert locked < counted


# -- the timetable -------------------------------------------------------------------------------------

TODAY = date(2024, 1, 1)
NINE: dict[str, Any] = {"date": TODAY, "start_time": time(9), "end_time": time(10, 30)}
BOOKED = {"group_booked", "teacher_booked", "room_booked"}


def groups(school: Educore, world: World, number: int) -> list[int]:
    """So many more groups in Tashkent, without a teacher."""
    town = world.tashkent
    known = {"center_id": town.center.id, "branch_id": town.branch.id, "course_id": town.course.id}
    with school.work(world.rustam) as uow:
        return [
            group.id for group in plain(uow, Group).add_all(Group, [{**known, "name": f"G{n}"} for n in range(number)])
        ]


def plan(school: Educore, world: World, **fields: Any) -> Callable[[], Any]:
    def act() -> None:
        with school.work(world.dilshod) as uow:
            schedule_session(uow, **fields)

    return act


def do(school: Educore, who: Actor, kind: Any, action: str, id: int, **fields: Any) -> Callable[[], Any]:
    def act() -> None:
        with school.work(who) as uow:
            perform(uow, kind, action, id, fields)

    return act


def nothing_is_in_two_places(school: Educore, world: World) -> bool:
    with school.work(world.rustam, read_only=True) as uow:
        sessions = uow.find(Session, where(is_cancelled=False, starts_at__isnull=False))
    return not any(
        one.starts_at < other.ends_at
        and other.starts_at < one.ends_at
        and any(getattr(one, n) is not None and getattr(one, n) == getattr(other, n) for n in RESOURCES)
        for one, other in itertools.combinations(sessions, 2)
        if one.starts_at and one.ends_at and other.starts_at and other.ends_at
    )


RESOURCES = ("group_id", "teacher_id", "room_id")


def test_a_room_planned_by_sixteen_at_once_is_taken_once_and_the_others_are_told_by_whom(
    school: Educore, world: World
) -> None:
    refused: list[Conflict] = []

    def try_it(group_id: int) -> Callable[[], Any]:
        def act() -> None:
            try:
                plan(school, world, group_id=group_id, room_id=world.tashkent.room.id, **NINE)()
            except Conflict as error:
                refused.append(error)
                raise

        return act

    endings = run_concurrently(*map(try_it, groups(school, world, 16)))
    assert Counter(endings) == {"done": 1, "room_booked": 15}
    with school.work(world.dilshod, read_only=True) as uow:
        (session,) = uow.find(Session)
    told = [problem.params["session_id"] for error in refused for problem in error.fields["room_id"]]
    assert told == [session.id] * 15


@pytest.mark.timeout(60)
def test_those_who_plan_crosswise_never_wait_for_each_other(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        second = uow.add(Room, {"branch_id": world.tashkent.branch.id, "name": "102", "capacity": 9})
    mixes = itertools.product(
        (world.tashkent.morning.id, world.tashkent.evening.id),
        (world.timur.teacher_id, world.tamara.teacher_id),
        (world.tashkent.room.id, second.id),
    )
    acts = [plan(school, world, group_id=g, teacher_id=t, room_id=r, **NINE) for g, t, r in mixes]
    endings = Counter(run_concurrently(*acts, *acts[::-1]))
    assert set(endings) <= {"done", *BOOKED}
    assert 1 <= endings["done"] <= 2
    assert nothing_is_in_two_places(school, world)


@pytest.mark.timeout(60)
def test_two_series_that_move_at_once_never_wait_for_each_other(school: Educore, world: World) -> None:
    """Both have the same teacher, whom nobody names."""
    first, second = groups(school, world, 2)
    week = {"weekdays": "mon tue wed", "first_date": TODAY, "last_date": TODAY + timedelta(days=27)}
    begin: list[int] = []
    with school.work(world.dilshod) as uow:
        for group_id, hour in ((first, 8), (second, 12)):
            hours = {"start_time": time(hour), "end_time": time(hour + 1)}
            series = schedule_series(uow, group_id=group_id, teacher_id=world.timur.teacher_id, **hours, **week)
            begin.append(uow.find(Session, where(series_id=series.id), order=("date",), limit=1)[0].id)
    to_ten = {"start_time": time(10), "end_time": time(11)}
    acts = [do(school, world.dilshod, Session, "reschedule", id, **to_ten) for id in begin]
    assert Counter(run_concurrently(*acts)) == {"done": 1, "teacher_booked": 1}
    assert nothing_is_in_two_places(school, world)


@pytest.mark.timeout(120)
def test_a_series_that_is_planned_moved_marked_and_cancelled_at_once_stays_in_order(
    school: Educore, world: World
) -> None:
    town, tamara = world.tashkent, world.tamara.teacher_id
    week = {"weekdays": "mon wed fri", "first_date": TODAY, "last_date": TODAY + timedelta(days=27)}
    with school.work(world.dilshod) as uow:
        hours = {"start_time": time(9), "end_time": time(10)}
        series = schedule_series(uow, group_id=town.morning.id, room_id=town.room.id, **hours, **week)
        ids = [session.id for session in uow.find(Session, where(series_id=series.id), order=("date",))]
        (mark,) = perform(uow, Session, "mark", ids[0], {"marks": [marked(world, "absent")]})
    acts = [
        do(school, world.timur, Session, "mark", ids[0], marks=[marked(world, "present")]),
        do(school, world.aziza, Session, "mark", ids[0], marks=[marked(world, "late")]),
        do(school, world.aziza, Attendance, "update", mark.id, status="excused"),
        do(school, world.dilshod, Session, "reschedule", ids[0], start_time=time(8)),
        do(school, world.dilshod, Session, "reschedule", ids[3], teacher_id=tamara, start_time=time(9, 30)),
        do(school, world.malika, Session, "reschedule", ids[5], date=TODAY + timedelta(days=14)),
        do(school, world.malika, Session, "update", ids[0], start_time=time(7)),
        do(school, world.malika, Session, "update", ids[4], group_id=town.evening.id, teacher_id=tamara),
        do(school, world.malika, Session, "update", ids[6], date=TODAY + timedelta(days=1)),
        do(school, world.dilshod, Session, "cancel_rest", ids[9]),
        do(school, world.dilshod, Session, "cancel", ids[3]),
        do(school, world.dilshod, Session, "update", ids[3], is_cancelled=False),
        plan(school, world, group_id=town.evening.id, teacher_id=tamara, room_id=town.room.id, **NINE),
        plan(school, world, group_id=town.morning.id, **NINE),
    ]
    for _ in range(3):
        endings = Counter(run_concurrently(*acts))
        assert set(endings) <= {"done", *BOOKED, "session_has_attendance", "not_found"}
        assert nothing_is_in_two_places(school, world)


def marked(world: World, status: str) -> dict[str, Any]:
    return {"student_id": world.sardor.student_id, "status": status}


def test_a_register_opened_by_many_at_once_is_one(school: Educore, world: World) -> None:
    def act() -> None:
        with school.work(world.timur) as uow:
            open_register(uow, group_id=world.tashkent.morning.id, date=TODAY)

    assert Counter(run_concurrently(*[act] * 8)) == {"done": 1, "session_exists": 7}


def test_a_calendar_opened_by_many_at_once_is_one(school: Educore, world: World) -> None:
    def act() -> None:
        with school.work(world.sardor) as uow:
            open_calendar(uow)

    assert Counter(run_concurrently(*[act] * 8)) == {"done": 8}
    with school.work(world.sardor, read_only=True) as uow:
        assert uow.count(CalendarFeed, where(revoked_at__isnull=True)) == 1
