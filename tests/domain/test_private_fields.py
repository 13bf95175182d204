"""Private fields in lists and details: shown to who may read them, empty for everybody else, in every store."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import pytest

from educore import Actor, Educore, From, Shape, where
from educore.groups import Group
from educore.identity import User
from educore.people import Teacher
from support.cast import World
from support.plain_rows import change_row


class TeacherOut(Shape, of=Teacher):
    """A teacher with what they earn."""

    id: int
    hourly_rate: Decimal | None


class GroupOut(Shape, of=Group):
    """A group with what its teacher earns, nested and flat."""

    teacher: TeacherOut | None
    rate: Annotated[Decimal | None, From("teacher.hourly_rate")]


class UserOut(Shape, of=User):
    """A person with their passport."""

    id: int
    passport_number: str | None


RATE = Decimal("50000.50")


@pytest.mark.parametrize(
    ("name", "timur", "tamara"),
    [
        ("rustam", RATE, RATE),
        ("dilshod", RATE, RATE),
        ("malika", RATE, RATE),
        ("aziza", RATE, RATE),
        ("timur", RATE, None),
        ("tamara", None, RATE),
        ("sardor", None, None),
    ],
)
def test_who_sees_what_a_teacher_earns(
    school: Educore, world: World, name: str, timur: Decimal | None, tamara: Decimal | None
) -> None:
    ours = where(center_id=world.tashkent.center.id)
    with school.work(getattr(world, name)) as uow:
        shown = {row["id"]: row["hourly_rate"] for row in uow.select(TeacherOut, ours)}
        found = {teacher.id: teacher.hourly_rate for teacher in uow.find(Teacher, ours)}
    assert shown == found == {world.timur.teacher_id: timur, world.tamara.teacher_id: tamara}


@pytest.mark.parametrize(("name", "rate"), [("dilshod", RATE), ("timur", RATE), ("sardor", None)])
def test_a_nested_private_field_is_private_too(school: Educore, world: World, name: str, rate: Decimal | None) -> None:
    with school.work(getattr(world, name)) as uow:
        shown = uow.select_one(GroupOut, world.tashkent.morning.id)
    assert shown == {"teacher": {"id": world.timur.teacher_id, "hourly_rate": rate}, "rate": rate}


def test_a_passport_is_its_owners_and_a_superadmins_business(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        for who in (world.dilshod, world.sardor):
            change_row(uow, uow.get(User, who.user_id or 0), {"passport_number": "AA1234567"})

    def seen_by(who: Actor) -> dict[int, str | None]:
        mine = where(id__in=[world.dilshod.user_id, world.sardor.user_id])
        with school.work(who) as uow:
            return {row["id"]: row["passport_number"] for row in uow.select(UserOut, mine)}

    assert seen_by(world.rustam) == {world.dilshod.user_id: "AA1234567", world.sardor.user_id: "AA1234567"}
    assert seen_by(world.dilshod) == {world.dilshod.user_id: "AA1234567", world.sardor.user_id: None}
    assert seen_by(world.aziza) == {world.dilshod.user_id: None, world.sardor.user_id: None}
    assert seen_by(world.sardor) == {world.sardor.user_id: "AA1234567"}
