"""Files come in through the use cases, wholly or not at all, and go out scoped, masked and harmless."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from educore import perform
from educore.adapters.spreadsheets import write_template
from educore.courses import Course
from educore.groups import Group
from educore.identity import Membership, User
from educore.organization import Branch, Room, close_branch
from educore.people import Teacher
from educore.values import APOSTROPHES
from support.admin.browser import page_text


def send(browser, screen, content, name="rows.csv"):
    body = content.encode() if isinstance(content, str) else content
    return browser.post(f"/{screen}/import", files={"file": (name, body, "text/csv")})


def rows(answer):
    return list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))


# -- import ------------------------------------------------------------------------------------------------


def test_teachers_are_imported_with_accounts(director, world):
    page = send(
        director,
        "teacher",
        "username,password,first_name,last_name,phone,branch,specialization\n"
        "laylo,gullola2024,Laylo,Karimova,+998 90 765 43 21,Registon branch,English\n"
        "zafar,,Zafar,,,Registon branch,\n",
    )
    assert "Imported: 2." in page_text(page)
    laylo = world.find(User, username="laylo")[0]
    teacher = world.find(Teacher, user_id=laylo.id)[0]
    assert (laylo.phone, laylo.center_id) == ("+998907654321", world.registon.center)
    assert teacher.specialization == "English"
    assert world.find(Membership, user_id=laylo.id), "nobody became a member: the use case was not called"
    assert world.find(Teacher, user_id=world.find(User, username="zafar")[0].id)


def test_names_in_a_file_are_found_with_any_apostrophe(director, world):
    with world.as_boss() as uow:
        branch = uow.get(Branch, world.registon.branch)
        perform(uow, Branch, "update", branch.id, {"name": "Oʻzbek"})
    head = "branch;username;first_name\n"
    for number, apostrophe in enumerate(("'", *APOSTROPHES)):
        page = send(director, "teacher", f"{head}O{apostrophe}zbek;ustoz{number};Ustoz\n")
        assert "Imported: 1." in page_text(page), apostrophe
    assert "Imported" not in page_text(send(director, "teacher", f"{head}Ozbek;ustoz;Ustoz\n"))


def test_an_amount_in_a_file_that_can_mean_two_things_is_refused(director, world):
    head = "branch;username;first_name;phone;hourly_rate\n"
    page = send(director, "teacher", head + "Registon branch;tola;Tola;;50.000\nRegiston branch;lola;Lola;;50,000\n")
    assert page.text.count("can mean two things: write 50000 or 50.00") == 2
    assert not world.find(User, username="tola")
    assert "Imported: 1." in page_text(send(director, "teacher", head + "Registon branch;tola;Tola;;50 000,50\n"))
    tola = world.find(User, username="tola")[0]
    assert world.find(Teacher, user_id=tola.id)[0].hourly_rate == Decimal("50000.50")


def test_one_wrong_row_keeps_the_whole_file_out_and_every_wrong_row_is_named(director, world):
    page = send(
        director,
        "teacher",
        "username,branch,phone\n"
        "good,Registon branch,\n"
        "student-r,Registon branch,\n"
        "good,Registon branch,\n"
        ",Registon branch,\n"
        "far,Zukko branch,12\n",
    )
    assert page.status_code == 400
    words = page_text(page)
    assert "Nothing was imported" in words
    assert "Row 2." not in words
    assert "Row 3. User name:" in words
    assert "Row 4. User name:" in words
    assert "Row 5. User name: This field is required." in words
    assert "Row 6." in words
    assert "Nothing with the id Zukko branch exists here." in words
    assert "as it is dialled in the center’s country" in words
    assert not world.find(User, username="good")


def test_rows_cannot_be_imported_into_another_center(director, world):
    before = len(world.find(Room))
    for branch in (world.zukko.branch, "Zukko branch"):
        page = send(director, "room", f"branch,name,capacity\n{branch},Planted,5\n")
        assert page.status_code == 400
    page = send(director, "course", f"name,center\nPlanted,{world.zukko.center}\n")
    assert page.status_code == 400
    assert "These columns are unknown: center" in page_text(page)
    assert len(world.find(Room)) == before
    assert not world.find(Course, name="Planted")


def test_the_use_case_decides_about_imported_rows_too(director, world):
    place = world.registon
    with world.as_boss() as uow:
        close_branch(uow, uow.get(Branch, place.branch))
    page = send(director, "group", "name,branch,course\nLate,Registon branch,Registon course\n")
    assert "Row 2. Branch: This branch is closed" in page_text(page)
    assert not world.find(Group, name="Late")


def test_a_teacher_is_named_by_user_name_or_by_name(director, world):
    text = "name,branch,course,teacher,status,start_date\n"
    text += "A,Registon branch,Registon course,teacher-r,completed,2024-02-01\n"
    text += f"B,{world.registon.branch},{world.registon.course},Kamola Registon,Active,\n"
    assert "Imported: 2." in page_text(send(director, "group", text))
    made = world.find(Group, name__in={"A", "B"})
    assert {group.teacher_id for group in made} == {world.registon.teacher}
    assert {group.status.value for group in made} == {"completed", "active"}
    page = send(director, "group", "name,branch,course,teacher\nC,Registon branch,Registon course,teacher-z\n")
    assert "Nothing with the id teacher-z exists here." in page_text(page)


def test_a_file_from_a_russian_spreadsheet_is_understood(director, world):
    director.get("/?lang=ru")
    text = "Название;Филиал;Мест;Доступен\nКабинет 7;Registon branch;15;да\nКабинет 8;Registon branch;15;нет\n"
    page = send(director, "room", text.encode("cp1251"))
    assert "Импортировано: 2." in page_text(page)
    assert [room.is_available for room in world.find(Room, name__icontains="Кабинет")] == [True, False]
    page = send(director, "room", "Название;Филиал;Мест\n;Registon branch;0\n")
    assert "Строка 2. Название:" in page_text(page)


@pytest.mark.parametrize(
    "content",
    ["name\nChess\n".encode("utf-16"), write_template(["name"], as_="xlsx", examples=[{"name": "Chess"}])],
    ids=["UTF-16", "XLSX"],
)
def test_a_file_as_excel_saves_it_is_imported(director, world, content):
    assert "Imported: 1." in page_text(send(director, "course", content))
    assert world.find(Course, name="Chess")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choose a file."),
        (b"name\n", "The file has no rows."),
        (b"name\n\n\n", "The file has no rows."),
        (b"nonsense,name\n1,2\n", "These columns are unknown: nonsense"),
        (b'name\n"open\n', "This file is damaged; save it once more as CSV or XLSX."),
        (b"name\n" + b"x\n" * 101, "Send at most 100 rows at once."),
        (b"name,description\nA,B,C\n", "Row 2 has a value outside the named columns."),
        (b"name,Name\nA,B\n", "Two columns are called name; keep one."),
        (b"name,duration_months,Months\nA,1,2\n", "Two columns are called duration_months; keep one."),
        (b"name\nA\x98\n", "Send a table as CSV or XLSX."),
        (b"x" * (2 * 1024 * 1024 + 1), "The file is too large."),
        (b"\xff\xfe\x00", "Send a table as CSV or XLSX."),
        (b"password_hash,name\nplain:x,y\n", "These columns are unknown: password_hash"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(director, world, content, sentence):
    page = send(director, "course", content)
    assert page.status_code == 400
    assert sentence in page_text(page)
    assert len(world.find(Course)) == 2


def test_no_file_at_all_is_told(director):
    assert "Choose a file." in page_text(director.post("/course/import", {"file": "text"}))


def test_a_file_of_nul_characters_is_no_mistake_of_ours(director):
    assert send(director, "course", "name\na\0b\n").status_code == 400
    assert send(director, "group", "name,branch,course\na,x\0y,z\n").status_code == 400


def test_what_was_exported_can_be_imported(director, world):
    with world.as_boss() as uow:
        perform(
            uow,
            Course,
            "create",
            fields={"center_id": world.registon.center, "name": "=1+1", "description": '@home, "quoted"\nnew line'},
        )
    text = director.get("/course/export/csv").text
    for name in ("Registon course", "=1+1"):
        text = text.replace(name, f"{name} again")
    assert "Imported: 2." in page_text(send(director, "course", text))
    copy = world.find(Course, name="=1+1 again")[0]
    assert copy.description == '@home, "quoted"\nnew line'


def test_the_import_page_says_which_columns_there_are(director):
    page = director.get("/teacher/import")
    for column in ("username", "branch", "specialization", "hourly_rate"):
        assert f"<code>{column}</code>" in page.text
    assert "passport_number" not in page.text


# -- export ------------------------------------------------------------------------------------------------


def test_an_export_names_related_rows_and_holds_only_own_rows(director, world):
    found = rows(director.get("/student/export/csv"))
    assert len(found) == 1
    assert found[0]["username"] == "student-r"
    assert found[0]["branch"] == "Registon branch"
    assert found[0]["group"] == "Registon group"
    assert found[0]["status"] == "active"
    assert len(rows_of(world, director)) == 1


def rows_of(world, browser):
    return rows(browser.get(f"/group/export/csv?branch_id={world.registon.branch}"))


def test_an_export_holds_what_the_list_shows(director, world):
    with world.as_boss() as uow:
        for number in range(30):
            perform(uow, Course, "create", fields={"center_id": world.registon.center, "name": f"Course {number:02}"})
    answer = director.get("/course/export/csv?search=course+1&sortBy=name&sort=desc&page=2")
    assert [row["name"] for row in rows(answer)] == [
        "Course 21",
        *(f"Course {n}" for n in range(19, 9, -1)),
        "Course 01",
    ]
    assert len(rows(director.get("/course/export/csv"))) == 31


def test_a_spreadsheet_finds_no_formula_in_an_export(director, world):
    with world.as_boss() as uow:
        for name in ('=cmd|"/c calc"!A1', "+1", "-1", "@SUM(A1)", "Ali;=cmd|'/C calc'!A0;x", 'a,"=1"'):
            perform(
                uow,
                Room,
                "create",
                fields={"branch_id": world.registon.branch, "name": f"{name}.", "capacity": 1, "equipment": name},
            )
    answer = director.get("/room/export/csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    for separator in ",;\t":
        for cells in csv.reader(io.StringIO(answer.text.lstrip("\ufeff"), newline=""), delimiter=separator):
            assert not [text for text in cells if text.startswith(("=", "+", "-", "@", "\t", "\r"))], cells


def test_an_export_is_capped(director, world, monkeypatch):
    monkeypatch.setattr("educore_web.admin.pages.spreadsheets.MAX_EXPORTED", 3)
    with world.as_boss() as uow:
        for number in range(5):
            perform(uow, Course, "create", fields={"center_id": world.registon.center, "name": f"Course {number}"})
    assert len(rows(director.get("/course/export/csv"))) == 3


def test_an_export_tells_flags_and_days_as_an_import_reads_them(director):
    found = rows(director.get("/room/export/csv"))[0]
    assert (found["is_available"], found["capacity"]) == ("true", "10")
