"""Charging a whole Center for a month, and taking that back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from educore import Conflict, Educore, FixedClock, Forbidden, Invalid, UnitOfWork, perform, where
from educore.billing import (
    ChargeLine,
    ChargeRun,
    Invoice,
    Payment,
    cancel_invoice,
    change_invoice,
    make_charges,
    monthly_fee,
    preview_charges,
    revert_charges,
    take_payment,
    withdraw_payment,
)
from educore.courses import Course
from educore.groups import Enrollment, Group, enroll_student, leave_group
from educore.people import Student
from support.cast import World
from support.ledger_checks import DUE, TODAY, ledger_errors
from support.plain_rows import change_row
from support.refusals import expect_invalid, problem_codes

FEE = Decimal(30)
JANUARY: dict[str, Any] = {"month": "2024-01", "due_date": DUE}


def set_fee(uow: UnitOfWork, group: Group, fee: Decimal | None = FEE) -> None:
    perform(uow, Group, "update", group.id, {"monthly_fee": fee})


def told(lines: list[ChargeLine]) -> dict[tuple[str, str], tuple[Decimal, str | None]]:
    return {(line.student_name, line.group_name): (line.amount, line.skipped) for line in lines}


def test_the_fee_of_a_month_is_the_groups_own_or_its_share_of_the_courses_price() -> None:
    for fee, price, months, expected in (
        (Decimal(5), Decimal(300), 3, "5"),
        (Decimal(0), Decimal(300), 3, "0"),
        (None, Decimal(300), 3, "100.00"),
        (None, Decimal(100), 3, "33.33"),
        (None, Decimal("0.05"), 2, "0.02"),
        (None, Decimal("0.15"), 2, "0.08"),
        (None, Decimal(300), None, "300.00"),
        (None, Decimal(0), 3, "0.00"),
    ):
        assert monthly_fee(fee, price, months) == Decimal(expected), (fee, price, months)


def test_a_preview_tells_who_would_be_charged_and_who_not_and_writes_nothing(school: Educore, world: World) -> None:
    town = world.tashkent
    with school.work(world.dilshod) as uow:
        perform(uow, Course, "update", town.course.id, {"price": Decimal(100), "duration_months": 3})
        enroll_student(uow, group_id=town.evening.id, student_id=world.shirin.student_id or 0)
        set_fee(uow, town.evening, Decimal(0))
        make_charges(uow, **JANUARY, group_ids=[town.morning.id])
    with school.work(world.dilshod, read_only=True) as uow:
        third = Decimal("33.33")
        lines = preview_charges(uow, **JANUARY)
        assert told(lines) == {
            ("Sardor", town.morning.name): (third, "already_charged"),
            ("Sevara", town.morning.name): (third, "already_charged"),
            ("Shirin", town.evening.name): (0, "no_fee"),
        }
        february = preview_charges(uow, month="2024-02", due_date=DUE, group_ids=[town.morning.id])
        assert [line.skipped for line in february] == [None, None]
        assert uow.count(Invoice) == 2


def test_a_run_makes_one_invoice_for_each_student_and_group(school: Educore, world: World) -> None:
    town = world.tashkent
    with school.work(world.dilshod) as uow:
        set_fee(uow, town.morning)
        set_fee(uow, town.evening, Decimal(7))
        enroll_student(uow, group_id=town.evening.id, student_id=world.sardor.student_id or 0)
        run = make_charges(uow, **JANUARY)
        made = {(one.student_id, one.group_id): one for one in uow.find(Invoice, where(run_id=run.id))}
    sardor, sevara = world.sardor.student_id, world.sevara.student_id
    assert {key: one.amount for key, one in made.items()} == {
        (sardor, town.morning.id): 30,
        (sevara, town.morning.id): 30,
        (sardor, town.evening.id): 7,
    }
    invoice = made[sardor, town.evening.id]
    assert (invoice.charged_for, invoice.due_date, invoice.issued_on) == ("2024-01", DUE, TODAY)
    assert invoice.description == f"{town.course.name}, {town.evening.name}, 2024-01"
    assert (run.made_by_id, run.reverted_at) == (world.dilshod.user_id, None)
    with school.work(world.dilshod) as uow:
        with expect_invalid(Conflict) as codes:
            make_charges(uow, **JANUARY)
        assert codes == {"month": "nothing_to_charge"}
        assert ledger_errors(uow) == []


def test_charged_are_those_who_are_there_in_the_month(school: Educore, world: World) -> None:
    """Sardor's places and his group, as they might be; January has him or not."""
    town, sardor = world.tashkent, world.sardor.student_id or 0
    place = {"enrolled_on": date(2024, 1, 31), "left_on": None}
    cases: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], bool]] = [
        (place, {}, {}, True),
        ({"enrolled_on": date(2024, 2, 1)}, {}, {}, False),
        ({"enrolled_on": date(2023, 1, 1), "left_on": date(2024, 1, 1)}, {}, {}, True),
        ({"enrolled_on": date(2023, 1, 1), "left_on": date(2023, 12, 31)}, {}, {}, False),
        (place, {"status": "blocked"}, {}, True),
        (place, {"status": "inactive"}, {}, False),
        (place, {"status": "graduated"}, {}, False),
        (place, {}, {"status": "completed"}, False),
        (place, {}, {"start_date": date(2024, 1, 31)}, True),
        (place, {}, {"start_date": date(2024, 2, 1)}, False),
        (place, {}, {"start_date": date(2023, 1, 1), "end_date": date(2024, 1, 1)}, True),
        (place, {}, {"start_date": date(2023, 1, 1), "end_date": date(2023, 12, 31)}, False),
    ]
    wrong = []
    for enrollment, student, group, charged in cases:
        center = {"center_id": town.center.id}
        with pytest.raises(ZeroDivisionError), school.work(world.rustam) as uow:
            (held,) = uow.find(Enrollment, where(student_id=sardor))
            change_row(uow, held, enrollment)
            change_row(uow, uow.get(Student, sardor), student)
            change_row(uow, uow.get(Group, town.morning.id), {"monthly_fee": FEE, **group})
            found = [line for line in preview_charges(uow, **JANUARY, **center) if line.student_id == sardor]
            if bool(found) is not charged:
                wrong.append((enrollment, student, group))
            raise ZeroDivisionError  # undo it
    assert wrong == []


