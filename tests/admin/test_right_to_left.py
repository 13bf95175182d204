"""Pages in Arabic: written from right to left, with numbers, addresses and codes as they are."""

from __future__ import annotations

import re
from datetime import date, time
from importlib.resources import files

import sqladmin

from educore import perform
from educore.attendance import AttendanceStatus
from educore.organization import Center
from educore.timetable import Session
from educore_web.i18n import locale_of
from support.admin.browser import page_text


def test_only_an_arabic_page_runs_from_right_to_left_and_has_the_style_sheet_for_it(director):
    arabic, french = director.get("/student/list?lang=ar").text, director.get("/student/list?lang=fr").text
    assert '<html lang="ar" dir="rtl">' in arabic
    assert "/admin/tabler/tabler.rtl.min.css" in arabic
    assert "tabler.min.css" not in arabic
    assert '<html lang="fr" dir="ltr">' in french
    assert "tabler.rtl" not in french


def test_the_style_sheet_is_of_the_version_that_sqladmin_brings(director):
    page = director.get("/tabler/tabler.rtl.min.css")
    theirs = files(sqladmin).joinpath("statics", "css", "tabler.min.css").read_text(encoding="utf-8")
    assert page.status_code == 200
    assert re.search(r"Tabler v([\d.]+)", page.text)[1] == re.search(r"Tabler v([\d.]+)", theirs)[1]


def test_a_user_name_is_kept_apart_from_the_letters_around_it(director, world):
    page = director.get(f"/student/details/{world.registon.student}?lang=ar")
    assert "<bdi>student-r</bdi>" in page.text
    form = director.get("/student/create?lang=ar").text
    assert re.search(r'name="account.phone" type="tel"\s+dir="ltr"', form)
    assert re.search(r'name="account.first_name" type="text"\s+dir="auto"', form)


def test_the_name_of_a_lesson_keeps_the_order_of_its_letters_in_lists_and_none_of_the_marks_in_a_file(director, world):
    with world.as_boss() as uow:
        lesson = {
            "group_id": world.registon.group,
            "date": date(2024, 1, 1),
            "start_time": time(8),
            "end_time": time(9),
        }
        marks = [{"student_id": world.registon.student, "status": AttendanceStatus.PRESENT}]
        perform(uow, Session, "mark", perform(uow, Session, "create", fields=lesson).id, {"marks": marks})
    arabic = director.get("/attendance/list?lang=ar")
    parts = re.findall("\u2068([^\u2068\u2069]*)\u2069 · \u2068([^\u2068\u2069]*)\u2069", page_text(arabic))
    assert parts
    assert all(re.search("[A-Z]", group) and re.search("[0-9]", day) for group, day in parts)
    assert "\u2068" not in director.get("/attendance/list?lang=fr").text
    exported = director.get("/attendance/export/csv?lang=ar").text
    assert "2024" in exported
    assert "\u2068" not in exported


def test_months_have_their_names_of_the_country_of_the_center(director, world):
    august = "/timetable?week=2024-08-05&lang=ar"
    assert "5 أغسطس" in page_text(director.get(august))
    with world.as_boss() as uow:
        perform(uow, Center, "update", world.registon.center, {"country": "MA"})
    assert "5 غشت" in page_text(director.get(august))


def test_a_language_that_is_not_known_in_a_country_has_its_own_conventions():
    assert locale_of("fr", "UZ") == locale_of("fr")
    assert locale_of("ar", "MA") != locale_of("ar")
