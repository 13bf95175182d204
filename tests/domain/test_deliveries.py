"""Texts: to whom they are written and with which words; what becomes of them on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from educore import (
    Conflict,
    Educore,
    FixedClock,
    Forbidden,
    Invalid,
    NotFound,
    Undelivered,
    memory_ports,
    perform,
    where,
)
from educore.adapters.memory import FakeSms
from educore.adapters.sql import Database
from educore.groups import Enrollment, Group
from educore.identity import User
from educore.messaging import (
    Channel,
    Delivery,
    DeliveryStatus,
    SmsTemplate,
    Worker,
    queue_mail,
    send_sms,
    send_sms_to_group,
)
from educore.messaging.queues import DELIVERY_QUEUE, pause_after
from educore.people import Student
from support.cast import ROOT, World
from support.concurrency import run_concurrently
from support.plain_rows import change_row, plain
from support.refusals import problem_codes
from support.statement_counts import record_statements

NUMBER, OTHER = "+998901234567", "+998901234568"
QUEUED, SENT, FAILED = DeliveryStatus


def written(school: Educore) -> list[Delivery]:
    with school.work(ROOT, read_only=True) as uow:
        return uow.find(Delivery)


def kept(school: Educore) -> FakeSms:
    """The fake that carries the texts."""
    sms = school.ports.sms
    assert isinstance(sms, FakeSms)
    return sms


def template(school: Educore, world: World, text: str, name: str = "Hello") -> SmsTemplate:
    with school.work(world.aziza) as uow:
        made: SmsTemplate = perform(uow, SmsTemplate, "create", fields={"name": name, "text": text})
        return made


def one_text(school: Educore, world: World) -> Delivery:
    with school.work(world.aziza) as uow:
        return send_sms(uow, phone_numbers=[NUMBER], message="Test xabar")[0]


# -- writing -------------------------------------------------------------------------------------------


def test_a_text_is_written_to_each_number_once_however_it_is_spelled(school: Educore, world: World) -> None:
    with school.work(world.aziza) as uow:
        texts = send_sms(uow, phone_numbers=[NUMBER, "+998 (90) 123-45-67", OTHER], message="Test xabar")
    assert [(one.address, one.text, one.status, one.attempts) for one in texts] == [
        (NUMBER, "Test xabar", QUEUED, 0),
        (OTHER, "Test xabar", QUEUED, 0),
    ]
    assert {(one.center_id, one.sent_by_id, one.channel) for one in texts} == {
        (world.tashkent.center.id, world.aziza.user_id, Channel.SMS)
    }


def test_the_message_wins_and_the_template_is_noted(school: Educore, world: World) -> None:
    kept_text = template(school, world, "{center}: closed on {date}")
    with school.work(world.aziza) as uow:
        (own,) = send_sms(uow, phone_numbers=[NUMBER], message="Open again", template_id=kept_text.id)
        (filled,) = send_sms(uow, phone_numbers=[NUMBER], template_id=kept_text.id)
    assert (own.text, own.template_id) == ("Open again", kept_text.id)
    assert (filled.text, filled.template_id) == ("Tashkent Academy: closed on 2024-01-01", kept_text.id)


def test_values_fill_further_places_and_braces_are_written_twice(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.aziza) as uow:
        values = {"amount": "{name}", "time": "09:00"}
        (text,) = send_sms(uow, phone_numbers=[NUMBER], message="{{x}} {amount} at { time }, {{{time}}}", values=values)
    assert text.text == "{x} {name} at 09:00, {09:00}"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"phone_numbers": []}, {"phone_numbers": ["too_short"]}),
        ({"phone_numbers": [NUMBER] * 10_001}, {"phone_numbers": ["too_many"]}),
        (
            {"phone_numbers": [NUMBER, "12", OTHER, "+99890x", 5]},
            {"phone_numbers.1": ["phone"], "phone_numbers.3": ["phone"], "phone_numbers.4": ["string_type"]},
        ),
        ({"message": None}, {"message": ["message_or_template"]}),
        ({"message": ""}, {"message": ["message_or_template"]}),
        ({"message": "Dear {nme} {nme} {user.password} {0}"}, {"message": ["unknown_placeholder"] * 3}),
        ({"message": "Dear {name}"}, {"message": ["unknown_placeholder"]}),
        ({"message": "Dear {"}, {"message": ["template_syntax"]}),
        ({"message": "} dear"}, {"message": ["template_syntax"]}),
        ({"message": "Dear {}"}, {"message": ["template_syntax"]}),
        ({"message": "{{}"}, {"message": ["template_syntax"]}),
        ({"message": "x" * 1001}, {"message": ["string_too_long"]}),
        ({"message": "{center}" * 100}, {"message": ["string_too_long"]}),
        ({"template_id": 987654321}, {"template_id": ["unknown_id"]}),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name_and_nothing_is_written(
    asked: dict[str, Any], told: dict[str, list[str]], school_in_memory: Educore, world: World
) -> None:
    good: dict[str, Any] = {"phone_numbers": [NUMBER], "message": "Test xabar"}
    with pytest.raises(Invalid) as refused, school_in_memory.work(world.aziza) as uow:
        send_sms(uow, **{**good, **asked})
    assert problem_codes(refused.value) == told
    assert written(school_in_memory) == []


def test_what_is_unknown_is_named_together_with_what_is_known(school_in_memory: Educore, world: World) -> None:
    with pytest.raises(Invalid) as refused, school_in_memory.work(world.aziza) as uow:
        send_sms(uow, phone_numbers=[NUMBER], message="Dear {nme}")
    assert refused.value.fields["message"][0].params == {"name": "nme", "known": "{center}, {date}"}


def test_templates_are_checked_when_they_are_kept_and_when_they_are_changed(school: Educore, world: World) -> None:
    good = template(school, world, "{name} {group} {center} {date} {time} {amount}")
    for text, code in (
        ("{nme}", "unknown_placeholder"),
        ("{name", "template_syntax"),
        ("{name.x}", "unknown_placeholder"),
    ):
        for act in (
            lambda uow, text: perform(uow, SmsTemplate, "create", fields={"name": "New", "text": text}),
            lambda uow, text: perform(uow, SmsTemplate, "update", good.id, {"text": text}),
        ):
            with pytest.raises(Invalid) as refused, school.work(world.aziza) as uow:
                act(uow, text)
            assert problem_codes(refused.value) == {"text": [code]}
    with school.work(world.aziza) as uow:
        assert perform(uow, SmsTemplate, "update", good.id, {"name": "Renamed"}).text == good.text
    with pytest.raises(Conflict) as taken, school.work(world.aziza) as uow:
        perform(uow, SmsTemplate, "create", fields={"name": "Renamed", "text": "Hello"})
    assert problem_codes(taken.value) == {"name": ["taken"]}


def test_a_template_that_was_used_can_go_and_the_history_stays(school: Educore, world: World) -> None:
    used = template(school, world, "Hello")
    with school.work(world.aziza) as uow:
        (text,) = send_sms(uow, phone_numbers=[NUMBER], template_id=used.id)
        perform(uow, SmsTemplate, "delete", used.id)
        assert (uow.get(Delivery, text.id).template_id, uow.get(Delivery, text.id).text) == (None, "Hello")


def test_nobody_writes_with_templates_of_another_center_or_without_a_center(school: Educore, world: World) -> None:
    theirs = template(school, world, "Hello").id
    with pytest.raises(Invalid) as refused, school.work(world.alisher) as uow:
        send_sms(uow, phone_numbers=[NUMBER], template_id=theirs)
    assert problem_codes(refused.value) == {"template_id": ["unknown_id"]}
    for asked, told in (
        ({"message": "Hello"}, {"center_id": ["missing"]}),
        ({"message": "Hello", "center_id": 987654321}, {"center_id": ["unknown_id"]}),
        ({"template_id": theirs, "center_id": world.samarkand.center.id}, {"template_id": ["unknown_id"]}),
    ):
        with pytest.raises(Invalid) as refused, school.work(world.rustam) as uow:
            send_sms(uow, phone_numbers=[NUMBER], **asked)
        assert problem_codes(refused.value) == told
    with school.work(world.rustam) as uow:
        assert send_sms(uow, phone_numbers=[NUMBER], template_id=theirs)[0].center_id == world.tashkent.center.id


def test_only_the_office_writes_reads_and_tries_again(school: Educore, world: World) -> None:
    text = one_text(school, world)
    for who in (world.timur, world.sardor):
        with pytest.raises(Forbidden), school.work(who) as uow:
            send_sms(uow, phone_numbers=[NUMBER], message="Hello", center_id=world.tashkent.center.id)
    for who in (world.timur, world.sardor, world.davron):
        with pytest.raises(NotFound), school.work(who) as uow:
            uow.get(Delivery, text.id)
    with pytest.raises(Forbidden), school.work(world.dilshod) as uow:
        change_row(uow, text, {"status": SENT})
    with school.work(world.malika) as uow:
        assert uow.count(Delivery) == 1


# -- how many a day ------------------------------------------------------------------------------------


def numbers(count: int, first: int = 0) -> list[str]:
    return [f"+99890{number:07}" for number in range(first, first + count)]


def with_quota(school: Educore, most: int) -> Educore:
    return Educore(school.store, replace(school.ports, texts_per_day=most))


def test_a_center_sends_so_many_texts_a_day_and_not_one_more(school: Educore, world: World) -> None:
    only_fields = with_quota(school, 5)
    with only_fields.work(world.aziza) as uow:
        send_sms(uow, phone_numbers=numbers(3), message="Hello")
    for who in (world.aziza, world.malika, world.rustam):
        with pytest.raises(Conflict) as refused, only_fields.work(who) as uow:
            send_sms(uow, phone_numbers=numbers(3), message="Hello", center_id=world.tashkent.center.id)
        assert refused.value.fields[""][0].code == "texts_per_day"
        assert refused.value.fields[""][0].params == {"most": 5, "left": 2, "count": 3}
    assert len(written(school)) == 3, "none goes out where all cannot"
    with only_fields.work(world.aziza) as uow:
        send_sms(uow, phone_numbers=numbers(2), message="Hello")
    with only_fields.work(world.davron) as uow:
        assert len(send_sms(uow, phone_numbers=numbers(5), message="Hello")) == 5, "another Center has its own"


def test_a_group_and_letters_are_counted_as_they_cost(school: Educore, world: World) -> None:
    only_fields = with_quota(school, 1)
    with only_fields.work(ROOT) as uow:
        for student, number in ((world.sardor, NUMBER), (world.sevara, OTHER)):
            change_row(uow, uow.get(Student, student.student_id or 0), {"parent_phone": number})
        queue_mail(uow, [world.aziza.user_id or 0], center_id=world.tashkent.center.id, subject="Hi", text="Hi")
    with pytest.raises(Conflict) as refused, only_fields.work(world.aziza) as uow:
        perform(uow, Group, "send_sms", world.tashkent.morning.id, {"message": "Hello"})
    assert refused.value.fields[""][0].params == {"most": 1, "left": 1, "count": 2}
    with only_fields.work(ROOT) as uow:
        change_row(uow, uow.get(Student, world.sevara.student_id or 0), {"parent_phone": NUMBER})
    with only_fields.work(world.aziza) as uow:
        assert len(perform(uow, Group, "send_sms", world.tashkent.morning.id, {"message": "Hello"})) == 1


def test_the_day_is_that_of_the_centers_calendar(school_in_memory: Educore, world: World, clock: FixedClock) -> None:
    """At 10:00 UTC it is three in the afternoon in Tashkent; the next day begins there at 19:00 UTC."""
    only_fields = with_quota(school_in_memory, 1)
    one_text(only_fields, world)
    clock.advance(hours=8, minutes=59)
    with pytest.raises(Conflict):
        one_text(only_fields, world)
    clock.advance(minutes=1)
    one_text(only_fields, world)
    clock.advance(hours=23)
    with pytest.raises(Conflict):
        one_text(only_fields, world)


def test_those_who_send_at_once_do_not_exceed_it(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, replace(memory_ports(), texts_per_day=10))

    def send(turn: int) -> None:
        with school.work(world.aziza) as uow:
            send_sms(uow, phone_numbers=numbers(3, first=turn * 3), message="Hello")

    endings = run_concurrently(*(partial(send, turn) for turn in range(8)))
    assert sorted(endings) == ["done"] * 3 + ["texts_per_day"] * 5
    assert len(written(school)) == 9


# -- groups --------------------------------------------------------------------------------------------


def test_a_group_is_written_to_by_name_and_children_through_their_parents(school: Educore, world: World) -> None:
    with school.work(ROOT) as uow:
        change_row(uow, uow.get(User, world.sardor.user_id or 0), {"phone": NUMBER})
        change_row(uow, uow.get(Student, world.sardor.student_id or 0), {"parent_phone": "+998900000001"})
        change_row(uow, uow.get(Student, world.sevara.student_id or 0), {"parent_phone": OTHER})
    with school.work(world.aziza) as uow:
        morning = uow.get(Group, world.tashkent.morning.id)
        texts = send_sms_to_group(uow, morning, message="{name}, {group} at {time}", values={"time": "10:00"})
        assert [(one.address, one.text) for one in texts] == [
            (NUMBER, "Sardor, Morning at 10:00"),
            (OTHER, "Sevara, Morning at 10:00"),
        ]
        assert perform(uow, Group, "send_sms", morning.id, {"message": "Hello"})[0].text == "Hello"
        with pytest.raises(Conflict) as nobody:
            send_sms_to_group(uow, uow.get(Group, world.tashkent.evening.id), message="Hello")
    assert nobody.value.fields[""][0].code == "nobody_to_write_to"
    with pytest.raises(Forbidden), school.work(world.timur) as uow:
        perform(uow, Group, "send_sms", morning.id, {"message": "Hello"})


def test_brothers_and_sisters_of_one_parent_get_the_same_text_once(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(ROOT) as uow:
        for student in (world.sardor, world.sevara):
            change_row(uow, uow.get(Student, student.student_id or 0), {"parent_phone": OTHER})
    with school_in_memory.work(world.aziza) as uow:
        morning = uow.get(Group, world.tashkent.morning.id)
        assert len(send_sms_to_group(uow, morning, message="No lesson")) == 1
        assert len(send_sms_to_group(uow, morning, message="No lesson, {name}")) == 2


def test_a_large_group_costs_as_many_statements_as_a_small_one(filled_database: Database, world: World) -> None:
    school, town = Educore(filled_database.store, replace(memory_ports(), texts_per_day=10_000)), world.tashkent
    costs = []
    for size in (0, 1_000):
        with school.work(ROOT) as uow:
            _crowd(uow, world, size)
            change_row(uow, uow.get(Student, world.sardor.student_id or 0), {"parent_phone": OTHER})
        with school.work(world.aziza) as uow, record_statements(filled_database.engine) as seen:
            texts = send_sms_to_group(uow, uow.get(Group, town.morning.id), message="Hello {name}")
            assert len(texts) == size + 1
        costs.append(len(seen))
    assert costs == [10, 10]


def _crowd(uow: Any, world: World, size: int) -> None:
    """Put students with a parent's number into the morning group."""
    now, town = uow.ports.clock.now(), world.tashkent
    stamps = {"center_id": town.center.id, "created_at": now, "updated_at": now}
    users = plain(uow, User).add_all(
        User, [{"username": f"p{n}", "first_name": f"P{n}", **stamps} for n in range(size)]
    )
    whose = {"branch_id": town.branch.id, "enrollment_date": now.date(), **stamps}
    rows = [{"user_id": user.id, "parent_phone": f"+99890{user.id:07}", **whose} for user in users]
    students = plain(uow, Student).add_all(Student, rows)
    place = {"center_id": town.center.id, "group_id": town.morning.id, "enrolled_on": now.date()}
    plain(uow, Enrollment).add_all(Enrollment, [{"student_id": student.id, **place} for student in students])