def test_who_left_and_came_back_is_charged_once(school_in_memory: Educore, world: World) -> None:
    town, sardor = world.tashkent, world.sardor.student_id or 0
    with school_in_memory.work(world.dilshod) as uow:
        set_fee(uow, town.morning)
        leave_group(uow, group_id=town.morning.id, student_id=sardor)
        enroll_student(uow, group_id=town.morning.id, student_id=sardor)
        assert uow.count(Enrollment, where(student_id=sardor)) == 2
        make_charges(uow, **JANUARY)
        assert uow.count_by(Invoice, "student_id")[sardor] == 1


def test_what_waits_covers_a_run_and_waits_again_when_it_is_reverted(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        set_fee(uow, world.tashkent.morning)
        payment = take_payment(uow, student_id=world.sardor.student_id, amount=Decimal(50), method="cash")
        run = make_charges(uow, **JANUARY)
        second = make_charges(uow, month="2024-02", due_date=DUE)
        assert sorted(one.paid for one in uow.find(Invoice)) == [0, 0, 20, 30]
        reverted = revert_charges(uow, run)
        assert reverted.reverted_at is not None
        assert reverted.reverted_by_id == world.dilshod.user_id
        assert uow.get(Payment, payment.id).unallocated == 20, "the rest covers February now"
        assert sorted(one.paid for one in uow.find(Invoice, where(run_id=second.id))) == [0, 30]
        assert {one.charged_for for one in uow.find(Invoice, where(run_id=run.id))} == {None}
        with expect_invalid(Conflict) as codes:
            revert_charges(uow, run)
        assert codes == {"": "already_reverted"}
        assert make_charges(uow, **JANUARY).id != run.id
        assert ledger_errors(uow) == []


def test_a_run_somebody_paid_for_is_not_reverted_until_that_is_withdrawn(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        set_fee(uow, world.tashkent.morning)
        run = make_charges(uow, **JANUARY)
        invoice = uow.find(Invoice)[0]
        payment = take_payment(uow, invoice_id=invoice.id, amount=Decimal(1), method="card")
        with pytest.raises(Conflict) as error:
            revert_charges(uow, run)
        (problem,) = error.value.fields[""]
        assert (problem.code, problem.params["count"]) == ("run_has_payments", 1)
        withdraw_payment(uow, payment)
        assert revert_charges(uow, run).reverted_at is not None


def test_a_run_whose_invoices_were_cancelled_one_by_one_can_still_be_reverted(
    school_in_memory: Educore, world: World
) -> None:
    with school_in_memory.work(world.dilshod) as uow:
        set_fee(uow, world.tashkent.morning)
        run = make_charges(uow, **JANUARY)
        first, second = uow.find(Invoice)
        cancel_invoice(uow, first)
        again = make_charges(uow, **JANUARY)
        assert [one.student_id for one in uow.find(Invoice, where(run_id=again.id))] == [first.student_id]
        cancel_invoice(uow, second)
        assert revert_charges(uow, run).reverted_at is not None
        assert ledger_errors(uow) == []


def test_a_charged_invoice_keeps_its_group(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.dilshod) as uow:
        set_fee(uow, world.tashkent.morning)
        make_charges(uow, **JANUARY)
        with expect_invalid() as codes:
            change_invoice(uow, uow.find(Invoice)[0], group_id=None)
        assert codes == {"group_id": "cannot_change"}


def test_months_days_and_groups_that_are_none_are_refused(school_in_memory: Educore, world: World) -> None:
    cases: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
        ({"month": "2024-13"}, {"month": ["month"]}),
        ({"month": "January"}, {"month": ["month"]}),
        ({"month": ""}, {"month": ["month"]}),
        ({"due_date": "2024-02-31"}, {"due_date": ["date_type"]}),
        ({"due_date": date(2023, 12, 31)}, {"due_date": ["due_before_issue"]}),
        ({"due_date": date(9999, 1, 1)}, {"due_date": ["less_than_equal"]}),
        ({"group_ids": [999]}, {"group_ids": ["unknown_id"]}),
        ({"group_ids": [world.samarkand.morning.id]}, {"group_ids": ["unknown_id"]}),
        ({"group_ids": []}, {"month": ["nothing_to_charge"]}),
    ]
    for fields, expected in cases:
        with pytest.raises(Invalid) as error, school_in_memory.work(world.dilshod) as uow:
            perform(uow, ChargeRun, "create", fields=JANUARY | fields)
        assert problem_codes(error.value) == expected, fields


def test_who_belongs_to_no_center_names_one(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.rustam) as uow:
        set_fee(uow, world.samarkand.morning)
        set_fee(uow, world.tashkent.morning)
        with expect_invalid() as codes:
            make_charges(uow, **JANUARY)
        assert codes == {"center_id": "missing"}
        make_charges(uow, **JANUARY, center_id=world.samarkand.center.id)
        assert uow.count_by(Invoice, "center_id") == {world.samarkand.center.id: 2}
    with school_in_memory.work(world.dilshod) as uow:
        make_charges(uow, **JANUARY, center_id=world.samarkand.center.id)
        assert uow.count_by(Invoice, "center_id") == {world.tashkent.center.id: 2}, "others charge their own"


def test_admins_see_runs_and_make_none(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.dilshod) as uow:
        set_fee(uow, world.tashkent.morning)
        run = make_charges(uow, **JANUARY)
    for action, id, fields in (("create", None, {"month": "2024-02", "due_date": DUE}), ("revert", run.id, {})):
        with pytest.raises(Forbidden), school_in_memory.work(world.aziza) as uow:
            perform(uow, ChargeRun, action, id, fields)
    with school_in_memory.work(world.aziza, read_only=True) as uow:
        assert [one.month for one in uow.find(ChargeRun)] == ["2024-01"]


def test_a_month_is_charged_in_the_days_of_the_center(
    school_in_memory: Educore, world: World, clock: FixedClock
) -> None:
    """At eight in the evening UTC it is the next day in Tashkent."""
    clock.advance(hours=10)
    with school_in_memory.work(world.dilshod) as uow:
        set_fee(uow, world.tashkent.morning)
        with expect_invalid() as codes:
            make_charges(uow, month="2024-01", due_date=TODAY)
        assert codes == {"due_date": "due_before_issue"}
