"""Payments, invoices, monthly charges and salaries, as the office handles them."""

from __future__ import annotations

import io
import re
from datetime import date, time
from decimal import Decimal

import pytest
from pypdf import PdfReader
from sqlalchemy import event

from educore import perform
from educore.billing import ChargeRun, Invoice, Payment, Payroll
from educore.groups import Group
from educore.organization import Center
from educore.people import Student, Teacher
from educore.timetable import schedule_session
from support.admin.browser import page_text
from support.parametrize import each
from support.plain_rows import change_row

ONCE = re.compile(r'name="once" value="([^"]+)"')
READING = re.compile(r'name="([^"]+)\.reading" value="([^"]+)">([^<]+)<')


def beside(page, name: str) -> str:
    """The errors beside a question."""
    found = re.search(rf'id="q-{re.escape(name)}-errors">(.*?)</div>', page.text, re.S)
    return found[1] if found else ""


def paying(world, **fields):
    return {"student_id": world.registon.student, "amount": "100000", "method": "card"} | fields


def test_a_payment_is_taken_with_a_receipt_number_and_covers_the_oldest_invoice(director, world, office):
    page = director.post("/payment/create", paying(world, amount="100 000", notes="Thanks"))
    assert page.url.path.startswith("/admin/payment/details/")
    payment = world.find(Payment, notes="Thanks")[0]
    assert (payment.amount, payment.receipt_number, payment.paid_on.isoformat()) == (100_000, "REC-001", "2024-01-01")
    assert world.get(Invoice, office.registon.invoice).remaining == 200_000
    covered = page.text.partition('data-panel="covered"')[2]
    assert f"/admin/invoice/details/{office.registon.invoice}" in covered
    assert "100,000" in covered


def test_a_form_sent_twice_takes_the_money_once(director, world, office):
    key = ONCE.search(director.get("/payment/create").text)[1]
    first = director.post("/payment/create", paying(world, once=key))
    second = director.post("/payment/create", paying(world, once=key))
    assert first.url.path == second.url.path
    assert len(world.find(Payment, student_id=world.registon.student)) == 2
    director.post("/payment/create", paying(world, once=key, amount="7"))
    assert len(world.find(Payment, student_id=world.registon.student)) == 3, "other answers are meant anew"
    refused = director.post("/payment/create", paying(world, once="x", amount="0"))
    assert ONCE.search(refused.text)[1] == "x"


def test_amounts_of_garbage_are_refused_beside_the_amount(director, world, office):
    before = len(world.find(Payment))
    garbage = ("", "abc", "0", "-5", "1e3", "NaN", "Infinity", "1_0", "+5", "٥", "5 UZS", "0.001", "9" * 20, "5\u0000")
    for amount in garbage:
        page = director.post("/payment/create", paying(world, amount=amount))
        assert page.status_code == 400, amount
        assert beside(page, "amount"), amount
    assert len(world.find(Payment)) == before


def test_an_amount_that_can_mean_two_things_is_asked_about(director, world, office):
    before = len(world.find(Payment))
    key = ONCE.search(director.get("/payment/create").text)[1]
    page = director.post("/payment/create", paying(world, amount="480.000", once=key))
    assert page.status_code == 400
    assert "two things: write 480000 or 480.00" in beside(page, "amount")
    assert READING.findall(page.text) == [("amount", "480000", "480,000.00"), ("amount", "480.00", "480.00")]
    assert 'value="480.000"' in page.text, "what was written is still there"
    first = re.search(r'<button[^>]*type="submit"[^>]*>', page.text.partition('<form class="card"')[2])[0]
    assert "data-enter" in first, "Enter presses the first button, and guesses nothing"
    assert len(world.find(Payment)) == before
    meant = {"amount.reading": "480000"}
    page = director.post("/payment/create", paying(world, amount="480.000", once=key) | meant)
    assert f"Saved: 480,000.00 {world.get(Center, world.registon.center).currency}." in page_text(page)
    assert max(world.find(Payment), key=lambda payment: payment.id).amount == 480_000


@each(
    "language, typed, amount, echo",
    [
        ("en", "480,000", 480_000, "480,000.00"),
        ("en", "100,5", "100.5", "100.50"),
        ("ru", "480 000,50", "480000.50", "480 000,50"),
        ("uz", "1.200.000,5", "1200000.5", "1 200 000,50"),
        ("ru", "500'000", 500_000, "500 000,00"),
    ],
)
def test_an_amount_is_read_as_it_is_written_and_said_as_it_was_read(language, typed, amount, echo, director, world):
    page = director.post(f"/payment/create?lang={language}", paying(world, amount=typed))
    assert f": {echo} UZS." in page_text(page)
    assert max(world.find(Payment), key=lambda payment: payment.id).amount == Decimal(amount)


