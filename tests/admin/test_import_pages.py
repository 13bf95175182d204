"""Bringing tables in the admin: templates, trials, taking in, taking back; and the list of changes."""

from __future__ import annotations

import base64
import re
from datetime import date, time
from html import unescape

import pytest

from educore import EDUCATION, perform
from educore.adapters.spreadsheets import read_table
from educore.audit import AuditEntry
from educore.billing import Payment
from educore.groups import Enrollment
from educore.identity import Membership, User
from educore.imports import Import
from educore.organization import Branch, close_branch
from educore.people import Student
from educore.timetable import Session
from educore_web.admin.screens.audit_screens import audited_kinds
from support.admin.browser import page_text

TWO = (
    "username,password,first_name,last_name,phone,branch,group\n"
    "laylo,gullola2024,Laylo,Karimova,+998 90 765 43 21,Registon branch,Registon group\n"
    "zafar,,Zafar,,,Registon branch,\n"
)


def check(browser, content, kind="students", name="rows.csv", **more):
    body = content.encode() if isinstance(content, str) else content
    return browser.post(f"/imports/{kind}/check", more, files={"file": (name, body, "text/csv")})


def apply_from(browser, page):
    """Press the button of a page that found everything right."""
    action = re.search(r'action="/admin(/imports/\w+/apply)"', page.text)
    assert action, page_text(page)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    fields = {name: unescape(value) for name, value in fields.items() if name != "csrf"}
    return browser.post(action[1], fields)


def test_students_are_tried_taken_in_and_taken_back(director, world):
    tried = check(director, TWO)
    assert "Everything is right Rows: 2. They would make or change: 2." in page_text(tried)
    assert tried.text.index("Everything is right") < tried.text.index("</main>"), "the result stands below the page"
    assert not world.find(User, username="laylo")
    taken = apply_from(director, tried)
    assert "Import № 1 is in. Rows: 2." in page_text(taken)
    laylo = world.find(User, username="laylo")[0]
    student = world.find(Student, user_id=laylo.id)[0]
    assert (laylo.phone, laylo.center_id, student.group_id) == (
        "+998907654321",
        world.registon.center,
        world.registon.group,
    )
    assert world.find(Enrollment, student_id=student.id), "a seat was not taken: the use case was not called"
    assert "/admin/imports/1/revert" in taken.text
    assert "№ 1 rows.csv" in page_text(director.get("/import/list"))
    opened = director.get("/import/details/1")
    assert "/admin/imports/1/revert" in opened.text
    assert "Import № 1 was taken back." in page_text(director.post("/imports/1/revert"))
    assert not world.find(User, username="laylo")
    assert "/revert" not in director.get("/import/details/1").text
    assert "This was taken back already." in page_text(director.post("/imports/1/revert"))


def test_every_wrong_cell_is_named_and_nothing_comes_in(director, world):
    page = check(
        director,
        "username,branch,phone\n"
        "good,Registon branch,\n"
        "student-r,Registon branch,\n"
        "good,Registon branch,\n"
        ",Registon branch,\n"
        "far,Zukko branch,12\n",
    )
    words = page_text(page)
    assert "Nothing was changed" in words
    for sentence in (
        "3 username This is already taken",
        "4 username Row 2 says the same already; keep one of the two.",
        "5 username This field is required.",
        "6 branch Nothing here is called Zukko branch; check the spelling.",
        "6 phone ",
    ):
        assert sentence in words, (sentence, words)
    assert "apply" not in page.text
    assert not world.find(User, username="good")
    assert not world.find(Import)


