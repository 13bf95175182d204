"""Imports in short transactions: what others see meanwhile, and that all goes back whatever ends a run early."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from educore import Conflict, Educore, FixedClock, Invalid, perform, where
from educore.adapters.spreadsheets import Row, Table
from educore.attendance import Attendance
from educore.billing import Payment, take_payment
from educore.identity import User
from educore.imports import (
    Import,
    ImportedRow,
    ImportKind,
    ImportState,
    apply_import,
    check_import,
    recover_imports,
    revert_import,
)
from educore.imports.pace import Pace
from educore.imports.reversal import PATIENCE
from educore.imports.runs import Run
from educore.messaging import Worker
from educore.people import Student
from educore.timetable import schedule_session
from educore_web.runtime.worker import build_external_tasks
from educore_web.settings import Settings
from support.cast import World, all_rows
from support.plain_rows import remove_row
from support.refusals import problem_codes

STUDENTS, PAYMENTS, ATTENDANCE = ImportKind.STUDENTS, ImportKind.PAYMENTS, ImportKind.ATTENDANCE
TODAY = date(2024, 1, 1)


def rows_of(columns: str, *lines: str) -> Table:
    names = columns.split()
    cells = [dict(zip(names, line.split("|"), strict=True)) for line in lines]
    return Table(names, [Row(number, row) for number, row in enumerate(cells, start=2)])


FIVE = rows_of("username password branch group", *[f"new{n}|gullola2024|Tashkent Centre|" for n in range(5)])
PAID = rows_of("student amount method receipt_number", *[f"sardor|{100 + n}|cash|R-{n}" for n in range(5)])
MARKED = rows_of("group date student status", *[f"Morning|2024-01-0{n}|sardor|present" for n in range(1, 6)])
TABLES = {STUDENTS: FIVE, PAYMENTS: PAID, ATTENDANCE: MARKED}


class Stopped(BaseException):
    """Ends the process, as far as a test can."""


@pytest.fixture(autouse=True)
def one_row_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row has a transaction of its own, and nobody waits between two."""
    monkeypatch.setattr(Pace, "LONGEST", 0)
    monkeypatch.setattr(Pace, "REST", 0)


@pytest.fixture
def school(school: Educore, world: World, clock: FixedClock) -> Educore:
    """Both towns, with a lesson a day in the first week."""
    with school.work(world.dilshod) as uow:
        for day in range(1, 6):
            group = world.tashkent.morning.id
            schedule_session(uow, group_id=group, date=date(2024, 1, day), start_time=time(9), end_time=time(10))
    clock.advance(days=7)
    return school


def at_rest(monkeypatch: pytest.MonkeyPatch, act: Callable[[int], object], *, after_trial: bool = True) -> None:
    """Have something happen between two transactions, told how many rests there were before."""
    rests = iter(range(10_000))
    skipped = 4 if after_trial else 0

    def rest(pace: Pace) -> None:
        if (number := next(rests)) >= skipped:
            act(number - skipped)

    monkeypatch.setattr(Pace, "rest", rest)


def bring(school: Educore, world: World, kind: ImportKind, **more: Any) -> Import:
    return apply_import(school, world.dilshod, kind=kind, table=TABLES[kind], **more)


def imports_of(school: Educore, world: World) -> list[Import]:
    with school.work(world.rustam, read_only=True) as uow:
        return uow.find(Import, order=("id",))


BRINGS = {STUDENTS: (Student, User), PAYMENTS: (), ATTENDANCE: (Attendance,)}
"""What must be as before once all has gone back; payments stay, withdrawn."""


def state_of(school: Educore, kind: ImportKind) -> list[Any]:
    there = all_rows(school.store)
    standing = [row.id for row in there.get("Payment", []) if row.withdrawn_at is None]
    return [there.get(entity.__name__) for entity in BRINGS[kind]] + [standing, there.get("ImportedRow", [])]


