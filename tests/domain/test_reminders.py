"""Reminding of lessons a quarter of an hour ahead and of money three days ahead: once, and only while it is true."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from educore import Conflict, Educore, FixedClock, memory_ports, perform, where
from educore.adapters.sql import Database
from educore.billing import AnsweredRequest, Invoice, Payment
from educore.identity import User
from educore.messaging import Delivery, Job, JobStatus, Notification, Worker
from educore.messaging.outbox import plan_jobs
from educore.messaging.reminders import plan_lesson_reminders, plan_payment_reminders
from educore.organization import CenterStatus
from educore.timetable import Session, cancel_session, schedule_session
from support.cast import ROOT, World
from support.plain_rows import change_row, plain
from support.statement_counts import record_statements

TODAY = date(2024, 1, 1)
FOUR, FIVE = time(16), time(17)
"""Four in the afternoon in Tashkent is eleven in UTC, an hour after every test begins."""


def lesson(school: Educore, world: World, *, day: date = TODAY, start: time = FOUR, end: time = FIVE) -> Session:
    with school.work(world.dilshod) as uow:
        return schedule_session(uow, group_id=world.tashkent.morning.id, date=day, start_time=start, end_time=end)


def invoice(school: Educore, world: World, due: date, **fields: Any) -> Invoice:
    """An invoice of Sardor's."""
    money = {"amount": Decimal(450_000), "paid": Decimal(0), "remaining": Decimal(450_000)}
    about = {"center_id": world.tashkent.center.id, "student_id": world.sardor.student_id, "issued_on": TODAY}
    with school.work(ROOT) as uow:
        return plain(uow, Invoice).add(Invoice, {"due_date": due, **money, **about, **fields})


def payment(school: Educore, world: World, due: date, number: str = "1", **fields: Any) -> Payment:
    """A payment of Sardor's for the morning group, whose next one is due on a day."""
    about = {"center_id": world.tashkent.center.id, "student_id": world.sardor.student_id}
    money = {"amount": Decimal(450_000), "unallocated": Decimal(0), "method": "cash", "paid_on": date(2023, 12, 1)}
    whose = {**about, "group_id": world.tashkent.morning.id, "receipt_number": number, "due_date": due}
    with school.work(ROOT) as uow:
        return plain(uow, Payment).add(Payment, {**money, **whose, **fields})


def told(school: Educore, world: World) -> dict[str, list[str]]:
    """What everybody was told, by name."""
    names = {person.user_id: name for name, person in world.everybody().items()}
    found: dict[str, list[str]] = {}
    with school.work(ROOT, read_only=True) as uow:
        for note in uow.find(Notification, to="remind"):
            found.setdefault(names[note.user_id], []).append(note.message)
    return found


def work_off(school: Educore) -> None:
    """Let a worker that has just been started do everything that is due."""
    worker = Worker(school)
    while worker.run_once():
        pass
    with school.work(ROOT, read_only=True) as uow:
        assert [job.error for job in uow.find(Job) if job.status is not JobStatus.DONE] == []


# -- lessons -------------------------------------------------------------------------------------------


def test_students_and_teacher_are_reminded_once_a_quarter_of_an_hour_ahead(
    school: Educore, world: World, clock: FixedClock
) -> None:
    lesson(school, world)
    worker = Worker(school)
    said = []
    while clock.time < datetime(2024, 1, 1, 12, tzinfo=UTC):
        worker.run_once()
        said.append((f"{clock.time:%H:%M}", sum(map(len, told(school, world).values()))))
        clock.advance(minutes=5)
    assert [when for when, count in said if count == 0][-1] == "10:40"
    assert {count for when, count in said if when >= "10:45"} == {3}
    message = "Your Morning lesson starts in 15 minutes"
    assert told(school, world) == {name: [message] for name in ("sardor", "sevara", "timur")}


def test_a_lesson_that_was_moved_is_reminded_of_again(school: Educore, world: World, clock: FixedClock) -> None:
    session = lesson(school, world)
    clock.advance(minutes=50)
    work_off(school)
    with school.work(world.dilshod) as uow:
        perform(uow, Session, "update", session.id, {"start_time": time(18), "end_time": time(19)})
    clock.advance(minutes=123)
    work_off(school)
    minutes = (10, 7)
    assert told(school, world)["sardor"] == [f"Your Morning lesson starts in {n} minutes" for n in minutes]


def test_nobody_is_reminded_of_lessons_cancelled_without_times_or_of_inactive_centers(
    school_in_memory: Educore, world: World, clock: FixedClock
) -> None:
    cancelled = lesson(school_in_memory, world)
    with school_in_memory.work(world.dilshod) as uow:
        cancel_session(uow, cancelled)
        uow.remove_all(Job, where())
    with school_in_memory.work(ROOT) as uow:
        there = {"group_id": world.samarkand.morning.id, "date": TODAY, "start_time": FOUR, "end_time": FIVE}
        schedule_session(uow, **there)
        change_row(uow, world.samarkand.center, {"status": CenterStatus.INACTIVE})
        plain(uow, Session).add(
            Session, {"center_id": world.tashkent.center.id, "group_id": world.tashkent.evening.id, "date": TODAY}
        )
        uow.remove_all(Job, where())
    clock.advance(minutes=50)
    work_off(school_in_memory)
    assert told(school_in_memory, world) == {}


