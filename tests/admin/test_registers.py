"""The register of a lesson on the class sheet of a school: minutes, reasons, completion, and taking it back."""

from __future__ import annotations

from datetime import date, time

import pytest

from educore import perform
from educore.attendance import Attendance
from educore.organization import CenterKind
from educore.timetable import Series, Session, Timetable
from support.admin.browser import page_text
from support.admin.forms import read_form
from support.admin.structure import add_structure
from support.admin.town import build_town

TODAY = date(2024, 1, 1)
"""The day on which the students of the town have come."""


@pytest.fixture(scope="module")
def school():
    """A town whose Centers are schools, with many lessons of a class today."""
    world = build_town(kind=CenterKind.SCHOOL)
    world.has = add_structure(world)["Registon"]
    with world.as_boss() as uow:
        fields = {"group_id": world.has.group, "effective_from": TODAY, "effective_to": TODAY}
        timetable = perform(uow, Timetable, "create", fields=fields)
        for number in range(16):
            times = {"start_time": time(8 + number // 2, 30 * (number % 2)), "course_id": world.registon.course}
            times["end_time"] = time(times["start_time"].hour, times["start_time"].minute + 25)
            perform(uow, Series, "add_slot", fields={"timetable_id": timetable.id, "weekday": "mon", **times})
    yield world
    world.database.close()


@pytest.fixture
def lesson(school):
    """A lesson of the class that has no register yet."""
    found = school.find(Session, group_id=school.has.group, register_status__isnull=True, date=TODAY)
    return min(found, key=lambda session: session.start_time)


def student_of(school):
    """Return the id of the student of the class."""
    return school.registon.student


def mark(browser, school, lesson, *, press="", **texts):
    """Fill in the line of the student on the sheet of a lesson and send it. Return the page that follows."""
    path = f"/session/{lesson.id}/marks"
    form = read_sheet(browser.get(path))
    answers = {f"{name}-{student_of(school)}": text for name, text in texts.items()}
    return browser.post(path, form | answers | ({press: "1"} if press else {}))


def read_sheet(page):
    """Return the form of a sheet with what it holds."""
    return {name: value for name, value in read_form(page).items() if name}


def stored(school, lesson):
    """Return the mark of the student in a lesson."""
    (found,) = school.find(Attendance, session_id=lesson.id, student_id=student_of(school))
    return found


def test_a_late_student_has_minutes_and_loses_them_when_present(school, at, lesson):
    director = at("dilnoza-r")
    assert "Saved" in page_text(mark(director, school, lesson, status="late", late_minutes="15"))
    assert stored(school, lesson).late_minutes == 15
    assert school.get(Session, lesson.id).register_status == "in_progress"
    mark(director, school, lesson, status="present")
    assert (stored(school, lesson).status, stored(school, lesson).late_minutes) == ("present", None)


def test_an_absence_has_a_reason(school, at, lesson):
    director = at("dilnoza-r")
    mark(director, school, lesson, status="absent", absence_reason="Ill", late_minutes="7")
    assert (stored(school, lesson).absence_reason, stored(school, lesson).late_minutes) == ("Ill", None)


@pytest.mark.parametrize("minutes", ["never", "601", "-1"])
def test_minutes_that_are_none_are_refused_beside_the_student(school, at, lesson, minutes):
    director = at("dilnoza-r")
    page = mark(director, school, lesson, status="late", late_minutes=minutes)
    assert page.status_code == 400
    assert 'class="sheet-errors"' in page.text
    assert f'value="{minutes}"' in page.text
    assert not school.find(Attendance, session_id=lesson.id)


def test_one_button_saves_and_completes_the_register(school, at, lesson):
    director = at("dilnoza-r")
    mark(director, school, lesson, press="close", status="present")
    assert school.get(Session, lesson.id).register_status == "completed"
    page = director.get(f"/session/{lesson.id}/marks")
    assert "Completed" in page_text(page)
    assert 'name="close"' not in page.text


def test_nothing_is_completed_where_a_line_is_wrong(school, at, lesson):
    director = at("dilnoza-r")
    page = mark(director, school, lesson, press="close", status="late", late_minutes="many")
    assert page.status_code == 400
    assert school.get(Session, lesson.id).register_status is None


def test_only_the_director_takes_a_register_back(school, at, lesson):
    director, manager = at("dilnoza-r"), at("malika")
    mark(director, school, lesson, status="absent")
    path = f"/session/action/reset_register?pks={lesson.id}"
    assert manager.get(path).status_code == 403
    assert "Taken back" in page_text(director.post(path, read_form(director.get(path))))
    assert school.get(Session, lesson.id).register_status == "not_started"
    assert not school.find(Attendance, session_id=lesson.id)
    path = f"/session/action/start_register?pks={lesson.id}"
    assert "Started" in page_text(director.post(path, read_form(director.get(path))))
    assert school.get(Session, lesson.id).register_status == "in_progress"


def test_a_lesson_outside_of_timetables_is_marked_and_has_nothing_to_complete(school, at):
    director, place = at("dilnoza-r"), school.registon
    with school.as_boss() as uow:
        times = {"date": TODAY, "start_time": time(19), "end_time": time(20)}
        other = perform(uow, Session, "create", fields={"group_id": place.group, "teacher_id": place.teacher, **times})
    page = director.get(f"/session/{other.id}/marks")
    assert "absence_reason" in page.text
    assert 'name="close"' not in page.text
