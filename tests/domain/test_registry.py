"""Anybody of a Center, taken on, changed and let go by their role."""

from __future__ import annotations

import pytest

from educore import Educore, Forbidden, Role, where
from educore.groups import change_person, register_person, remove_person
from educore.identity import Membership, User, change_own_name
from educore.people import Student, Teacher
from support.cast import World
from support.refusals import expect_invalid

NODIRA = {"phone": "+998771234567", "password": "lagman 9 and tea", "first_name": "Nodira"}


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.MANAGER, Role.ADMIN, Role.TEACHER, Role.STUDENT])
def test_a_director_takes_on_everybody_and_their_user_name_is_made_from_their_telephone(
    school: Educore, world: World, role: Role
) -> None:
    with school.work(world.dilshod) as uow:
        made = register_person(uow, role=role, account=NODIRA)
        assert (made.role, made.center_id) == (role, world.tashkent.center.id)
        assert uow.get(User, made.user_id).username == f"998771234567.{world.tashkent.center.id}"
        for kind, its_role in ((Student, Role.STUDENT), (Teacher, Role.TEACHER)):
            assert uow.count(kind, where(user_id=made.user_id)) == (role is its_role)


@pytest.mark.parametrize(
    ("who", "role"),
    [("malika", Role.DIRECTOR), ("malika", Role.MANAGER), ("aziza", Role.TEACHER), ("timur", Role.STUDENT)],
)
def test_others_take_on_only_whom_they_look_after(school: Educore, world: World, who: str, role: Role) -> None:
    with pytest.raises(Forbidden), school.work(getattr(world, who)) as uow:
        register_person(uow, role=role, account=NODIRA)


def test_a_user_name_of_earlier_versions_changes_with_the_telephone(school: Educore, world: World) -> None:
    old, new = NODIRA["phone"], "+998771234568"
    with school.work(world.dilshod) as uow:
        made = register_person(uow, role=Role.STUDENT, account={**NODIRA, "username": old})
        change_person(uow, made, account={"first_name": "Nodira", "phone": old})
        assert uow.get(User, made.user_id).username == old
        change_person(uow, made, account={"phone": new})
        changed = uow.get(User, made.user_id)
        assert (changed.phone, changed.username) == (new, f"998771234568.{world.tashkent.center.id}")
        change_person(uow, made, account={"phone": old})
        assert uow.get(User, made.user_id).username == changed.username


def test_nobody_is_taken_on_for_another_center(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.dilshod) as uow:
        register_person(uow, role=Role.STUDENT, account=NODIRA, center_id=world.samarkand.center.id)
    assert codes == {"center_id": "unknown_id"}


def test_a_blocked_student_is_blocked_as_a_student_and_let_in_again(school: Educore, world: World) -> None:
    for blocked, status in ((True, "blocked"), (True, "blocked"), (False, "active")):
        with school.work(world.malika) as uow:
            member = change_person(uow, uow.get(Membership, world.sardor.membership_id or 0), is_blocked=blocked)
            assert (member.is_blocked, uow.get(Student, world.sardor.student_id or 0).status) == (blocked, status)


@pytest.mark.parametrize("who", ["sardor", "tamara", "aziza"])
def test_whoever_is_let_go_leaves_nothing_behind(school: Educore, world: World, who: str) -> None:
    person = getattr(world, who)
    with school.work(world.dilshod) as uow:
        remove_person(uow, uow.get(Membership, person.membership_id))
    with school.work(world.rustam) as uow:
        for kind in (Membership, Student, Teacher):
            assert uow.count(kind, where(user_id=person.user_id)) == 0
        assert uow.count(User, where(id=person.user_id)) == 0


@pytest.mark.parametrize("who", ["rustam", "dilshod", "malika", "aziza", "timur", "sardor"])
def test_everybody_says_what_they_are_called_and_nothing_more(school: Educore, world: World, who: str) -> None:
    with school.work(getattr(world, who)) as uow:
        assert change_own_name(uow, first_name="Yangi").first_name == "Yangi"
    if who != "rustam":
        with pytest.raises(Forbidden), school.work(getattr(world, who)) as uow:
            change_own_name(uow, username="yangi")


def test_a_teacher_knows_of_the_memberships_of_their_own_students_only(school: Educore, world: World) -> None:
    with school.work(world.timur) as uow:
        seen = {member.user_id for member in uow.find(Membership)}
    assert seen == {world.timur.user_id, world.sardor.user_id, world.sevara.user_id}
