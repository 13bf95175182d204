"""The attendance of a class in a month: the grid, its figures, and the files of it and of a register."""

from __future__ import annotations

import io
import re
from datetime import date, time

import openpyxl
import pypdf
import pytest

from educore import perform, where
from educore.attendance import Attendance, AttendanceStatus, month_analysis
from educore.groups import Enrollment
from educore.organization import CenterKind
from educore.people import Student, StudentStatus
from educore.timetable import Series, Session, Timetable
from support.admin.browser import page_text
from support.admin.structure import add_structure
from support.admin.town import build_town
from support.statement_counts import record_statements

TODAY = date(2024, 1, 1)
"""The day on which the students of the town have come."""


@pytest.fixture(scope="module")
def school():
    """A town whose Centers are schools, with two lessons of a class today: one mark each of the only student."""
    world = build_town(kind=CenterKind.SCHOOL)
    world.has = add_structure(world)["Registon"]
    with world.as_boss() as uow:
        fields = {"group_id": world.has.group, "effective_from": TODAY, "effective_to": TODAY}
        timetable = perform(uow, Timetable, "create", fields=fields)
        for hour, status in ((8, AttendanceStatus.ABSENT), (9, AttendanceStatus.PRESENT), (10, None)):
            times = {"start_time": time(hour), "end_time": time(hour, 50), "course_id": world.registon.course}
            slot = perform(uow, Series, "add_slot", fields={"timetable_id": timetable.id, "weekday": "mon", **times})
            (lesson,) = uow.find(Session, where(series_id=slot.id))
            if status:
                marks = [{"student_id": world.registon.student, "status": status}]
                perform(uow, Session, "mark", lesson.id, {"marks": marks})
    yield world
    world.database.close()


@pytest.fixture
def path(school):
    return f"/group/{school.has.group}/month"


def lesson_of(school, hour):
    (found,) = school.find(Session, group_id=school.has.group, start_time=time(hour))
    return found


def sheet_of(answer):
    """The lines of a downloaded workbook."""
    assert answer.status_code == 200
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(answer.content)).active.values]


def text_of(answer):
    """The text of a downloaded PDF."""
    assert answer.headers["content-type"] == "application/pdf"
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)


def test_the_page_of_a_class_leads_to_its_month(school, at, path):
    director = at("dilnoza-r")
    assert f'href="/admin{path}"' in director.get(f"/group/details/{school.has.group}").text
    page = director.get(f"{path}?month=2024-01")
    assert page.status_code == 200
    assert 'value="2024-01"' in page.text
    assert f"/admin{path}?month=2023-12" in page.text
    assert f"/admin{path}?month=2024-02" in page.text


def test_a_day_has_the_letters_of_its_marks_and_words_for_those_who_listen(school, at, path):
    page = at("dilnoza-r").get(f"{path}?month=2024-01")
    row = re.search(rf'<tr data-student="{school.registon.student}">.*?</tr>', page.text, re.DOTALL)[0]
    assert '<span aria-hidden="true">A</span><span class="visually-hidden">Absent: 1, Present: 1</span>' in row
    assert "is-absent" in row
    assert re.findall(r'class="month-total">([^<]*)<', row) == ["1", "0", "1", "0", "50"]


def test_the_figures_are_those_of_the_analysis_of_the_month(school, at, path):
    director = at("dilnoza-r")
    with school.as_boss() as uow:
        analysis = month_analysis(uow, TODAY, group_id=school.has.group)
    assert analysis.rate == 50
    assert "<strong data-rate>50 %" in director.get(f"{path}?month=2024-01").text
    lines = sheet_of(director.get(f"{path}.xlsx?month=2024-01"))
    assert any("50 %" in str(line[0]) for line in lines)
    assert "50 %" in text_of(director.get(f"{path}.pdf?month=2024-01"))


def test_a_month_without_lessons_says_so(school, at, path):
    page = at("dilnoza-r").get(f"{path}?month=2024-02")
    assert "No lessons in this month." in page_text(page)


@pytest.mark.parametrize("month", ["", "2024-13", "2024-1", "x", "9999-99", "2024-01-01"])
def test_what_is_no_month_is_the_present_one(school, at, path, month):
    assert 'value="2024-01"' in at("dilnoza-r").get(f"{path}?month={month}").text


