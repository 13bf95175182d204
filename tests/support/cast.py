"""The cast: two Centers and the named people in them, made by running use cases.

    Rustam          runs the platform (superadmin)

                    Tashkent                      Samarkand
    director        Dilshod                       Davron
    manager         Malika                        Mansur
    admin           Aziza                         Alisher
    teachers        Timur, Tamara                 Tohir, Taisiya
    students        Sardor, Sevara, Shirin        Sobir, Saida, Suhrob

In each town the first teacher teaches the morning group (three seats), where the first two students are;
the second teaches the evening group, which is empty; the third student is in no group. Everybody's user
name is their name in small letters, everybody's password is PASSWORD.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from educore import (
    EDUCATION,
    Actor,
    Educore,
    Entity,
    FixedClock,
    MemoryStore,
    Role,
    Where,
    everything,
    memory_ports,
    where,
)
from educore.courses import Course
from educore.groups import Group, create_group, register_student
from educore.identity import Membership, OneTimeCode, User
from educore.kernel import Seal
from educore.kernel.store import Store
from educore.organization import Branch, Center, Room, close_branch, create_branch, create_center
from educore.people import Student, Teacher, rate_teacher, register_director, register_staff, register_teacher, sign_in
from support.plain_rows import plain

PASSWORD = "plov and 7 samsa"
ROOT = Actor(Role.SUPERADMIN)
"""Whoever sets the platform up, before there are people."""

TASHKENT = ("Dilshod", "Malika", "Aziza", "Timur", "Tamara", "Sardor", "Sevara", "Shirin")
SAMARKAND = ("Davron", "Mansur", "Alisher", "Tohir", "Taisiya", "Sobir", "Saida", "Suhrob")


@dataclass(frozen=True)
class Town:
    """One Center and everybody in it."""

    center: Center
    branch: Branch
    closed_branch: Branch
    room: Room
    course: Course
    morning: Group
    evening: Group
    director: Actor
    manager: Actor
    admin: Actor
    teacher: Actor
    second_teacher: Actor
    student: Actor
    classmate: Actor
    newcomer: Actor

    def people(self) -> dict[Role, Actor]:
        """One person for each role somebody has here."""
        return {
            Role.DIRECTOR: self.director,
            Role.MANAGER: self.manager,
            Role.ADMIN: self.admin,
            Role.TEACHER: self.teacher,
            Role.STUDENT: self.student,
        }

    def actor(self, role: Role) -> Actor:
        """Somebody with this role in this Center, even where nobody has it yet."""
        return self.people().get(role, Actor(role, center_id=self.center.id))


@dataclass(frozen=True)
class World:
    """Both towns and everybody by name."""

    tashkent: Town
    samarkand: Town
    rustam: Actor
    dilshod: Actor
    malika: Actor
    aziza: Actor
    timur: Actor
    tamara: Actor
    sardor: Actor
    sevara: Actor
    shirin: Actor
    davron: Actor
    mansur: Actor
    alisher: Actor
    tohir: Actor
    taisiya: Actor
    sobir: Actor
    saida: Actor
    suhrob: Actor

    def everybody(self) -> dict[str, Actor]:
        """Everybody by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("tashkent", "samarkand")}


def account(name: str, **more: Any) -> dict[str, Any]:
    """What a new account needs: `account("Nodira", phone="+998901112233")`."""
    return {"username": name.lower(), "password": PASSWORD, "first_name": name, **more}


def create_cast(store: Store, *, seal: Seal | None = None) -> World:
    """Found both towns in an empty store; `seal` is that of the server which is to go on with their audit trails."""
    ports = memory_ports(FixedClock())
    school = Educore(store, ports if seal is None else replace(ports, seal=seal))
    with school.work(ROOT) as uow:
        user = plain(uow, User).add(
            User, {"password_hash": uow.ports.passwords.hash(PASSWORD), "username": "rustam", "first_name": "Rustam"}
        )
        member = plain(uow, Membership).add(Membership, {"user_id": user.id, "role": Role.SUPERADMIN})
    rustam = Actor(Role.SUPERADMIN, user.id, member.id)
    tashkent = _found(school, rustam, "Tashkent", TASHKENT)
    samarkand = _found(school, rustam, "Samarkand", SAMARKAND)
    people = [rustam, *_people(tashkent), *_people(samarkand)]
    names = ["rustam", *(name.lower() for name in TASHKENT + SAMARKAND)]
    return World(tashkent, samarkand, **dict(zip(names, people, strict=True)))


