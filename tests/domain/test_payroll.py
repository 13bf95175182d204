"""What teachers earn."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from educore import Conflict, Educore, FixedClock, Forbidden, Invalid, NotFound, UnitOfWork, perform
from educore.billing import (
    EntryKind,
    LedgerEntry,
    Payroll,
    change_salary,
    pay_salary,
    propose_salary,
    record_salary,
    remove_salary,
)
from educore.groups import Group
from educore.people import Teacher
from educore.timetable import Session, schedule_session
from support.cast import World
from support.ledger_checks import BAD_AMOUNTS, TODAY, ledger_errors
from support.refusals import expect_invalid, problem_codes

BASE = Decimal(1000)


def earn(uow: UnitOfWork, world: World, **more: Any) -> Payroll:
    plain: dict[str, Any] = {"teacher_id": world.timur.teacher_id, "month": "2023-12", "base_salary": BASE}
    return record_salary(uow, **(plain | more))


def salaries_paid(uow: UnitOfWork) -> list[Decimal]:
    return [entry.amount for entry in uow.find(LedgerEntry) if entry.kind is EntryKind.SALARY]


def test_a_salary_is_base_and_bonus_less_penalty(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        salary = earn(uow, world, bonus=Decimal(200), penalty=Decimal(50))
        assert (salary.total, salary.is_paid, salary.paid_on) == (1150, False, None)
        assert change_salary(uow, salary, bonus=Decimal(0)).total == 950
        assert change_salary(uow, salary, penalty=BASE + 200, bonus=Decimal(200)).total == 0
        with expect_invalid() as codes:
            change_salary(uow, salary, penalty=BASE + 201)
        assert codes == {"penalty": "total_below_zero"}
        assert salaries_paid(uow) == []
        remove_salary(uow, salary)
        assert uow.count(Payroll) == 0


def test_a_salary_is_paid_once_and_then_stays(school: Educore, world: World, clock: FixedClock) -> None:
    with school.work(world.malika) as uow:
        salary = earn(uow, world)
        paid = pay_salary(uow, salary)
        assert (paid.is_paid, paid.paid_on) == (True, TODAY)
    clock.advance(days=3)
    with school.work(world.malika) as uow:
        assert perform(uow, Payroll, "pay", salary.id).paid_on == TODAY
        for act in (
            lambda: change_salary(uow, salary, bonus=BASE),
            lambda: change_salary(uow, salary, is_paid=False),
            lambda: remove_salary(uow, salary),
        ):
            with expect_invalid(Conflict) as codes:
                act()
            assert codes == {"": "salary_paid"}
        assert salaries_paid(uow) == [BASE]
        assert ledger_errors(uow) == []


def test_a_salary_can_be_paid_when_it_is_recorded_or_changed(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.malika) as uow:
        assert earn(uow, world, is_paid=True).paid_on == TODAY
        later = earn(uow, world, month="2024-01")
        assert change_salary(uow, later, bonus=Decimal(1), is_paid=True).paid_on == TODAY
        assert salaries_paid(uow) == [BASE, BASE + 1]
        earn(uow, world, month="2024-02", base_salary=Decimal(0), is_paid=True)
        assert len(salaries_paid(uow)) == 2, "nothing moves no money"


def test_a_teacher_has_one_salary_a_month(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        earn(uow, world)
        earn(uow, world, teacher_id=world.tamara.teacher_id)
        with expect_invalid(Conflict) as codes:
            earn(uow, world)
        assert codes == {"month": "taken"}


def test_salaries_that_are_none_are_refused(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.malika) as uow:
        salary = earn(uow, world, month="2023-11")
        for name in ("base_salary", "bonus", "penalty"):
            for amount in (amount for amount in BAD_AMOUNTS if amount != 0):
                for act in (
                    lambda **given: earn(uow, world, **given),
                    lambda **given: change_salary(uow, salary, **given),
                ):
                    with pytest.raises(Invalid) as error:
                        act(**{name: amount})
                    assert set(error.value.fields) == {name}, (name, amount, problem_codes(error.value))
        for fields, told in {
            ("month", "2023-13"): "month",
            ("month", ""): "month",
            ("teacher_id", world.tohir.teacher_id): "unknown_id",
            ("teacher_id", 999): "unknown_id",
        }.items():
            with pytest.raises(Invalid) as error:
                earn(uow, world, **dict([fields]))
            assert problem_codes(error.value) == {fields[0]: [told]}


def test_teachers_see_their_own_salary_and_admins_none(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.malika) as uow:
        mine, hers = earn(uow, world), earn(uow, world, teacher_id=world.tamara.teacher_id)
    with school_in_memory.work(world.timur, read_only=True) as uow:
        assert [one.id for one in uow.find(Payroll)] == [mine.id]
    for who, id in ((world.timur, mine.id), (world.timur, hers.id), (world.aziza, mine.id), (world.sardor, mine.id)):
        with pytest.raises((Forbidden, NotFound)), school_in_memory.work(who) as uow:
            perform(uow, Payroll, "pay", id)


def test_a_proposal_counts_the_hours_that_were_held(school: Educore, world: World, clock: FixedClock) -> None:
    """Ninety minutes in December count; what is cancelled, of another month or teacher, or not over yet, does not."""
    clock.time = datetime(2023, 12, 1, 5, tzinfo=UTC)

    def teach(uow: UnitOfWork, day: date, minutes: int, teacher_id: int | None) -> Session:
        end = time(9 + minutes // 60, minutes % 60)
        group = world.tashkent.morning.id
        return schedule_session(uow, group_id=group, teacher_id=teacher_id, date=day, start_time=time(9), end_time=end)

    timur, tamara = world.timur.teacher_id, world.tamara.teacher_id
    with school.work(world.malika) as uow:
        perform(uow, Group, "update", world.tashkent.morning.id, {"start_date": date(2023, 12, 1)})
        perform(uow, Teacher, "update", timur, {"hourly_rate": Decimal("33.33")})
        perform(uow, Teacher, "update", tamara, {"hourly_rate": None})
        for day, minutes in ((1, 50), (31, 40)):
            teach(uow, date(2023, 12, day), minutes, timur)
        teach(uow, date(2023, 12, 4), 60, tamara)
        teach(uow, date(2024, 1, 1), 60, timur)
        perform(uow, Session, "cancel", teach(uow, date(2023, 12, 5), 60, timur).id)
    for now, expected in (
        (datetime(2023, 12, 1, 4, 49, tzinfo=UTC), "0"),
        (datetime(2023, 12, 1, 4, 50, tzinfo=UTC), "27.78"),  # 33.33 * 50 / 60 = 27.775, half to even
        (datetime(2024, 1, 20, tzinfo=UTC), "50.00"),  # 33.33 * 90 / 60 = 49.995
    ):
        clock.time = now
        with school.work(world.malika, read_only=True) as uow:
            assert propose_salary(uow, uow.get(Teacher, timur or 0), month="2023-12") == Decimal(expected), now
    with school.work(world.malika, read_only=True) as uow:
        with expect_invalid() as codes:
            propose_salary(uow, uow.get(Teacher, tamara or 0), month="2023-12")
        assert codes == {"": "no_hourly_rate"}
        with expect_invalid() as codes:
            propose_salary(uow, uow.get(Teacher, timur or 0), month="2023-00")
        assert codes == {"month": "month"}
