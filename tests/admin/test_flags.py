"""Absences that somebody must look after: resolved with the absences they excuse, dismissed, and what is handed in."""

from __future__ import annotations

import re
from datetime import date, time

import pytest

from educore import perform, where
from educore.attendance import AbsenceFlag, Attendance, FlagDocument
from educore.organization import CenterKind
from educore.timetable import Series, Session, Timetable
from support.admin.browser import page_text
from support.admin.forms import read_form
from support.admin.structure import add_structure
from support.admin.town import build_town
from support.web.sample_files import PNG

TODAY = date(2024, 1, 1)
HOURS = iter(range(7, 22))
"""The hours of today that no lesson has yet."""


@pytest.fixture(scope="module")
def school():
    """A town whose Centers are schools, with a timetable of a class for today alone."""
    world = build_town(kind=CenterKind.SCHOOL)
    world.has = add_structure(world)["Registon"]
    with world.as_boss() as uow:
        fields = {"group_id": world.has.group, "effective_from": TODAY, "effective_to": TODAY}
        world.timetable = perform(uow, Timetable, "create", fields=fields).id
    yield world
    world.database.close()


@pytest.fixture
def flag(school):
    """The flag of an absence from a new lesson of today; those of the tests before are dismissed."""
    with school.as_boss() as uow:
        for old in uow.find(AbsenceFlag):
            if old.status == "active":
                perform(uow, AbsenceFlag, "dismiss", old.id)
        hour = next(HOURS)
        times = {"start_time": time(hour), "end_time": time(hour, 50), "weekday": "mon"}
        slot = perform(uow, Series, "add_slot", fields={"timetable_id": school.timetable, **times})
        (lesson,) = [session for session in uow.find(Session) if session.series_id == slot.id]
        absent = {"student_id": school.registon.student, "status": "absent"}
        perform(uow, Session, "mark", lesson.id, {"marks": [absent]})
        perform(uow, Session, "complete_register", lesson.id)
        fields = {"student_id": school.registon.student, "session_id": lesson.id}
        found = [one for one in uow.find(AbsenceFlag) if one.session_id == lesson.id and one.status == "active"]
        return found[0] if found else perform(uow, AbsenceFlag, "create", fields=fields)


def resolve(browser, flag, *, then, **answers):
    """Fill in the page that resolves a flag, and press one of its buttons."""
    path = f"/absence-flag/action/resolve?pks={flag.id}"
    return browser.post(path, read_form(browser.get(path)) | answers | {"then": then})


def status_of(school, flag):
    """Return the status of a flag, and that of the mark it is about."""
    (mark,) = school.find(Attendance, session_id=flag.session_id, student_id=flag.student_id)
    return str(school.get(AbsenceFlag, flag.id).status), str(mark.status)


def test_a_resolution_shows_what_it_excuses_before_it_does(school, at, flag):
    director = at("dilnoza-r")
    answers = {"resolution": "justified", "excuse": "true", "notes": "Certificate"}
    page = resolve(director, flag, then="preview", **answers)
    assert "Jan 1, 2024" in page_text(page)
    assert status_of(school, flag) == ("active", "absent")
    assert "Resolved" in page_text(resolve(director, flag, then="do", **answers))
    assert status_of(school, flag) == ("resolved", "excused")
    assert school.get(AbsenceFlag, flag.id).resolution_notes == "Certificate"


def test_what_is_not_justified_is_not_excused(school, at, flag):
    director = at("dilnoza-r")
    page = resolve(director, flag, then="do", resolution="unjustified", excuse="true")
    assert page.status_code == 400
    assert status_of(school, flag) == ("active", "absent")
    page = resolve(director, flag, then="preview", resolution="unjustified")
    assert "No absence is excused" in page_text(page)
    resolve(director, flag, then="do", resolution="unjustified")
    assert status_of(school, flag) == ("resolved", "absent")


def absence_beside(school, flag):
    """Mark the student of a flag absent in another lesson of the day, and return the lesson."""
    with school.as_boss() as uow:
        hour = next(HOURS)
        times = {"start_time": time(hour), "end_time": time(hour, 50), "weekday": "mon"}
        slot = perform(uow, Series, "add_slot", fields={"timetable_id": school.timetable, **times})
        (lesson,) = uow.find(Session, where(series_id=slot.id))
        absent = {"student_id": flag.student_id, "status": "absent"}
        perform(uow, Session, "mark", lesson.id, {"marks": [absent]})
        return lesson


