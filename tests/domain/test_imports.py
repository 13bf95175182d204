"""Tables that come in as a whole or not at all, after a trial that leaves nothing; and that go back."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from educore import Conflict, Educore, Forbidden, Invalid, NotFound, memory_ports, perform, where
from educore.adapters.spreadsheets import Row, Table, read_table
from educore.adapters.sql import Database
from educore.attendance import Attendance, mark_class
from educore.billing import Invoice, Payment, take_payment
from educore.groups import Enrollment, create_group
from educore.identity import Membership, User
from educore.imports import (
    Import,
    ImportedRow,
    ImportKind,
    ImportReport,
    ImportState,
    apply_import,
    build_template,
    check_import,
    revert_import,
)
from educore.imports.pace import Pace
from educore.imports.use_cases import IMPORTERS
from educore.organization import Center, change_center, create_branch
from educore.people import Student
from educore.timetable import Session, cancel_session, schedule_session
from support.cast import World, account, all_rows
from support.refusals import problem_codes
from support.statement_counts import record_statements

STUDENTS, PAYMENTS, ATTENDANCE = ImportKind.STUDENTS, ImportKind.PAYMENTS, ImportKind.ATTENDANCE
TODAY = date(2024, 1, 1)


def table(text: str) -> Table:
    """A table as somebody types it, cells divided by bars."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return Table(
        lines[0], [Row(n, dict(zip(lines[0], line, strict=True))) for n, line in enumerate(lines[1:], start=2)]
    )


def told(report: ImportReport) -> dict[tuple[int, str], str]:
    """The code of what is wrong with each cell."""
    return {(found.row, found.column): found.problem.code for found in report.problems}


def take_in(school: Educore, world: World, kind: ImportKind, text: str, who: str = "dilshod") -> Import:
    """Try a table and take it in; both must find it right."""
    given = table(text)
    report = check_import(school, getattr(world, who), kind=kind, table=given)
    assert report.problems == []
    return apply_import(school, getattr(world, who), kind=kind, table=given, file_name="given.csv")


def refused(
    school: Educore, world: World, kind: ImportKind, given: Table | str, who: str = "dilshod"
) -> dict[Any, str]:
    """What a trial says, which taking in must say too, while both leave everything as it is."""
    given = table(given) if isinstance(given, str) else given
    before = all_rows(school.store)
    report = check_import(school, getattr(world, who), kind=kind, table=given)
    with pytest.raises(Invalid) as error:
        apply_import(school, getattr(world, who), kind=kind, table=given)
    places = {f"rows.{row}.{column}" if row else f"columns.{column}" for row, column in told(report)}
    assert {path.rstrip(".") for path in places} == error.value.fields.keys()
    assert all_rows(school.store) == before
    return told(report)


HEADINGS = "username|password|first_name|last_name|phone|email|branch|group|parent_name|parent_phone|enrollment_date"
TWO_STUDENTS = f"""{HEADINGS}
laylo|gullola2024|Laylo|Karimova|998 90 765 43 21|l@mail.uz|Tashkent Centre|Evening|Karim|+998 90 111 22 33|31.12.2023
zafar||Zafar||||tashkent centre||||
"""


# -- students ------------------------------------------------------------------------------------------


def test_students_come_in_with_accounts_and_seats(school: Educore, world: World) -> None:
    made = take_in(school, world, STUDENTS, TWO_STUDENTS)
    assert (made.kind, made.rows, made.made_by_id, made.file_name) == (STUDENTS, 2, world.dilshod.user_id, "given.csv")
    with school.work(world.dilshod, read_only=True) as uow:
        rows = uow.find(ImportedRow, where(import_id=made.id), order=("number",))
        laylo, zafar = (uow.get(Student, row.row_id) for row in rows)
        user = uow.get(User, laylo.user_id)
        assert [row.number for row in rows] == [2, 3]
        assert (user.username, user.phone, user.email) == ("laylo", "+998907654321", "l@mail.uz")
        assert (laylo.group_id, laylo.branch_id) == (world.tashkent.evening.id, world.tashkent.branch.id)
        assert (laylo.enrollment_date, laylo.parent_phone) == (date(2023, 12, 31), "+998901112233")
        assert uow.count(Enrollment, where(student_id=laylo.id)) == 1
        assert (zafar.group_id, zafar.enrollment_date) == (None, TODAY)
    with school.work(world.rustam) as uow:
        assert uow.ports.passwords.verify("gullola2024", uow.get(User, laylo.user_id).password_hash)
        assert uow.get(User, zafar.user_id).password_hash is None