def test_the_teacher_of_the_class_sees_it_and_other_schools_do_not(school, at, path):
    mine, theirs = at("teacher-r"), at("dilnoza-z")
    for form in ("", ".pdf", ".xlsx"):
        assert mine.get(f"{path}{form}?month=2024-01").status_code == 200
        assert theirs.get(f"{path}{form}?month=2024-01").status_code == 404
    assert "is-absent" in mine.get(f"{path}?month=2024-01").text


def test_a_cohort_has_no_month(school, at, path):
    director = at("dilnoza-r")
    assert director.get(path).status_code == 200
    assert director.get(f"/group/{school.registon.group}/month").status_code == 404
    assert director.get("/group/999999999999999999999/month").status_code == 404
    assert director.get(f"{path}.docx").status_code == 404


def test_the_workbook_has_numbers_as_numbers_and_no_formula(school, at, path):
    director = at("dilnoza-r")
    with school.as_boss() as uow:
        account = {"username": "formula", "first_name": "=1+1", "last_name": "@SUM", "password": "Chirchiq 1991"}
        fields = {"branch_id": school.registon.branch, "status": StudentStatus.ACTIVE, "account": account}
        student = perform(uow, Student, "create", fields=fields)
        perform(uow, Enrollment, "create", fields={"group_id": school.has.group, "student_id": student.id})
    lines = sheet_of(director.get(f"{path}.xlsx?month=2024-01"))
    (titles,) = [line for line in lines if line[-1] == "%"]
    (row,) = [line for line in lines if line[0] == "Student registon" or line[1] == "A"]
    assert titles[1] == "Mon 1"
    assert row[-5:] == [1, 0, 1, 0, 50]
    names = [line[0] for line in lines if line[0] and "1+1" in str(line[0])]
    assert names == ["'=1+1 @SUM"]


def test_the_register_of_a_lesson_is_a_file_with_its_figures(school, at):
    director, lesson = at("dilnoza-r"), lesson_of(school, 8)
    page = director.get(f"/session/{lesson.id}/marks")
    assert f'href="/admin/session/{lesson.id}/register.pdf"' in page.text
    lines = sheet_of(director.get(f"/session/{lesson.id}/register.xlsx"))
    assert any("Absent" in line for line in lines)
    assert any("Absent: 1" in str(line[0]) and "· 0 %" in str(line[0]) for line in lines)
    text = text_of(director.get(f"/session/{lesson.id}/register.pdf"))
    assert "Absent" in text
    assert "Registon course" in text


def test_the_register_is_for_those_who_may_mark_it(school, at):
    lesson = lesson_of(school, 8)
    assert at("teacher-r").get(f"/session/{lesson.id}/register.pdf").status_code == 200
    assert at("dilnoza-z").get(f"/session/{lesson.id}/register.pdf").status_code == 404
    assert at("dilnoza-r").get(f"/session/{lesson.id}/register.txt").status_code == 404


@pytest.mark.parametrize("language", ["en", "uz", "ru", "fr", "ar"])
def test_every_language_has_its_letters(school, at, path, language):
    director = at("dilnoza-r")
    page = director.get(f"{path}?month=2024-01&lang={language}")
    assert "month." not in page_text(page)
    assert "mark." not in page_text(page)
    lines = sheet_of(director.get(f"{path}.xlsx?month=2024-01"))
    assert not any(str(cell).startswith(("month.", "mark.")) for line in lines for cell in line)
    assert director.get(f"{path}.pdf?month=2024-01").content.startswith(b"%PDF")


def test_the_month_takes_as_many_statements_for_many_marks_as_for_one(school, at, path):
    director, lesson = at("dilnoza-r"), lesson_of(school, 10)
    director.get(f"{path}?month=2024-01")
    counts = []
    for status in (None, AttendanceStatus.LATE):
        if status:
            with school.as_boss() as uow:
                marks = [{"student_id": school.registon.student, "status": status}]
                perform(uow, Session, "mark", lesson.id, {"marks": marks})
        with record_statements(school.database.engine) as run:
            assert ("Late: 1" in director.get(f"{path}?month=2024-01").text) is bool(status)
        counts.append(len(run))
    (mark,) = school.find(Attendance, session_id=lesson.id)
    with school.as_boss() as uow:
        perform(uow, Attendance, "delete", mark.id)
    assert counts[0] == counts[1] <= 12