def test_a_worker_that_was_away_does_not_remind_of_what_has_begun(
    school: Educore, world: World, clock: FixedClock
) -> None:
    lesson(school, world)
    clock.advance(minutes=60)
    work_off(school)
    assert told(school, world) == {}


@pytest.mark.parametrize("meanwhile", ["begun", "moved", "cancelled"])
def test_a_reminder_that_is_no_longer_true_when_its_turn_comes_is_dropped(
    meanwhile: str, school_in_memory: Educore, world: World, clock: FixedClock
) -> None:
    session = lesson(school_in_memory, world)
    clock.advance(minutes=50)
    with school_in_memory.work(ROOT) as uow:
        assert plan_lesson_reminders(uow) == 1
    with school_in_memory.work(world.timur) as uow:
        if meanwhile == "moved":
            perform(uow, Session, "update", session.id, {"start_time": time(18), "end_time": time(19)})
        if meanwhile == "cancelled":
            cancel_session(uow, session)
    if meanwhile == "begun":
        clock.advance(minutes=11)
    work_off(school_in_memory)
    reminders = [said for notes in told(school_in_memory, world).values() for said in notes if "starts" in said]
    assert reminders == []


def test_a_note_that_was_deleted_does_not_come_back(school: Educore, world: World, clock: FixedClock) -> None:
    lesson(school, world)
    clock.advance(minutes=50)
    work_off(school)
    with school.work(world.sardor) as uow:
        (mine,) = uow.find(Notification)
        perform(uow, Notification, "delete", mine.id)
    clock.advance(minutes=1)
    work_off(school)
    assert set(told(school, world)) == {"sevara", "timur"}


def test_two_workers_that_plan_at_once_plan_once(school: Educore, world: World, clock: FixedClock) -> None:
    plan: dict[str, Any] = {"name": "LessonStarting", "payloads": {"lesson:1": {"session_id": 1}}}
    with school.work(ROOT) as uow:
        assert plan_jobs(uow, **plan) == 1
        assert plan_jobs(uow, **plan) == 0
    with pytest.raises(Conflict), school.work(ROOT) as uow:
        uow.add(Job, {"name": "LessonStarting", "payload": "{}", "key": "lesson:1", "created_at": clock.now()})


def test_looking_for_lessons_costs_the_same_for_any_number(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports(FixedClock(datetime(2024, 1, 1, 10, 50, tzinfo=UTC))))
    costs = []
    for more in (1, 40):
        with school.work(ROOT) as uow:
            stamps = {"created_at": uow.ports.clock.now(), "updated_at": uow.ports.clock.now()}
            group = {"center_id": world.tashkent.center.id, "group_id": world.tashkent.morning.id, "date": TODAY}
            starts = [datetime(2024, 1, 1, 11, tzinfo=UTC) + timedelta(seconds=more + n) for n in range(more)]
            times = [{"start_time": FOUR, "end_time": FIVE, "starts_at": at, "ends_at": at} for at in starts]
            plain(uow, Session).add_all(Session, [{**group, **stamps, **slot} for slot in times])
        with school.work(ROOT) as uow, record_statements(filled_database.engine) as seen:
            assert plan_lesson_reminders(uow) == more
        costs.append(len(seen))
    assert costs == [4, 4]


# -- money ---------------------------------------------------------------------------------------------


def test_an_invoice_is_reminded_of_three_days_ahead_once_and_by_mail(
    school: Educore, world: World, clock: FixedClock
) -> None:
    with school.work(ROOT) as uow:
        change_row(uow, uow.get(User, world.sardor.user_id or 0), {"email": "sardor@mail.uz"})
    invoice(
        school,
        world,
        date(2024, 1, 6),
        paid=Decimal(100_000),
        remaining=Decimal("350000.50"),
        amount=Decimal("450000.50"),
    )
    for _ in range(8):
        work_off(school)
        if clock.now() < datetime(2024, 1, 2, 19, tzinfo=UTC):  # when the third begins in Tashkent
            assert told(school, world) == {}
        clock.advance(hours=12)
    assert told(school, world) == {"sardor": ["Your payment of 350 000.50 UZS is due on 2024-01-06"]}
    with school.work(ROOT, read_only=True) as uow:
        (letter,) = uow.find(Delivery)
    assert (letter.address, letter.subject, letter.status) == ("sardor@mail.uz", "Payment Due", "sent")


