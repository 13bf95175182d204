"""The cast of a school: schools beside the two towns, and the named people in them, made by running use cases.

                    Casablanca                    Rabat
    director        Driss                         Rachid
    manager         Mounir                        Mokhtar
    admin           Amina                         Asmae
    staff           Samira                        Salma
    teachers        Tarik, Touria                 Tahar, Thouraya
    pupils          Yasmine, Younes               Yousra, Yahya
    parents         Meryem, Mehdi                 Mouna, Mourad
    driver          Hamid                         Hicham

In each the year 2024-2025 is the current one. There is a primary stage with two grade levels; the first has the classes
A, with two seats, whose teacher is the first and where the first pupil is, and B, which is empty. The second pupil is
in no class. The first parent is that of the first pupil, the second that of the second. Everybody's user name is their
name in small letters, everybody's password is PASSWORD of the cast.

These schools are for what runs over all operations or rows, and for tests of the domain: they stand beside the towns,
so that all APIs are tried on the same rows. The tests of single operations of Madrasti have a school of their own,
`support.web.madrasti_school`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from educore import Actor, Educore, Role, where
from educore.courses import Course
from educore.groups import Group, create_group, enroll_in_class, register_student
from educore.identity import Membership
from educore.organization import Branch, Center, Room, create_branch, create_center
from educore.people import link_guardian, register_director, register_staff, register_teacher
from educore.schooling import AcademicYear, EducationStage, GradeLevel, add_year, set_curriculum
from support.cast import account

CASABLANCA = ("Driss", "Mounir", "Amina", "Samira", "Tarik", "Touria", "Yasmine", "Younes", "Meryem", "Mehdi", "Hamid")
RABAT = ("Rachid", "Mokhtar", "Asmae", "Salma", "Tahar", "Thouraya", "Yousra", "Yahya", "Mouna", "Mourad", "Hicham")


@dataclass(frozen=True)
class School:
    """One school and everybody in it."""

    center: Center
    branch: Branch
    room: Room
    year: AcademicYear
    next_year: AcademicYear
    stage: EducationStage
    first_grade: GradeLevel
    second_grade: GradeLevel
    course: Course
    class_a: Group
    class_b: Group
    director: Actor
    manager: Actor
    admin: Actor
    staff: Actor
    teacher: Actor
    second_teacher: Actor
    student: Actor
    newcomer: Actor
    parent: Actor
    second_parent: Actor
    driver: Actor

    def people(self) -> dict[Role, Actor]:
        """One person for each role somebody has here."""
        office = (self.director, self.manager, self.admin, self.staff)
        people = (*office, self.teacher, self.student, self.parent, self.driver)
        return {person.role: person for person in people}

    def everybody(self) -> list[Actor]:
        """Everybody, in the order of their names above."""
        values = (getattr(self, known.name) for known in fields(self))
        return [value for value in values if isinstance(value, Actor)]


def create_school(
    platform: Educore, rustam: Actor, *, city: str = "Casablanca", names: tuple[str, ...] = CASABLANCA
) -> School:
    """Found a school beside what the store has; `rustam` is a superadmin."""
    head, manager, admin, clerk, first_teacher, second_teacher, *pupil_names, parent, second_parent, driver = names
    with platform.work(rustam) as uow:
        center = create_center(uow, name=f"Lycée {city}", license_number=f"L-{city}", country="MA", kind="school")
        boss = register_director(uow, account=account(head), center_id=center.id)
        center = uow.get(Center, center.id)
    director = _actor(boss)
    office = {manager: Role.MANAGER, admin: Role.ADMIN, clerk: Role.STAFF}
    roles = {**office, parent: Role.PARENT, second_parent: Role.PARENT, driver: Role.DRIVER}
    with platform.work(director) as uow:
        members = [_actor(register_staff(uow, account=account(name), role=role)) for name, role in roles.items()]
        branch = create_branch(uow, name=f"{city} Maârif", address=f"Rue Ibnou Mounir 1, {city}")
        room = uow.add(Room, {"branch_id": branch.id, "name": "Salle 1", "capacity": 30})
        course = uow.add(Course, {"name": "Arabe", "created_at": uow.ports.clock.now()})
        teachers = [_teacher(uow, name, branch) for name in (first_teacher, second_teacher)]
        dates: dict[str, Any] = {"start_date": date(2024, 9, 2), "end_date": date(2025, 6, 30)}
        year = add_year(uow, year="2024-2025", **dates, is_current=True)
        dates = {"start_date": date(2025, 9, 1), "end_date": date(2026, 6, 30)}
        next_year = add_year(uow, year="2025-2026", **dates)
        stage = uow.add(EducationStage, {"name": "Primaire", "stage": "primary", "position": 1})
        first, second = (
            uow.add(GradeLevel, {"stage_id": stage.id, "number": number, "name": name})
            for number, name in ((1, "1ère Année Primaire"), (2, "2ème Année Primaire"))
        )
        set_curriculum(uow, first, other_ids=[course.id])
        place: dict[str, Any] = {"grade_level_id": first.id, "academic_year_id": year.id}
        class_a = create_group(
            uow, **place, section="A", teacher_id=teachers[0].teacher_id, room_id=room.id, capacity=2
        )
        class_b = create_group(uow, **place, section="B")
        pupils = [_pupil(uow, name, branch) for name in pupil_names]
        enroll_in_class(uow, group_id=class_a.id, student_id=pupils[0].student_id or 0)
        clerks, parents, last = members[:3], members[3:5], members[5]
        for guardian, pupil in zip(parents, pupils, strict=True):
            link_guardian(uow, guardian_id=guardian.user_id or 0, student_id=pupil.student_id or 0)
    structure = (center, branch, room, year, next_year, stage, first, second, course, class_a, class_b)
    return School(*structure, director, *clerks, *teachers, *pupils, *parents, last)


def _actor(member: Membership) -> Actor:
    return Actor(member.role, member.user_id, member.id, member.center_id, school_id=member.center_id)


def _teacher(uow: Any, name: str, branch: Branch) -> Actor:
    teacher = register_teacher(uow, account=account(name), branch_id=branch.id)
    return replace(_member(uow, Role.TEACHER, teacher.user_id), teacher_id=teacher.id)


def _pupil(uow: Any, name: str, branch: Branch) -> Actor:
    student = register_student(uow, account=account(name), branch_id=branch.id)
    return replace(_member(uow, Role.STUDENT, student.user_id), student_id=student.id)


def _member(uow: Any, role: Role, user_id: int) -> Actor:
    return _actor(uow.find(Membership, where(user_id=user_id, role=role))[0])
