"""The cast of a school: one school beside the two towns, and the named people in it, made by running use cases.

                    Casablanca
    director        Driss
    staff           Samira
    teachers        Tarik (class teacher of 1A), Touria
    pupils          Yasmine, Younes
    parents         Meryem (Yasmine's mother), Mehdi (Younes' father)
    driver          Hamid

The year 2024-2025 is the current one. There is a primary stage with two grade levels; the first has the classes A, with
two seats, where Yasmine is, and B, which is empty. Younes is in no class. Everybody's user name is their name in small
letters, everybody's password is PASSWORD of the cast.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class School:
    """The school and everybody in it."""

    center: Center
    branch: Branch
    room: Room
    year: AcademicYear
    next_year: AcademicYear
    stage: EducationStage
    first_grade: GradeLevel
    second_grade: GradeLevel
    arabic: Course
    class_a: Group
    class_b: Group
    driss: Actor
    samira: Actor
    tarik: Actor
    touria: Actor
    yasmine: Actor
    younes: Actor
    meryem: Actor
    mehdi: Actor
    hamid: Actor

    def people(self) -> dict[Role, Actor]:
        """One person for each role somebody has here."""
        people = (self.driss, self.samira, self.tarik, self.yasmine, self.meryem, self.hamid)
        return {person.role: person for person in people}


def create_school(platform: Educore, rustam: Actor) -> School:
    """Found the school beside what the store has; `rustam` is a superadmin."""
    with platform.work(rustam) as uow:
        center = create_center(uow, name="Lycée Casablanca", license_number="L-Casablanca", country="MA", kind="school")
        head = register_director(uow, account=account("Driss"), center_id=center.id)
        center = uow.get(Center, center.id)
    driss = _actor(head)
    with platform.work(driss) as uow:
        staff = {
            name: _actor(register_staff(uow, account=account(name), role=role))
            for name, role in {
                "Samira": Role.STAFF,
                "Meryem": Role.PARENT,
                "Mehdi": Role.PARENT,
                "Hamid": Role.DRIVER,
            }.items()
        }
        branch = create_branch(uow, name="Maârif", address="Rue Ibnou Mounir 1")
        room = uow.add(Room, {"branch_id": branch.id, "name": "Salle 1", "capacity": 30})
        arabic = uow.add(Course, {"name": "Arabe", "created_at": uow.ports.clock.now()})
        teachers = [_teacher(uow, name, branch) for name in ("Tarik", "Touria")]
        dates: dict[str, Any] = {"start_date": date(2024, 9, 2), "end_date": date(2025, 6, 30)}
        year = add_year(uow, year="2024-2025", **dates, is_current=True)
        dates = {"start_date": date(2025, 9, 1), "end_date": date(2026, 6, 30)}
        next_year = add_year(uow, year="2025-2026", **dates)
        stage = uow.add(EducationStage, {"name": "Primaire", "stage": "primary", "position": 1})
        first, second = (
            uow.add(GradeLevel, {"stage_id": stage.id, "number": number, "name": name})
            for number, name in ((1, "1ère Année Primaire"), (2, "2ème Année Primaire"))
        )
        set_curriculum(uow, first, other_ids=[arabic.id])
        place: dict[str, Any] = {"grade_level_id": first.id, "academic_year_id": year.id}
        class_a = create_group(
            uow, **place, section="A", teacher_id=teachers[0].teacher_id, room_id=room.id, capacity=2
        )
        class_b = create_group(uow, **place, section="B")
        pupils = [_pupil(uow, name, branch) for name in ("Yasmine", "Younes")]
        enroll_in_class(uow, group_id=class_a.id, student_id=pupils[0].student_id or 0)
        for parent, pupil in zip(("Meryem", "Mehdi"), pupils, strict=True):
            link_guardian(uow, guardian_id=staff[parent].user_id or 0, student_id=pupil.student_id or 0)
    structure = (center, branch, room, year, next_year, stage, first, second, arabic, class_a, class_b)
    people = {name.lower(): person for name, person in staff.items()}
    return School(
        *structure, driss=driss, tarik=teachers[0], touria=teachers[1], yasmine=pupils[0], younes=pupils[1], **people
    )


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
