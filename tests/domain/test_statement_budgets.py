"""What each thing costs in SQL statements: exact, the same in both databases, however many rows there are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Annotated, Any

import pytest

from educore import (
    ANONYMOUS,
    Actor,
    Count,
    Educore,
    From,
    MemoryStore,
    NameOf,
    Ports,
    Shape,
    Sum,
    UnitOfWork,
    memory_ports,
    perform,
    where,
)
from educore.adapters.sql import Database
from educore.admissions import Contract, Lead
from educore.assessment import Exam, Submission, submit_assignment
from educore.attendance import Attendance
from educore.groups import Enrollment, Group, enroll_student, leave_group
from educore.identity import Membership, User
from educore.messaging import SmsTemplate, mark_all_read, notify, send_sms
from educore.organization import Branch, Center, Room
from educore.people import Student, Teacher, authenticate, refresh_sign_in, register_staff, sign_in
from educore.timetable import Series, Session, open_calendar, open_register
from support.cast import PASSWORD, World, account
from support.plain_rows import change_row, plain, remove_row
from support.statement_counts import record_statements
from support.teaching_week import TODAY, Lesson, teach_week

DATABASES = ("sqlite", "postgresql")


HOLIDAY: dict[str, Any] = {"kind": "general", "title": "Holiday", "message": "No lessons", "key": "holiday"}
NUMBERS = [f"+99890{number:07}" for number in range(50)]


def everybody_of(world: World) -> list[int]:
    """The accounts of all who are in Tashkent."""
    return [person.user_id or 0 for person in vars(world.tashkent).values() if isinstance(person, Actor)]


class PersonOut(Shape, of=User):
    """A name, and where the account is kept."""

    first_name: str
    center_name: Annotated[str | None, From("center.name")]


class GroupOut(Shape, of=Group):
    """A group with what is around it."""

    name: str
    branch_name: Annotated[str, From("branch.name")]
    teacher_name: Annotated[str | None, NameOf("teacher")]
    seated: Annotated[int, Count("Enrollment", where(left_on__isnull=True))]


class StudentOut(Shape, of=Student):
    """A student, nested three deep, with a count and a sum along the way."""

    user: PersonOut
    group: GroupOut | None
    places: Annotated[int, Count("Enrollment")]


class CenterOut(Shape, of=Center):
    """A Center, what its teachers cost and how many rooms it has."""

    name: str
    rates: Annotated[Decimal, Sum("Teacher", "hourly_rate")]
    rooms: Annotated[int, Count("Room")]


@dataclass(frozen=True)
class Cost:
    """How many statements something takes when somebody does it."""

    what: str
    who: str
    statements: int
    act: Callable[[UnitOfWork, World], Any]


@pytest.fixture(scope="module")
def cast(cast_in_memory: tuple[MemoryStore, World]) -> World:
    """The cast, for what is prepared once."""
    return cast_in_memory[1]


def student(uow: UnitOfWork, who: Actor) -> Student:
    return uow.get(Student, who.student_id or 0)


COSTS = [
    Cost("get", "dilshod", 1, lambda uow, w: uow.get(Branch, w.tashkent.branch.id)),
    Cost("get to change", "dilshod", 1, lambda uow, w: uow.get(Branch, w.tashkent.branch.id, to="update")),
    Cost("find everything", "dilshod", 1, lambda uow, w: uow.find(Student)),
    Cost("find along paths", "timur", 1, lambda uow, w: uow.find(Student, where(group__branch__name="x"))),
    Cost("count", "timur", 1, lambda uow, w: uow.count(Student)),
    Cost("tally", "dilshod", 1, lambda uow, w: uow.count_by(Student, "status")),
    Cost("total", "dilshod", 1, lambda uow, w: uow.sum(Teacher, "hourly_rate")),
    Cost("view a list", "dilshod", 1, lambda uow, w: uow.select(StudentOut)),
    Cost("view a page", "dilshod", 1, lambda uow, w: uow.select(StudentOut, order=("-id",), limit=2, offset=1)),
    Cost("view one", "timur", 1, lambda uow, w: uow.select_one(GroupOut, w.tashkent.morning.id)),
    Cost("view sums", "rustam", 1, lambda uow, w: uow.select(CenterOut)),
    Cost("why", "timur", 1, lambda uow, w: uow.explain("read", w.tashkent.morning)),
    Cost("may", "timur", 0, lambda uow, w: uow.may(Student, "delete")),
    Cost("add a branch", "dilshod", 2, lambda uow, w: plain(uow, Branch).add(Branch, {"name": "New"})),
    Cost(
        "add a room",
        "aziza",
        2,
        lambda uow, w: uow.add(Room, {"branch_id": w.tashkent.branch.id, "name": "9", "capacity": 9}),
    ),
    Cost("change a name", "dilshod", 2, lambda uow, w: change_row(uow, w.tashkent.branch, {"name": "New"})),
    Cost(
        "change nothing", "dilshod", 1, lambda uow, w: change_row(uow, w.tashkent.branch, {"name": "Tashkent Centre"})
    ),
    Cost("change a unique name", "aziza", 3, lambda uow, w: change_row(uow, w.tashkent.room, {"name": "9"})),
    Cost("change a reference", "dilshod", 3, lambda uow, w: change_row(uow, w.tashkent.morning, {"teacher_id": 2})),
    Cost(
        "change many",
        "dilshod",
        1,
        lambda uow, w: plain(uow, SmsTemplate, "update").change_all(SmsTemplate, where(id__gte=1), {"text": "x"}),
    ),
    Cost("remove a room", "aziza", 3, lambda uow, w: remove_row(uow, w.tashkent.room)),
    Cost("remove a branch", "dilshod", 3, lambda uow, w: remove_row(uow, w.tashkent.closed_branch)),
    Cost(
        "perform update", "aziza", 2, lambda uow, w: perform(uow, Room, "update", w.tashkent.room.id, {"capacity": 5})
    ),
    Cost("perform toggle", "aziza", 2, lambda uow, w: perform(uow, Room, "toggle", w.tashkent.room.id)),
    Cost("perform delete", "aziza", 3, lambda uow, w: perform(uow, Room, "delete", w.tashkent.room.id)),
    Cost("block a member", "dilshod", 3, lambda uow, w: perform(uow, Membership, "block", w.aziza.membership_id)),
    Cost("block a student", "malika", 5, lambda uow, w: perform(uow, Student, "block", w.sardor.student_id)),
    Cost("register staff", "dilshod", 4, lambda uow, w: register_staff(uow, account=account("Olim"), role="admin")),
    Cost(
        "register a student",
        "aziza",
        13,
        lambda uow, w: perform(
            uow,
            Student,
            "create",
            fields={"account": account("Olim"), "branch_id": w.tashkent.branch.id, "group_id": w.tashkent.evening.id},
        ),
    ),
    Cost(
        "enroll",
        "aziza",
        8,
        lambda uow, w: enroll_student(uow, group_id=w.tashkent.evening.id, student_id=w.shirin.student_id or 0),
    ),
    Cost(
        "enroll again",
        "aziza",
        3,
        lambda uow, w: enroll_student(uow, group_id=w.tashkent.morning.id, student_id=w.sardor.student_id or 0),
    ),
    Cost(
        "leave",
        "aziza",
        6,
        lambda uow, w: leave_group(uow, group_id=w.tashkent.morning.id, student_id=w.sardor.student_id or 0),
    ),
    Cost(
        "move",
        "aziza",
        11,
        lambda uow, w: perform(uow, Student, "move", w.sardor.student_id, {"group_id": w.tashkent.evening.id}),
    ),
    Cost(
        "lower a capacity",
        "dilshod",
        3,
        lambda uow, w: perform(uow, Group, "update", w.tashkent.morning.id, {"capacity": 2}),
    ),
    Cost("rate", "malika", 4, lambda uow, w: perform(uow, Teacher, "rate", w.timur.teacher_id, {"rating": Decimal(3)})),
    Cost(
        "take down a lead",
        "malika",
        5,
        lambda uow, w: perform(
            uow,
            Lead,
            "create",
            fields={
                "branch_id": w.tashkent.branch.id,
                "course_id": w.tashkent.course.id,
                "assigned_to_id": w.malika.user_id,
                "name": "Olim",
                "phone": "+998901112233",
            },
        ),
    ),
    Cost(
        "file a contract",
        "aziza",
        3,
        lambda uow, w: perform(
            uow,
            Contract,
            "create",
            fields={
                "student_id": w.sardor.student_id,
                "group_id": w.tashkent.morning.id,
                "contract_number": "CNT-1",
                "contract_file": "contract/1/signed.pdf",
                "signed_date": TODAY,
            },
        ),
    ),
    Cost(
        "notify", "dilshod", 3, lambda uow, w: notify(uow, everybody_of(w), center_id=w.tashkent.center.id, **HOLIDAY)
    ),
    Cost("mark everything read", "sardor", 1, lambda uow, w: mark_all_read(uow)),
    Cost("send a text", "aziza", 6, lambda uow, w: send_sms(uow, phone_numbers=NUMBERS, message="On {date}")),
    Cost("remove a student", "malika", 16, lambda uow, w: perform(uow, Student, "delete", w.sardor.student_id)),
]


@dataclass(frozen=True)
class TeachingCost(Cost):
    """The same where there is a week of teaching, and a class of as many as the test says."""

    act: Callable[[UnitOfWork, World, Lesson, list[int]], Any]


def _slot(day: int, hour: int = 14) -> dict[str, Any]:
    return {"date": TODAY + timedelta(days=day), "start_time": time(hour), "end_time": time(hour + 1)}


def _weeks(w: World, weeks: int) -> dict[str, Any]:
    days = {"weekdays": "mon fri", "first_date": TODAY, "last_date": TODAY + timedelta(days=7 * weeks - 1)}
    return {"group_id": w.tashkent.morning.id, "room_id": w.tashkent.room.id, **_hours(14), **days}


def _hours(hour: int) -> dict[str, Any]:
    return {"start_time": time(hour), "end_time": time(hour + 1)}


def _marks(students: list[int], status: str) -> list[dict[str, Any]]:
    return [{"student_id": id, "status": status} for id in students]


def _scores(students: list[int]) -> list[dict[str, Any]]:
    return [{"student_id": id, "score": 50} for id in students]


TEACHING_COSTS = [
    TeachingCost(
        "schedule a session",
        "timur",
        10,
        lambda uow, w, lesson, pupils: perform(
            uow,
            Session,
            "create",
            fields={"group_id": w.tashkent.morning.id, "room_id": w.tashkent.room.id, **_slot(0)},
        ),
    ),
    TeachingCost(
        "open a register",
        "timur",
        6,
        lambda uow, w, lesson, pupils: open_register(uow, group_id=w.tashkent.morning.id, date=date(2024, 3, 1)),
    ),
    TeachingCost(
        "schedule a series",
        "timur",
        13,
        lambda uow, w, lesson, pupils: perform(uow, Series, "create", fields=_weeks(w, len(pupils))),
    ),
    TeachingCost(
        "move a session",
        "timur",
        12,
        lambda uow, w, lesson, pupils: perform(uow, Session, "update", lesson.session.id, _hours(15)),
    ),
    TeachingCost(
        "reschedule the rest",
        "timur",
        12,
        lambda uow, w, lesson, pupils: perform(uow, Session, "reschedule", first_of(uow, lesson), _hours(15)),
    ),
    TeachingCost(
        "cancel the rest",
        "timur",
        7,
        lambda uow, w, lesson, pupils: perform(uow, Session, "cancel_rest", first_of(uow, lesson)),
    ),
    TeachingCost(
        "mark a class",
        "timur",
        8,
        lambda uow, w, lesson, pupils: perform(
            uow, Session, "mark", lesson.session.id, {"marks": _marks(pupils, "present")}
        ),
    ),
    TeachingCost(
        "mark a class and correct some",
        "timur",
        15,
        lambda uow, w, lesson, pupils: perform(
            uow, Session, "mark", lesson.session.id, {"marks": _marks([w.sardor.student_id or 0, *pupils], "present")}
        ),
    ),
    TeachingCost(
        "mark a class as it is",
        "timur",
        4,
        lambda uow, w, lesson, pupils: perform(
            uow, Session, "mark", lesson.session.id, {"marks": _marks([w.sevara.student_id or 0], "absent")}
        ),
    ),
    TeachingCost(
        "correct a mark",
        "aziza",
        5,
        lambda uow, w, lesson, pupils: perform(uow, Attendance, "update", lesson.mark.id, {"status": "absent"}),
    ),
    TeachingCost(
        "hand in work",
        "sevara",
        4,
        lambda uow, w, lesson, pupils: submit_assignment(uow, assignment_id=lesson.assignment.id, file="w/1/a.pdf"),
    ),
    TeachingCost(
        "grade work",
        "timur",
        6,
        lambda uow, w, lesson, pupils: perform(uow, Submission, "update", lesson.submission.id, {"grade": 90}),
    ),
    TeachingCost(
        "record results",
        "timur",
        12,
        lambda uow, w, lesson, pupils: perform(
            uow, Exam, "record_results", lesson.exam.id, {"results": _scores([w.sevara.student_id or 0, *pupils])}
        ),
    ),
    TeachingCost("open a calendar", "sardor", 4, lambda uow, w, lesson, pupils: open_calendar(uow)),
]


def first_of(uow: UnitOfWork, lesson: Lesson) -> int:
    """The first session of a series, found in one statement."""
    return uow.find(Session, where(series_id=lesson.series.id), order=("date",), limit=1)[0].id


def pupils(school: Educore, world: World, number: int) -> list[int]:
    """So many more students in the morning group."""
    town = world.tashkent
    center = {"center_id": town.center.id}
    with school.work(world.rustam) as uow:
        change_row(uow, town.morning, {"end_date": TODAY + timedelta(days=366)})  # as many weeks as pupils, and more
        users = plain(uow, User).add_all(User, [{**center, "username": f"pupil{n}"} for n in range(number)])
        known = {**center, "branch_id": town.branch.id, "enrollment_date": TODAY}
        new = plain(uow, Student).add_all(Student, [{**known, "user_id": user.id} for user in users])
        place = {**center, "group_id": town.morning.id, "enrolled_on": TODAY}
        plain(uow, Enrollment).add_all(Enrollment, [{**place, "student_id": one.id} for one in new])
    return [one.id for one in new]


@dataclass(frozen=True)
class Classroom:
    """A database in which the morning group has met, and its many students."""

    database: Database
    lesson: Lesson
    class_of: list[int]


@pytest.fixture(scope="module", params=[(kind, size) for kind in DATABASES for size in (1, 40)], ids=str)
def classroom(request: pytest.FixtureRequest, open_lasting_database: Callable[..., Database], cast: World) -> Classroom:
    """A class of one and a class of forty in each of the databases."""
    kind, size = request.param
    database = open_lasting_database(kind, filled=True)
    school = Educore(database.store, memory_ports())
    return Classroom(database, teach_week(school, cast)[cast.tashkent.center.id], pupils(school, cast, size))


@pytest.mark.parametrize("one", TEACHING_COSTS, ids=lambda one: one.what)
def test_teaching_has_its_price_whatever_the_size_of_the_class(
    classroom: Classroom, ports: Ports, world: World, one: TeachingCost
) -> None:
    def act(uow: UnitOfWork) -> None:
        one.act(uow, world, classroom.lesson, classroom.class_of)

    assert cost(classroom.database, ports, getattr(world, one.who), act) == one.statements


def crowd(school: Educore, world: World) -> None:
    """Thirty more students in the evening group, and rooms and branches besides."""
    with school.work(world.rustam) as uow:
        center, branch = world.tashkent.center.id, world.tashkent.branch.id
        change_row(uow, world.tashkent.evening, {"capacity": 100})
        for number in range(30):
            user = plain(uow, User).add(User, {"username": f"student{number}", "center_id": center})
            one = plain(uow, Student).add(
                Student, {"user_id": user.id, "center_id": center, "branch_id": branch, "enrollment_date": "2024-01-01"}
            )
            plain(uow, Enrollment).add(
                Enrollment,
                {
                    "group_id": world.tashkent.evening.id,
                    "student_id": one.id,
                    "center_id": center,
                    "enrolled_on": date(2024, 1, 1),
                },
            )
            uow.add(Room, {"branch_id": branch, "center_id": center, "name": f"R{number}", "capacity": 5})
            plain(uow, Branch).add(Branch, {"name": f"B{number}", "center_id": center})


@pytest.fixture(scope="module", params=DATABASES)
def cast_in_database(request: pytest.FixtureRequest, open_lasting_database: Callable[..., Database]) -> Database:
    """The cast in each of the databases."""
    return open_lasting_database(request.param, filled=True)


@pytest.fixture(scope="module")
def crowded(open_lasting_database: Callable[..., Database], cast: World) -> Database:
    """The cast and many others."""
    database = open_lasting_database("sqlite", filled=True)
    crowd(Educore(database.store, memory_ports()), cast)
    return database


class TakenBack(Exception):
    """Raised to undo what was done, so that the next test finds the database as it was."""


def cost(database: Database, ports: Ports, who: Actor, act: Callable[[UnitOfWork], Any]) -> int:
    with suppress(TakenBack), Educore(database.store, ports).work(who) as uow:
        with record_statements(database.engine) as run:
            act(uow)
        raise TakenBack
    return len(run)


@pytest.mark.parametrize("one", COSTS, ids=lambda one: one.what)
def test_everything_has_its_price(cast_in_database: Database, ports: Ports, world: World, one: Cost) -> None:
    found = cost(cast_in_database, ports, getattr(world, one.who), lambda uow: one.act(uow, world))
    assert found == one.statements


@pytest.mark.parametrize("one", COSTS, ids=lambda one: one.what)
def test_the_price_does_not_depend_on_how_many_rows_there_are(
    crowded: Database, ports: Ports, world: World, one: Cost
) -> None:
    assert cost(crowded, ports, getattr(world, one.who), lambda uow: one.act(uow, world)) == one.statements


def test_finding_out_who_acts_is_one_statement(filled_database: Database, ports: Ports) -> None:
    school = Educore(filled_database.store, ports)
    signed_in = sign_in(school, username="sardor", password=PASSWORD)
    with school.work(ANONYMOUS, read_only=True) as uow, record_statements(filled_database.engine) as run:
        authenticate(uow, token=signed_in.access)
    assert len(run) == 1


def test_signing_in_and_renewing_have_their_price(filled_database: Database, ports: Ports) -> None:
    school = Educore(filled_database.store, ports)
    with record_statements(filled_database.engine) as entering:
        signed_in = sign_in(school, username="sardor", password=PASSWORD)
    with record_statements(filled_database.engine) as renewing:
        refresh_sign_in(school, token=signed_in.refresh)
    assert (len(entering), len(renewing)) == (13, 4)  # a try is counted under a lock before the password is hashed


def test_opening_a_unit_of_work_costs_nothing(filled_database: Database, ports: Ports, world: World) -> None:
    school = Educore(filled_database.store, ports)
    with record_statements(filled_database.engine) as run:
        with school.work(world.dilshod):
            pass
        with school.work(world.dilshod, read_only=True):
            pass
    assert run == []