@each("language", ["fr", "ru", "uz"])
def test_a_comma_divides_thousands_on_no_page_but_an_english_one(language, director, world):
    page = director.post(f"/payment/create?lang={language}", paying(world, amount="480,000"))
    assert page.status_code == 400
    assert [value for _, value, _ in READING.findall(page.text)] == ["480000", "480.00"]


def test_a_reading_that_the_question_would_not_take_is_not_offered(director, world):
    page = director.post("/payment/create", paying(world, amount="480.555"))
    assert [value for _, value, _ in READING.findall(page.text)] == ["480555"]


def test_a_line_is_one_line_and_holds_nothing_that_nobody_sees(director, world, office):
    refused = director.post("/payment/create", paying(world, receipt_number="R\x1b[31m-1", notes="a\x1bb"))
    assert "cannot be seen" in beside(refused, "receipt_number")
    assert "cannot be seen" in beside(refused, "notes")
    director.post("/payment/create", paying(world, receipt_number="R\r\n1", notes="one\r\ntwo"))
    (payment,) = world.find(Payment, receipt_number="R 1")
    assert payment.notes == "one\ntwo"
    page = director.post("/room/create", {"branch_id": world.registon.branch, "name": "1\u202e01", "capacity": "5"})
    assert "cannot be seen" in beside(page, "name")


def test_what_is_wrong_stands_beside_its_question(director, world, office):
    desk = office.registon
    wrong = {
        "student_id": paying(world, student_id=world.zukko.student),
        "invoice_id": paying(world, invoice_id=office.zukko.invoice),
        "group_id": paying(world, group_id=world.zukko.group),
        "amount": paying(world, invoice_id=desk.invoice, amount="300001"),
        "paid_on": paying(world, paid_on="2024-01-02"),
        "receipt_number": paying(world, receipt_number="Registon-1"),
        "method": paying(world, method="gold"),
    }
    before = len(world.find(Payment))
    for name, fields in wrong.items():
        page = director.post("/payment/create", fields)
        assert page.status_code == 400, name
        assert beside(page, name), name
        assert "Zukko" not in page.text
    assert len(world.find(Payment)) == before
    assert "Only 300000.00 is left to pay" in beside(director.post("/payment/create", wrong["amount"]), "amount")


def test_an_invoice_leads_to_a_payment_that_is_filled_in(director, world, office):
    page = director.get(f"/invoice/details/{office.registon.invoice}")
    address = re.search(r'href="/admin(/payment/create\?[^"]+)"', page.text)[1].replace("&amp;", "&")
    form = director.get(address)
    assert 'name="amount" type="text"\n    dir="ltr" inputmode="decimal"' in form.text
    assert 'value="300000.00"' in form.text
    assert "№" in form.text
    director.post("/payment/create", paying(world, invoice_id=office.registon.invoice, amount="300000.00"))
    assert world.get(Invoice, office.registon.invoice).remaining == 0
    page = director.get(f"/invoice/details/{office.registon.invoice}")
    assert "/payment/create?" not in page.text
    assert "Paid" in page_text(page)


def test_a_payment_is_withdrawn_and_restored(director, world, office):
    id = office.registon.payment
    page = director.post(f"/payment/action/withdraw?pks={id}")
    assert "Withdrawn: 1." in page_text(page)
    assert "/admin/payment/action/restore" in page.text
    assert "/admin/payment/action/withdraw" not in page.text
    assert f"/admin/payment/edit/{id}" not in page.text
    assert director.get(f"/payment/edit/{id}").status_code == 403
    assert world.get(Invoice, office.registon.invoice).remaining == 500_000
    director.post(f"/payment/action/restore?pks={id}")
    assert world.get(Invoice, office.registon.invoice).remaining == 300_000


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Receipt", "Cash", "Student"]),
        ("ar", ["وصل", "التلميذ"]),
        ("fr", ["Reçu", "Espèces"]),
        ("ru", ["Квитанция", "Наличные"]),
        ("uz", ["Kvitansiya", "Naqd"]),
    ],
)
def test_a_receipt_is_a_pdf_in_the_language_of_the_page(director, office, language, words):
    director.get(f"/?lang={language}")
    answer = director.get(f"/payment/{office.registon.payment}/receipt")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="Registon-1.pdf"'
    text = " ".join(PdfReader(io.BytesIO(answer.content)).pages[0].extract_text().split())
    for word in (*words, "Registon-1", "Ali Registon", "Registon group", "200", "UZS", "Dilnoza Registon"):
        assert word in text, (word, text)
    assert "CANCELLED" not in text


