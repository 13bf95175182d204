"""Members who were removed from their Center, and courses and groups that were archived."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from educore import (
    ANONYMOUS,
    Actor,
    Conflict,
    Educore,
    Forbidden,
    NotFound,
    Unauthenticated,
    memory_ports,
    perform,
    where,
)
from educore.adapters.memory import FixedClock
from educore.adapters.sql import Database
from educore.courses import Course
from educore.groups import Enrollment, Group
from educore.identity import Membership, User
from educore.people import Teacher, authenticate, register_director, sign_in
from support.cast import PASSWORD, World, account
from support.concurrency import run_concurrently


def refusal(school: Educore, who: Actor, member_id: int | None, action: str = "archive") -> str | None:
    """Return the code with which a member is not archived, None if they are."""
    try:
        with school.work(who) as uow:
            perform(uow, Membership, action, member_id or 0)
    except Conflict as error:
        return error.fields[""][0].code
    return None


def test_a_removed_member_is_out_at_once_and_comes_back(school: Educore, world: World) -> None:
    name, member_id = {"username": "timur", "password": PASSWORD}, world.timur.membership_id
    access = sign_in(school, **name).access
    with school.work(ANONYMOUS) as uow:
        assert authenticate(uow, token=access).membership_id == member_id
    assert refusal(school, world.dilshod, member_id) is None
    with pytest.raises(Unauthenticated) as out, school.work(ANONYMOUS) as uow:
        authenticate(uow, token=access)
    assert out.value.code == "signed_out"
    with pytest.raises(Forbidden) as refused:
        sign_in(school, **name)
    assert refused.value.code == "no_membership"
    with school.work(world.dilshod) as uow:
        assert member_id not in {member.id for member in uow.find(Membership)}
    assert refusal(school, world.dilshod, member_id, "restore") is None
    assert sign_in(school, **name).actor.membership_id == member_id


def test_the_account_of_a_removed_member_stays_taken(school: Educore, world: World) -> None:
    refusal(school, world.dilshod, world.timur.membership_id)
    with school.work(world.dilshod) as uow:
        assert uow.get(User, world.timur.user_id or 0).username == "timur"
    with pytest.raises(Conflict), school.work(world.dilshod) as uow:
        perform(uow, Teacher, "block", world.timur.teacher_id)


def test_nobody_removes_themselves_or_the_last_director(school: Educore, world: World) -> None:
    assert refusal(school, world.rustam, world.rustam.membership_id) == "own_membership"
    assert refusal(school, world.rustam, world.dilshod.membership_id) == "last_director"
    with school.work(world.rustam) as uow:
        register_director(uow, account=account("Nodira"), center_id=world.tashkent.center.id)
    assert refusal(school, world.rustam, world.dilshod.membership_id) is None


def test_of_two_directors_removed_at_once_one_stays(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports(FixedClock()))
    with school.work(world.rustam) as uow:
        second = register_director(uow, account=account("Nodira"), center_id=world.tashkent.center.id)

    def archive(member_id: int | None) -> Callable[[], None]:
        def act() -> None:
            with school.work(world.rustam) as uow:
                perform(uow, Membership, "archive", member_id)

        return act

    endings = run_concurrently(archive(world.dilshod.membership_id), archive(second.id))
    assert sorted(endings) == ["done", "last_director"]


def test_open_places_keep_a_group_and_ended_ones_do_not(school: Educore, world: World) -> None:
    group, course = world.tashkent.morning, world.tashkent.course
    with pytest.raises(Conflict) as refused, school.work(world.dilshod) as uow:
        perform(uow, Group, "archive", group.id)
    [problem] = refused.value.fields[""]
    assert (problem.code, problem.params["by"]) == ("in_use", {"Enrollment": 2, "Student": 2})
    with school.work(world.dilshod) as uow:
        for place in uow.find(Enrollment, where(group_id=group.id, left_on__isnull=True)):
            perform(uow, Enrollment, "leave", place.id)
    with school.work(world.dilshod) as uow:
        perform(uow, Group, "archive", group.id)
        perform(uow, Group, "archive", world.tashkent.evening.id)
        perform(uow, Course, "archive", course.id)
    with school.work(world.dilshod) as uow:
        assert uow.find(Group) == uow.find(Course) == []
        assert uow.count(Enrollment, where(group__name="Morning")) == 2, "the past keeps its names"
    with pytest.raises(Conflict) as later, school.work(world.dilshod) as uow:
        perform(uow, Group, "restore", group.id)
    assert later.value.fields["course_id"][0].code == "archived"


def test_only_those_who_manage_a_member_remove_them(school: Educore, world: World) -> None:
    for who in (world.aziza, world.timur, world.sardor, world.davron):
        with pytest.raises((Forbidden, NotFound)):
            refusal(school, who, world.malika.membership_id)
    assert refusal(school, world.dilshod, world.malika.membership_id) is None
