"""What somebody saw of a row, and what becomes of their change where it is no longer so."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from functools import partial

import pytest

from educore import Actor, Educore, EducoreError, Stale, memory_ports, perform, where
from educore.adapters.memory import FixedClock
from educore.adapters.sql import Database
from educore.groups import Group
from educore.identity import Membership, User
from educore.kernel import WHOLE_ROW, differing_fields, fingerprint, version
from educore.messaging import SmsTemplate
from educore.organization import Room
from educore.people import Student, Teacher
from support.cast import World
from support.concurrency import run_concurrently
from support.plain_rows import plain


def seen_by(school: Educore, actor: Actor, kind: type, id: int, *names: str) -> dict[str, str]:
    """What somebody sees of a row now."""
    with school.work(actor, read_only=True) as uow:
        row = uow.get(kind, id)
        return {name: fingerprint(getattr(row, name)) for name in names} or {WHOLE_ROW: version(row)}


def change(school: Educore, actor: Actor, kind: type, id: int, seen: dict[str, str], **fields: object) -> None:
    """Change a row that was seen like that."""
    with school.work(actor) as uow:
        uow.expect(kind, id, seen)
        perform(uow, kind, "update", id, fields)


def test_a_row_that_is_as_it_was_seen_is_changed(school: Educore, world: World) -> None:
    group = world.tashkent.morning.id
    seen = seen_by(school, world.dilshod, Group, group, "name", "capacity")
    change(school, world.dilshod, Group, group, seen, name="Evening")
    with school.work(world.dilshod) as uow:
        assert uow.get(Group, group).name == "Evening"


@pytest.mark.parametrize("names", [("name", "capacity"), ()], ids=["fields", "whole row"])
def test_a_row_changed_meanwhile_is_left_as_it_is(school: Educore, world: World, names: tuple[str, ...]) -> None:
    group = world.tashkent.morning.id
    seen = seen_by(school, world.dilshod, Group, group, *names)
    with school.work(world.malika) as uow:
        perform(uow, Group, "update", group, {"name": "Malika's"})
    with pytest.raises(Stale) as refused:
        change(school, world.dilshod, Group, group, seen, capacity=13)
    assert refused.value.params["fields"] == (["name"] if names else [WHOLE_ROW])
    with school.work(world.dilshod) as uow:
        assert (uow.get(Group, group).name, uow.get(Group, group).capacity) == ("Malika's", 3)


def test_a_field_that_was_not_shown_may_change_meanwhile(school: Educore, world: World) -> None:
    group = world.tashkent.morning.id
    seen = seen_by(school, world.dilshod, Group, group, "capacity")
    with school.work(world.malika) as uow:
        perform(uow, Group, "update", group, {"name": "Malika's"})
    change(school, world.dilshod, Group, group, seen, capacity=13)
    with school.work(world.dilshod) as uow:
        assert (uow.get(Group, group).name, uow.get(Group, group).capacity) == ("Malika's", 13)


def test_what_is_changed_and_changed_back_was_not_changed(school: Educore, world: World) -> None:
    group = world.tashkent.morning.id
    seen = seen_by(school, world.dilshod, Group, group)
    with school.work(world.malika) as uow:
        before = uow.get(Group, group).name
        perform(uow, Group, "update", group, {"name": "Malika's"})
        perform(uow, Group, "update", group, {"name": before})
    change(school, world.dilshod, Group, group, seen, capacity=13)


def test_a_row_that_is_only_expected_and_never_written_is_compared_at_the_end(school: Educore, world: World) -> None:
    """A form on a teacher and their account: what it changes is the teacher, what was changed is the account."""
    with school.work(world.dilshod) as uow:
        teacher = uow.find(Teacher)[0]
    seen = seen_by(school, world.dilshod, User, teacher.user_id, "first_name")
    with school.work(world.dilshod) as uow:
        perform(uow, Teacher, "update", teacher.id, {"account": {"first_name": "Somebody"}})
    with pytest.raises(Stale), school.work(world.dilshod) as uow:
        uow.expect(User, teacher.user_id, seen)
        perform(uow, Teacher, "update", teacher.id, {"hourly_rate": Decimal(5)})
    with school.work(world.dilshod) as uow:
        assert uow.get(Teacher, teacher.id).hourly_rate == teacher.hourly_rate


def test_what_one_does_oneself_is_no_surprise(school: Educore, world: World) -> None:
    """A row is compared before it changes for the first time, and not again."""
    group = world.tashkent.morning.id
    with school.work(world.dilshod) as uow:
        uow.expect(Group, group, {WHOLE_ROW: version(uow.get(Group, group))})
        perform(uow, Group, "update", group, {"name": "One"})
        perform(uow, Group, "update", group, {"name": "Two"})
        assert uow.get(Group, group).name == "Two"


def test_a_change_of_many_rows_is_compared_too(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        template = perform(uow, SmsTemplate, "create", fields={"name": "Greeting", "text": "Hello"}).id
    with pytest.raises(Stale), school.work(world.dilshod) as uow:
        uow.expect(SmsTemplate, template, {"name": "never so"})
        plain(uow, SmsTemplate, "update").change_all(SmsTemplate, where(id=template), {"text": "Good day"})
    with school.work(world.dilshod) as uow:
        assert uow.get(SmsTemplate, template).text == "Hello"


def test_a_reference_that_goes_with_the_row_it_names_is_no_surprise(school: Educore, world: World) -> None:
    """A group loses its teacher when the teacher is deleted: the store does that, and it is what one does oneself."""
    group = world.tashkent.morning.id
    with school.work(world.dilshod) as uow:
        branch = world.tashkent.branch.id
        teacher = perform(uow, Teacher, "create", fields={"account": {"username": "new"}, "branch_id": branch}).id
        perform(uow, Group, "update", group, {"teacher_id": teacher})
    with school.work(world.dilshod) as uow:
        uow.expect(Group, group, {WHOLE_ROW: version(uow.get(Group, group))})
        perform(uow, Teacher, "delete", teacher)
    with school.work(world.dilshod) as uow:
        assert uow.get(Group, group).teacher_id is None


def test_a_refusal_stays_one_for_use_cases_that_go_on_after_errors(school: Educore, world: World) -> None:
    group = world.tashkent.morning.id
    with pytest.raises(Stale), school.work(world.dilshod) as uow:
        uow.expect(Group, group, {"name": "never so"})
        with suppress(EducoreError):
            perform(uow, Group, "update", group, {"name": "One"})
        perform(uow, Room, "update", world.tashkent.room.id, {"name": "Elsewhere"})
    with school.work(world.dilshod) as uow:
        assert uow.get(Room, world.tashkent.room.id).name != "Elsewhere"


def test_a_row_that_is_gone_is_not_found(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        room = perform(
            uow, Room, "create", fields={"branch_id": world.tashkent.branch.id, "name": "Attic", "capacity": 1}
        )
        seen = {WHOLE_ROW: version(uow.get(Room, room.id))}
        perform(uow, Room, "delete", room.id)
    with pytest.raises(EducoreError) as refused:
        change(school, world.dilshod, Room, room.id, seen, capacity=2)
    assert refused.value.code == "not_found"


def test_what_somebody_may_not_read_is_no_part_of_what_they_saw(school: Educore, world: World) -> None:
    """Else a digest would tell whether a guess at a salary is right, and raises would be in the way of everybody."""
    with school.work(world.dilshod) as uow:
        teacher = uow.find(Teacher, where(hourly_rate__isnull=False))[0]
    readers = [world.sardor, world.sevara]
    assert _sees(school, world.dilshod, teacher.id, "hourly_rate")
    assert not any(_sees(school, who, teacher.id, "hourly_rate") for who in readers)
    before = [seen_by(school, who, Teacher, teacher.id) for who in (world.dilshod, *readers)]
    with school.work(world.dilshod) as uow:
        perform(uow, Teacher, "update", teacher.id, {"hourly_rate": teacher.hourly_rate + 1})
    after = [seen_by(school, who, Teacher, teacher.id) for who in (world.dilshod, *readers)]
    assert before[0] != after[0]
    assert before[1:] == after[1:]


def test_the_persons_own_eyes_decide_whoever_locks_the_row(school: Educore, world: World) -> None:
    """Requests with a key hold the account of whoever acts as the platform does, which sees everything."""
    with school.work(world.dilshod) as uow:
        member = uow.get(Membership, world.dilshod.membership_id)
    seen = seen_by(school, world.dilshod, User, member.user_id)
    with school.work(world.dilshod) as uow:
        uow.expect(User, member.user_id, seen)
        uow.as_actor(world.rustam).find(User, where(id=member.user_id), lock=True)


def test_decimals_that_are_equal_are_the_same() -> None:
    assert fingerprint(Decimal("5")) == fingerprint(Decimal("5.00")) == fingerprint(Decimal("5E0"))
    assert fingerprint(Decimal("0.00")) == fingerprint(Decimal(0))
    assert len({fingerprint(value) for value in (Decimal("5.01"), Decimal(5), None, "", False, 0)}) == 6


def test_a_hidden_field_is_in_no_version(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        user = uow.find(User)[0]
    assert version(user) == version(user.model_copy(update={"password_hash": "another"}))
    assert version(user) != version(user.model_copy(update={"first_name": "another"}))
    assert differing_fields(user, {WHOLE_ROW: version(user)}) == []


def test_of_two_who_saw_the_same_and_save_at_once_one_is_refused(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports(FixedClock()))
    group = world.tashkent.morning.id
    for turn in range(3):
        seen = seen_by(school, world.dilshod, Group, group, "name", "capacity")
        saves = (partial(change, school, world.dilshod, Group, group, seen, name=f"{who}{turn}") for who in "ABC")
        assert sorted(run_concurrently(*saves)) == ["changed_meanwhile", "changed_meanwhile", "done"]


def test_students_are_moved_and_blocked_under_the_same_guard(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        student = uow.find(Student)[0]
    seen = seen_by(school, world.dilshod, Student, student.id)
    with school.work(world.dilshod) as uow:
        uow.expect(Student, student.id, seen)
        perform(uow, Student, "block", student.id)
    with pytest.raises(Stale), school.work(world.dilshod) as uow:
        uow.expect(Student, student.id, seen)
        perform(uow, Student, "unblock", student.id)


def _sees(school: Educore, actor: Actor, teacher_id: int, field: str) -> bool:
    with school.work(actor, read_only=True) as uow:
        found = uow.find(Teacher, where(id=teacher_id))
        return bool(found) and getattr(found[0], field) is not None