def test_the_day_is_that_of_the_center(school_in_memory: Educore, world: World, clock: FixedClock) -> None:
    invoice(school_in_memory, world, date(2024, 1, 5))
    clock.time = datetime(2024, 1, 1, 18, 59, tzinfo=UTC)
    work_off(school_in_memory)
    assert told(school_in_memory, world) == {}
    clock.time = datetime(2024, 1, 1, 19, 1, tzinfo=UTC)  # the second of January in Tashkent
    work_off(school_in_memory)
    assert told(school_in_memory, world) == {"sardor": ["Your payment of 450 000 UZS is due on 2024-01-05"]}


def test_nothing_that_is_paid_cancelled_or_past_is_reminded_of(school: Educore, world: World) -> None:
    nothing = Decimal(0)
    invoice(school, world, date(2024, 1, 3), paid=Decimal(450_000), remaining=nothing)
    invoice(school, world, date(2024, 1, 3), cancelled_at=school.ports.clock.now())
    invoice(school, world, date(2023, 12, 31), issued_on=date(2023, 12, 1))
    payment(school, world, date(2024, 1, 3), withdrawn_at=school.ports.clock.now())
    payment(school, world, date(2023, 12, 31), "2")
    work_off(school)
    assert told(school, world) == {}


def test_an_invoice_paid_or_put_off_after_the_plan_is_not_reminded_of(
    school_in_memory: Educore, world: World, clock: FixedClock
) -> None:
    paid, put_off = (invoice(school_in_memory, world, date(2024, 1, 3)) for _ in range(2))
    with school_in_memory.work(ROOT) as uow:
        assert plan_payment_reminders(uow) == 2
        assert plan_payment_reminders(uow) == 0
        change_row(uow, paid, {"paid": Decimal(450_000), "remaining": Decimal(0)})
        change_row(uow, put_off, {"due_date": date(2024, 1, 20)})
    work_off(school_in_memory)
    assert told(school_in_memory, world) == {}
    clock.time = datetime(2024, 1, 17, 6, tzinfo=UTC)
    work_off(school_in_memory)
    assert told(school_in_memory, world) == {"sardor": ["Your payment of 450 000 UZS is due on 2024-01-20"]}


def test_of_payments_the_newest_due_date_of_a_student_in_a_group_counts(
    school: Educore, world: World, clock: FixedClock
) -> None:
    payment(school, world, date(2024, 1, 2), "1")
    payment(school, world, date(2024, 1, 4), "2")
    payment(school, world, date(2024, 1, 3), "3", student_id=world.sevara.student_id)
    payment(school, world, date(2024, 2, 3), "4", student_id=world.sevara.student_id)
    work_off(school)
    assert told(school, world) == {"sardor": ["Your payment is due on 2024-01-04"]}
    clock.advance(days=1)
    work_off(school)
    assert len(told(school, world)["sardor"]) == 1


def test_a_later_payment_takes_the_reminder_back(school_in_memory: Educore, world: World) -> None:
    payment(school_in_memory, world, date(2024, 1, 4))
    with school_in_memory.work(ROOT) as uow:
        assert plan_payment_reminders(uow) == 1
    payment(school_in_memory, world, date(2024, 2, 4), "2")
    work_off(school_in_memory)
    assert told(school_in_memory, world) == {}


def test_who_is_asked_by_an_invoice_is_not_asked_again_because_of_an_earlier_payment(
    school_in_memory: Educore, world: World
) -> None:
    payment(school_in_memory, world, date(2024, 1, 4))
    invoice(school_in_memory, world, date(2024, 1, 4), group_id=world.tashkent.morning.id)
    work_off(school_in_memory)
    assert told(school_in_memory, world) == {"sardor": ["Your payment of 450 000 UZS is due on 2024-01-04"]}


# -- what stays ----------------------------------------------------------------------------------------


def test_done_jobs_are_forgotten_after_a_week_and_answers_after_a_day(
    school: Educore, world: World, clock: FixedClock
) -> None:
    with school.work(ROOT) as uow:
        job = {"payload": "{}", "created_at": clock.now()}
        uow.add(Job, {"name": "Done", "status": JobStatus.DONE, **job})
        uow.add(Job, {"name": "Failed", "status": JobStatus.FAILED, **job})
        uow.add(AnsweredRequest, {"user_id": world.aziza.user_id, "key": "pay", "fingerprint": "f", "answer": "{}"})
    worker, left = Worker(school), []
    for hours in (1, 23, 6 * 24):
        clock.advance(hours=hours)
        worker.run_once()
        with school.work(ROOT, read_only=True) as uow, school.work(world.aziza, read_only=True) as hers:
            left.append(({one.name for one in uow.find(Job)}, hers.count(AnsweredRequest)))
    assert left == [({"Done", "Failed"}, 1), ({"Done", "Failed"}, 0), ({"Failed"}, 0)]