@pytest.mark.parametrize(
    ("country", "typed", "stored"),
    [
        ("UZ", "90 765 43 21", "+998907654321"),
        ("DE", "030 1234567", "+49301234567"),
        ("DE", "998907654321", "+998907654321"),
    ],
)
def test_phones_without_a_code_are_of_the_country_of_the_center(
    country: str, typed: str, stored: str, school_in_memory: Educore, world: World
) -> None:
    with school_in_memory.work(world.rustam) as uow:
        change_center(uow, uow.get(Center, world.tashkent.center.id), country=country)
    row = f"laylo||Laylo||{typed}||Tashkent Centre|||{typed}|"
    take_in(school_in_memory, world, STUDENTS, f"{HEADINGS}\n{row}")
    with school_in_memory.work(world.dilshod, read_only=True) as uow:
        (user,) = uow.find(User, where(username="laylo"))
        (student,) = uow.find(Student, where(user_id=user.id))
    assert (user.phone, student.parent_phone) == (stored, stored)
    paid = take_in(school_in_memory, world, PAYMENTS, f"student|amount|method|paid_on\n{typed}|100|cash|2024-01-01")
    assert paid.rows == 1


def test_a_trial_leaves_nothing_and_says_how_many(school: Educore, world: World, events: list[object]) -> None:
    before = all_rows(school.store)
    report = check_import(school, world.malika, kind=STUDENTS, table=table(TWO_STUDENTS))
    assert (report.rows, report.changes, report.problems) == (2, 2, [])
    assert all_rows(school.store) == before
    assert events == []


def test_everything_wrong_is_said_by_row_and_cell(school: Educore, world: World) -> None:
    said = refused(
        school,
        world,
        STUDENTS,
        """
        username | password | first_name | phone         | branch            | group        | enrollment_date
        good     |          | Good       |               | Tashkent Centre   | Evening      | 2024-01-01
        sardor   |          |            |               | Tashkent Centre   |              |
        same     |          |            | +998901110000 | Tashkent Centre   |              |
        SAME     |          |            | +998901110000 | Tashkent Centre   |              |
        ill one  | short    |            | 12            | Tashkent Centre   |              | 31.02.2024
                 |          |            |               |                   |              |
        closed   |          |            |               | Tashkent Airport  |              |
        foreign  |          |            |               | Samarkand Centre  | Morning      |
        nowhere  |          |            |               | Tashkent Centre   | Night        |
        shirin   |          |            | 7             | Tashkent Centre   |              |
        """,
    )
    assert said == {
        (3, "username"): "taken",
        (5, "username"): "twice_in_table",
        (6, "username"): "username",
        (6, "password"): "string_too_short",
        (6, "phone"): "phone",
        (6, "enrollment_date"): "date_type",
        (7, "username"): "missing",
        (7, "branch"): "missing",
        (8, "branch"): "branch_closed",
        (9, "branch"): "unknown_name",
        (10, "group"): "unknown_name",
        (11, "phone"): "phone",
        (11, "username"): "taken",
    }


def test_a_row_that_fails_takes_no_seat_and_the_last_ones_find_none(school: Educore, world: World) -> None:
    rows = "\n".join(f"new{n} | Tashkent Centre | Evening" for n in range(5))
    said = refused(school, world, STUDENTS, f"username | branch | group\n{rows}\nsardor | Tashkent Centre | Evening")
    assert said == {(5, "group"): "group_full", (6, "group"): "group_full", (7, "username"): "taken"}