# -- on the way ----------------------------------------------------------------------------------------


def test_a_text_goes_out_once_with_a_key_of_its_own(school: Educore, world: World, clock: FixedClock) -> None:
    with school.work(world.aziza) as uow:
        send_sms(uow, phone_numbers=[NUMBER, OTHER], message="Test xabar")
    assert kept(school).sent == []
    clock.advance(seconds=2)
    worker = Worker(school)
    assert [worker.run_once(), worker.run_once()] == [2, 0]
    assert sorted((text.to, text.text) for text in kept(school).sent) == [(NUMBER, "Test xabar"), (OTHER, "Test xabar")]
    assert len({text.key for text in kept(school).sent}) == 2
    assert {(one.status, one.attempts, one.sent_at, one.next_try_at) for one in written(school)} == {
        (SENT, 1, clock.now(), None)
    }


def test_what_is_refused_for_good_fails_at_once(school: Educore, world: World) -> None:
    one_text(school, world)
    kept(school).failure = Undelivered("no such\nnumber\0", is_permanent=True)
    Worker(school).run_once()
    (text,) = written(school)
    assert (text.status, text.attempts, text.next_try_at) == (FAILED, 1, None)
    assert text.error == r"'no such number\x00'"


def test_what_nobody_takes_is_tried_six_times_after_ever_longer_pauses(
    school: Educore, world: World, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    one_text(school, world)
    kept(school).failure = Undelivered("the gateway does not answer", is_permanent=False)
    worker, pauses = Worker(school), []
    for attempt in range(1, 7):
        assert worker.run_once() == 1
        assert worker.run_once() == 0, "not before its time"
        (text,) = written(school)
        assert (text.attempts, text.error) == (attempt, "the gateway does not answer")
        if text.next_try_at is not None:
            pauses.append(text.next_try_at - clock.now())
            clock.time = text.next_try_at
    assert text.status is FAILED
    assert "is given up after 6 attempts" in caplog.text
    minutes = [pause / timedelta(minutes=4**n) for n, pause in enumerate(pauses)]
    assert len(minutes) == 5
    assert all(0.8 <= share <= 1.2 for share in minutes)
    clock.advance(days=9)
    assert worker.run_once() == 0


def test_texts_that_failed_together_do_not_come_back_together(school_in_memory: Educore, world: World) -> None:
    text = one_text(school_in_memory, world).change(attempts=1)
    assert len({pause_after(DELIVERY_QUEUE, text.change(id=id)) for id in range(1, 51)}) == 50


@pytest.mark.parametrize("error", [TimeoutError("token=secret"), ValueError("secret"), KeyError("secret")])
def test_a_carrier_that_breaks_costs_an_attempt_and_tells_no_secret(
    error: Exception, school_in_memory: Educore, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    one_text(school_in_memory, world)
    kept(school_in_memory).failure = error  # type: ignore[assignment]  # a carrier that does not do as it should
    Worker(school_in_memory).run_once()
    (text,) = written(school_in_memory)
    assert (text.status, text.attempts, text.error) == (QUEUED, 1, f"the carrier failed: {type(error).__name__}")
    assert "secret" not in caplog.text


def test_a_failed_text_can_be_tried_again(school: Educore, world: World) -> None:
    text = one_text(school, world)
    with pytest.raises(Conflict) as refused, school.work(world.aziza) as uow:
        perform(uow, Delivery, "requeue", text.id)
    assert refused.value.fields[""][0].code == "delivery_not_failed"
    kept(school).failure = Undelivered("no money", is_permanent=True)
    Worker(school).run_once()
    kept(school).failure = None
    with school.work(world.aziza) as uow:
        again: Delivery = perform(uow, Delivery, "requeue", text.id)
    assert (again.status, again.attempts) == (QUEUED, 0)
    Worker(school).run_once()
    assert [(one.status, one.error) for one in written(school)] == [(SENT, "")]
    with pytest.raises(NotFound), school.work(world.davron) as uow:
        perform(uow, Delivery, "requeue", text.id)


def test_what_is_written_in_a_transaction_that_fails_is_never_sent(school: Educore, world: World) -> None:
    with pytest.raises(ZeroDivisionError), school.work(world.aziza) as uow:
        send_sms(uow, phone_numbers=[NUMBER], message="Test xabar")
        1 / 0  # noqa: B018 - something goes wrong
    Worker(school).run_once()
    assert (kept(school).sent, written(school)) == ([], [])


def test_the_history_of_a_center_is_its_own(school: Educore, world: World) -> None:
    one_text(school, world)
    with school.work(world.davron, read_only=True) as uow:
        assert uow.count(Delivery, where(address=NUMBER)) == 0
