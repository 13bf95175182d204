"""Saved reports of attendance in the admin of a school: kept from the page of a month, read in words, removed."""

from __future__ import annotations

import re
from datetime import date, time

import pytest
import sqlalchemy as sa

from educore import Actor, Role, perform, where
from educore.attendance import AttendanceReport, AttendanceStatus, ReportType
from educore.identity import Membership
from educore.organization import CenterKind
from educore.timetable import RegisterStatus, Series, Session, Timetable
from educore.values import JsonObject
from support.admin.browser import page_text
from support.admin.forms import read_form
from support.admin.structure import add_structure
from support.admin.town import build_town

TODAY = date(2024, 1, 1)
PERIOD = {"first": "2024-01-01", "last": "2024-01-31"}


@pytest.fixture(scope="module")
def school():
    """A town whose Centers are schools, with an absence today and a lesson without a register."""
    world = build_town(kind=CenterKind.SCHOOL)
    world.has = add_structure(world)["Registon"]
    with world.as_boss() as uow:
        fields = {"group_id": world.has.group, "effective_from": TODAY, "effective_to": TODAY}
        timetable = perform(uow, Timetable, "create", fields=fields)
        for hour in (8, 9):
            times = {"start_time": time(hour), "end_time": time(hour, 50), "course_id": world.registon.course}
            slot = perform(uow, Series, "add_slot", fields={"timetable_id": timetable.id, "weekday": "mon", **times})
        (lesson,) = uow.find(Session, where(series_id=slot.id))
        mark = {"student_id": world.registon.student, "status": AttendanceStatus.ABSENT, "absence_reason": "Ill"}
        perform(uow, Session, "mark", lesson.id, {"marks": [mark]})
    yield world
    world.database.close()


def as_director(school):
    """Open a unit of work of the director of the school."""
    member = school.get(Membership, school.registon.director)
    center = school.registon.center
    return school.school.work(Actor(Role.DIRECTOR, member.user_id, member.id, center, school_id=center))


def save(school, browser):
    """Save the report of January, and return the page that follows."""
    path = f"/group/{school.has.group}/month"
    page = browser.get(f"{path}?month=2024-01")
    once = re.search(r'name="once" value="([^"]+)"', page.text)[1]
    return browser.post(f"{path}/save", {"month": "2024-01", "once": once}), once


def test_the_month_of_a_class_is_saved_as_a_report_and_read_in_words(school, at):
    director = at("dilnoza-r")
    page, once = save(school, director)
    text = page_text(page)
    assert "Report of a month" in text
    assert "Attendance 0 %" in text
    assert "Jan 1, 2024 Jan 7, 2024 1 0 %" in text
    assert "{" not in text
    before = len(school.find(AttendanceReport))
    director.post(f"/group/{school.has.group}/month/save", {"month": "2024-01", "once": once})
    assert len(school.find(AttendanceReport)) == before, "the same form is done once"
    assert "Report of a month" in page_text(director.get("/attendance-report/list"))


PARAMETERS = {
    ReportType.CLASS_STATISTICS: ({"group_id": "group", **PERIOD}, "Student"),
    ReportType.STUDENT_HISTORY: ({"student_id": "student", **PERIOD}, "Absences by reason Figure Number Ill 1"),
    ReportType.DAILY: ({"date": "2024-01-01"}, "Registers not completed"),
    ReportType.WEEKLY: ({"date": "2024-01-01"}, "Jan 1, 2024 1 0 %"),
    ReportType.FLAGS: (PERIOD, "By urgency"),
}


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("kind", PARAMETERS)
def test_every_kind_of_report_is_shown_in_words(school, at, kind, language):
    parameters, words = PARAMETERS[kind]
    known = {"group": school.has.group, "student": school.registon.student}
    parameters = {name: known.get(value, value) for name, value in parameters.items()}
    director = at("dilnoza-r")
    with as_director(school) as uow:
        made = perform(uow, AttendanceReport, "create", fields={"type": kind, "parameters": parameters})
    page = director.get(f"/attendance-report/details/{made.id}?lang={language}")
    text = page_text(page)
    assert page.status_code == 200, text
    assert "report_" not in text
    assert "field." not in text
    if language == "en":
        assert words in text


def test_what_is_stored_in_another_form_is_no_failure(school, at):
    with as_director(school) as uow:
        made = perform(uow, AttendanceReport, "create", fields={"type": "daily", "parameters": {"date": "2024-01-01"}})
    odd = {"classes": [1, None, {"rate": "many"}], "period": [2], "rate": "many", "name": {"x": 1}, "not_taken": 3}
    table = school.database.tables.of(AttendanceReport)
    with school.database.engine.begin() as connection:
        connection.execute(sa.update(table).where(table.c.id == made.id).values(data=JsonObject(**odd)))
    page = at("dilnoza-r").get(f"/attendance-report/details/{made.id}")
    assert page.status_code == 200
    assert "many" in page_text(page)


def test_reports_are_for_the_office_and_their_own_for_teachers(school, at):
    director, teacher, stranger = at("dilnoza-r"), at("teacher-r"), at("dilnoza-z")
    page, _ = save(school, director)
    (report,) = [int(found) for found in re.findall(r"/attendance-report/details/(\d+)", str(page.url))]
    path = f"/attendance-report/details/{report}"
    assert [browser.get(path).status_code for browser in (director, teacher, stranger)] == [200, 404, 404]
    own, _ = save(school, teacher)
    assert own.status_code == 200
    assert "Report of a month" in page_text(own)
    assert director.post(f"/group/{school.has.group}/month/save", {"month": "2024-01"}, token="x").status_code == 403
    assert stranger.post(f"/group/{school.has.group}/month/save", {"month": "2024-01"}).status_code in (400, 404)


def test_a_register_is_prepared_and_dropped_by_buttons(school, at):
    director = at("dilnoza-r")
    (lesson,) = school.find(Session, group_id=school.has.group, register_status__isnull=True, date=TODAY)
    details = f"/session/details/{lesson.id}"
    assert "action/prepare_register" in director.get(details).text
    path = f"/session/action/prepare_register?pks={lesson.id}"
    director.post(path, read_form(director.get(path)))
    assert school.get(Session, lesson.id).register_status is RegisterStatus.NOT_STARTED
    page = director.get(details)
    assert "action/prepare_register" not in page.text
    path = f"/session/action/drop_register?pks={lesson.id}"
    director.post(path, read_form(director.get(path)))
    assert school.get(Session, lesson.id).register_status is None


def test_a_lesson_of_no_timetable_has_no_such_button(school, at):
    with school.as_boss() as uow:
        fields = {"group_id": school.registon.group, "weekdays": "sat", "start_time": time(8), "end_time": time(9)}
        days = {"first_date": date(2024, 2, 1), "last_date": date(2024, 2, 8)}
        series = perform(uow, Series, "create", fields={**fields, **days})
        lesson = uow.find(Session, where(series_id=series.id), limit=1)[0]
    page = at("dilnoza-r").get(f"/session/details/{lesson.id}")
    assert page.status_code == 200
    assert "action/prepare_register" not in page.text
