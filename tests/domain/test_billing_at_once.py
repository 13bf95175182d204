"""Many cashiers at once: nothing is paid twice, no number is given twice, nobody waits for ever."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from educore import Educore, FixedClock, UnitOfWork, memory_ports, perform, where
from educore.adapters.sql import Database
from educore.billing import (
    AnsweredRequest,
    ChargeRun,
    Invoice,
    Payment,
    Payroll,
    issue_invoice,
    make_charges,
    record_salary,
    run_idempotent,
    take_payment,
)
from educore.groups import change_group
from support.cast import World
from support.concurrency import run_concurrently
from support.ledger_checks import DUE, ledger_errors
from support.statement_counts import record_statements

TEN = Decimal(10)


@pytest.fixture
def school(filled_database: Database) -> Educore:
    """Both towns, in a SQLite file and in PostgreSQL."""
    return Educore(filled_database.store, memory_ports(FixedClock()))


def deed(school: Educore, world: World, act: Callable[[UnitOfWork], Any]) -> Callable[[], Any]:
    """Something Dilshod does in a unit of work of its own."""

    def do() -> None:
        with school.work(world.dilshod) as uow:
            act(uow)

    return do


def invoice(school: Educore, world: World, amount: int, student_id: int | None = None) -> int:
    student_id = student_id or world.sardor.student_id or 0
    with school.work(world.dilshod) as uow:
        return issue_invoice(uow, student_id=student_id, amount=Decimal(amount), due_date=DUE).id


def pay(uow: UnitOfWork, world: World, invoice_id: int | None = None, **more: Any) -> Payment:
    plain = {"student_id": world.sardor.student_id, "amount": TEN, "method": "cash"}
    return take_payment(uow, invoice_id=invoice_id, **(plain | more))


def all_is_well(school: Educore, world: World) -> bool:
    with school.work(world.rustam, read_only=True) as uow:
        assert ledger_errors(uow) == []
    return True


def test_an_invoice_paid_by_thirty_two_at_once_is_never_overpaid(school: Educore, world: World) -> None:
    id = invoice(school, world, 75)
    endings = run_concurrently(*[deed(school, world, lambda uow: pay(uow, world, id))] * 32)
    assert Counter(endings) == {"done": 7, "more_than_remaining": 25}
    with school.work(world.dilshod, read_only=True) as uow:
        assert uow.get(Invoice, id).paid == 70
    assert all_is_well(school, world)


def test_thirty_two_receipts_have_numbers_in_order_also_beside_typed_ones(school: Educore, world: World) -> None:
    """Three students, because those who pay for one of them take turns anyway."""
    three = [who.student_id for who in (world.sardor, world.sevara, world.shirin)]
    typed = deed(school, world, lambda uow: pay(uow, world, receipt_number="REC-005"))
    acts = [deed(school, world, lambda uow, id=id: pay(uow, world, student_id=id)) for id in three * 11]
    endings = run_concurrently(*acts[:32], typed)
    with school.work(world.dilshod, read_only=True) as uow:
        numbers = sorted(uow.count_by(Payment, "receipt_number"))
    if "taken" in endings:  # whoever typed it came late
        assert Counter(endings) == {"done": 32, "taken": 1}
        assert numbers == [f"REC-{n:03}" for n in range(1, 33)]
    else:
        assert numbers == [f"REC-{n:03}" for n in range(1, 34)]
    assert all_is_well(school, world)


def test_a_request_sent_thirty_two_times_pays_once(school: Educore, world: World) -> None:
    answers: list[str] = []

    def send(uow: UnitOfWork) -> None:
        do = lambda: f'{{"id": {pay(uow, world).id}}}'  # noqa: E731 - it is what is done once
        answers.append(run_idempotent(uow, key="double-click", fingerprint="f" * 64, operation=do))

    assert Counter(run_concurrently(*[deed(school, world, send)] * 32)) == {"done": 32}
    with school.work(world.dilshod, read_only=True) as uow:
        (payment,) = uow.find(Payment)
        assert uow.count(AnsweredRequest) == 1
    assert answers == [f'{{"id": {payment.id}}}'] * 32


def test_two_runs_for_a_month_charge_everybody_once(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        change_group(uow, world.tashkent.morning, monthly_fee=TEN)
    act = deed(school, world, lambda uow: make_charges(uow, month="2024-01", due_date=DUE))
    assert Counter(run_concurrently(*[act] * 8)) == {"done": 1, "nothing_to_charge": 7}
    with school.work(world.dilshod, read_only=True) as uow:
        assert uow.count_by(Invoice, "student_id") == {world.sardor.student_id: 1, world.sevara.student_id: 1}
    assert all_is_well(school, world)


@pytest.mark.timeout(120)
def test_paying_charging_cancelling_and_reverting_at_once_harm_nothing(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        change_group(uow, world.tashkent.morning, monthly_fee=Decimal(30))
    sardor, sevara = world.sardor.student_id or 0, world.sevara.student_id or 0
    ids = [invoice(school, world, 20, student) for student in (sardor, sevara) * 2]
    with school.work(world.dilshod) as uow:
        mine, hers = (pay(uow, world, student_id=id, amount=Decimal(25)).id for id in (sardor, sevara))
        run = make_charges(uow, month="2024-03", due_date=DUE)
    months = itertools.cycle(["2024-01", "2024-02"])
    acts: list[Callable[[UnitOfWork], Any]] = [
        *(lambda uow, id=id: take_payment(uow, invoice_id=id, amount=TEN, method="card") for id in ids),
        *(lambda uow, id=id: take_payment(uow, student_id=id, amount=TEN, method="cash") for id in (sardor, sevara)),
        lambda uow: make_charges(uow, month=next(months), due_date=DUE),
        lambda uow: make_charges(uow, month=next(months), due_date=DUE),
        lambda uow: perform(uow, Payment, "update", mine, {"student_id": sevara}),
        lambda uow: perform(uow, Payment, "update", hers, {"student_id": sardor, "amount": TEN}),
        lambda uow: perform(uow, Payment, "withdraw", mine),
        lambda uow: perform(uow, Payment, "restore", mine),
        lambda uow: perform(uow, Invoice, "cancel", ids[0]),
        lambda uow: perform(uow, Invoice, "update", ids[1], {"amount": Decimal(40)}),
        lambda uow: perform(uow, ChargeRun, "revert", run.id),
    ]
    endings = Counter(run_concurrently(*(deed(school, world, act) for act in acts * 3)))
    assert set(endings) <= {
        "done", "more_than_remaining", "invoice_paid", "invoice_cancelled", "invoice_has_payments", "nothing_to_charge",
        "already_reverted", "payment_withdrawn", "changed_meanwhile",
    }  # fmt: skip
    assert endings["done"] > len(acts)
    assert all_is_well(school, world)


def test_a_salary_paid_by_many_at_once_leaves_the_till_once(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        id = record_salary(uow, teacher_id=world.timur.teacher_id or 0, month="2023-12", base_salary=TEN).id
    act = deed(school, world, lambda uow: perform(uow, Payroll, "pay", id))
    assert Counter(run_concurrently(*[act] * 8)) == {"done": 8}
    assert all_is_well(school, world)


def test_a_student_is_held_before_invoices_are_read(open_database: Any, world: World) -> None:
    """Two who pay take turns at the student; read earlier, an invoice could be paid by both."""
    database = open_database("postgresql", filled=True)
    school = Educore(database.store, memory_ports(FixedClock()))
    id = invoice(school, world, 20)
    with school.work(world.dilshod) as uow, record_statements(database.engine) as run:
        pay(uow, world, id)
    held = next(n for n, text in enumerate(run) if "FROM student" in text and "FOR NO KEY UPDATE" in text)
    read = next(n for n, text in enumerate(run) if "FROM invoice" in text and "FOR NO KEY UPDATE" in text)
    numbered = next(n for n, text in enumerate(run) if "FROM number_series" in text)
    assert held < read < numbered
    with school.work(world.dilshod, read_only=True) as uow:
        assert uow.count(Payment, where(invoice_id=id)) == 1