def test_the_lessons_of_an_absence_are_proposed_and_some_of_them_are_excused(school, at, flag):
    director, other = at("dilnoza-r"), absence_beside(school, flag)
    page = director.get(f"/absence-flag/action/resolve?pks={flag.id}")
    for lesson in (flag.session_id, other.id):
        assert re.search(rf'<option value="{lesson}" selected>[^<]*Jan 1, 2024', page.text)
    answers = {"resolution": "partial", "excuse": "true", "session_ids": str(flag.session_id)}
    assert "(Jan 1, 2024)" in page_text(resolve(director, flag, then="preview", **answers))
    resolve(director, flag, then="do", **answers)
    assert status_of(school, flag) == ("resolved", "excused")
    (mark,) = school.find(Attendance, session_id=other.id, student_id=flag.student_id)
    assert mark.status == "absent"


def test_a_lesson_without_an_absence_of_the_flag_is_refused(school, at, flag):
    director = at("dilnoza-r")
    with school.as_boss() as uow:
        times = {"start_time": time(5), "end_time": time(6), "date": date(2024, 1, 1)}
        lesson = perform(uow, Session, "create", fields={"group_id": school.registon.group, **times})
    answers = {"resolution": "partial", "excuse": "true", "session_ids": str(lesson.id)}
    assert resolve(director, flag, then="do", **answers).status_code == 400
    assert status_of(school, flag) == ("active", "absent")


def test_a_certificate_is_handed_in_with_the_resolution(school, at, flag):
    director = at("dilnoza-r")
    path = f"/absence-flag/action/resolve?pks={flag.id}"
    page = director.get(path)
    assert 'enctype="multipart/form-data"' in page.text
    form = read_form(page) | {"resolution": "justified", "excuse": "true"}
    sent = {"documents": ("certificate.png", PNG, "image/png")}
    assert "Choose the file again" in page_text(director.post(path, form | {"then": "preview"}, files=sent))
    assert not school.find(FlagDocument, flag_id=flag.id)
    director.post(path, form | {"then": "do"}, files=sent)
    (document,) = school.find(FlagDocument, flag_id=flag.id)
    assert document.file.endswith(".png")
    assert status_of(school, flag) == ("resolved", "excused")


def test_a_flag_is_dismissed_once(school, at, flag):
    director = at("dilnoza-r")
    path = f"/absence-flag/action/dismiss?pks={flag.id}"
    form = read_form(director.get(path))
    assert "Dismissed" in page_text(director.post(path, form | {"notes": "A mistake"}))
    assert status_of(school, flag) == ("dismissed", "absent")
    page = director.get(f"/absence-flag/details/{flag.id}")
    assert "action/dismiss" not in page.text
    assert "action/resolve" not in page.text
    assert director.post(path, read_form(director.get(path))).status_code == 400


def test_what_a_family_hands_in_stands_on_the_page_of_the_flag(school, at, flag):
    director = at("dilnoza-r")
    page = director.get(f"/absence-flag/details/{flag.id}")
    assert f"/admin/flag-document/create?flag_id={flag.id}" in page.text
    path = f"/flag-document/create?flag_id={flag.id}"
    assert director.post(path, read_form(director.get(path))).status_code == 400
    assert "Saved" in page_text(director.post(path, read_form(director.get(path)) | {"note": "Seen the doctor"}))
    assert [found.note for found in school.find(FlagDocument, flag_id=flag.id)] == ["Seen the doctor"]
    assert "Seen the doctor" in page_text(director.get(f"/absence-flag/details/{flag.id}"))


def test_a_teacher_reads_flags_and_decides_nothing(school, at, flag):
    teacher, clerk = at("teacher-r"), at("aziz")
    assert clerk.get(f"/absence-flag/action/resolve?pks={flag.id}").status_code == 200
    assert teacher.get("/absence-flag/list").status_code == 200
    assert teacher.get(f"/absence-flag/action/resolve?pks={flag.id}").status_code == 403
    assert teacher.get("/flag-document/list").status_code == 403
    other = at("dilnoza-z")
    assert other.get(f"/absence-flag/details/{flag.id}").status_code == 404
