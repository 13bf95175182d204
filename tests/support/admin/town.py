"""Two Centers with the same kinds of rows: Registon is ours, Zukko is somebody else's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from educore import EDUCATION, Actor, Educore, FixedClock, Role, UnitOfWork, memory_ports, perform, where
from educore.adapters.sql import Database
from educore.courses import Course
from educore.groups import Group
from educore.identity import Membership, User
from educore.organization import Branch, Center, CenterKind, Room
from educore.people import Student, Teacher, register_director, register_staff
from educore_web.admin import create_admin
from educore_web.settings import Settings
from support.plain_rows import plain

PASSWORD = "parol1234"
SITE = "http://testserver"
BOSS = Actor(Role.SUPERADMIN)


@dataclass
class Place:
    """One Center and the ids of what belongs to it."""

    center: int
    branch: int
    room: int
    course: int
    teacher: int
    group: int
    student: int
    director: int
    other: dict[str, int] = field(default_factory=dict)


@dataclass
class World:
    """Registon is ours, Zukko is somebody else's; both have one of everything."""

    school: Educore
    database: Database
    clock: FixedClock
    registon: Place
    zukko: Place
    app: Any

    def as_boss(self) -> UnitOfWork:
        return self.school.work(BOSS)

    def get(self, kind: type, id: int) -> Any:
        with self.as_boss() as uow:
            return uow.get(kind, id)

    def find(self, kind: type, **tests: Any) -> list[Any]:
        with self.as_boss() as uow:
            return uow.find(kind, where(**tests))


def build_town(url: str = "sqlite://", public_url: str = SITE, *, kind: CenterKind = CenterKind.CENTER) -> World:
    """Found the two Centers; schools have the structure that the others have not."""
    database, clock = Database(url, EDUCATION), FixedClock()
    database.create_all()
    school = Educore(database.store, memory_ports(clock))
    with school.work(BOSS) as uow:
        registon, zukko = _place(uow, "Registon", "r", kind), _place(uow, "Zukko", "z", kind)
        _account(uow, "sayyora", Role.SUPERADMIN)
        for name, role in (("malika", Role.MANAGER), ("aziz", Role.ADMIN)):
            account = _person(name, name.capitalize(), "Xodimova")
            registon.other[name] = register_staff(uow, account=account, role=role, center_id=registon.center).id
    settings = Settings(secret=SecretStr("s" * 40), public_url=public_url)
    return World(school, database, clock, registon, zukko, create_admin(school, database, settings))


def _place(uow: UnitOfWork, name: str, letter: str, kind: CenterKind) -> Place:
    center = perform(uow, Center, "create", fields={"name": name, "kind": kind}).id
    director = register_director(
        uow,
        account=_person(f"dilnoza-{letter}", "Dilnoza", name)
        | {"phone": f"+99890123456{ord(letter) % 10}", "email": f"{letter}@example.uz"},
        center_id=center,
    ).id
    branch = perform(uow, Branch, "create", fields={"center_id": center, "name": f"{name} branch"}).id
    room = perform(uow, Room, "create", fields={"branch_id": branch, "name": f"{name} room", "capacity": 10}).id
    course = perform(uow, Course, "create", fields={"center_id": center, "name": f"{name} course"}).id
    teacher = perform(
        uow,
        Teacher,
        "create",
        fields={"account": _person(f"teacher-{letter}", "Kamola", name), "branch_id": branch, "hourly_rate": "777.50"},
    ).id
    group = perform(
        uow,
        Group,
        "create",
        fields={
            "name": f"{name} group",
            "branch_id": branch,
            "course_id": course,
            "teacher_id": teacher,
            "capacity": 2,
        },
    ).id
    student = perform(
        uow,
        Student,
        "create",
        fields={
            "branch_id": branch,
            "group_id": group,
            "account": _person(f"student-{letter}", "Ali", name) | {"passport_number": f"AB{ord(letter)}"},
        },
    ).id
    return Place(center, branch, room, course, teacher, group, student, director)


def _person(username: str, first: str, last: str) -> dict[str, Any]:
    return {"username": username, "password": PASSWORD, "first_name": first, "last_name": last}


def _account(uow: UnitOfWork, name: str, role: Role) -> None:
    hashed = uow.ports.passwords.hash(PASSWORD)
    user = plain(uow, User).add(User, {"username": name, "password_hash": hashed, "first_name": name.capitalize()})
    plain(uow, Membership).add(Membership, {"user_id": user.id, "role": role})
