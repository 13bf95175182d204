"""Calendar feeds: a secret address that opens what one member may see, as long as they are one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest

from educore import ANONYMOUS, Actor, Educore, Forbidden, Invalid, Role, Unauthenticated, perform, where
from educore.groups import Group, leave_group
from educore.identity import CalendarFeed, Membership, change_own_password, prove_password
from educore.organization import Center
from educore.people import Student, Teacher
from educore.timetable import Session, close_calendar, open_calendar, read_calendar, schedule_session
from support.cast import PASSWORD, World, all_rows
from support.plain_rows import plain

NINE: dict[str, Any] = {"date": date(2024, 1, 1), "start_time": time(9), "end_time": time(10)}


def opened(school: Educore, who: Actor) -> str:
    with school.work(who) as uow:
        return open_calendar(uow)


def plan(school: Educore, who: Actor, group: Group) -> int:
    with school.work(who) as uow:
        return schedule_session(uow, group_id=group.id, **NINE).id


def sessions(school: Educore, token: str) -> list[int]:
    """What a calendar program is shown."""
    with school.work(ANONYMOUS, read_only=True) as nobody:
        return [session.id for session in read_calendar(nobody, token=token).find(Session)]


def why_not(school: Educore, token: str) -> str:
    with pytest.raises(Unauthenticated) as refused:
        sessions(school, token)
    return refused.value.code


def test_a_feed_shows_what_its_owner_may_see_and_no_more(school: Educore, world: World) -> None:
    own, foreign = (
        plan(school, world.dilshod, world.tashkent.morning),
        plan(school, world.davron, world.samarkand.morning),
    )
    other = plan(school, world.dilshod, world.tashkent.evening)
    seen = {
        "sardor": [own],
        "shirin": [],
        "timur": [own],
        "tamara": [other],
        "dilshod": [own, other],
        "davron": [foreign],
    }
    for name, ids in seen.items():
        assert sessions(school, opened(school, world.everybody()[name])) == ids, name


def test_who_leaves_a_group_no_longer_sees_its_sessions(school: Educore, world: World) -> None:
    own, token = plan(school, world.dilshod, world.tashkent.morning), opened(school, world.sardor)
    assert sessions(school, token) == [own]
    with school.work(world.dilshod) as uow:
        leave_group(uow, group_id=world.tashkent.morning.id, student_id=world.sardor.student_id or 0)
    assert sessions(school, token) == []


def test_a_feed_reads_and_writes_nothing_else(school: Educore, world: World) -> None:
    token = opened(school, world.sardor)
    with pytest.raises(TypeError, match="read_only"), school.work(ANONYMOUS, read_only=True) as nobody:
        close_calendar(read_calendar(nobody, token=token))


def test_a_new_feed_replaces_the_one_before(school: Educore, world: World) -> None:
    first, second = opened(school, world.sardor), opened(school, world.sardor)
    assert why_not(school, first) == "token_invalid"
    assert sessions(school, second) == []
    with school.work(world.sardor, read_only=True) as uow:
        assert uow.count(CalendarFeed, where(revoked_at__isnull=True)) == 1


def test_somebody_elses_feed_stays_as_it_is(school: Educore, world: World) -> None:
    mine, theirs = opened(school, world.sardor), opened(school, world.sevara)
    with school.work(world.sardor) as uow:
        assert close_calendar(uow) == 1
        assert close_calendar(uow) == 0
    assert why_not(school, mine) == "token_invalid"
    assert sessions(school, theirs) == []


def test_each_membership_has_a_feed_of_its_own(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        also = {"user_id": world.timur.user_id, "center_id": world.samarkand.center.id}
        member = plain(uow, Membership).add(Membership, {"role": Role.MANAGER, **also})
    own, foreign = (
        plan(school, world.dilshod, world.tashkent.morning),
        plan(school, world.davron, world.samarkand.morning),
    )
    teaching = opened(school, world.timur)
    managing = opened(school, Actor(Role.MANAGER, world.timur.user_id, member.id, world.samarkand.center.id))
    assert sessions(school, teaching) == [own]
    assert sessions(school, managing) == [foreign]


def block(kind: type[Any], attribute: str) -> Callable[[Educore, World], None]:
    def act(school: Educore, world: World) -> None:
        with school.work(world.rustam) as uow:
            perform(uow, kind, "block", getattr(world.sardor, attribute))

    return act


def deactivate(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        perform(uow, Center, "deactivate", world.tashkent.center.id)


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (block(Membership, "membership_id"), "blocked"),
        (block(Student, "student_id"), "blocked"),
        (deactivate, "center_inactive"),
    ],
    ids=["blocked membership", "blocked student", "inactive center"],
)
def test_who_may_not_sign_in_has_no_calendar_from_that_moment(
    school: Educore, world: World, end: Callable[[Educore, World], None], code: str
) -> None:
    token = opened(school, world.sardor)
    end(school, world)
    assert why_not(school, token) == code


def own_password(school: Educore, world: World) -> None:
    proof = prove_password(school, world.sardor, password=PASSWORD)
    with school.work(world.sardor) as uow:
        change_own_password(uow, old_password=proof, new_password="lagman 9")


def password_by_the_office(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        perform(uow, Student, "update", world.sardor.student_id, {"account": {"password": "lagman 9"}})


@pytest.mark.parametrize("change", [own_password, password_by_the_office])
def test_a_new_password_closes_the_addresses_of_that_person_and_no_others(
    school: Educore, world: World, change: Callable[[Educore, World], None]
) -> None:
    token, other = opened(school, world.sardor), opened(school, world.sevara)
    assert sessions(school, token) == sessions(school, other) == []
    change(school, world)
    assert why_not(school, token) == "token_invalid"
    assert sessions(school, other) == []
    assert sessions(school, opened(school, world.sardor)) == []


def test_the_feed_goes_with_the_member(school: Educore, world: World) -> None:
    token = opened(school, world.shirin)
    with school.work(world.dilshod) as uow:
        perform(uow, Student, "delete", world.shirin.student_id)
    assert why_not(school, token) == "token_invalid"
    assert all_rows(school.store)["CalendarFeed"] == []


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud83d", "ü" * 5000, "' OR 1=1 --"])
def test_a_token_that_was_never_given_opens_nothing(school: Educore, world: World, token: str) -> None:
    opened(school, world.sardor)
    assert why_not(school, token) == "token_invalid"


def test_the_token_is_long_never_the_same_and_kept_nowhere(school: Educore, world: World) -> None:
    tokens = [opened(school, world.sardor) for _ in range(5)]
    assert len(set(tokens)) == 5
    assert min(map(len, tokens)) >= 43  # 256 bits
    kept = repr([dict(row) for rows in all_rows(school.store).values() for row in rows])
    assert not any(token in kept for token in tokens)
    assert not any(repr(row).count("token_digest") for row in all_rows(school.store)["CalendarFeed"])


def test_who_belongs_to_no_center_has_no_timetable_to_read(school: Educore, world: World) -> None:
    for who in (world.rustam, ANONYMOUS, Actor(Role.TEACHER)):
        with pytest.raises(Forbidden), school.work(who) as uow:
            open_calendar(uow)


def test_nobody_opens_a_feed_in_somebody_elses_name(school_in_memory: Educore, world: World) -> None:
    opened(school_in_memory, world.sevara)
    (feed,) = all_rows(school_in_memory.store)["CalendarFeed"]
    stolen = {**dict(feed), "token_digest": "0" * 64}
    del stolen["id"]
    for name in ("sardor", "timur", "dilshod", "rustam"):
        with pytest.raises((Forbidden, Invalid)), school_in_memory.work(world.everybody()[name]) as uow:
            uow.add(CalendarFeed, stolen)


def test_a_teacher_who_is_let_go_has_no_calendar(school: Educore, world: World) -> None:
    token = opened(school, world.tamara)
    with school.work(world.dilshod) as uow:
        perform(uow, Teacher, "delete", world.tamara.teacher_id)
    assert why_not(school, token) == "token_invalid"
