"""A clock that is set back or forward: nothing waits for the day it showed, is lost, or goes out twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educore import Educore, FixedClock, MemoryStore, Undelivered, memory_ports, where
from educore.adapters.memory import FakeSms
from educore.messaging import Delivery, DeliveryStatus, Job, Worker, send_sms
from educore.messaging.handlers import PERIODIC
from educore.messaging.leases import claim
from educore.messaging.outbox import new_job
from educore.messaging.queues import DELIVERY_QUEUE
from support.cast import ROOT, World, copy_store

LOOKED_FOR = PERIODIC["stranded rows"][0]
"""How long it takes until somebody notices."""


def kept(school: Educore) -> FakeSms:
    assert isinstance(school.ports.sms, FakeSms)
    return school.ports.sms


def write(school: Educore, world: World, number: int = 0) -> None:
    with school.work(world.aziza) as uow:
        send_sms(uow, phone_numbers=[f"+99890{number:07}"], message="Test xabar")


def texts_of(school: Educore) -> list[Delivery]:
    with school.work(ROOT, read_only=True) as uow:
        return uow.find(Delivery)


def test_a_text_written_tomorrow_goes_out_today(school: Educore, world: World, clock: FixedClock) -> None:
    worker = Worker(school)
    worker.run_once()
    clock.advance(days=1)
    write(school, world)
    with school.work(ROOT) as uow:
        uow.add(Job, new_job(uow, "SessionCancelled", {"center_id": 1, "ids": [], "by": None}))
    clock.advance(days=-1)
    clock.time += LOOKED_FOR
    assert worker.run_once() == 2
    assert len(kept(school).sent) == 1


def test_a_pause_and_a_lease_of_tomorrow_are_those_of_today(school: Educore, world: World, clock: FixedClock) -> None:
    """One was refused and waits for its next try, one is in the hands of a worker that died."""
    clock.advance(days=1)
    write(school, world, 1)
    kept(school).failure = Undelivered("busy", is_permanent=False)
    Worker(school).run_once()
    kept(school).failure = None
    write(school, world, 2)
    with school.work(ROOT) as uow:
        assert len(claim(uow, DELIVERY_QUEUE, most=40)) == 1
    clock.advance(days=-1)
    worker = Worker(school)
    assert worker.run_once() == 0, "somebody may be at work on it"
    clock.advance(seconds=DELIVERY_QUEUE.lease.total_seconds())
    assert worker.run_once() == 2
    assert {text.status for text in texts_of(school)} == {DeliveryStatus.SENT}


def test_what_is_in_hand_while_the_clock_is_set_back_is_sent_once(
    school: Educore, world: World, clock: FixedClock
) -> None:
    """Another worker looks meanwhile, again and again, and leaves it alone; what was not begun is taken anew."""
    other = Worker(school)

    class Slow(FakeSms):
        def send(self, *, to: str, text: str, key: str) -> None:
            super().send(to=to, text=text, key=key)
            clock.advance(days=-1)
            for _ in range(5):
                assert other.run_once() == 0
                clock.advance(minutes=1)

    for number in range(3):
        write(school, world, number)
    slow = Slow()
    Worker(Educore(school.store, replace(school.ports, sms=slow)), senders=1).run_once()
    assert len(slow.sent) == 1
    assert other.run_once() == 2
    assert Counter(text.to for text in [*slow.sent, *kept(school).sent]) == Counter(
        f"+99890{number:07}" for number in range(3)
    )


@pytest.mark.parametrize("name", PERIODIC)
def test_what_is_done_from_time_to_time_is_done_after_the_clock_was_set_back(
    name: str, school_in_memory: Educore, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    every, done = PERIODIC[name][0], list[str]()
    monkeypatch.setattr(Worker, "_run_task", lambda worker, name, task: done.append(name))
    worker = Worker(school_in_memory)
    worker.run_once()
    worker.run_once()
    assert done.count(name) == 1
    clock.advance(days=-1)
    worker.run_once()
    assert done.count(name) == 2
    clock.time += every
    worker.run_once()
    assert done.count(name) == 3


STEPS = st.one_of(
    st.tuples(st.just("jump"), st.integers(-72 * 60, 72 * 60)),
    st.tuples(st.just("pass"), st.integers(0, 30)),
    st.tuples(st.sampled_from(["write", "work", "fail", "die"]), st.just(0)),
)


@given(st.lists(STEPS, max_size=12))
@settings(max_examples=60)
def test_however_the_clock_jumps_everything_is_tried_as_soon_as_ever(
    cast_in_memory: tuple[MemoryStore, World], steps: list[tuple[str, int]]
) -> None:
    """After the last jump each text waits at most as long as one that was tried as often, and a lease."""
    clock, world = FixedClock(), cast_in_memory[1]
    school = Educore(copy_store(cast_in_memory[0]), memory_ports(clock))
    worker, written = Worker(school), 0
    for step, minutes in steps:
        if step in ("jump", "pass"):
            clock.advance(minutes=minutes)
        elif step == "write":
            write(school, world, written := written + 1)
        elif step == "die":
            with school.work(ROOT) as uow:
                claim(uow, DELIVERY_QUEUE, most=2)
        else:
            kept(school).failure = Undelivered("busy", is_permanent=False) if step == "fail" else None
            worker.run_once()
    kept(school).failure = None
    worker.run_once()
    for text in texts_of(school):
        if text.status is DeliveryStatus.QUEUED:
            assert text.next_try_at is not None
            longest = max(DELIVERY_QUEUE.longest_wait(text.attempts), DELIVERY_QUEUE.lease) + LOOKED_FOR
            assert text.next_try_at - clock.now() <= longest
    for _ in range(DELIVERY_QUEUE.tries + 1):
        clock.time += DELIVERY_QUEUE.longest_wait(DELIVERY_QUEUE.tries - 1) + timedelta(minutes=1)
        worker.run_once()
    assert all(text.status is not DeliveryStatus.QUEUED for text in texts_of(school))
    sent = [text.address for text in texts_of(school) if text.status is DeliveryStatus.SENT]
    assert sorted(sent) == sorted(text.to for text in kept(school).sent), "each once, and each written down"
    with school.work(ROOT, read_only=True) as uow:
        assert uow.count(Delivery, where(status=DeliveryStatus.FAILED)) + len(sent) == written
