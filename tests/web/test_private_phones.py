"""The phone of an account is for those who work at the center and for the person; students see no teacher's phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from educore.identity import User
from support.parametrize import each
from support.web.recipes import call_operation, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import OPS

READS = [op for op in OPS if op.method == "GET" and not op.public]
WORKING = ("rustam", "dilshod", "malika", "aziza", "timur")


def phones(body: Any, key: str = "") -> Iterator[str]:
    """Yield the phones in an answer, wherever they stand."""
    if isinstance(body, dict):
        yield from (phone for name, value in body.items() for phone in phones(value, name))
    elif isinstance(body, list):
        yield from (phone for value in body for phone in phones(value, key))
    elif key in ("phone", "phone_number") and isinstance(body, str):
        yield body


def of_people(site: RunningPlatform) -> dict[str, str]:
    """Return the user names of the cast by phone."""
    with site.platform.school.work(site.world.rustam) as uow:
        return {user.phone: user.username for user in uow.find(User) if user.phone}


def seen(site: RunningPlatform, op: Op, name: str) -> set[str]:
    """Return the user names of the people whose phones an answer shows."""
    people = of_people(site)
    answer = call_operation(site.client(name), op, id=recipe_row(op, op.home(site)))
    return {people[phone] for phone in phones(answer.body) if phone in people} if answer.status == 200 else set()


@each("op", READS)
def test_a_student_sees_the_phone_of_nobody_else(op: Op, site: RunningPlatform) -> None:
    student = op.system.cast.people["student"]
    assert seen(site, op, student) <= {student}


@pytest.mark.parametrize("name", WORKING)
def test_who_works_there_sees_phones(name: str, site: RunningPlatform) -> None:
    teachers = next(op for op in READS if op.name == "teachers.list")
    assert {"timur", "tamara"} <= seen(site, teachers, name)


def test_a_student_sees_their_own_phone_and_everything_else_of_a_teacher(site: RunningPlatform) -> None:
    students = next(op for op in READS if op.name == "students.list")
    assert seen(site, students, "sardor") == {"sardor"}
    (timur,) = (row for row in site.client("sardor").get("/teachers/").results if row["user"]["username"] == "timur")
    assert (timur["user_info"]["phone"], timur["user_info"]["email"]) == (None, timur["user"]["email"])
    assert list(timur["user_info"]) == list(site.client("dilshod").get(f"/teachers/{timur['id']}/")["user_info"])


@pytest.mark.parametrize("typed", ["phone", "search"])
def test_a_student_cannot_find_a_teacher_by_phone(typed: str, site: RunningPlatform) -> None:
    (timur,) = (row for row in site.client("dilshod").get("/teachers/").results if row["user"]["username"] == "timur")
    phone, sardor = timur["user_info"]["phone"], site.client("sardor")
    everybody = sardor.get("/teachers/").ids
    assert sardor.get("/teachers/", **{typed: phone}).ids in (everybody if typed == "phone" else [], [])
