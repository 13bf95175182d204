"""What is entered of changes of marks, money and roles; and that no entry can be touched unseen."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from educore import EDUCATION, PLATFORM, Actor, Educore, FixedClock, Role, memory_ports, perform, where
from educore.adapters.sql import Database
from educore.assessment import ExamResult, Submission, give_assignment, plan_exam, submit_assignment
from educore.attendance import Attendance, mark_class
from educore.audit import AuditAction, AuditEntry, AuditHead, Verification, list_chains, verify_trail
from educore.audit.verification import FaultKind
from educore.billing import Invoice, Payment, Payroll
from educore.identity import Membership
from educore.people import register_staff
from educore.timetable import Session, schedule_session
from support.cast import World, account
from support.plain_rows import change_row
from support.statement_counts import record_statements

TODAY = date(2024, 1, 1)
MONEY = Decimal(50_000)


def entries(school: Educore, **tests: Any) -> list[AuditEntry]:
    with school.work(PLATFORM, read_only=True) as uow:
        return uow.find(AuditEntry, where(**tests), order=("number",))


def newest(school: Educore, kind: type) -> tuple[AuditAction, dict[str, Any], dict[str, Any]]:
    """What the last entry about a kind says: what was done, before and after."""
    found = entries(school, kind=kind.__name__)
    assert found, f"nothing was entered about {kind.__name__}"
    return found[-1].action, _read(found[-1].before), _read(found[-1].after)


def _read(text: str) -> dict[str, Any]:
    return dict(json.loads(text)) if text else {}


def proof(school: Educore, world: World) -> Verification:
    with school.work(PLATFORM, read_only=True) as uow:
        return verify_trail(uow, chain=world.tashkent.center.id)


def lesson(school: Educore, world: World) -> Session:
    with school.work(world.timur) as uow:
        return schedule_session(
            uow, group_id=world.tashkent.morning.id, date=TODAY, start_time=time(9), end_time=time(10)
        )


def mark(school: Educore, who: Actor, session: Session, student: Actor, status: str) -> Attendance:
    with school.work(who) as uow:
        return mark_class(uow, session, marks=[{"student_id": student.student_id, "status": status}])[0]


def block(school: Educore, world: World, who: Actor | None = None, *, verb: str = "block") -> None:
    with school.work(who or world.dilshod) as uow:
        perform(uow, Membership, verb, world.aziza.membership_id)


def test_each_kind_of_change_leaves_exactly_the_right_entry(school: Educore, world: World, clock: FixedClock) -> None:
    town, wrong = world.tashkent, []

    def left(what: str, kind: type, action: str, before: dict[str, Any], after: dict[str, Any] | None = None) -> None:
        said = newest(school, kind)
        same = said[0] == action and said[1] == before and (after is None or said[2] == after)
        wrong.extend([] if same else [f"{what}: {said}"])

    session = lesson(school, world)
    known = len(entries(school))
    given = mark(school, world.timur, session, world.sardor, "present")
    assert len(entries(school)) == known, "the row says itself who marked first"
    clock.advance(minutes=1)
    mark(school, world.timur, session, world.sardor, "late")
    late = {"status": "late", "marked_at": "2024-01-01T10:01:00Z"}
    left("a corrected mark", Attendance, "changed", {"status": "present", "marked_at": "2024-01-01T10:00:00Z"}, late)
    with school.work(world.dilshod) as uow:
        perform(uow, Attendance, "delete", given.id)
    action, removed, after = newest(school, Attendance)
    assert (action, removed["status"], removed["student_id"], after) == ("removed", "late", world.sardor.student_id, {})
    with school.work(world.timur) as uow:
        work = give_assignment(uow, group_id=town.morning.id, title="Essay", due_date=TODAY + timedelta(days=7))
        exam = plan_exam(
            uow,
            group_id=town.morning.id,
            title="Final",
            exam_date=TODAY,
            start_time=time(9),
            end_time=time(11),
            total_points=100,
            passing_score=60,
        )
    with school.work(world.sardor) as uow:
        paper = submit_assignment(uow, assignment_id=work.id, file="work/1/essay.pdf")
    with school.work(world.timur) as uow:
        perform(uow, Submission, "update", paper.id, {"grade": 90})
    action, ungraded, graded = newest(school, Submission)
    assert (action, ungraded["grade"], graded["grade"]) == ("changed", None, "90")
    with school.work(world.timur) as uow:
        result = perform(
            uow,
            ExamResult,
            "create",
            fields={"exam_id": exam.id, "student_id": world.sardor.student_id, "score": Decimal(50)},
        )
    assert newest(school, ExamResult)[2]["score"] == "50"
    with school.work(world.timur) as uow:
        perform(uow, ExamResult, "update", result.id, {"score": Decimal(60)})
    assert newest(school, ExamResult)[2]["score"] == "60"
    with school.work(world.aziza) as uow:
        student = world.sardor.student_id
        invoice = perform(
            uow,
            Invoice,
            "create",
            fields={"student_id": student, "amount": MONEY, "issued_on": TODAY, "due_date": TODAY},
        )
    assert newest(school, Invoice)[2]["amount"] == "50000"
    with school.work(world.aziza) as uow:
        payment = perform(uow, Payment, "create", fields={"student_id": student, "amount": MONEY, "method": "cash"})
    assert newest(school, Payment)[2]["amount"] == "50000"
    paid = [_read(entry.after) for entry in entries(school, kind="Invoice", row_id=invoice.id)][-1]
    assert Decimal(paid["paid"]) == MONEY
    with school.work(world.dilshod) as uow:
        perform(uow, Payment, "withdraw", payment.id)
    left("a withdrawn payment", Payment, "changed", {"withdrawn_at": None}, {"withdrawn_at": "2024-01-01T10:01:00Z"})
    with school.work(world.dilshod) as uow:
        salary = perform(
            uow,
            Payroll,
            "create",
            fields={"teacher_id": world.timur.teacher_id, "month": "2024-01", "base_salary": MONEY},
        )
        perform(uow, Payroll, "pay", salary.id)
    action, before, after = newest(school, Payroll)
    assert (action, before, after["is_paid"]) == ("created", {}, True), "made and paid at once is one entry"
    block(school, world)
    left("a blocked member", Membership, "changed", {"is_blocked": False}, {"is_blocked": True})
    block(school, world, verb="unblock")
    left("a member let in", Membership, "changed", {"is_blocked": True}, {"is_blocked": False})
    with school.work(world.dilshod) as uow:
        perform(uow, Membership, "delete", world.malika.membership_id)
    assert newest(school, Membership)[0] == "removed"
    assert wrong == []
    assert proof(school, world).fault is None
    assert proof(school, world).entries == len(entries(school, chain=town.center.id))


def test_an_entry_says_who_did_it_as_what_and_when(school: Educore, world: World, clock: FixedClock) -> None:
    block(school, world, world.rustam)
    found = entries(school, kind="Membership", row_id=world.aziza.membership_id)[-1]
    who = (found.actor_id, found.actor_name, found.actor_role)
    assert who == (world.rustam.user_id, "Rustam", "superadmin")
    assert (found.at, found.center_id, found.row_id) == (
        clock.now(),
        world.tashkent.center.id,
        world.aziza.membership_id,
    )


def test_what_changed_twice_in_one_go_is_one_entry_and_what_came_to_nothing_none(school: Educore, world: World) -> None:
    before = len(entries(school))
    with school.work(world.dilshod) as uow:
        perform(uow, Membership, "block", world.aziza.membership_id)
        perform(uow, Membership, "unblock", world.aziza.membership_id)
        perform(uow, Membership, "unblock", world.malika.membership_id)
        passing = register_staff(uow, account=account("Olim"), role=Role.ADMIN)
        perform(uow, Membership, "delete", passing.id)
    assert len(entries(school)) == before


def test_what_was_undone_is_not_entered(school: Educore, world: World) -> None:
    before = entries(school)
    with pytest.raises(ZeroDivisionError), school.work(world.dilshod) as uow:
        perform(uow, Membership, "block", world.aziza.membership_id)
        raise ZeroDivisionError
    assert entries(school) == before
    assert proof(school, world).fault is None


def test_who_moves_between_centers_is_entered_in_both(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        perform(uow, Membership, "update", world.dilshod.membership_id, {"center_id": world.samarkand.center.id})
    for town, who in ((world.tashkent, world.tashkent), (world.samarkand, world.samarkand)):
        found = entries(school, chain=town.center.id, row_id=world.dilshod.membership_id)[-1]
        assert _read(found.before) == {"center_id": world.tashkent.center.id}, who.center.name
        assert _read(found.after) == {"center_id": world.samarkand.center.id}, who.center.name


def test_people_of_no_center_have_a_chain_of_their_own(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        perform(uow, Membership, "block", world.rustam.membership_id)
    assert entries(school, chain=0)[-1].center_id is None
    with school.work(PLATFORM, read_only=True) as uow:
        assert list_chains(uow) == [0, world.tashkent.center.id, world.samarkand.center.id]
        assert all(verify_trail(uow, chain=chain).fault is None for chain in list_chains(uow))


def test_directors_read_the_trail_of_their_center_and_nobody_writes_it(school: Educore, world: World) -> None:
    block(school, world)
    seen = {}
    for name, who in world.everybody().items():
        with school.work(who, read_only=True) as uow:
            seen[name] = {entry.center_id for entry in uow.find(AuditEntry)}
        assert not any(EDUCATION.policy(AuditHead).permits(r, "read") for r in Role if r is not Role.SUPERADMIN)
        writing = [a for a in ("create", "update", "delete") if EDUCATION.policy(AuditEntry).permits(who.role, a)]
        assert writing == (["create"] if who.role is Role.SUPERADMIN else []), name
    tashkent, samarkand = world.tashkent.center.id, world.samarkand.center.id
    assert seen.pop("dilshod") == {tashkent}
    assert seen.pop("davron") == {samarkand}
    assert seen.pop("rustam") >= {tashkent, samarkand}
    assert not any(seen.values())


def test_an_odd_instant_and_odd_names_stay_sealed(school: Educore, world: World, clock: FixedClock) -> None:
    """The seal must hold for what is read back, which databases write in their own way."""
    for moment in (
        datetime(2024, 3, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2024, 4, 1, 5, 0, 0, 1, tzinfo=timezone(timedelta(hours=5))),
    ):
        clock.time = moment
        with school.work(world.dilshod) as uow:
            member = register_staff(
                uow, account=account(f"n{moment.day}", last_name='O‘g‘li 👩‍🏫 "x"'), role=Role.ADMIN
            )
        who = Actor(Role.DIRECTOR, member.user_id, member.id, member.center_id)
        block(school, world, who, verb="block")
        block(school, world, who, verb="unblock")
    assert proof(school, world).fault is None
    assert entries(school, chain=world.tashkent.center.id)[-1].actor_name == 'n1 O‘g‘li 👩‍🏫 "x"'


# -- somebody with a database client -------------------------------------------------------------------


def run(database: Database, *statements: str, **values: Any) -> None:
    with database.engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement), values)
        connection.commit()


FORGERIES: dict[str, tuple[list[str], FaultKind, int]] = {
    "an entry's actor altered": (["update {entry} set actor_name = 'Nobody' where {n} = 4"], FaultKind.ALTERED, 4),
    "its instant altered": (
        ["update {entry} set at = '2023-01-01 10:00:00+00:00' where {n} = 4"],
        FaultKind.ALTERED,
        4,
    ),
    "what was there before altered": (["update {entry} set \"before\" = '[]' where {n} = 5"], FaultKind.ALTERED, 5),
    "its digest altered": (["update {entry} set digest = '' where {n} = 5"], FaultKind.ALTERED, 5),
    "its Center altered": (["update {entry} set center_id = 2 where {n} = 5"], FaultKind.ALTERED, 5),
    "the first deleted": (["delete from {entry} where {n} = 1"], FaultKind.MISSING, 1),
    "one in the middle deleted": (["delete from {entry} where {n} = 4"], FaultKind.MISSING, 4),
    "the last deleted": (["delete from {entry} where {n} = {last}"], FaultKind.MISSING, -1),
    "the last deleted and the head set back": (
        ["delete from {entry} where {n} = {last}", "update {head} set number = number - 1 where chain = 1"],
        FaultKind.HEAD,
        -2,
    ),
    "one deleted and the rest moved up": (
        [
            "delete from {entry} where {n} = 4",
            "update {entry} set number = number + 1000 where {n} > 4",
            "update {entry} set number = number - 1001 where {n} > 1000",
            "update {head} set number = number - 1 where chain = 1",
        ],
        FaultKind.ALTERED,
        4,
    ),
    "two swapped": (
        [
            "update {entry} set number = 1000 where {n} = 4",
            "update {entry} set number = 4 where {n} = 5",
            "update {entry} set number = 5 where {n} = 1000",
        ],
        FaultKind.ALTERED,
        4,
    ),
    "one put in the middle": (
        [
            "update {entry} set number = number + 1000 where {n} > 4",
            "update {entry} set number = number - 999 where {n} > 1000",
            "insert into {entry} ({columns}) select {copied} from {entry} where {n} = 4",
        ],
        FaultKind.ALTERED,
        5,
    ),
    "one put at the end": (
        ["insert into {entry} ({columns}) select {appended} from {entry} where {n} = {last}"],
        FaultKind.FORGED,
        0,
    ),
    "one put before the first": (
        ["insert into {entry} ({columns}) select {before} from {entry} where {n} = 4"],
        FaultKind.FORGED,
        -7,
    ),
    "the head altered": (["update {head} set digest = 'x' where chain = 1"], FaultKind.HEAD, -1),
    "the head set ahead": (["update {head} set number = number + 1 where chain = 1"], FaultKind.MISSING, 0),
    "the head gone": (["delete from {head} where chain = 1"], FaultKind.HEAD, 99),
}


@pytest.fixture
def touched(filled_database: Database, world: World) -> tuple[Database, Educore]:
    """A database with a few entries, and the school in it."""
    school = Educore(filled_database.store, memory_ports())
    for verb in ("block", "unblock", "block"):
        block(school, world, verb=verb)
    assert proof(school, world).fault is None
    return filled_database, school


def test_whatever_was_touched_is_found(touched: tuple[Database, Educore], world: World) -> None:
    database, school = touched
    assert world.tashkent.center.id == 1
    table, head = database.tables.of(AuditEntry), database.tables.of(AuditHead)
    last = len(entries(school, chain=1))
    columns = [column.name for column in table.c if column.name != "id"]

    def numbered(how: str) -> str:
        return ", ".join(how if name == "number" else f'"{name}"' for name in columns)

    parts = {
        "entry": f'"{table.name}"',
        "head": f'"{head.name}"',
        "n": "chain = 1 and number",
        "last": last,
        "columns": ", ".join(f'"{name}"' for name in columns),
        "copied": numbered("5"),
        "appended": numbered("number + 1"),
        "before": numbered("-7"),
    }
    copies = "create table kept_{} as select * from {}"
    run(database, copies.format("entries", parts["entry"]), copies.format("heads", parts["head"]))
    missed = {}
    for what, (statements, kind, where_) in FORGERIES.items():
        run(database, *(statement.format(**parts) for statement in statements))
        number = {-1: last, -2: last - 1, 0: last + 1, 99: 0}.get(where_, where_)
        fault = proof(school, world).fault
        if fault is None or (fault.kind, fault.number) != (kind, number):
            missed[what] = fault
        for name, kept in ((parts["entry"], "entries"), (parts["head"], "heads")):
            run(database, f"delete from {name}", f"insert into {name} select * from kept_{kept}")
        assert proof(school, world).fault is None, what
    assert missed == {}


def test_a_chain_whose_head_is_gone_is_still_a_chain(touched: tuple[Database, Educore], world: World) -> None:
    database, school = touched
    run(database, f'delete from "{database.tables.of(AuditHead).name}"')
    with school.work(PLATFORM, read_only=True) as uow:
        assert world.tashkent.center.id in list_chains(uow)


def test_a_long_chain_is_read_in_pages(
    filled_database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("educore.audit.verification.PAGE_SIZE", 3)
    school = Educore(filled_database.store, memory_ports())
    for verb in ("block", "unblock") * 6:
        block(school, world, verb=verb)
    with record_statements(filled_database.engine) as read:
        found = proof(school, world)
    assert (found.fault, found.entries) == (None, len(entries(school, chain=world.tashkent.center.id)))
    assert sum("LIMIT" in statement for statement in read) >= found.entries // 3


# -- many at once, and what it costs -------------------------------------------------------------------


def test_many_at_once_leave_one_unbroken_chain(open_database: Callable[..., Database], world: World) -> None:
    database = open_database("postgresql", filled=True)
    school, table = Educore(database.store, memory_ports()), database.tables.of(AuditEntry)
    before = proof(school, world).entries
    people = [world.aziza, world.malika, world.timur, world.tamara, world.sardor, world.sevara, world.shirin]
    start, failed = threading.Barrier(32), []

    def touch(number: int) -> None:
        start.wait()
        try:
            for turn in range(4):
                member = people[(number + turn) % len(people)].membership_id
                with school.work(world.dilshod) as uow:
                    register_staff(uow, account=account(f"olim{number}x{turn}"), role=Role.ADMIN)
                    perform(uow, Membership, ("block", "unblock")[number % 2], member)
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=touch, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    after = proof(school, world)
    assert after.fault is None
    assert after.entries >= before + 32 * 4
    with database.engine.connect() as connection:
        assert (
            connection.execute(sa.select(sa.func.max(table.c.number)).where(table.c.chain == 1)).scalar()
            == after.entries
        )


def test_a_center_without_a_chain_gets_one_although_many_come_first(
    open_database: Callable[..., Database], world: World
) -> None:
    database = open_database("postgresql", filled=True)
    school = Educore(database.store, memory_ports())
    run(database, *(f'delete from "{database.tables.of(kind).name}"' for kind in (AuditEntry, AuditHead)))
    people = [world.aziza, world.malika, world.timur, world.tamara, world.sardor, world.sevara, world.shirin]
    start, failed = threading.Barrier(len(people)), []

    def touch(who: Actor) -> None:
        start.wait()
        try:
            with school.work(world.dilshod) as uow:
                perform(uow, Membership, "block", who.membership_id)
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=touch, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(entries(school, chain=1)) == len(people)
    assert [entry.number for entry in entries(school, chain=1)] == list(range(1, len(people) + 1))
    fault = proof(school, world).fault
    assert fault is not None
    assert (fault.kind, fault.number) == (FaultKind.CUT, 1), "a chain begins with the opening of its Center"


def test_the_trail_costs_four_statements_whatever_the_number_of_changes(
    filled_database: Database, world: World
) -> None:
    school = Educore(filled_database.store, memory_ports())
    members = [world.aziza, world.malika, world.timur, world.tamara]
    for who, some, price in ((world.dilshod, members[:1], 4), (world.dilshod, members, 4), (PLATFORM, members, 4)):
        with record_statements(filled_database.engine) as ran, school.work(who) as uow:
            for one in some:
                member = uow.get(Membership, one.membership_id or 0)
                change_row(uow, member, {"is_blocked": not member.is_blocked})
            at_work = len(ran)
        assert len(ran) - at_work == price, ran[at_work:]


def test_nothing_told_costs_nothing(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports())
    session = lesson(school, world)
    with record_statements(filled_database.engine) as ran, school.work(world.timur) as uow:
        mark_class(uow, session, marks=[{"student_id": world.sardor.student_id, "status": "present"}])
        at_work = len(ran)
    assert len(ran) == at_work