def copy_store(original: MemoryStore) -> MemoryStore:
    """A store in memory with the same rows; writing to it leaves the original as it is."""
    copy = MemoryStore(EDUCATION)
    copy.committed = original.committed
    for name, rows in original.committed.items():
        copy.ids[name] = itertools.count(max(rows, default=0) + 1)
    return copy


def _found(school: Educore, rustam: Actor, town: str, names: tuple[str, ...]) -> Town:
    with school.work(rustam) as uow:
        center = create_center(uow, name=f"{town} Academy", license_number=f"L-{town}")
        boss = register_director(uow, account=account(names[0]), center_id=center.id)
        center = uow.get(Center, center.id)
    director = _staff(boss)
    with school.work(director) as uow:
        manager = _staff(register_staff(uow, account=account(names[1]), role=Role.MANAGER))
        admin = _staff(register_staff(uow, account=account(names[2]), role=Role.ADMIN))
        branch = create_branch(uow, name=f"{town} Centre", address="Amir Temur 1")
        closed = close_branch(uow, create_branch(uow, name=f"{town} Airport"))
        room = uow.add(Room, {"branch_id": branch.id, "name": "101", "capacity": 20})
        course = uow.add(Course, {"name": "English", "created_at": uow.ports.clock.now()})
        teachers = [_teacher(uow, name, branch) for name in names[3:5]]
        rate_teacher(uow, uow.get(Teacher, teachers[0].teacher_id or 0), rating=Decimal("4.5"))
        morning, evening = (
            create_group(
                uow,
                branch_id=branch.id,
                course_id=course.id,
                teacher_id=teacher.teacher_id,
                name=name,
                capacity=3,
                start_date=date(2024, 1, 1),
                end_date=date(2024, 6, 30),
            )
            for name, teacher in zip(("Morning", "Evening"), teachers, strict=True)
        )
        groups = (morning.id, morning.id, None)
        students = [_student(uow, name, branch, group) for name, group in zip(names[5:], groups, strict=True)]
    sign_in(school, username=names[5].lower(), password=PASSWORD)
    return Town(center, branch, closed, room, course, morning, evening, director, manager, admin, *teachers, *students)


def _staff(member: Membership) -> Actor:
    return Actor(member.role, member.user_id, member.id, member.center_id)


def _teacher(uow: Any, name: str, branch: Branch) -> Actor:
    teacher = register_teacher(
        uow, account=account(name), branch_id=branch.id, hourly_rate=Decimal("50000.50"), specialization="English"
    )
    return replace(_person(uow, Role.TEACHER, teacher), teacher_id=teacher.id)


def _student(uow: Any, name: str, branch: Branch, group_id: int | None) -> Actor:
    student = register_student(uow, account=account(name), branch_id=branch.id, group_id=group_id)
    return replace(_person(uow, Role.STUDENT, student), student_id=student.id)


def _person(uow: Any, role: Role, profile: Student | Teacher) -> Actor:
    member = uow.find(Membership, where(user_id=profile.user_id, role=role))[0]
    return _staff(member)


def _people(town: Town) -> list[Actor]:
    return [
        town.director,
        town.manager,
        town.admin,
        town.teacher,
        town.second_teacher,
        town.student,
        town.classmate,
        town.newcomer,
    ]


KINDS: tuple[type[Entity], ...] = tuple(EDUCATION.kinds.values())
"""Every kind of entity there is."""


def all_rows(store: Store) -> dict[str, list[Entity]]:
    """Every row of every kind, as it is stored."""
    transaction = store.begin(read_only=True)
    try:
        counts = transaction.count_each([(kind, where()) for kind in KINDS])  # most stores hold few of the kinds
        return {k.__name__: list(transaction.find(k, where())) if n else [] for k, n in zip(KINDS, counts, strict=True)}
    finally:
        transaction.rollback()


def center_path(kind: type[Entity]) -> str | None:
    """The path from a row to the Center that owns it; None for kinds that no Center owns."""
    paths = {Center: "id", OneTimeCode: "user__center_id"}
    return paths.get(kind, "center_id" if "center_id" in kind.model_fields else None)


def first_row(store: Store, kind: type[Entity], town: Town, *, only: Where = everything) -> Entity | None:
    """The first row of a kind in a town, None if it has none."""
    path = center_path(kind)
    if path is None:
        return None
    transaction = store.begin(read_only=True)
    try:
        found = transaction.find(kind, where(**{path: town.center.id}) & only, order=("id",), limit=1)
        return found[0] if found else None
    finally:
        transaction.rollback()
