"""A request that is sent again is answered again, and done once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from educore import ANONYMOUS, PLATFORM, Actor, Conflict, Educore, FixedClock, Invalid, UnitOfWork
from educore.billing import AnsweredRequest, Payment, delete_answers, run_idempotent, take_payment
from support.cast import World
from support.refusals import expect_invalid


def pay(uow: UnitOfWork, world: World, amount: int = 10) -> Callable[[], str]:
    def do() -> str:
        student_id = world.sardor.student_id
        return str(take_payment(uow, student_id=student_id, amount=Decimal(amount), method="cash").receipt_number)

    return do


def send(
    school: Educore, world: World, who: Actor, *, key: str = "k1", fingerprint: str = "f", amount: int = 10
) -> str:
    with school.work(who) as uow:
        return run_idempotent(uow, key=key, fingerprint=fingerprint, operation=pay(uow, world, amount))


def payments(school: Educore, world: World) -> int:
    with school.work(world.dilshod, read_only=True) as uow:
        return uow.count(Payment)


def test_the_same_key_gives_the_same_answer_and_does_nothing_again(school: Educore, world: World) -> None:
    assert [send(school, world, world.aziza) for _ in range(3)] == ["REC-001"] * 3
    assert send(school, world, world.aziza, key="k2") == "REC-002"
    assert send(school, world, world.malika) == "REC-003", "keys are everybody's own"
    assert payments(school, world) == 3


def test_a_key_is_good_for_one_request(school: Educore, world: World) -> None:
    send(school, world, world.aziza)
    with expect_invalid(Conflict) as codes:
        send(school, world, world.aziza, fingerprint="g")
    assert codes == {"": "key_reused"}
    assert payments(school, world) == 1


def test_what_is_refused_is_not_kept_and_may_be_tried_again(school: Educore, world: World) -> None:
    with pytest.raises(Invalid):
        send(school, world, world.aziza, amount=0)
    assert send(school, world, world.aziza) == "REC-001"


def test_answers_are_forgotten_by_age_and_only_by_the_platform(
    school: Educore, world: World, clock: FixedClock
) -> None:
    send(school, world, world.aziza)
    clock.advance(hours=25)
    send(school, world, world.aziza, key="k2")
    before = datetime(2024, 1, 2, 11, tzinfo=UTC) - timedelta(hours=24)
    with school.work(world.dilshod) as uow:
        assert delete_answers(uow, before=before) == 0
    with school.work(PLATFORM) as uow:
        assert delete_answers(uow, before=before) == 1
        assert [one.key for one in uow.find(AnsweredRequest)] == ["k2"]
    assert send(school, world, world.aziza) == "REC-003"


def test_keys_nobody_can_keep_are_refused_and_nothing_is_done(school: Educore, world: World) -> None:
    for key in ("", "x" * 256, "\0"):
        with pytest.raises(Invalid):
            send(school, world, world.aziza, key=key)
    assert payments(school, world) == 0


def test_answers_are_read_by_nobody_else(school_in_memory: Educore, world: World) -> None:
    send(school_in_memory, world, world.aziza)
    for who, seen in ((world.aziza, 1), (world.dilshod, 0), (world.sardor, 0), (ANONYMOUS, 0)):
        with school_in_memory.work(who, read_only=True) as uow:
            assert uow.count(AnsweredRequest) == seen
