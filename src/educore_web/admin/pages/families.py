"""The tables of people in a school: the students of a class, the children of a parent, the guardians of a student."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from educore import From, NameOf, Shape, UnitOfWork, where
from educore.attendance import CENTER_RULES, Attendance
from educore.groups import Enrollment, Group, takes_seat
from educore.identity import Membership
from educore.people import Guardianship, Student
from educore_web.admin.pages.attendance_rates import rates_by_key
from educore_web.admin.ui.cells import Cell
from educore_web.admin.ui.formats import NO_VALUE
from educore_web.admin.ui.language import format_date, format_number

OPEN = where(ended_at__isnull=True)


class Seat(Shape, of=Enrollment):
    """A student who has a place in a class."""

    student_id: int
    name: Annotated[str, NameOf("student.user")]
    number: Annotated[str | None, From("student.student_number")]
    enrolled_on: date


class Child(Shape, of=Guardianship):
    """A child of a guardian, with the main class."""

    student_id: int
    name: Annotated[str, NameOf("student.user")]
    group: Annotated[str | None, From("student.group.name")]
    relationship: str


class Guardian(Shape, of=Guardianship):
    """A guardian of a student, with ways to reach them."""

    id: int
    name: Annotated[str, NameOf("guardian")]
    relationship: str
    phone: Annotated[str | None, From("guardian.phone")]
    email: Annotated[str | None, From("guardian.email")]


def students_of_class(uow: UnitOfWork, group: int) -> list[list[Cell]]:
    """Return a line for each student who has a place in a class."""
    seats = uow.select(Seat, where(group_id=group) & takes_seat, order=("student.user.first_name", "student_id"))
    return [
        [
            Cell(seat["name"], target_row=(Student, seat["student_id"])),
            Cell(seat["number"] or NO_VALUE),
            Cell(format_date(seat["enrolled_on"])),
        ]
        for seat in seats
    ]


def places_of_class(uow: UnitOfWork, group: int) -> list[list[Cell]]:
    """Return one line: the places of a class, and how many of them are taken and left."""
    capacity = uow.get(Group, group).capacity
    taken = uow.count(Enrollment, where(group_id=group) & takes_seat)
    left = NO_VALUE if capacity is None else format_number(max(0, capacity - taken))
    return [[Cell(NO_VALUE if capacity is None else format_number(capacity)), Cell(format_number(taken)), Cell(left)]]


def children_of_member(uow: UnitOfWork, member: int) -> list[list[Cell]]:
    """Return a line for each child of a parent: their class, and the share of lessons at which they were present."""
    parent: Any = uow.get(Membership, member)
    children = uow.select(Child, OPEN & where(guardian_id=parent.user_id), order=("id",))
    rates = _attendance_rates(uow, {child["student_id"] for child in children})
    return [
        [
            Cell(child["name"], target_row=(Student, child["student_id"])),
            Cell(child["relationship"]),
            Cell(child["group"] or NO_VALUE),
            Cell(rates.get(child["student_id"], NO_VALUE)),
        ]
        for child in children
    ]


def guardians_of_student(uow: UnitOfWork, student: int) -> list[list[Cell]]:
    """Return a line for each guardian of a student."""
    guardians = uow.select(Guardian, OPEN & where(student_id=student), order=("id",))
    return [
        [
            Cell(guardian["name"], target_row=(Guardianship, guardian["id"])),
            Cell(guardian["relationship"]),
            Cell(guardian["phone"] or NO_VALUE),
            Cell(guardian["email"] or NO_VALUE),
        ]
        for guardian in guardians
    ]


def _attendance_rates(uow: UnitOfWork, students: Iterable[int]) -> dict[int, str]:
    """Return the attendance rates of students who have marks that count, as text."""
    of_students = where(session__is_cancelled=False, student_id__in=set(students))
    rates = rates_by_key(uow.count_by(Attendance, ("student_id", "status", *CENTER_RULES), of_students))
    return {id: f"{format_number(rate)} %" for id, rate in rates.items()}