def test_namesakes_are_told_apart_by_number(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        other = create_group(
            uow, name="evening ", course_id=world.tashkent.course.id, branch_id=world.tashkent.branch.id
        )
    head = "username | branch | group\n"
    assert refused(school, world, STUDENTS, f"{head}a | Tashkent Centre | Evening") == {
        (2, "group"): "several_so_named"
    }
    take_in(school, world, STUDENTS, f"{head}a | Tashkent Centre | {other.id}\nb | Tashkent Centre | #{other.id}")
    with school.work(world.dilshod, read_only=True) as uow:
        assert uow.count(Student, where(group_id=other.id)) == 2
    assert refused(school, world, STUDENTS, f"{head}c | Tashkent Centre | {world.samarkand.morning.id}") == {
        (2, "group"): "unknown_name"
    }


def test_headings_are_understood_in_three_languages(school_in_memory: Educore, world: World) -> None:
    text = "Логин* | Имя | FAMILIYA | Ota–ona | Филиал | Guruh\nx | X | Y | | Tashkent Centre | Evening"
    assert refused(school_in_memory, world, STUDENTS, text) == {(0, "Ota–ona"): "unknown_column"}
    made = take_in(school_in_memory, world, STUDENTS, text.replace("Ota–ona", "Ota-ona"))
    assert made.rows == 1
    twice = "login | username | first_name\na | b | c"
    assert refused(school_in_memory, world, STUDENTS, twice) == {
        (0, "username"): "twice_in_header",
        (0, "branch"): "missing_column",
    }


def test_every_spelling_names_one_column_only() -> None:
    for kind, importer in IMPORTERS.items():
        for column in importer.columns:
            for spelling in (column.name, *column.aliases):
                assert [other.name for other in importer.columns if other.matches(spelling)] == [column.name], (
                    kind,
                    spelling,
                )


def test_templates_hold_what_can_be_read(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.dilshod) as uow:
        main = create_branch(uow, name="Main")
        create_group(uow, name="English A1", course_id=world.tashkent.course.id, branch_id=main.id)
    for kind in (STUDENTS, PAYMENTS):
        for form in ("csv", "xlsx"):
            given = read_table(build_template(kind, as_=form), name=f"t.{form}", most_rows=10)
            report = check_import(school_in_memory, world.dilshod, kind=kind, table=given)
            unknown = {code for (_, column), code in told(report).items() if column == "student"}
            assert (len(given.rows), unknown - {"unknown_name"}) == (2, set())
            assert kind is PAYMENTS or report.problems == []
        if kind is STUDENTS:
            apply_import(school_in_memory, world.dilshod, kind=kind, table=given)


def test_hostile_cells_are_refused_or_kept_as_they_are(school: Educore, world: World) -> None:
    nul = Table(["username", "branch", "group"], [Row(2, {"username": "a\0b", "branch": "x\0", "group": "y\0"})])
    assert refused(school, world, STUDENTS, nul) == {
        (2, "username"): "bad_characters",
        (2, "branch"): "unknown_name",
        (2, "group"): "unknown_name",
    }
    odd = Table(
        ["username", "branch", "first_name", "last_name"],
        [Row(9, {"username": "odd", "branch": "Tashkent Centre", "first_name": "=cmd|x", "last_name": "👩‍🏫 O‘g‘li"})],
    )
    apply_import(school, world.dilshod, kind=STUDENTS, table=odd)
    with school.work(world.dilshod, read_only=True) as uow:
        user = uow.find(User, where(username="odd"))[0]
        assert (user.first_name, user.last_name) == ("=cmd|x", "👩‍🏫 O‘g‘li")
    numbers = "username | branch\nx | " + "9" * 40
    assert refused(school, world, STUDENTS, numbers) == {(2, "branch"): "unknown_name"}


def test_too_many_rows_and_none(school_in_memory: Educore, world: World) -> None:
    for rows, code in ((20_001, "too_many_rows"), (0, "no_rows")):
        given = Table(["username", "branch"], [Row(n, {}) for n in range(rows)])
        with pytest.raises(Invalid) as error:
            check_import(school_in_memory, world.dilshod, kind=STUDENTS, table=given)
        assert problem_codes(error.value) == {"file": [code]}


def test_who_may_import_and_for_which_center(school: Educore, world: World) -> None:
    given, may = table("username | branch\nx | Tashkent Centre"), set()
    others: dict[str, str] = {}
    for name, who in world.everybody().items():
        try:
            check_import(school, who, kind=STUDENTS, table=given, center_id=world.tashkent.center.id)
        except (Forbidden, Invalid) as error:
            others[name] = "forbidden" if isinstance(error, Forbidden) else str(problem_codes(error))
        else:
            may.add(name)
    assert set(others.values()) == {"forbidden", "{'center_id': ['unknown_id']}"}
    assert may == {"rustam", "dilshod", "malika", "aziza"}
    with pytest.raises(Invalid) as error:
        check_import(school, world.rustam, kind=STUDENTS, table=given)
    assert problem_codes(error.value) == {"center_id": ["missing"]}


def test_an_interrupted_import_leaves_nothing(school: Educore, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pace, "LONGEST", 60)  # both rows in one transaction, however slow the machine is
    before = all_rows(school.store)

    def stop(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_import(school, world.dilshod, kind=STUDENTS, table=table(TWO_STUDENTS), progress=stop)
    assert all_rows(school.store) == before


def test_students_go_back_with_their_accounts(school: Educore, world: World) -> None:
    before = all_rows(school.store)
    made = take_in(school, world, STUDENTS, TWO_STUDENTS)
    reverted = revert_import(school, world.malika, made.id)
    assert (reverted.reverted_by_id, reverted.reverted_at) == (world.malika.user_id, school.ports.clock.now())
    assert reverted.state is ImportState.REVERTED
    after = all_rows(school.store)
    for kind in (User, Student, Membership, Enrollment):
        assert after[kind.__name__] == before[kind.__name__], kind.__name__
    with pytest.raises(Conflict) as error:
        revert_import(school, world.malika, made.id)
    assert problem_codes(error.value) == {"": ["already_reverted"]}


def test_students_somebody_depends_on_keep_the_whole_import(school: Educore, world: World) -> None:
    made = take_in(school, world, STUDENTS, TWO_STUDENTS)
    with school.work(world.dilshod) as uow:
        first, second = uow.find(ImportedRow, where(import_id=made.id), order=("number",))
        take_payment(uow, student_id=first.row_id, amount=Decimal(5), method="cash")
        session = schedule_session(
            uow, group_id=world.tashkent.evening.id, date=TODAY, start_time=time(9), end_time=time(10)
        )
        mark_class(uow, session, marks=[{"student_id": first.row_id, "status": "present"}])
        perform(uow, Student, "delete", second.row_id)
    before = all_rows(school.store)
    with pytest.raises(Conflict) as error:
        revert_import(school, world.dilshod, made.id)
    assert problem_codes(error.value) == {"": ["import_in_use"], "rows.2": ["in_use"]}
    (why,) = error.value.fields["rows.2"]
    assert why.params["by"] == {"Payment": 1, "LedgerEntry": 1, "Attendance": 1}
    assert all_rows(school.store) == before


def test_those_removed_by_hand_stay_gone_and_the_rest_goes(school: Educore, world: World) -> None:
    made = take_in(school, world, STUDENTS, TWO_STUDENTS)
    with school.work(world.dilshod) as uow:
        first, second = uow.find(ImportedRow, where(import_id=made.id), order=("number",))
        perform(uow, Student, "delete", first.row_id)
    revert_import(school, world.dilshod, made.id)
    with school.work(world.dilshod, read_only=True) as uow:
        assert uow.count(Student, where(id=second.row_id)) == 0


def test_nobody_takes_back_what_another_center_took_in(school: Educore, world: World) -> None:
    made = take_in(school, world, STUDENTS, TWO_STUDENTS)
    for name, who in world.everybody().items():
        if name not in ("rustam", "dilshod", "malika", "aziza"):
            with pytest.raises((NotFound, Forbidden)):
                revert_import(school, who, made.id)


# -- payments ------------------------------------------------------------------------------------------

TWO_PAYMENTS = """
student       | amount     | method   | paid_on    | receipt_number | group   | notes
Sardor        | 500 000    | наличные | 31.12.2023 | R-7            | Morning | for January
+998900000001 | 250 000,50 | karta    |            |                |         |
"""


def with_phone(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        perform(uow, Student, "update", world.sevara.student_id, {"account": {"phone": "+998900000001"}})


def test_a_phone_of_several_students_is_refused_with_their_user_names(school: Educore, world: World) -> None:
    with_phone(school, world)
    sheet = "student | amount | method\n90 000-00-01 | 5000 | karta"
    assert check_import(school, world.dilshod, kind=PAYMENTS, table=table(sheet)).problems == []
    with school.work(world.dilshod) as uow:
        for person in (world.sardor, world.shirin):
            perform(uow, Student, "update", person.student_id, {"account": {"phone": "+998900000001"}})
    assert refused(school, world, PAYMENTS, sheet) == {(2, "student"): "several_with_phone"}


def test_payments_come_in_and_cover_invoices(school: Educore, world: World) -> None:
    with_phone(school, world)
    with school.work(world.dilshod) as uow:
        invoice = perform(
            uow,
            Invoice,
            "create",
            fields={
                "student_id": world.sardor.student_id,
                "amount": Decimal(600_000),
                "issued_on": TODAY,
                "due_date": TODAY,
            },
        )
    made = take_in(school, world, PAYMENTS, TWO_PAYMENTS)
    with school.work(world.dilshod) as uow:
        paid = {payment.student_id: payment for payment in uow.find(Payment)}
        first, second = paid[world.sardor.student_id or 0], paid[world.sevara.student_id or 0]
        assert (first.amount, first.receipt_number, first.paid_on) == (Decimal(500_000), "R-7", date(2023, 12, 31))
        assert (first.group_id, first.notes) == (world.tashkent.morning.id, "for January")
        assert (second.amount, second.method.value, second.paid_on) == (Decimal("250000.50"), "card", TODAY)
        assert uow.get(Invoice, invoice.id).paid == Decimal(500_000)
    revert_import(school, world.dilshod, made.id)
    with school.work(world.dilshod) as uow:
        assert uow.get(Invoice, invoice.id).paid == 0
        assert all(payment.withdrawn_at for payment in uow.find(Payment))


def test_what_is_wrong_with_payments_is_said_by_cell(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        take_payment(uow, student_id=world.sardor.student_id, amount=Decimal(1), method="cash", receipt_number="OLD")
    said = refused(
        school,
        world,
        PAYMENTS,
        """
        student | amount  | method | paid_on    | receipt_number | group
        sardor  | 500,000 | cash   |            |                |
        sardor  | -5      | gold   |            |                |
        sardor  | 1e3     | cash   | 2024-02-01 |                |
        sardor  | 5       | cash   | 2024-02-01 |                |
        sobir   | 5       | cash   |            |                |
        shirin  | 5       | cash   |            |                | Morning
        sardor  | 5       | cash   |            | OLD            |
        sardor  | 5       | cash   |            | NEW            |
        sevara  | 5       | cash   |            | NEW            |
        sardor  | 500.000 | cash   |            |                |
        sardor  | 5 сум   | cash   |            |                |
        sardor  | ٥       | cash   | ٠1.01.2024 |                |
        """,
    )
    assert said == {
        (2, "amount"): "amount_unsure",
        (11, "amount"): "amount_unsure",
        (12, "amount"): "amount_with_words",
        (13, "amount"): "decimal_parsing",
        (13, "paid_on"): "date_type",
        (3, "amount"): "greater_than",
        (3, "method"): "enum",
        (4, "amount"): "decimal_parsing",
        (5, "paid_on"): "in_future",
        (6, "student"): "unknown_name",
        (7, "group"): "not_their_group",
        (8, "receipt_number"): "taken",
        (10, "receipt_number"): "twice_in_table",
    }


def test_a_corrected_payment_keeps_the_whole_import_and_a_withdrawn_one_does_not(school: Educore, world: World) -> None:
    with_phone(school, world)
    made = take_in(school, world, PAYMENTS, TWO_PAYMENTS)
    with school.work(world.dilshod) as uow:
        first, second = (uow.get(Payment, row.row_id) for row in uow.find(ImportedRow, order=("number",)))
        perform(uow, Payment, "withdraw", first.id)
        perform(uow, Payment, "update", second.id, {"amount": Decimal(7)})
    with pytest.raises(Conflict) as error:
        revert_import(school, world.dilshod, made.id)
    assert problem_codes(error.value) == {"": ["import_in_use"], "rows.3": ["changed_since"]}
    with school.work(world.dilshod) as uow:
        perform(uow, Payment, "update", second.id, {"amount": Decimal("250000.5")})
    revert_import(school, world.dilshod, made.id)
    with school.work(world.dilshod) as uow:
        assert all(payment.withdrawn_at for payment in uow.find(Payment))


# -- attendance ----------------------------------------------------------------------------------------

TWO_MARKS = """
group   | date       | start_time | student | status  | notes
Morning | 01.01.2024 | 9:00       | sardor  | был     |
Morning | 2024-01-01 |            | sevara  | kechikdi | bus
"""


@pytest.fixture
def lesson(school: Educore, world: World) -> Session:
    """The morning group's lesson of today."""
    with school.work(world.dilshod) as uow:
        group = world.tashkent.morning.id
        return schedule_session(uow, group_id=group, date=TODAY, start_time=time(9), end_time=time(10))


def marks(school: Educore, world: World) -> dict[str, tuple[str, str]]:
    names = {world.sardor.student_id: "sardor", world.sevara.student_id: "sevara"}
    with school.work(world.dilshod, read_only=True) as uow:
        return {names[mark.student_id]: (mark.status.value, mark.notes) for mark in uow.find(Attendance)}


def give(school: Educore, world: World, lesson: Session, **statuses: str) -> None:
    with school.work(world.timur) as uow:
        given = [{"student_id": getattr(world, name).student_id, "status": s} for name, s in statuses.items()]
        mark_class(uow, lesson, marks=given)


def test_marks_come_in_and_go_back_to_what_was_there(school: Educore, world: World, lesson: Session) -> None:
    give(school, world, lesson, sevara="absent")
    made = take_in(school, world, ATTENDANCE, TWO_MARKS)
    assert marks(school, world) == {"sardor": ("present", ""), "sevara": ("late", "bus")}
    revert_import(school, world.malika, made.id)
    assert marks(school, world) == {"sevara": ("absent", "")}


def test_what_is_so_already_is_not_touched(school: Educore, world: World, lesson: Session) -> None:
    give(school, world, lesson, sardor="present", sevara="late")
    report = check_import(school, world.dilshod, kind=ATTENDANCE, table=table(TWO_MARKS))
    assert (report.rows, report.changes) == (2, 1)
    made = take_in(school, world, ATTENDANCE, TWO_MARKS)
    give(school, world, lesson, sardor="absent")
    revert_import(school, world.malika, made.id)
    assert marks(school, world) == {"sardor": ("absent", ""), "sevara": ("late", "")}


def test_marks_changed_or_removed_since_keep_the_whole_import(school: Educore, world: World, lesson: Session) -> None:
    made = take_in(school, world, ATTENDANCE, TWO_MARKS)
    give(school, world, lesson, sardor="absent")
    with school.work(world.dilshod) as uow:
        perform(uow, Attendance, "delete", uow.find(Attendance, where(student_id=world.sevara.student_id))[0].id)
    with pytest.raises(Conflict) as error:
        revert_import(school, world.dilshod, made.id)
    assert problem_codes(error.value) == {
        "": ["import_in_use"],
        "rows.2": ["changed_since"],
        "rows.3": ["changed_since"],
    }
    assert marks(school, world) == {"sardor": ("absent", "")}


def test_what_is_wrong_with_marks_is_said_by_cell(school: Educore, world: World, lesson: Session) -> None:
    with school.work(world.dilshod) as uow:
        evening, day = world.tashkent.evening.id, date(2024, 1, 1)
        for hour in (9, 11):
            schedule_session(uow, group_id=evening, date=day, start_time=time(hour), end_time=time(hour + 1))
        gone = schedule_session(
            uow, group_id=world.tashkent.morning.id, date=TODAY, start_time=time(15), end_time=time(16)
        )
        cancel_session(uow, gone)
        later = date(2024, 1, 2)
        schedule_session(uow, group_id=world.tashkent.morning.id, date=later, start_time=time(15), end_time=time(16))
    said = refused(
        school,
        world,
        ATTENDANCE,
        """
        group   | date       | start_time | student | status
        Morning | 2024-01-01 | 09:00      | sardor  | present
        Morning | 2024-01-01 | 9.00       | SARDOR  | absent
        Morning | 2024-01-01 | 09:00      | shirin  | present
        Morning | 2024-01-01 | 09:00      | sobir   | present
        Morning | 2024-01-01 | 12:00      | sevara  | present
        Morning | 2023-12-01 |            | sevara  | present
        Evening | 2024-01-01 |            | shirin  | present
        Morning | 2024-01-01 | 15:00      | sevara  | present
        Morning | 2024-01-02 |            | sevara  | present
        Night   | 2024-01-02 | noon       | sevara  | asleep
        """,
    )
    assert said == {
        (3, "student"): "twice_in_table",
        (4, "student"): "not_in_group",
        (5, "student"): "unknown_name",
        (6, "date"): "no_session",
        (7, "date"): "no_session",
        (8, "start_time"): "several_sessions",
        (9, "date"): "session_cancelled",
        (10, "date"): "session_in_future",
        (11, "group"): "unknown_name",
        (11, "start_time"): "time_type",
        (11, "status"): "enum",
    }


# -- what it costs, and many at once -------------------------------------------------------------------


def test_payments_and_marks_have_their_price(filled_database: Database, world: World) -> None:
    """A session costs the same for any number of its marks; payments share everything but the taking itself."""
    school, found = Educore(filled_database.store, memory_ports()), {}
    with school.work(world.dilshod) as uow:
        schedule_session(uow, group_id=world.tashkent.morning.id, date=TODAY, start_time=time(9), end_time=time(10))
    one_mark, one_payment = ("\n".join(text.strip().splitlines()[:2]) for text in (TWO_MARKS, TWO_PAYMENTS))
    with_phone(school, world)
    for name, kind, text in (
        ("one mark", ATTENDANCE, one_mark),
        ("two marks", ATTENDANCE, TWO_MARKS),
        ("one payment", PAYMENTS, one_payment),
        ("two payments", PAYMENTS, TWO_PAYMENTS),
    ):
        with record_statements(filled_database.engine) as run:
            check_import(school, world.dilshod, kind=kind, table=table(text))
        found[name] = len(run)
    assert found["one mark"] == found["two marks"]
    assert found["two payments"] - found["one payment"] <= 20, found


def test_the_same_table_twice_at_once_comes_in_once(open_database: Callable[..., Database], world: World) -> None:
    """Whoever is second learns it as a problem of a cell, although PostgreSQL ends their transaction."""
    school = Educore(open_database("postgresql", filled=True).store, memory_ports())
    start, ended = threading.Barrier(2), []

    def bring() -> None:
        start.wait()
        try:
            apply_import(school, world.dilshod, kind=STUDENTS, table=table(TWO_STUDENTS))
            ended.append("in")
        except Invalid as error:
            ended.append(" ".join(code for codes in problem_codes(error).values() for code in codes))

    threads = [threading.Thread(target=bring) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended)[0] == "in", ended
    assert set(sorted(ended)[1].split()) == {"taken"}, "of one row or of both, as far as the first had come"
    with school.work(world.dilshod, read_only=True) as uow:
        assert uow.count(Import) == 1


@pytest.mark.parametrize("patience", [60, 0])
def test_a_mark_that_somebody_corrects_while_it_goes_back_is_never_lost(
    open_database: Callable[..., Database], world: World, monkeypatch: pytest.MonkeyPatch, patience: int
) -> None:
    """Within a batch the correction waits and finds the mark gone; between two it comes in, and keeps its mark."""
    monkeypatch.setattr(Pace, "LONGEST", patience)
    school = Educore(open_database("postgresql", filled=True).store, memory_ports())
    with school.work(world.dilshod) as uow:
        schedule_session(uow, group_id=world.tashkent.morning.id, date=TODAY, start_time=time(9), end_time=time(10))
    made, ended = take_in(school, world, ATTENDANCE, TWO_MARKS), list[str]()
    with school.work(world.dilshod, read_only=True) as uow:
        last = max(mark.id for mark in uow.find(Attendance))

    def correct() -> None:
        try:
            with school.work(world.timur) as uow:
                perform(uow, Attendance, "update", last, {"notes": "corrected"})
            ended.append("corrected")
        except NotFound:
            ended.append("gone")

    corrects = threading.Thread(target=correct)
    monkeypatch.setattr(Pace, "rest", lambda pace: corrects.join())

    def one_is_back(done: int, of: int) -> None:
        if done == 1:
            corrects.start()
            corrects.join(0.5)  # as long as it would take if it had not to wait

    if patience:
        revert_import(school, world.dilshod, made.id, progress=one_is_back)
        corrects.join()
        assert (ended, marks(school, world)) == (["gone"], {})
        return
    with pytest.raises(Conflict) as error:
        revert_import(school, world.dilshod, made.id, progress=one_is_back)
    assert problem_codes(error.value) == {"": ["import_partly_reverted"], "rows.3": ["changed_since"]}
    assert (ended, marks(school, world)) == (["corrected"], {"sevara": ("late", "corrected")})
    with school.work(world.dilshod) as uow:
        assert uow.get(Import, made.id).state is ImportState.REVERTING
        perform(uow, Attendance, "update", last, {"notes": "bus"})
    assert revert_import(school, world.dilshod, made.id).state is ImportState.REVERTED
    assert marks(school, world) == {}


def test_a_name_that_somebody_takes_meanwhile_is_a_problem_of_its_cell(
    open_database: Callable[..., Database], world: World
) -> None:
    school = Educore(open_database("postgresql", filled=True).store, memory_ports())
    rows = "\n".join(f"new{n} | Tashkent Centre" for n in range(3))
    given = table(f"username | branch\n{rows}")
    other = school.work(world.davron)
    contextvars.Context().run(other.__enter__)  # as if it were another request
    perform(other, Student, "create", fields={"account": account("new1"), "branch_id": world.samarkand.branch.id})
    waiting = threading.Timer(0.5, lambda: other.__exit__(None, None, None))
    waiting.start()
    report = check_import(school, world.dilshod, kind=STUDENTS, table=given)
    waiting.join()
    assert told(report) == {(3, "username"): "taken"}


def test_passwords_are_not_hashed_for_a_trial(school_in_memory: Educore, world: World) -> None:
    hashed: list[str] = []
    plain = school_in_memory.ports.passwords.hash
    object.__setattr__(school_in_memory.ports.passwords, "hash", lambda text: hashed.append(text) or plain(text))
    check_import(school_in_memory, world.dilshod, kind=STUDENTS, table=table(TWO_STUDENTS))
    assert hashed == []