def test_the_receipt_of_a_withdrawn_payment_says_so(director, office):
    director.post(f"/payment/action/withdraw?pks={office.registon.payment}")
    answer = director.get(f"/payment/{office.registon.payment}/receipt")
    assert "CANCELLED" in PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()


@each("huge", ["9" * 19, "9" * 30, "9" * 5000])
def test_numbers_no_row_can_have_are_not_found(director, world, office, huge):
    for path in (f"{huge}/receipt", f"details/{huge}", f"action/withdraw?pks={huge}", "x/receipt"):
        assert director.get(f"/payment/{path}").status_code == 404, path
    for name in ("student_id", "invoice_id", "group_id"):
        page = director.post("/payment/create", paying(world, **{name: huge}))
        assert page.status_code == 400, name
        assert beside(page, name), name
    assert "data-row" not in director.get(f"/payment/list?student_id={huge}").text
    address = "/payment/ajax/lookup?form=create&name=invoice_id&student_id="
    assert director.get(f"{address}{huge}").json() == {"results": []}
    assert director.get(f"/payment/create?student_id={huge}&amount=%00").status_code == 200
    assert director.get(f"/payment/list?page={huge}").status_code == 400
    assert director.get(f"/audit-entry/list?row_id={huge}").status_code == 200
    assert director.get(f"/timetable?group_id={huge}").status_code == 200
    assert "Not found" in page_text(director.post("/leads", {"id": huge, "to": "lost"}))
    assert "Not found" in page_text(director.post(f"/imports/{huge}/revert"))
    asked = {"month": "2024-02", "due_date": "2024-02-10", "group_ids": [huge]}
    assert "exists here" in beside(director.post("/charge-run/create", asked), "group_ids")


def test_receipts_are_for_those_who_may_read_the_payment(as_, office):
    assert as_("dilnoza-r").get(f"/payment/{office.zukko.payment}/receipt").status_code == 404
    assert as_("teacher-r").get(f"/payment/{office.registon.payment}/receipt").status_code == 403
    assert as_("aziz").get(f"/payment/{office.registon.payment}/receipt").status_code == 200


def test_invoices_show_how_far_they_are_paid_and_are_found_by_it(director, world, office):
    assert "Partly paid" in page_text(director.get("/invoice/list"))
    for word, count in (("partial", 1), ("paid", 0), ("overdue", 0), ("cancelled", 0), ("nonsense", 1)):
        rows = re.findall("data-row=", director.get(f"/invoice/list?status={word}").text)
        assert len(rows) == count, word
    world.clock.advance(days=20)
    director.sign_in("dilnoza-r")
    assert len(re.findall("data-row=", director.get("/invoice/list?status=overdue").text)) == 1


def test_payments_are_found_by_day_method_and_receipt(director, office):
    for query, count in (
        ("since=2024-01-01&until=2024-01-01", 1),
        ("since=2024-01-02", 0),
        ("until=2023-12-31", 0),
        ("since=0001-01-01&until=9999-12-31", 1),
        ("since=soon", 1),
        ("method=cash", 1),
        ("method=card", 0),
        ("search=registon-1", 1),
        ("search=Ali", 1),
        ("search=REC-9", 0),
        ("state=withdrawn", 0),
    ):
        assert len(re.findall("data-row=", director.get(f"/payment/list?{query}").text)) == count, query


def test_an_invoice_is_cancelled_unless_it_was_paid_for(director, world, office):
    id = office.registon.invoice
    director.post("/payment/create", paying(world, invoice_id=id, amount="1"))
    page = director.post(f"/invoice/action/cancel?pks={id}")
    assert page.status_code == 400
    assert "Payments were made for this invoice (1)" in page_text(page)
    paid = world.find(Payment, invoice_id=id)[0].id
    director.post(f"/payment/action/withdraw?pks={paid}")
    assert "Cancelled: 1." in page_text(director.post(f"/invoice/action/cancel?pks={id}"))
    assert world.get(Invoice, id).cancelled_at is not None
    assert director.get(f"/invoice/edit/{id}").status_code == 403