def test_what_was_right_may_be_wrong_by_the_time_it_is_taken_in(director, world):
    tried = check(director, TWO)
    with world.as_boss() as uow:
        close_branch(uow, uow.get(Branch, world.registon.branch))
    assert "2 branch This branch is closed" in page_text(apply_from(director, tried))
    assert not world.find(Import)


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "rows.csv", "This field is required."),
        (b"username,branch\n", "rows.csv", "The file has no rows below the names of the columns."),
        (b"\x7fELF\0\0", "rows.csv", "Send a table as CSV or XLSX."),
        (b"PK\x03\x04broken", "rows.xlsx", "This file is damaged"),
        (b"username,branch\nx\0,y\n", "rows.csv", "Send a table as CSV or XLSX."),
        (b"username,branch\n" + b"x,y\n" * 20_001, "rows.csv", "Send at most 20000 rows at once."),
        (b"x" * (5 * 1024 * 1024 + 1), "rows.csv", "The file is larger than 5 MB."),
        (b"username,nonsense\nx,y\n", "rows.csv", "Names of the columns branch The column branch is missing; add it."),
        (b"password_hash,branch\nx,y\n", "rows.csv", "No column is called password_hash"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(director, world, content, name, sentence):
    assert sentence in page_text(check(director, content, name=name))
    assert len(world.find(Student)) == 2


def test_a_table_from_a_russian_spreadsheet_is_answered_in_russian(director, world):
    director.get("/?lang=ru")
    text = "Логин;Имя;Филиал\nслон;Слон;Registon branch\n;Кит;Нигде\n"
    words = page_text(check(director, text.encode("cp1251")))
    assert "Ничего не изменено" in words
    assert "3 branch Здесь ничего не называется «Нигде»" in words
    assert "Всё верно" in page_text(check(director, text.partition("\n;")[0].encode("cp1251")))


def test_templates_are_taken_from_the_page_and_can_be_read(director):
    for kind in ("students", "payments", "attendance"):
        page = director.get(f"/imports?kind={kind}")
        for form in ("csv", "xlsx"):
            address = f"/imports/{kind}/template.{form}"
            assert f"/admin{address}" in page.text
            answer = director.get(address)
            assert "attachment" in answer.headers["content-disposition"]
            assert read_table(answer.content, name=f"t.{form}", most_rows=9).rows
    assert director.get("/imports/students/template.exe").status_code == 404
    assert director.get("/imports/lions/template.csv").status_code == 404


def test_the_screens_lead_to_the_one_way_of_importing(director):
    for screen, kind in (("student", "students"), ("payment", "payments"), ("attendance", "attendance")):
        assert f"/admin/imports?kind={kind}" in director.get(f"/{screen}/list").text, screen
    assert director.get("/student/import").url.path == "/admin/imports"
    assert director.get("/import/list").text.count('href="/admin/imports"') == 1


def test_payments_and_marks_come_in_too(director, world):
    paid = check(director, "student,amount,method,paid_on\nstudent-r,500 000,наличные,01.01.2024\n", kind="payments")
    assert "Import № 1 is in." in page_text(apply_from(director, paid))
    assert [payment.amount for payment in world.find(Payment)] == [500_000]
    with world.as_boss() as uow:
        group = world.registon.group
        perform(
            uow,
            Session,
            "create",
            fields={"group_id": group, "date": date(2024, 1, 1), "start_time": time(9), "end_time": time(10)},
        )
    marked = check(
        director, "group,date,student,status\nRegiston group,2024-01-01,student-r,present\n", kind="attendance"
    )
    assert "Import № 2 is in." in page_text(apply_from(director, marked))
    taken_in = check(director, TWO)
    apply_from(director, taken_in)
    laylo = world.find(Student, user_id=world.find(User, username="laylo")[0].id)[0]
    with world.as_boss() as uow:
        perform(uow, Payment, "create", fields={"student_id": laylo.id, "amount": 5, "method": "cash"})
    words = page_text(director.post("/imports/3/revert"))
    assert "The import cannot be taken back: rows in the way: 1." in words
    assert "2 It cannot be deleted because this depends on it:" in words


def test_who_may_not_import_finds_no_page_and_nobody_sends_from_elsewhere(as_, director, world):
    tried = check(director, TWO)
    apply_from(director, tried)
    for name, finds in (("malika", True), ("aziz", True), ("teacher-r", False)):
        browser = as_(name)
        assert (browser.get("/imports").status_code == 200) is finds, name
        if not finds:
            assert check(browser, TWO).status_code == 403
            assert browser.post("/imports/1/revert").status_code == 403
            assert browser.get("/imports/students/template.csv").status_code == 403
    stranger = as_("dilnoza-z")
    assert "Not found" in page_text(stranger.post("/imports/1/revert"))
    assert stranger.get("/import/details/1").status_code == 404
    assert world.get(Import, 1).reverted_at is None
    for address in ("/imports/students/apply", "/imports/1/revert", "/imports/students/check"):
        assert director.post(address, token="wrong").status_code == 403, address
    broken = {"name": "x.csv", "content": "не base64"}
    assert director.post("/imports/students/apply", broken).status_code == 400


def test_a_second_click_takes_nothing_in_twice(director, world):
    payments = (
        "student,amount,method,paid_on\n"
        f"{world.get(User, world.get(Student, world.registon.student).user_id).username},480000.00,cash,2024-01-01\n"
    )
    tried = check(director, payments, kind="payments")
    assert "is in. Rows: 1." in page_text(apply_from(director, tried))
    assert "This file was sent already." in page_text(apply_from(director, tried))
    assert len(world.find(Payment)) == len(world.find(Import)) == 1
    again = check(director, payments, kind="payments")
    assert "is in. Rows: 1." in page_text(apply_from(director, again)), "whoever tries the file again means it anew"


def test_whoever_sees_several_centers_says_which(as_, world):
    boss = as_("sayyora")
    assert 'name="center_id"' in boss.get("/imports").text
    assert "This field is required." in page_text(check(boss, TWO))
    done = apply_from(boss, check(boss, TWO, center_id=str(world.registon.center)))
    assert "is in. Rows: 2." in page_text(done)
    assert world.find(Import)[0].center_id == world.registon.center


def test_a_changed_name_and_content_are_only_another_file(director, world):
    fields = {
        "name": "<b>.csv",
        "content": base64.b64encode(TWO.encode()).decode(),
        "center_id": str(world.zukko.center),
    }
    page = director.post("/imports/students/apply", fields)
    assert "Nothing with the id" in page_text(page)
    fields.pop("center_id")
    director.post("/imports/students/apply", fields)
    assert "<b>" not in director.get("/import/list").text


# -- the list of changes -------------------------------------------------------------------------------


def block(world, browser, member):
    answer = browser.post(f"/membership/action/block?pks={member}")
    assert answer.status_code == 200, page_text(answer)


def test_directors_read_who_changed_what(as_, director, world):
    block(world, director, world.registon.other["malika"])
    page = director.get("/audit-entry/list")
    words = page_text(page)
    assert "Dilnoza Registon" in words
    assert "changed" in words
    assert "Role Malika Xodimova changed Blocked: No → Yes" in words
    assert "Zukko" not in words
    member = world.registon.other["malika"]
    history = director.get(f"/audit-entry/list?kind=Membership&row_id={member}")
    assert history.text.count("<tr>") == 3, "the heading, the appointment and the block"
    assert (
        f"/admin/audit-entry/list?kind=Membership&amp;row_id={member}"
        in director.get(f"/membership/details/{member}").text
    )
    for query, hits in (
        ("kind=Payment", 0),
        ("kind=Nonsense", None),
        ("action=changed", 1),
        ("search=dilnoza", 4),
        ("search=nobody", 0),
        ("since=2024-01-02", 0),
        (f"since=2024-01-01&until=2024-01-01&kind=Membership&row_id={member}", 2),
    ):
        found = director.get(f"/audit-entry/list?{query}").text.count("<tr>") - 1
        assert hits is None or max(found, 0) == hits, query
    entry = world.find(AuditEntry, action="changed")[-1]
    details = page_text(director.get(f"/audit-entry/details/{entry.id}"))
    assert entry.digest in details
    assert "→" in details
    for name in ("aziz", "teacher-r"):
        assert as_(name).get("/audit-entry/list").status_code == 403, name
    assert as_("sayyora").get("/audit-entry/list").status_code == 200


def test_changes_are_told_in_every_language(director, world):
    block(world, director, world.registon.other["malika"])
    for language, words in (
        ("ar", ("التغييرات", "تغيير", "وظيفة")),
        ("fr", ("Modifications", "modifié", "Fonction")),
        ("ru", ("Изменения", "изменено", "Роль")),
        ("uz", ("O‘zgarishlar", "o‘zgartirildi", "Rol")),
    ):
        told = page_text(director.get(f"/audit-entry/list?lang={language}"))
        assert all(word in told for word in words), (language, told)
        assert "AuditEntry." not in told
        assert "field." not in told
        assert "imports." not in page_text(director.get("/imports"))


def test_the_list_of_changes_can_be_filtered_by_every_audited_kind(world):
    assert {kind.value for kind in audited_kinds(EDUCATION)} == {kind.__name__ for kind in EDUCATION.audited}
    assert Membership in EDUCATION.audited
