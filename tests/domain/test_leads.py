"""Leads: who asks, who looks after them, how they become students, and what that adds up to."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from educore import Actor, Conflict, Educore, Forbidden, Invalid, NotFound, Role, memory_ports, perform, where
from educore.adapters.memory import FixedClock
from educore.adapters.sql import Database
from educore.admissions import (
    Lead,
    LeadConverted,
    LeadStatistics,
    LeadStatus,
    convert_lead,
    lead_funnel,
    lead_statistics,
)
from educore.groups import Enrollment, Group
from educore.identity import Membership, User, change_account
from educore.kernel.errors import Unauthenticated
from educore.organization import close_branch
from educore.people import Student, StudentStatus, sign_in
from support.cast import PASSWORD, World, all_rows
from support.concurrency import run_concurrently
from support.plain_rows import plain
from support.refusals import expect_invalid, problem_codes
from support.statement_counts import record_statements

NEW, CONTACTED, CONVERTED, LOST = LeadStatus


def asks(school: Educore, world: World, who: Actor | None = None, **fields: Any) -> Lead:
    """Ahmed asks about English in Tashkent."""
    known = {"name": "Ahmed Ali Khaitov", "email": "ahmed@example.com", "phone": "+998901234567"}
    place = {"branch_id": world.tashkent.branch.id, "course_id": world.tashkent.course.id}
    with school.work(who or world.malika) as uow:
        made: Lead = perform(uow, Lead, "create", fields={**known, **place, **fields})
    return made


def converted(school: Educore, world: World, lead: Lead, who: Actor | None = None, **fields: Any) -> Student:
    with school.work(who or world.malika) as uow:
        student: Student = perform(uow, Lead, "convert", lead.id, fields)
    return student


def stored(school: Educore, world: World, lead: Lead) -> Lead:
    with school.work(world.rustam, read_only=True) as uow:
        return uow.get(Lead, lead.id)


# -- taking down and looking after ---------------------------------------------------------------------


def test_a_lead_belongs_to_the_center_of_its_branch(school: Educore, world: World) -> None:
    for who in (world.malika, world.dilshod, world.rustam):
        lead = asks(school, world, who, source="Telegram of a friend", assigned_to_id=world.malika.user_id)
        assert (lead.center_id, lead.status, lead.student_id) == (world.tashkent.center.id, NEW, None)


def test_everything_a_new_lead_cannot_have_is_said_at_once(school: Educore, world: World) -> None:
    now = datetime(2024, 1, 1, tzinfo=UTC)
    wrong = {"status": CONVERTED, "student_id": world.sardor.student_id, "converted_at": now}
    with expect_invalid() as codes:
        asks(school, world, branch_id=world.tashkent.closed_branch.id, assigned_to_id=world.timur.user_id, **wrong)
    assert codes == {
        "branch_id": "branch_closed",
        "assigned_to_id": "not_a_manager",
        "status": "only_by_conversion",
        "student_id": "only_by_conversion",
        "converted_at": "only_by_conversion",
    }
    with expect_invalid() as codes:
        asks(school, world, name="x" * 201, phone="call me", email="nobody", notes="a\0b", source=" ")
    assert codes == {
        "name": "string_too_long",
        "phone": "phone",
        "email": "email",
        "notes": "bad_characters",
        "source": "string_too_short",
    }
    with school.work(world.rustam, read_only=True) as uow:
        assert uow.count(Lead) == 0


@pytest.mark.parametrize("field", ["branch_id", "course_id", "assigned_to_id"])
def test_what_belongs_to_another_center_does_not_exist(school: Educore, world: World, field: str) -> None:
    there = world.samarkand
    foreign = {"branch_id": there.branch.id, "course_id": there.course.id, "assigned_to_id": there.manager.user_id}[
        field
    ]
    lead = asks(school, world)
    for id in (foreign, 987654321, 0, -1, 2**63):
        with expect_invalid() as codes:
            asks(school, world, **{field: id})
        assert codes == {field: "unknown_id"}
        with expect_invalid() as codes, school.work(world.malika) as uow:
            perform(uow, Lead, "update", lead.id, {field: id})
        assert codes == {field: "unknown_id"}


def test_the_status_goes_anywhere_but_to_converted(school: Educore, world: World) -> None:
    lead = asks(school, world, assigned_to_id=world.malika.user_id)
    for status in (CONTACTED, LOST, NEW):
        with school.work(world.malika) as uow:
            assert perform(uow, Lead, "update", lead.id, {"status": status}).status is status
    for change, code in {
        ("status", CONVERTED): "only_by_conversion",
        ("student_id", world.sardor.student_id): "only_by_conversion",
        ("assigned_to_id", world.aziza.user_id): "not_a_manager",
        ("branch_id", world.tashkent.closed_branch.id): "branch_closed",
    }.items():
        with expect_invalid() as codes, school.work(world.malika) as uow:
            perform(uow, Lead, "update", lead.id, dict([change]))
        assert codes == {change[0]: code}
    assert stored(school, world, lead) == lead.change(updated_at=stored(school, world, lead).updated_at)


def test_a_lead_of_a_branch_that_closed_since_can_still_be_looked_after(school: Educore, world: World) -> None:
    lead = asks(school, world)
    with school.work(world.dilshod) as uow:
        close_branch(uow, world.tashkent.branch)
    with school.work(world.malika) as uow:
        assert perform(uow, Lead, "update", lead.id, {"status": LOST, "branch_id": lead.branch_id}).status is LOST
    with expect_invalid() as codes:
        converted(school, world, lead)
    assert codes == {"": "branch_closed"}


def test_only_managers_and_those_above_work_with_leads(school: Educore, world: World) -> None:
    lead = asks(school, world)
    here = {"branch_id": world.tashkent.branch.id, "name": "Odil", "phone": "+998901234568"}
    for who in (world.aziza, world.timur, world.sardor):
        for action, id, fields in (
            ("create", None, here),
            ("update", lead.id, {"notes": "x"}),
            ("convert", lead.id, {}),
            ("delete", lead.id, {}),
        ):
            with pytest.raises((Forbidden, NotFound)), school.work(who) as uow:
                perform(uow, Lead, action, id, fields)
        with school.work(who, read_only=True) as uow:
            assert (uow.count(Lead), lead_statistics(uow).total) == (0, 0)
    for action in ("update", "convert", "delete"):
        with pytest.raises(NotFound), school.work(world.mansur) as uow:
            perform(uow, Lead, action, lead.id)
    with school.work(world.malika) as uow:
        perform(uow, Lead, "delete", lead.id)
        assert uow.count(Lead) == 0


# -- becoming a student --------------------------------------------------------------------------------


def test_a_converted_lead_is_a_student_who_cannot_sign_in_yet(
    school: Educore, world: World, clock: FixedClock, events: list[object]
) -> None:
    lead = asks(school, world)
    clock.advance(days=3)
    events.clear()
    student = converted(school, world, lead)
    assert (student.branch_id, student.group_id, student.status) == (lead.branch_id, None, StudentStatus.ACTIVE)
    assert student.enrollment_date == date(2024, 1, 4)
    assert events == [LeadConverted(center_id=lead.center_id, lead_id=lead.id, student_id=student.id)]
    after = stored(school, world, lead)
    assert (after.status, after.student_id, after.converted_at) == (CONVERTED, student.id, clock.now())
    with school.work(world.malika) as uow:
        user = uow.get(User, student.user_id)
        assert uow.count(Membership, where(user_id=user.id, role=Role.STUDENT, center_id=lead.center_id)) == 1
    assert (user.username, user.first_name, user.last_name) == ("ahmed", "Ahmed", "Ali Khaitov")
    assert (user.email, user.phone, user.password_hash) == (lead.email, lead.phone, None)
    for guess in ("", "None", PASSWORD):
        with pytest.raises(Unauthenticated):
            sign_in(school, username="ahmed", password=guess)
    with school.work(world.malika) as uow:
        change_account(uow, user, password=PASSWORD)
    assert sign_in(school, username="ahmed", password=PASSWORD).actor.student_id == student.id


def test_group_user_name_and_password_may_be_given(school: Educore, world: World) -> None:
    lead, evening = asks(school, world), world.tashkent.evening.id
    student = converted(school, world, lead, group_id=evening, username="Ahmadjon", password=PASSWORD)
    assert student.group_id == evening
    assert sign_in(school, username="ahmadjon", password=PASSWORD).actor.student_id == student.id
    with school.work(world.malika) as uow:
        assert uow.count(Enrollment, where(group_id=evening, student_id=student.id)) == 1


def test_user_names_are_made_from_the_mail_or_the_telephone_and_never_taken_twice(
    school: Educore, world: World
) -> None:
    numbers = itertools.count(998901000001)
    made = []
    for email, name in (
        ("odil@a.uz", "Odil"),
        ("odil@b.uz", "Odil"),
        ("ODIL@c.uz", "Odil Odilov"),
        ("sobir@d.uz", "Sobir"),  # somebody of Samarkand, whom nobody here can see
        ("o'd~i!l@e.uz", "  Odil   Odilov  "),
        (None, "🙂 Odil\u2003Odilov"),
    ):
        lead = asks(school, world, email=email, name=name, phone=f"+{next(numbers)}")
        student = converted(school, world, lead)
        with school.work(world.rustam, read_only=True) as uow:
            user = uow.get(User, student.user_id)
        made.append((user.username, user.first_name, user.last_name))
    assert made == [
        ("odil", "Odil", ""),
        ("odil2", "Odil", ""),
        ("odil3", "Odil", "Odilov"),
        ("sobir2", "Sobir", ""),
        ("odil4", "Odil", "Odilov"),
        (f"998901000006.{world.tashkent.center.id}", "🙂", "Odil\u2003Odilov"),
    ]


def test_a_hundred_namesakes_still_find_a_name(school_in_memory: Educore, world: World) -> None:
    lead = asks(school_in_memory, world)
    names = ["ahmed", *(f"ahmed{number}" for number in range(2, 100))]
    with school_in_memory.work(world.rustam) as uow:
        plain(uow, User).add_all(User, [{"username": name, "center_id": lead.center_id} for name in names])
    student = converted(school_in_memory, world, lead)
    with school_in_memory.work(world.rustam, read_only=True) as uow:
        assert uow.get(User, student.user_id).username.startswith("ahmed.")


def test_a_user_name_that_another_account_has_is_named_and_nothing_happens(school: Educore, world: World) -> None:
    lead, before = asks(school, world), all_rows(school.store)
    with pytest.raises(Conflict) as refused:
        converted(school, world, lead, username="sardor")
    assert problem_codes(refused.value) == {"username": ["taken"]}
    assert all_rows(school.store) == before


def test_other_hindrances_are_named_in_the_words_of_the_lead(school: Educore, world: World) -> None:
    lead, long = asks(school, world), asks(school, world, name="x" * 160)
    with school.work(world.dilshod) as uow:
        perform(uow, Group, "update", world.tashkent.morning.id, {"capacity": 2})
    before = all_rows(school.store)
    for kind, fields, said in (
        (Invalid, {"group_id": 987654321}, {"group_id": "unknown_id"}),
        (Invalid, {"group_id": world.samarkand.morning.id}, {"group_id": "unknown_id"}),
        (Conflict, {"group_id": world.tashkent.morning.id}, {"group_id": "group_full"}),
        (Invalid, {"username": "a b"}, {"username": "username"}),
    ):
        with expect_invalid(kind) as codes:
            converted(school, world, lead, **fields)
        assert codes == said
    with expect_invalid() as codes:
        converted(school, world, long)
    assert codes == {"name": "string_too_long"}
    assert all_rows(school.store) == before


def test_a_converted_lead_keeps_everything_but_its_notes(school: Educore, world: World) -> None:
    lead = asks(school, world)
    converted(school, world, lead)
    before = stored(school, world, lead)
    same = {"name": lead.name, "phone": "+998 90 123-45-67", "status": CONVERTED, "branch_id": lead.branch_id}
    with school.work(world.malika) as uow:
        after = perform(uow, Lead, "update", lead.id, {"notes": "Pays in May", **same})
    assert after == before.change(notes="Pays in May", updated_at=after.updated_at)
    for action, fields in (
        ("update", {"status": LOST}),
        ("update", {"notes": "", "name": "Ahmad"}),
        ("update", {"student_id": None}),
        ("convert", {}),
        ("delete", {}),
    ):
        with expect_invalid(Conflict) as codes, school.work(world.dilshod) as uow:
            perform(uow, Lead, action, lead.id, fields)
        assert codes == {"": "lead_converted"}
    assert stored(school, world, lead) == after
    with school.work(world.malika, read_only=True) as uow:
        assert uow.count(Student, where(user__phone=lead.phone)) == 1


def test_the_statistics_hold_when_the_student_goes(school: Educore, world: World) -> None:
    student = converted(school, world, asks(school, world))
    with school.work(world.malika) as uow:
        perform(uow, Student, "delete", student.id)
        assert lead_statistics(uow) == LeadStatistics(total=1, converted=1)


def test_of_thirty_two_who_convert_the_same_lead_one_does(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports(FixedClock()))
    lead = asks(school, world)
    endings = run_concurrently(*[lambda: converted(school, world, lead)] * 32)
    assert Counter(endings) == {"done": 1, "lead_converted": 31}
    with school.work(world.rustam, read_only=True) as uow:
        assert uow.count(Student, where(user__phone=lead.phone)) == uow.count(User, where(phone=lead.phone)) == 1


# -- what it adds up to --------------------------------------------------------------------------------


def test_statistics_of_nobody_are_zero(school: Educore, world: World) -> None:
    with school.work(world.malika, read_only=True) as uow:
        assert lead_statistics(uow) == LeadStatistics(total=0, converted=0)
        assert lead_statistics(uow).conversion_rate == 0.0
        assert lead_funnel(uow).by_status == dict.fromkeys(LeadStatus, 0)
        assert lead_funnel(uow).by_source == {}


def test_rates_have_one_decimal() -> None:
    assert LeadStatistics(total=100, converted=45).conversion_rate == 45.0
    assert LeadStatistics(total=3, converted=2).conversion_rate == 66.7


def test_leads_are_counted_by_the_local_day_they_were_taken_down(
    school: Educore, world: World, clock: FixedClock
) -> None:
    phones = itertools.count(998901000001)

    def ask(**fields: Any) -> Lead:
        return asks(school, world, email=None, phone=f"+{next(phones)}", **fields)

    first = ask(source="Website", status=CONTACTED)  # on the first of January
    asks(school, world, world.mansur, branch_id=world.samarkand.branch.id, course_id=None)
    clock.advance(hours=9, minutes=30)  # half past midnight of the second in Tashkent
    ask(source="Website")
    ask(source="Bazaar")
    ask(status=LOST)
    converted(school, world, first)
    second = date(2024, 1, 2)
    with school.work(world.dilshod, read_only=True) as uow:
        assert lead_statistics(uow) == LeadStatistics(total=4, converted=1)
        assert lead_statistics(uow).conversion_rate == 25.0
        assert lead_statistics(uow, since=second) == LeadStatistics(total=3, converted=0)
        assert lead_statistics(uow, until=second - timedelta(days=1)) == LeadStatistics(total=1, converted=1)
        assert lead_statistics(uow, since=second, until=second) == LeadStatistics(total=3, converted=0)
        assert lead_statistics(uow, since=second + timedelta(days=1)).total == 0
        found = lead_funnel(uow)
        assert found.by_status == {NEW: 2, CONTACTED: 0, CONVERTED: 1, LOST: 1}
        assert list(found.by_source.items()) == [("Website", 2), ("", 1), ("Bazaar", 1)]
        assert lead_funnel(uow, until=second - timedelta(days=1)).by_source == {"Website": 1}
    with school.work(world.rustam, read_only=True) as uow:
        assert lead_statistics(uow, since=second).total == 3
        assert lead_statistics(uow).total == 5


def test_no_number_of_leads_or_namesakes_costs_a_statement(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports(FixedClock()))
    lead = asks(school, world)
    alone = _costs(filled_database, school, world, lead)
    with school.work(world.rustam) as uow:
        stamps = {"created_at": lead.created_at, "updated_at": lead.created_at}
        place = {"center_id": lead.center_id, "branch_id": lead.branch_id, "phone": lead.phone}
        plain(uow, Lead).add_all(Lead, [{"name": f"Ahmed {number}", **place, **stamps} for number in range(200)])
        names = ["ahmed", *(f"ahmed{number}" for number in range(2, 60))]
        plain(uow, User).add_all(User, [{"username": name, "center_id": lead.center_id, **stamps} for name in names])
    assert _costs(filled_database, school, world, lead) == alone == (3, 16)


def _costs(database: Database, school: Educore, world: World, lead: Lead) -> tuple[int, int]:
    """The statements of the statistics with the funnel, and of a conversion, which is then undone."""
    with record_statements(database.engine) as counting, school.work(world.malika, read_only=True) as uow:
        lead_statistics(uow)
        lead_funnel(uow)
    group = world.tashkent.evening.id
    with (
        record_statements(database.engine) as converting,
        pytest.raises(ZeroDivisionError),
        school.work(world.malika) as uow,
    ):
        convert_lead(uow, lead, group_id=group)
        raise ZeroDivisionError
    return len(counting), len(converting)