def test_a_month_is_previewed_charged_and_taken_back(director, world, office):
    place = world.registon
    asked = {"month": "2024-02", "due_date": "2024-02-10"}
    preview = director.post("/charge-run/create", asked)
    assert "Invoices: 1, 500,000 in all" in page_text(preview)
    assert "Ali Registon" in preview.text
    assert not world.find(Invoice, charged_for="2024-02")
    key = ONCE.search(preview.text)[1]
    done = [director.post("/charge-run/create", asked | {"then": "do", "once": key}) for _ in range(2)]
    assert done[0].url.path == done[1].url.path
    assert "The month is charged." in page_text(done[1])
    assert [one.student_id for one in world.find(Invoice, charged_for="2024-02")] == [place.student]
    again = director.post("/charge-run/create", asked)
    assert "Charged already" in page_text(again)
    assert 'value="do"' not in again.text
    run = world.find(ChargeRun, month="2024-02")[0].id
    director.post(f"/charge-run/action/revert?pks={run}")
    assert not world.find(Invoice, charged_for="2024-02")
    assert "Taken back" in page_text(director.get("/charge-run/list"))


def test_a_month_is_charged_to_chosen_groups_of_ones_own(director, world, office):
    with world.as_boss() as uow:
        other = perform(
            uow,
            Group,
            "create",
            fields={"name": "Other", "branch_id": world.registon.branch, "course_id": world.registon.course},
        ).id
    asked = {"month": "2024-02", "due_date": "2024-02-10"}
    page = director.post("/charge-run/create", asked | {"group_ids": [str(other)]})
    assert "Nobody is in these groups" in page_text(page)
    page = director.post("/charge-run/create", asked | {"group_ids": [str(other), str(world.registon.group)]})
    assert "Invoices: 1" in page_text(page)
    assert page.text.count("selected>") >= 2
    page = director.post("/charge-run/create", asked | {"group_ids": [str(world.zukko.group)], "then": "do"})
    assert page.status_code == 400
    assert "exists here" in beside(page, "group_ids")
    assert "Zukko" not in page.text
    for wrong in ({"month": "2024-13"}, {"month": ""}, {"due_date": "2023-01-01"}, {"group_ids": "x"}):
        page = director.post("/charge-run/create", asked | wrong)
        assert page.status_code == 400, wrong
        assert beside(page, next(iter(wrong))), wrong


def test_a_salary_is_reckoned_from_lessons_paid_and_locked(director, world, office):
    place = world.registon
    with world.as_boss() as uow:
        schedule_session(uow, group_id=place.group, date=date(2024, 1, 1), start_time=time(9), end_time=time(11))
    asked = {"teacher_id": place.teacher, "month": "2024-01", "base_salary": "", "bonus": "5", "penalty": "0"}
    page = director.post("/payroll/create", asked | {"then": "propose"})
    assert page.status_code == 200
    assert 'value="1555.00"' in page.text
    assert 'value="5"' in page.text
    assert not world.find(Payroll, month="2024-01")
    page = director.post("/payroll/create", asked | {"then": "propose", "month": ""})
    assert beside(page, "month")
    director.post("/payroll/create", asked | {"base_salary": "1555.00"})
    salary = world.find(Payroll, month="2024-01")[0]
    assert salary.total == Decimal("1560.00")
    page = director.post(f"/payroll/action/pay?pks={salary.id},{office.registon.payroll}")
    assert "Paid: 2." in page_text(page)
    assert world.get(Payroll, salary.id).is_paid
    assert director.get(f"/payroll/edit/{salary.id}").status_code == 403
    assert f"/admin/payroll/edit/{salary.id}" not in director.get("/payroll/list").text
    page = director.post(f"/payroll/action/delete?pks={salary.id}")
    assert "can no longer be changed" in page_text(page)
    assert world.get(Payroll, salary.id)


def test_a_teacher_without_a_rate_is_said_to_have_none(director, world, office):
    with world.as_boss() as uow:
        change_row(uow, uow.get(Teacher, world.registon.teacher), {"hourly_rate": None})
    page = director.post(
        "/payroll/create", {"teacher_id": world.registon.teacher, "month": "2024-01", "then": "propose"}
    )
    assert "no hourly rate" in page_text(page)


