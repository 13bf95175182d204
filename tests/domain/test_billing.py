"""Taking money and asking for it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from educore import Conflict, Educore, FixedClock, Forbidden, Invalid, NotFound, Shape, UnitOfWork, perform, where
from educore.billing import (
    EntryKind,
    Invoice,
    InvoiceStatus,
    LedgerEntry,
    Payment,
    cancel_invoice,
    change_invoice,
    change_payment,
    find_debtors,
    has_invoice_status,
    invoice_status,
    issue_invoice,
    payment_statistics,
    restore_payment,
    student_balance,
    take_payment,
    withdraw_payment,
)
from educore.billing.queries import group_payment_statistics, list_debts, revenue_by_month
from educore.groups import Group, enroll_student, leave_group
from educore.organization import Center, NumberSeries
from educore.people import Student
from support.cast import World
from support.ledger_checks import BAD_AMOUNTS, DUE, TODAY, ledger_errors
from support.plain_rows import change_row
from support.refusals import expect_invalid, problem_codes

TEN, HUNDRED = Decimal(10), Decimal(100)
DAY = timedelta(days=1)


def sardor(world: World) -> int:
    return world.sardor.student_id or 0


def ask(uow: UnitOfWork, world: World, amount: Any = HUNDRED, **more: Any) -> Invoice:
    plain: dict[str, Any] = {"student_id": sardor(world), "amount": amount, "due_date": DUE}
    return issue_invoice(uow, **(plain | more))


def pay(uow: UnitOfWork, world: World, amount: Any = HUNDRED, **more: Any) -> Payment:
    plain: dict[str, Any] = {"student_id": sardor(world), "amount": amount, "method": "cash"}
    return take_payment(uow, **(plain | more))


def entries(uow: UnitOfWork, **these: Any) -> list[tuple[EntryKind, Decimal, int | None]]:
    return [(one.kind, one.amount, one.invoice_id) for one in uow.find(LedgerEntry, where(**these))]


def paid(uow: UnitOfWork, *invoices: Invoice) -> list[Decimal]:
    return [uow.get(Invoice, invoice.id).paid for invoice in invoices]


# -- taking ----------------------------------------------------------------------------------------------


def test_a_payment_tells_who_took_it_when_and_for_which_group(school: Educore, world: World) -> None:
    with school.work(world.aziza) as uow:
        payment = pay(uow, world)
    assert payment.received_by_id == world.aziza.user_id
    assert payment.paid_on == TODAY
    assert payment.group_id == world.tashkent.morning.id
    assert payment.receipt_number == "REC-001"
    assert payment.unallocated == 100
    with school.work(world.aziza, read_only=True) as uow:
        assert entries(uow) == [(EntryKind.PAYMENT, HUNDRED, None)]
        assert student_balance(uow, sardor(world)) == -100


def test_today_is_the_day_of_the_center_and_tomorrow_has_not_come(
    school_in_memory: Educore, world: World, clock: FixedClock
) -> None:
    clock.time = datetime(2024, 1, 1, 20, tzinfo=UTC)  # the second of January in Tashkent
    with school_in_memory.work(world.aziza) as uow:
        assert pay(uow, world).paid_on == date(2024, 1, 2)
        with expect_invalid() as codes:
            pay(uow, world, paid_on=date(2024, 1, 3))
        assert codes == {"paid_on": "in_future"}
        assert pay(uow, world, paid_on=date(2023, 12, 1)).paid_on == date(2023, 12, 1)


def test_receipts_are_numbered_in_each_center_around_those_somebody_typed(school: Educore, world: World) -> None:
    with school.work(world.aziza) as uow:
        typed = [pay(uow, world, receipt_number=f"REC-{n:03}").receipt_number for n in (2, 3)]
        given = [pay(uow, world).receipt_number for _ in range(3)]
        withdraw_payment(uow, uow.find(Payment, where(receipt_number="REC-004"))[0])
        again = pay(uow, world).receipt_number
    assert (typed, given, again) == (["REC-002", "REC-003"], ["REC-001", "REC-004", "REC-005"], "REC-006")
    with school.work(world.alisher) as uow:
        assert pay(uow, world, student_id=world.sobir.student_id).receipt_number == "REC-001"
    for number in ("REC-001", "REC-004"):  # a withdrawn payment keeps its own
        with school.work(world.aziza) as uow, expect_invalid(Conflict) as codes:
            pay(uow, world, receipt_number=number)
        assert codes == {"receipt_number": "taken"}


def test_numbers_grow_beyond_three_digits_and_past_many_that_were_typed(
    school_in_memory: Educore, world: World
) -> None:
    with school_in_memory.work(world.aziza) as uow:
        for number in range(1, 61):
            pay(uow, world, receipt_number=f"REC-{number:03}")
        assert pay(uow, world).receipt_number == "REC-061"
        (series,) = uow.find(NumberSeries)
        change_row(uow, series, {"last": 999})
        assert pay(uow, world).receipt_number == "REC-1000"


def test_a_group_is_one_the_student_is_or_was_in(school_in_memory: Educore, world: World) -> None:
    town = world.tashkent
    with school_in_memory.work(world.aziza) as uow:
        enroll_student(uow, group_id=town.evening.id, student_id=sardor(world))
        leave_group(uow, group_id=town.evening.id, student_id=sardor(world))
        assert pay(uow, world, group_id=town.evening.id).group_id == town.evening.id
    cases = {town.evening.id: "not_their_group", world.samarkand.morning.id: "unknown_id", 999: "unknown_id"}
    for group_id, code in cases.items():
        with school_in_memory.work(world.aziza) as uow, expect_invalid() as codes:
            pay(uow, world, student_id=world.sevara.student_id, group_id=group_id)
        assert codes == {"group_id": code}
    with school_in_memory.work(world.aziza) as uow:
        assert pay(uow, world, student_id=world.shirin.student_id).group_id is None
        sevara = world.sevara.student_id or 0
        enroll_student(uow, group_id=town.evening.id, student_id=sevara)
        for group, expected in ((town.evening, town.evening), (None, town.morning)):
            invoice = ask(uow, world, group_id=group and group.id, student_id=sevara)
            assert pay(uow, world, TEN, invoice_id=invoice.id, student_id=None).group_id == expected.id


def test_amounts_that_are_none_are_refused_everywhere(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.aziza) as uow:
        payment, invoice = pay(uow, world, 5), ask(uow, world, 7)
    acts: dict[str, Any] = {
        "take": lambda uow, amount: pay(uow, world, amount),
        "change": lambda uow, amount: change_payment(uow, payment, amount=amount),
        "issue": lambda uow, amount: ask(uow, world, amount),
        "change invoice": lambda uow, amount: change_invoice(uow, invoice, amount=amount),
    }
    for what, act in acts.items():
        for amount in BAD_AMOUNTS:
            with pytest.raises(Invalid) as error, school_in_memory.work(world.aziza) as uow:
                act(uow, amount)
            assert set(error.value.fields) == {"amount"}, (what, amount, problem_codes(error.value))


def test_everything_wrong_with_a_payment_is_told_at_once(school_in_memory: Educore, world: World) -> None:
    wrong: dict[str, Any] = {"amount": 0, "method": "gold", "paid_on": "1066-10-14", "due_date": "soon", "notes": "\0"}
    with pytest.raises(Invalid) as error, school_in_memory.work(world.aziza) as uow:
        pay(uow, world, **wrong, receipt_number="R" * 65)
    assert set(error.value.fields) == {*wrong, "receipt_number"}


def test_what_is_elsewhere_does_not_exist(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.alisher) as uow:
        theirs = ask(uow, world, student_id=world.sobir.student_id)
    for id in (world.sobir.student_id, 999, -1, 2**70):
        with school_in_memory.work(world.aziza) as uow, expect_invalid() as codes:
            pay(uow, world, student_id=id)
        assert codes == {"student_id": "unknown_id"}
        with school_in_memory.work(world.aziza) as uow, expect_invalid() as codes:
            ask(uow, world, student_id=id)
        assert codes == {"student_id": "unknown_id"}
    for id in (theirs.id, 999):
        with school_in_memory.work(world.aziza) as uow, expect_invalid() as codes:
            pay(uow, world, invoice_id=id)
        assert codes == {"invoice_id": "unknown_id"}


# -- covering --------------------------------------------------------------------------------------------


def test_a_payment_for_an_invoice_covers_that_one_and_no_more_than_it_asks(school: Educore, world: World) -> None:
    with school.work(world.aziza) as uow:
        early, late = ask(uow, world, due_date=TODAY), ask(uow, world)
        payment = pay(uow, world, 60, student_id=None, invoice_id=late.id)
        assert (payment.student_id, payment.unallocated) == (sardor(world), 0)
        assert paid(uow, early, late) == [0, 60]
        with pytest.raises(Invalid) as error:
            pay(uow, world, 41, invoice_id=late.id)
        (problem,) = error.value.fields["amount"]
        assert (problem.code, Decimal(problem.params["remaining"])) == ("more_than_remaining", 40)
        pay(uow, world, 40, invoice_id=late.id)
        with expect_invalid(Conflict) as codes:
            pay(uow, world, 1, invoice_id=late.id)
        assert codes == {"invoice_id": "invoice_paid"}
        cancel_invoice(uow, early)
        with expect_invalid(Conflict) as codes:
            pay(uow, world, 1, invoice_id=early.id)
        assert codes == {"invoice_id": "invoice_cancelled"}
        with expect_invalid() as codes:
            pay(uow, world, 1, invoice_id=late.id, student_id=world.sevara.student_id)
        assert codes == {"student_id": "invoice_of_another"}
        with expect_invalid() as codes:
            pay(uow, world, student_id=None)
        assert codes == {"student_id": "missing"}


def test_a_payment_covers_its_group_first_then_what_is_due_first_and_the_rest_waits(
    school: Educore, world: World
) -> None:
    with school.work(world.dilshod) as uow:
        old = ask(uow, world, 10, due_date=TODAY)
        later = ask(uow, world, 10, due_date=DUE + DAY, group_id=world.tashkent.morning.id)
        sooner = ask(uow, world, 10, due_date=DUE, group_id=world.tashkent.morning.id)
        pay(uow, world, 15)
        assert paid(uow, old, later, sooner) == [0, 5, 10]
        payment = pay(uow, world, 20)
        assert paid(uow, old, later, sooner) == [10, 10, 10]
        assert payment.unallocated == 5
        assert paid(uow, ask(uow, world, 8)) == [5]
        assert uow.get(Payment, payment.id).unallocated == 0
        assert student_balance(uow, sardor(world)) == 3


def test_the_oldest_payment_is_used_up_first(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.dilshod) as uow:
        younger, older = pay(uow, world, 10), pay(uow, world, 10, paid_on=TODAY - DAY)
        ask(uow, world, 15)
        left = {one.id: one.unallocated for one in uow.find(Payment)}
        assert left == {younger.id: 5, older.id: 0}


# -- correcting ------------------------------------------------------------------------------------------


def test_a_lower_amount_frees_what_was_covered_last_and_a_higher_one_covers_more(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        first, second = ask(uow, world, 10, due_date=TODAY), ask(uow, world, 10)
        payment = pay(uow, world, 20)
        change_payment(uow, payment, amount=Decimal(12))
        assert paid(uow, first, second) == [10, 2]
        assert change_payment(uow, payment, amount=Decimal(25)).unallocated == 5
        assert paid(uow, first, second) == [10, 10]
        assert sum(amount for _, amount, _ in entries(uow, payment_id=payment.id)) == 25
        assert (EntryKind.PAYMENT, Decimal(-8), second.id) in entries(uow, payment_id=payment.id)


def test_a_payment_for_an_invoice_cannot_be_raised_beyond_it(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.dilshod) as uow:
        invoice = ask(uow, world)
        payment = pay(uow, world, 60, invoice_id=invoice.id)
        assert change_payment(uow, payment, amount=HUNDRED).amount == 100
        with pytest.raises(Invalid) as error:
            change_payment(uow, payment, amount=Decimal(101))
        assert Decimal(error.value.fields["amount"][0].params["remaining"]) == 100


def test_a_payment_written_for_the_wrong_student_moves(school: Educore, world: World) -> None:
    sevara = world.sevara.student_id or 0
    with school.work(world.dilshod) as uow:
        his, hers = ask(uow, world), ask(uow, world, student_id=sevara)
        payment = pay(uow, world)
        moved = change_payment(uow, payment, student_id=sevara)
        assert (moved.student_id, moved.unallocated) == (sevara, 0)
        assert paid(uow, his, hers) == [0, 100]
        assert (student_balance(uow, sardor(world)), student_balance(uow, sevara)) == (100, 0)
        back = change_payment(uow, moved, student_id=sardor(world), invoice_id=his.id, amount=TEN)
        assert paid(uow, his, hers) == [10, 0]
        with expect_invalid() as codes:
            change_payment(uow, back, student_id=sevara)
        assert codes == {"student_id": "invoice_of_another"}
        assert ledger_errors(uow) == []


def test_a_correction_of_words_moves_no_money(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.dilshod) as uow:
        ask(uow, world, 30)
        payment = pay(uow, world)
        before = entries(uow)
        changed = change_payment(uow, payment, method="card", notes="By card", receipt_number="", due_date=DUE)
        assert (changed.method, changed.receipt_number, changed.due_date) == ("card", "REC-001", DUE)
        assert change_payment(uow, changed, receipt_number="A-7").receipt_number == "A-7"
        assert entries(uow) == before
        pay(uow, world, receipt_number="A-8")
        for fields, told in {
            ("receipt_number", "A-8"): "taken",
            ("paid_on", TODAY + DAY): "in_future",
            ("group_id", world.tashkent.evening.id): "not_their_group",
            ("student_id", world.sobir.student_id): "unknown_id",
            ("invoice_id", 999): "unknown_id",
            ("center_id", world.samarkand.center.id): "cannot_change",
        }.items():
            with pytest.raises(Invalid) as error:
                change_payment(uow, changed, **dict([fields]))
            assert problem_codes(error.value) == {fields[0]: [told]}


def test_a_withdrawn_payment_frees_what_it_covered_and_covers_again_when_restored(
    school: Educore, world: World
) -> None:
    with school.work(world.dilshod) as uow:
        invoice = ask(uow, world)
        payment = pay(uow, world, 60, invoice_id=invoice.id)
        for _ in range(2):
            perform(uow, Payment, "withdraw", payment.id)
        assert paid(uow, invoice) == [0]
        withdrawn = uow.get(Payment, payment.id)
        assert (withdrawn.amount, withdrawn.receipt_number) == (60, "REC-001")
        assert withdrawn.withdrawn_at is not None
        assert student_balance(uow, sardor(world)) == 100
        with expect_invalid(Conflict) as codes:
            change_payment(uow, payment, notes="?")
        assert codes == {"": "payment_withdrawn"}
        for _ in range(2):
            assert restore_payment(uow, withdrawn).withdrawn_at is None
        assert paid(uow, invoice) == [60]
        assert [amount for _, amount, _ in entries(uow, payment_id=payment.id)] == [60, -60, 60]


def test_a_payment_restored_to_a_paid_invoice_waits(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.dilshod) as uow:
        invoice = ask(uow, world)
        payment = pay(uow, world, 60, invoice_id=invoice.id)
        withdraw_payment(uow, payment)
        pay(uow, world, 90, invoice_id=invoice.id)
        assert restore_payment(uow, payment).unallocated == 50
        assert paid(uow, invoice) == [100]


def test_what_one_payment_no_longer_covers_another_that_waits_does(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.dilshod) as uow:
        invoice = ask(uow, world)
        first, second = pay(uow, world), pay(uow, world, 70)
        withdraw_payment(uow, first)
        assert paid(uow, invoice) == [70]
        assert uow.get(Payment, second.id).unallocated == 0


# -- invoices --------------------------------------------------------------------------------------------


def test_an_invoice_is_issued_today_and_due_later(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.aziza) as uow:
        invoice = ask(uow, world, description="Books")
        assert (invoice.issued_on, invoice.remaining, invoice.paid) == (TODAY, 100, 0)
        assert entries(uow) == [(EntryKind.CHARGE, HUNDRED, invoice.id)]
        for fields, told in {
            ("due_date", "someday"): "date_type",
            ("due_date", "2999-01-01"): "less_than_equal",
            ("group_id", world.tashkent.evening.id): "not_their_group",
            ("group_id", world.samarkand.evening.id): "unknown_id",
            ("description", "x" * 501): "string_too_long",
        }.items():
            for act in (
                lambda **given: ask(uow, world, **given),
                lambda **given: change_invoice(uow, invoice, **given),
            ):
                with pytest.raises(Invalid) as error:
                    act(**dict([fields]))
                assert problem_codes(error.value) == {fields[0]: [told]}
        with pytest.raises(Invalid) as error:
            ask(uow, world, issued_on=DUE + DAY)
        assert problem_codes(error.value) == {"due_date": ["due_before_issue"]}
        late = ask(uow, world, due_date=TODAY - DAY)
        assert late.issued_on == late.due_date


def test_an_invoice_asks_more_or_less_but_not_less_than_is_paid(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        invoice = ask(uow, world)
        payment = pay(uow, world, 130)
        assert change_invoice(uow, invoice, amount=Decimal(120)).paid == 120
        assert uow.get(Payment, payment.id).unallocated == 10
        with pytest.raises(Invalid) as error:
            change_invoice(uow, invoice, amount=Decimal(119))
        assert problem_codes(error.value) == {"amount": ["below_paid"]}
        assert [amount for kind, amount, _ in entries(uow, kind=EntryKind.CHARGE)] == [100, 20]
        moved = change_invoice(uow, invoice, due_date=DUE + DAY, group_id=world.tashkent.morning.id)
        assert (moved.due_date, moved.group_id) == (DUE + DAY, world.tashkent.morning.id)
        with expect_invalid() as codes:
            change_invoice(uow, invoice, student_id=world.sevara.student_id)
        assert codes == {"student_id": "cannot_change"}


def test_a_cancelled_invoice_gives_back_what_covered_it_of_its_own_accord(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        invoice, other = ask(uow, world), ask(uow, world, 30, due_date=DUE + DAY)
        payment = pay(uow, world)
        for action in ("cancel", "delete"):
            perform(uow, Invoice, action, invoice.id)
        cancelled = uow.get(Invoice, invoice.id)
        assert cancelled.cancelled_at is not None
        assert (cancelled.amount, cancelled.paid, cancelled.remaining) == (100, 0, 0)
        assert paid(uow, other) == [30]
        assert uow.get(Payment, payment.id).unallocated == 70
        assert sum(amount for _, amount, _ in entries(uow, invoice_id=invoice.id)) == 0
        with expect_invalid(Conflict) as codes:
            change_invoice(uow, invoice, description="?")
        assert codes == {"": "invoice_cancelled"}


def test_an_invoice_somebody_paid_for_is_not_cancelled_until_that_is_withdrawn(
    school_in_memory: Educore, world: World
) -> None:
    with school_in_memory.work(world.dilshod) as uow:
        invoice = ask(uow, world)
        payment = pay(uow, world, 1, invoice_id=invoice.id)
        with expect_invalid(Conflict) as codes:
            cancel_invoice(uow, invoice)
        assert codes == {"": "invoice_has_payments"}
        withdraw_payment(uow, payment)
        assert cancel_invoice(uow, invoice).cancelled_at is not None


class InvoiceOut(Shape, of=Invoice):
    """What a status is made of."""

    id: int


def test_the_status_that_is_shown_is_the_status_that_is_filtered(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        made = {name: ask(uow, world, student_id=world.sevara.student_id) for name in ("unpaid", "partial", "paid")}
        due = {"issued_on": TODAY - 9 * DAY, "due_date": TODAY - DAY}
        made |= {name: ask(uow, world, student_id=world.sevara.student_id, **due) for name in ("overdue", "late")}
        made["cancelled"] = cancel_invoice(uow, ask(uow, world))
        for name, amount in {"partial": 1, "paid": 100, "late": 99}.items():
            take_payment(uow, invoice_id=made[name].id, amount=Decimal(amount), method="cash")
        for status in InvoiceStatus:
            filtered = {one["id"] for one in uow.select(InvoiceOut, has_invoice_status(status, TODAY))}
            told = {one.id for one in uow.find(Invoice) if _status(one) is status}
            assert filtered == told != set(), status
        assert _status(uow.get(Invoice, made["late"].id)) is InvoiceStatus.OVERDUE
        assert _status(uow.get(Invoice, made["unpaid"].id), today=DUE) is InvoiceStatus.UNPAID


def _status(invoice: Invoice, today: date = TODAY) -> InvoiceStatus:
    told = {name: getattr(invoice, name) for name in ("paid", "remaining", "due_date", "cancelled_at")}
    return invoice_status(**told, today=today)


# -- who may, and the currency ---------------------------------------------------------------------------


def test_students_see_their_own_and_write_nothing_and_teachers_see_nothing(
    school_in_memory: Educore, world: World
) -> None:
    with school_in_memory.work(world.aziza) as uow:
        invoice, payment = ask(uow, world), pay(uow, world)
        pay(uow, world, student_id=world.sevara.student_id)
    with school_in_memory.work(world.sardor, read_only=True) as uow:
        assert [one.id for one in uow.find(Payment)] == [payment.id]
        assert uow.count(LedgerEntry) == 0
    for who in (world.sardor, world.timur):
        for kind, action, id in ((Payment, "update", payment.id), (Invoice, "cancel", invoice.id)):
            with pytest.raises((Forbidden, NotFound)), school_in_memory.work(who) as uow:
                perform(uow, kind, action, id)
        for act in (change_invoice, cancel_invoice):
            with pytest.raises((Forbidden, NotFound)), school_in_memory.work(who) as uow:
                act(uow, invoice)
        with pytest.raises(Forbidden), school_in_memory.work(who) as uow:
            payment_statistics(uow)
        with pytest.raises(Forbidden), school_in_memory.work(who) as uow:
            pay(uow, world)


def test_the_currency_stays_once_there_is_money(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        perform(uow, Center, "update", world.tashkent.center.id, {"currency": "USD"})
        ask(uow, world)
    with school.work(world.rustam) as uow, expect_invalid() as codes:
        perform(uow, Center, "update", world.tashkent.center.id, {"currency": "UZS"})
    assert codes == {"currency": "cannot_change"}
    with school.work(world.rustam) as uow:
        perform(uow, Center, "update", world.tashkent.center.id, {"currency": "USD", "name": "Academy"})


def test_superadmin_takes_money_in_any_center(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.rustam) as uow:
        assert pay(uow, world, student_id=world.sobir.student_id).center_id == world.samarkand.center.id
        assert ask(uow, world).center_id == world.tashkent.center.id
        assert ledger_errors(uow) == []


# -- what it adds up to ----------------------------------------------------------------------------------


def test_statistics_leave_out_what_was_withdrawn_and_other_days_and_centers(school: Educore, world: World) -> None:
    with school.work(world.alisher) as uow:
        pay(uow, world, 7, student_id=world.sobir.student_id)
    with school.work(world.dilshod) as uow:
        assert payment_statistics(uow).average == 0
        pay(uow, world, 10)
        pay(uow, world, 10, paid_on=date(2023, 12, 31))
        pay(uow, world, 11, paid_on=date(2023, 11, 1), student_id=world.shirin.student_id)
        withdraw_payment(uow, pay(uow, world, 500))
        every = payment_statistics(uow)
        assert (every.total, every.count, every.average) == (31, 3, Decimal("10.33"))
        assert payment_statistics(uow, since=date(2023, 12, 31), until=date(2023, 12, 31)).total == 10
        assert group_payment_statistics(uow, world.tashkent.morning.id).total == 20
        months = revenue_by_month(uow, until=TODAY, months=3)
        assert months == {"2023-11": 11, "2023-12": 10, "2024-01": 10}


def test_balances_begin_with_the_greatest_debt(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.dilshod) as uow:
        ask(uow, world, 5)
        for due, amount in ((DUE + DAY, 4), (DUE, 3)):
            ask(uow, world, amount, student_id=world.sevara.student_id, due_date=due)
        first, second = list_debts(uow)
        assert (first.student_name, first.owed, first.due_since) == ("Sevara", 7, DUE)
        assert (second.student_id, second.owed) == (sardor(world), 5)
        assert list_debts(uow, limit=1) == [first]
        assert list_debts(uow, limit=5, offset=1) == [second]


def test_debtors_by_payments_are_those_whose_day_passed_and_those_who_never_paid(
    school: Educore, world: World, clock: FixedClock
) -> None:
    town, sevara, shirin = world.tashkent, world.sevara.student_id or 0, world.shirin.student_id or 0
    with school.work(world.dilshod) as uow:
        assert find_debtors(uow) == {}
        pay(uow, world, due_date=TODAY)
        pay(uow, world, student_id=sevara, due_date=TODAY)
        pay(uow, world, student_id=sevara, due_date=date(2024, 3, 1))
        enroll_student(uow, group_id=town.evening.id, student_id=shirin)
    with school.work(world.dilshod) as uow:
        assert find_debtors(uow) == {}, "due today is not yet too late"
    clock.advance(days=1)
    with school.work(world.dilshod) as uow:
        assert find_debtors(uow) == {sardor(world): TODAY}
    clock.advance(days=30)
    with school.work(world.dilshod) as uow:
        assert list(find_debtors(uow).items()) == [(sardor(world), TODAY), (shirin, date(2024, 1, 31))]
        perform(uow, Group, "update", town.evening.id, {"status": "completed"})
        assert find_debtors(uow) == {sardor(world): TODAY}
        perform(uow, Student, "update", sardor(world), {"status": "inactive"})
        assert find_debtors(uow) == {}
    with school.work(world.davron) as uow:
        assert find_debtors(uow).keys() == {world.sobir.student_id, world.saida.student_id}


def test_an_invoice_is_overdue_by_the_day_of_its_center(school: Educore, world: World) -> None:
    """It is noon in Tashkent when the next day has begun on Kiritimati."""
    with school.work(world.rustam) as uow:
        ask(uow, world, group_id=world.tashkent.morning.id, due_date=TODAY)
        ask(uow, world, student_id=world.sobir.student_id, group_id=world.samarkand.morning.id, due_date=TODAY)
        assert find_debtors(uow) == {}
    with school.work(world.rustam) as uow:
        perform(uow, Center, "update", world.samarkand.center.id, {"time_zone": "Pacific/Kiritimati"})
        assert find_debtors(uow) == {world.sobir.student_id: TODAY}


def test_debtors_by_invoices_are_those_with_one_overdue(school: Educore, world: World, clock: FixedClock) -> None:
    group = {"group_id": world.tashkent.morning.id}
    with school.work(world.dilshod) as uow:
        his, hers = ask(uow, world, **group), ask(uow, world, student_id=world.sevara.student_id, **group)
        pay(uow, world, student_id=world.sevara.student_id, invoice_id=hers.id, due_date=TODAY)
    clock.advance(days=9)
    with school.work(world.dilshod) as uow:
        assert find_debtors(uow) == {}
    clock.advance(days=60)
    with school.work(world.dilshod) as uow:
        assert find_debtors(uow) == {sardor(world): DUE}, (
            "who paid the invoice owes nothing, whatever day a payment names"
        )
        pay(uow, world, invoice_id=his.id)
        assert find_debtors(uow) == {}