# -- a run ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TABLES)
def test_others_can_work_after_every_row_and_see_that_it_is_not_done(
    school: Educore, world: World, monkeypatch: pytest.MonkeyPatch, kind: ImportKind, events: list[object]
) -> None:
    seen: list[tuple[ImportState, int, int]] = []

    def look(number: int) -> None:
        with school.work(world.malika) as uow:
            (running,) = uow.find(Import)
            seen.append((running.state, running.rows_done, uow.count(ImportedRow)))
            assert not events, "somebody was told before all of it was in"

    at_rest(monkeypatch, look)
    steps: list[int] = []
    done = bring(school, world, kind, progress=lambda done, of: steps.append(done * 100 // of))
    assert seen == [(ImportState.RUNNING, n, n) for n in (1, 2, 3, 4)]
    assert (done.state, done.rows_done, done.lease_until) == (ImportState.DONE, 5, None)
    assert steps == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    assert events or kind is not ATTENDANCE, "nobody was told that classes were marked"


def test_a_trial_lets_others_work_too_and_is_seen_by_nobody(
    school: Educore, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, rests = all_rows(school.store), list[int]()

    def look(number: int) -> None:
        rests.append(number)
        assert all_rows(school.store) == before

    at_rest(monkeypatch, look, after_trial=False)
    assert check_import(school, world.dilshod, kind=STUDENTS, table=FIVE).problems == []
    assert (rests, all_rows(school.store)) == ([0, 1, 2, 3], before)


def test_a_trial_remembers_seats_over_its_transactions(school: Educore, world: World) -> None:
    lines = [f"new{n}|Tashkent Centre|Evening" for n in range(5)]
    given = rows_of("username branch group", *lines, "sardor|Tashkent Centre|Evening")
    report = check_import(school, world.dilshod, kind=STUDENTS, table=given)
    found = {(problem.row, problem.column): problem.problem.code for problem in report.problems}
    assert found == {(5, "group"): "group_full", (6, "group"): "group_full", (7, "username"): "taken"}
    with pytest.raises(Invalid):
        apply_import(school, world.dilshod, kind=STUDENTS, table=given)
    assert imports_of(school, world) == []


def test_the_clock_decides_how_much_a_transaction_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ten rows take as long as it may, it does ten; and never more than twice what the last one did."""
    now = [0]
    monkeypatch.setattr(Pace, "LONGEST", 10)
    monkeypatch.setattr(Pace, "timer", staticmethod(lambda: now[0]))
    pace, sizes = Pace(), []
    for _ in range(5):
        pace.begin()
        done = 0
        while done < pace.size and not pace.is_over:
            done, now[0] = done + 1, now[0] + 1
        sizes.append(done)
        pace.learn(done)
    assert sizes == [8, 10, 10, 10, 10]


# -- the end of a run before its time ------------------------------------------------------------------


@pytest.mark.parametrize("kind", TABLES)
def test_a_run_that_is_stopped_takes_back_what_is_in(
    school: Educore, world: World, monkeypatch: pytest.MonkeyPatch, kind: ImportKind, events: list[object]
) -> None:
    before = state_of(school, kind)

    def stop(number: int) -> None:
        if number == 2:
            raise Stopped

    at_rest(monkeypatch, stop)
    with pytest.raises(Stopped):
        bring(school, world, kind)
    (failed,) = imports_of(school, world)
    assert (failed.state, failed.rows_done, failed.reverted_at) == (ImportState.FAILED, 0, None)
    assert state_of(school, kind) == before
    assert events == []
    with pytest.raises(Conflict) as error:
        revert_import(school, world.dilshod, failed.id)
    assert problem_codes(error.value) == {"": ["already_reverted"]}
    monkeypatch.setattr(Pace, "rest", lambda pace: None)
    assert bring(school, world, kind).state is ImportState.DONE


def test_a_row_that_is_refused_after_all_takes_everything_back(
    school: Educore, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_the_name(number: int) -> None:
        if number == 2:
            with school.work(world.davron) as uow:
                perform(
                    uow,
                    Student,
                    "create",
                    fields={"account": {"username": "new4"}, "branch_id": world.samarkand.branch.id},
                )

    at_rest(monkeypatch, take_the_name)
    with pytest.raises(Invalid) as error:
        bring(school, world, STUDENTS)
    assert problem_codes(error.value) == {"rows.6.username": ["taken"]}
    assert [found.state for found in imports_of(school, world)] == [ImportState.FAILED]
    with school.work(world.rustam, read_only=True) as uow:
        assert uow.count(User, where(username__in=[f"new{n}" for n in range(5)])) == 1


def die(school: Educore, world: World, monkeypatch: pytest.MonkeyPatch, kind: ImportKind) -> Import:
    """Begin an import and let its process be killed after three rows."""

    def stop(number: int) -> None:
        if number == 2:
            raise Stopped

    with monkeypatch.context() as patch:
        at_rest(patch, stop)
        patch.setattr(Run, "_revert", lambda run, import_: None)
        with pytest.raises(Stopped):
            bring(school, world, kind)
    (left,) = imports_of(school, world)
    assert (left.state, left.rows_done) == (ImportState.RUNNING, 3)
    return left


@pytest.mark.parametrize("kind", TABLES)
def test_what_a_dead_run_left_is_taken_back_when_its_lease_has_ended(
    school: Educore, world: World, monkeypatch: pytest.MonkeyPatch, kind: ImportKind, clock: FixedClock
) -> None:
    before = state_of(school, kind)
    left = die(school, world, monkeypatch, kind)
    assert recover_imports(school) == 0, "its process may live"
    with pytest.raises(Conflict) as error:
        revert_import(school, world.dilshod, left.id)
    assert problem_codes(error.value) == {"": ["import_under_way"]}
    clock.advance(minutes=2)
    assert recover_imports(school) == 1
    assert [found.state for found in imports_of(school, world)] == [ImportState.FAILED]
    assert state_of(school, kind) == before
    assert recover_imports(school) == 0
    assert bring(school, world, kind).state is ImportState.DONE, "the same table cannot come in a second time"


def test_the_worker_and_the_next_import_take_back_what_a_dead_run_left(
    school: Educore, world: World, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    die(school, world, monkeypatch, STUDENTS)
    clock.advance(minutes=2)
    Worker(school, external_tasks=build_external_tasks(Settings(secret=SecretStr("s" * 40)))).run_once()
    assert [found.state for found in imports_of(school, world)] == [ImportState.FAILED]
    with school.work(world.rustam) as uow:
        for found in uow.find(Import):
            remove_row(uow, found)
    die(school, world, monkeypatch, STUDENTS)
    clock.advance(minutes=2)
    bring(school, world, STUDENTS)
    assert [found.state for found in imports_of(school, world)] == [ImportState.FAILED, ImportState.DONE]


def test_a_clock_set_back_keeps_no_dead_run(
    school: Educore, world: World, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    die(school, world, monkeypatch, STUDENTS)
    clock.time -= timedelta(days=1)
    assert recover_imports(school) == 1


def test_a_run_that_was_taken_for_dead_gives_up(
    school: Educore, world: World, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    before = state_of(school, STUDENTS)

    def sleep(number: int) -> None:
        if number == 2:
            monkeypatch.setattr(Pace, "rest", lambda pace: None)
            clock.advance(minutes=2)
            assert recover_imports(school) == 1

    at_rest(monkeypatch, sleep)
    with pytest.raises(Conflict) as error:
        bring(school, world, STUDENTS)
    assert problem_codes(error.value) == {"": ["import_lost"]}
    assert state_of(school, STUDENTS) == before


def test_what_depends_on_a_dead_run_stays_until_it_is_gone(
    school: Educore, world: World, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    left = die(school, world, monkeypatch, STUDENTS)
    with school.work(world.dilshod) as uow:
        first = uow.find(ImportedRow, where(import_id=left.id), order=("id",))[0]
        payment = take_payment(uow, student_id=first.row_id, amount=Decimal(5), method="cash")
    clock.advance(minutes=2)
    assert recover_imports(school) == 0
    with school.work(world.dilshod, read_only=True) as uow:
        assert [row.id for row in uow.find(ImportedRow)] == [first.id], "the others are gone"
        assert uow.get(Payment, payment.id).withdrawn_at is None
    with pytest.raises(Conflict) as error:
        revert_import(school, world.dilshod, left.id)
    assert problem_codes(error.value) == {"": ["import_in_use"], "rows.2": ["in_use"]}
    assert recover_imports(school) == 0, "it is tried again after an hour"
    clock.time += PATIENCE
    recover_imports(school)
    assert imports_of(school, world)[0].state is ImportState.REVERTING


def test_a_revert_that_dies_is_ended_by_others(
    school: Educore, world: World, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    before = state_of(school, ATTENDANCE)
    done = bring(school, world, ATTENDANCE)

    def stop(number: int) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        at_rest(patch, stop, after_trial=False)
        with pytest.raises(Stopped):
            revert_import(school, world.malika, done.id)
    assert imports_of(school, world)[0].state is ImportState.REVERTING
    clock.advance(minutes=2)
    assert recover_imports(school) == 1
    (ended,) = imports_of(school, world)
    assert (ended.state, ended.reverted_by_id) == (ImportState.REVERTED, world.malika.user_id)
    assert state_of(school, ATTENDANCE) == before