def test_a_teacher_sees_their_own_salary_and_no_other_money(as_, world, office):
    with world.as_boss() as uow:
        colleague = perform(
            uow, Teacher, "create", fields={"account": {"username": "bobur"}, "branch_id": world.registon.branch}
        ).id
        perform(
            uow,
            Payroll,
            "create",
            fields={"teacher_id": colleague, "month": "2023-12", "base_salary": Decimal(777_777)},
        )
    kamola = as_("teacher-r")
    page = kamola.get("/payroll/list")
    assert "1,000,000" in page.text
    assert "777,777" not in page.text + kamola.get("/payroll/export/csv").text
    assert "/admin/payroll/create" not in page.text
    for path in ("/payment/list", "/invoice/list", "/charge-run/list", "/money", "/payment/create", "/leads"):
        assert kamola.get(path).status_code == 403, path
    assert kamola.get("/payroll/create").status_code == 403
    assert kamola.post(f"/payroll/action/pay?pks={office.registon.payroll}").status_code == 403
    assert "/admin/money" not in kamola.get("/").text


def test_the_numbers_of_money_are_those_of_the_own_center(as_, world, office):
    world.clock.advance(days=15)
    for name in ("dilnoza-r", "malika", "aziz"):
        page = as_(name).get("/money")
        assert page.status_code == 200
        assert "Zukko" not in page.text
        figures = dict(re.findall(r'data-figure="(\w+)">(?:<[^>]+>)*([\d,]+)', page.text))
        assert figures == {
            "revenue_this_month": "200,000",
            "payments_this_month": "1",
            "owed": "300,000",
            "debtors": "1",
        }
        assert re.findall(r'data-debtor="(\d+)"', page.text) == [str(world.registon.student)]
        assert "Jan 10, 2024" in page.text
        assert page.text.count("<canvas") == 2
    assert "Zukko" in as_("sayyora").get("/money").text


def test_debtors_come_by_age_or_by_debt(director, world, office):
    with world.as_boss() as uow:
        other = perform(
            uow,
            Student,
            "create",
            fields={
                "branch_id": world.registon.branch,
                "group_id": world.registon.group,
                "account": {"username": "big", "first_name": "Big"},
            },
        ).id
        perform(
            uow,
            Invoice,
            "create",
            fields={"student_id": other, "amount": Decimal(900_000), "due_date": date(2024, 1, 12)},
        )
    world.clock.advance(days=15)
    director.sign_in("dilnoza-r")
    oldest = re.findall(r'data-debtor="(\d+)"', director.get("/money").text)
    largest = re.findall(r'data-debtor="(\d+)"', director.get("/money?by=debt").text)
    assert oldest == [str(world.registon.student), str(other)]
    assert largest == oldest[::-1]


def statements(world, browser, path):
    seen = []

    def see(connection, cursor, statement, *rest):
        seen.append(statement)

    event.listen(world.database.engine, "before_cursor_execute", see)
    assert browser.get(path).status_code == 200, path
    event.remove(world.database.engine, "before_cursor_execute", see)
    return len(seen)


def test_the_number_of_statements_does_not_grow_with_the_books(director, world, office):
    paths = ("/payment/list", "/invoice/list", "/payroll/list", "/charge-run/list", "/money", "/leads", "/funnel")
    few = {path: statements(world, director, path) for path in paths}
    with world.as_boss() as uow:
        for number in range(6):
            student = perform(
                uow,
                Student,
                "create",
                fields={"branch_id": world.registon.branch, "account": {"username": f"u{number}"}},
            ).id
            perform(
                uow,
                Invoice,
                "create",
                fields={"student_id": student, "amount": Decimal(10), "due_date": date(2024, 1, 2)},
            )
            perform(uow, Payment, "create", fields={"student_id": student, "amount": Decimal(3), "method": "card"})
            perform(
                uow,
                Payroll,
                "create",
                fields={
                    "teacher_id": world.registon.teacher,
                    "month": f"2022-0{number + 1}",
                    "base_salary": Decimal(1),
                },
            )
            perform(
                uow,
                ChargeRun,
                "create",
                fields={
                    "month": f"2024-0{number + 2}",
                    "due_date": date(2024, 8, 1),
                    "center_id": world.registon.center,
                },
            )
    assert {path: statements(world, director, path) for path in paths} == few
    assert max(few.values()) <= 28, few
    assert max(few[f"/{name}/list"] for name in ("payment", "invoice", "payroll", "charge-run")) <= 5, few
