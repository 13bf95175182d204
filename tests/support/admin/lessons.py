"""Lessons in the town: Kamola's group and, hidden from her, everything of her colleague Bobur ("Yashirin")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any

from educore import Actor, Role, UnitOfWork, perform, where
from educore.assessment import Assignment, Exam, Submission
from educore.attendance import Attendance, correct_attendance
from educore.groups import Group
from educore.people import Student, Teacher
from educore.timetable import Session, cancel_session
from support.admin.town import PASSWORD, Place, World

TODAY = date(2024, 1, 1)
"""A Monday; the clock of the town stands at 15:00."""


@dataclass
class ClassRows:
    """A group with a lesson today, one next Monday, work and an exam."""

    group: int
    student: int
    session: int
    coming: int
    assignment: int
    submission: int
    exam: int


@dataclass
class Lessons:
    """The classes of Kamola and Bobur of Registon, and of Kamola of Zukko."""

    kamola: ClassRows
    bobur: ClassRows
    zukko: ClassRows
    second: int
    """Another student of Kamola's, who handed in nothing."""


def add_lessons(world: World) -> Lessons:
    """Plan lessons, mark, hand in and grade, as the people who do such things."""
    place = world.registon
    with world.as_boss() as uow:
        teacher = perform(
            uow,
            Teacher,
            "create",
            fields={
                "account": {"username": "bobur", "password": PASSWORD, "first_name": "Bobur"},
                "branch_id": place.branch,
            },
        ).id
        group = perform(
            uow,
            Group,
            "create",
            fields={
                "name": "Yashirin group",
                "branch_id": place.branch,
                "course_id": place.course,
                "teacher_id": teacher,
            },
        ).id
        student = _student(uow, place.branch, group, "vali", "Vali", "Yashirin")
        second = _student(uow, place.branch, place.group, "zilola", "Zilola", "Karimova")
    return Lessons(
        _class(world, place, place.group, place.student, "Registon", place.room),
        _class(world, place, group, student, "Yashirin", None),
        _class(world, world.zukko, world.zukko.group, world.zukko.student, "Zukko", world.zukko.room),
        second,
    )


def joined(world: World, day: date, *students: int) -> None:
    """Let students have been in their group since this day, for lessons before the one of today."""
    with world.as_boss() as uow:
        for id in students:
            perform(uow, Student, "update", id, {"enrollment_date": day})


def as_student(world: World, id: int) -> UnitOfWork:
    """A unit of work of a student."""
    found = world.get(Student, id)
    actor = Actor(Role.STUDENT, user_id=found.user_id, center_id=found.center_id, student_id=id)
    return world.school.work(actor)


def _student(uow: UnitOfWork, branch: int, group: int, username: str, first: str, last: str) -> int:
    account = {"username": username, "first_name": first, "last_name": last}
    made: int = perform(uow, Student, "create", fields={"branch_id": branch, "group_id": group, "account": account}).id
    return made


def _class(world: World, place: Place, group: int, student: int, word: str, room: int | None) -> ClassRows:
    with world.as_boss() as uow:
        plan: dict[str, Any] = {"group_id": group, "room_id": room, "topic": f"{word} topic"}
        hours = {"start_time": time(9), "end_time": time(10, 30)}
        session = perform(uow, Session, "create", fields={"date": TODAY, **plan, **hours})
        coming = perform(uow, Session, "create", fields={"date": date(2024, 1, 8), **plan, **hours})
        gone = perform(uow, Session, "create", fields={"date": date(2024, 1, 2), **plan, **hours})
        cancel_session(uow, gone)
        marks = [{"student_id": student, "status": "absent", "notes": f"{word} note"}]
        perform(uow, Session, "mark", session.id, {"marks": marks})
        mark = uow.find(Attendance, where(session_id=session.id))[0]
        correct_attendance(uow, mark, status="late")
        work = {"group_id": group, "description": f"{word} text"}
        assignment = perform(
            uow, Assignment, "create", fields={"title": f"{word} essay", "due_date": date(2023, 12, 31), **work}
        ).id
        exam = perform(
            uow,
            Exam,
            "create",
            fields={
                "title": f"{word} exam",
                "exam_date": TODAY,
                "total_points": 50,
                "passing_score": 30,
                **work,
                **hours,
            },
        ).id
        perform(uow, Exam, "record_results", exam, {"results": [{"student_id": student, "score": "40"}]})
    with as_student(world, student) as uow:
        key = uow.store_file(b"An essay", folder="submission-file", name=f"{word}.txt")
        submission = perform(uow, Submission, "create", fields={"assignment_id": assignment, "file": key}).id
    return ClassRows(group, student, session.id, coming.id, assignment, submission, exam)
