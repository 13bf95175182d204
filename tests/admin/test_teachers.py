"""A teacher sees exactly their groups: nothing of a colleague of the same Center, nothing of another Center."""

from __future__ import annotations

import re
from datetime import date, time

import pytest

from educore import perform
from educore.assessment import Assignment, Exam, ExamResult, Submission
from educore.attendance import Attendance
from educore.timetable import Session
from educore_web.admin.screens import SCREENS
from support.admin.browser import page_text
from support.parametrize import each
from support.plain_rows import change_row

OPEN = (
    "session series attendance attendance-correction assignment submission exam exam-result student group enrollment "
    "payroll notification assessment attempt lesson lesson-resource tag"
).split()
CLOSED = "course teacher teacher-rating membership user sign-in center branch room".split()
EMPTY = "series payroll notification assessment attempt lesson lesson-resource tag".split()
"""Screens of which a teacher has no row here."""
FOREIGN = ("Yashirin", "Zukko")
HOURS = {"start_time": "18:00", "end_time": "19:00"}
SHEETS = {"session": "marks", "exam": "results", "assignment": "work"}


@pytest.fixture
def kamola(as_, lessons):
    return as_("teacher-r")


def foreign(page) -> list[str]:
    return [word for word in FOREIGN if word in page.text]


def test_the_screens_of_a_teacher_are_those_of_teaching():
    names = {
        re.sub(r"(?<!^)(?=[A-Z])", "-", screen.name).lower()
        for screen in SCREENS
        if screen.for_teachers and not screen.in_schools
    }
    assert names == set(OPEN)


@each("screen", OPEN)
def test_a_list_shows_the_teachers_own_rows_and_no_others(kamola, screen):
    page = kamola.get(f"/{screen}/list?pageSize=100")
    assert page.status_code == 200
    assert not foreign(page)
    links = re.findall(rf'"/admin/{screen}/details/\d+"', page.text)
    assert bool(links) is (screen not in EMPTY)


@each("screen", OPEN)
def test_an_export_holds_the_teachers_own_rows_and_no_others(kamola, screen):
    assert not foreign(kamola.get(f"/{screen}/export/csv"))


@each("screen", CLOSED)
@each("path", ["list", "create", "details/1", "edit/1", "export/csv", "import", "action/delete?pks=1"])
def test_staff_accounts_and_places_have_no_pages_for_teachers(kamola, screen, path):
    assert kamola.get(f"/{screen}/{path}").status_code == 403
    is_read_only = path in ("list", "details/1", "export/csv")
    assert kamola.post(f"/{screen}/{path}").status_code == (405 if is_read_only else 403)


def test_the_menu_names_only_what_a_teacher_may_open(kamola):
    menu = set(re.findall(r'href="/admin/([a-z-]+)/list"', kamola.get("/").text))
    assert menu == set(OPEN)


@each("screen", OPEN)
@each("term", ["Yashirin", "Zukko", "Vali", "bobur"])
def test_a_search_finds_nothing_of_others(kamola, screen, term):
    page = kamola.get(f"/{screen}/list?search={term}")
    assert "data-row" not in page.text
    assert "Nothing matches" in page_text(page)


def test_a_teacher_finds_their_students_by_name(kamola):
    assert "Ali Registon" in page_text(kamola.get("/student/list?search=Ali"))


@each("kind", ["session", "assignment", "submission", "exam", "group", "student"])
@each("whose", ["bobur", "zukko"])
def test_the_pages_of_others_rows_do_not_exist(kamola, lessons, kind, whose):
    id = getattr(getattr(lessons, whose), kind)
    for path in (f"/{kind}/details/{id}", f"/{kind}/edit/{id}", f"/{kind}/action/delete?pks={id}"):
        page = kamola.get(path)
        closed = {"group": ("edit", "action/delete"), "student": ("edit", "action/delete"), "submission": ("edit",)}
        is_closed = path.startswith(tuple(f"/{kind}/{part}" for part in closed.get(kind, ())))
        assert page.status_code == (403 if is_closed else 404), path
        assert not foreign(page)


@pytest.mark.parametrize("kind", sorted(SHEETS))
@pytest.mark.parametrize("whose", ["bobur", "zukko"])
def test_others_classes_are_neither_seen_nor_marked(kamola, lessons, world, kind, whose):
    theirs = getattr(lessons, whose)
    path = f"/{kind}/{getattr(theirs, kind)}/{SHEETS[kind]}"
    fields = {f"status-{theirs.student}": "present", f"score-{theirs.student}": "1", f"grade-{theirs.student}": "1"}
    for page in (kamola.get(path), kamola.post(path, fields)):
        assert page.status_code == 404
        assert not foreign(page)
    assert world.find(Attendance, session_id=theirs.session)[0].status == "late"
    assert world.find(ExamResult, exam_id=theirs.exam)[0].score == 40
    assert world.get(Submission, theirs.submission).grade is None


def test_a_student_of_another_group_cannot_be_marked_in_ones_own(kamola, lessons, world):
    for student in (lessons.bobur.student, lessons.zukko.student):
        path = f"/session/{lessons.kamola.session}/marks"
        kamola.post(path, {f"status-{student}": "present", f"status-{lessons.kamola.student}": "present"})
        assert not world.find(Attendance, session_id=lessons.kamola.session, student_id=student)


LOOKUPS = [
    ("session", "list", "group_id"),
    ("session", "list", "series_id"),
    ("session", "create", "group_id"),
    ("session", "calendar", "group_id"),
    ("attendance", "list", "session_id"),
    ("attendance", "list", "student_id"),
    ("submission", "list", "assignment_id"),
    ("exam-result", "list", "exam_id"),
    ("exam-result", "create", "student_id"),
    ("assignment", "create", "group_id"),
    ("student", "list", "group_id"),
    ("enrollment", "list", "student_id"),
]


@each("screen, form, name", LOOKUPS)
@each("term", ["", "a", "Yashirin", "Zukko"])
def test_no_choice_is_of_others(kamola, screen, form, name, term):
    answer = kamola.get(f"/{screen}/ajax/lookup", params={"form": form, "name": name, "term": term})
    assert answer.status_code == 200
    assert not foreign(answer)


def test_a_teacher_is_not_asked_who_teaches(kamola, lessons, world):
    for page in ("session/create", "series/create", "assignment/create", "exam/create", "session/list", "timetable"):
        assert 'name="teacher_id"' not in kamola.get(f"/{page}").text, page
    fields = {"group_id": lessons.kamola.group, "title": "Poem", "due_date": "2024-02-01"}
    assert kamola.post("/assignment/create", fields).status_code == 200
    assert world.find(Assignment, title="Poem")[0].teacher_id == world.registon.teacher


@pytest.mark.parametrize("whose", ["bobur", "zukko"])
def test_no_lesson_work_or_exam_is_planned_for_a_group_of_others(kamola, lessons, world, whose):
    group = getattr(lessons, whose).group
    counts = [len(world.find(kind)) for kind in (Session, Assignment, Exam)]
    kamola.post("/session/create", {"group_id": group, "date": "2024-01-05", **HOURS})
    kamola.post("/assignment/create", {"group_id": group, "title": "x", "due_date": "2024-02-01"})
    kamola.post(
        "/exam/create",
        {"group_id": group, "title": "x", "exam_date": "2024-02-01", "total_points": 9, "passing_score": 5, **HOURS},
    )
    assert [len(world.find(kind)) for kind in (Session, Assignment, Exam)] == counts


def test_the_dashboard_counts_what_is_the_teachers(kamola):
    page = kamola.get("/")
    assert not foreign(page)
    figures = dict(re.findall(r'data-figure="(\w+)">([\d,]+)<', page.text))
    assert figures == {"students": "2", "groups": "1", "lessons_today": "1", "to_mark": "0"}
    assert page.text.count("data-today=") == 1


def test_the_calendar_shows_the_teachers_lessons(kamola, lessons):
    for week in ("2024-01-01", "2024-01-08"):
        assert not foreign(kamola.get(f"/timetable?week={week}"))
    page = kamola.get("/timetable?week=2024-01-01")
    assert f'data-lesson="{lessons.kamola.session}"' in page.text
    for name, id in (("group_id", lessons.bobur.group), ("branch_id", 999), ("teacher_id", 1)):
        assert not foreign(kamola.get(f"/timetable?week=2024-01-01&{name}={id}"))


def test_somebody_who_stands_in_sees_the_group_but_grades_nothing(as_, lessons, world):
    with world.as_boss() as uow:
        session = uow.get(Session, lessons.bobur.coming)
        change_row(uow, session, {"teacher_id": world.registon.teacher})
    browser = as_("teacher-r")
    assert "Yashirin group" in browser.get("/group/list").text
    assert "Vali Yashirin" in browser.get(f"/session/{session.id}/marks").text
    assert browser.get(f"/assignment/{lessons.bobur.assignment}/work").status_code == 403
    assert browser.get(f"/exam/{lessons.bobur.exam}/results").status_code == 403
    assert browser.get(f"/session/{lessons.bobur.session}/marks").status_code == 404


def test_the_director_sees_the_classes_of_every_teacher_of_their_center_only(director, lessons):
    for path in ("/session/list", "/timetable?week=2024-01-01", "/", "/assignment/list", "/exam/list"):
        page = director.get(path)
        assert "Zukko" not in page.text, path
    assert "Yashirin group" in director.get("/timetable?week=2024-01-01").text


def test_a_conflict_with_a_colleagues_lesson_names_it_but_does_not_link_to_it(kamola, lessons, world):
    group, room = lessons.bobur.group, world.registon.room
    with world.as_boss() as uow:
        day, hours = date(2024, 1, 9), {"start_time": time(18), "end_time": time(19)}
        taken = perform(uow, Session, "create", fields={"group_id": group, "room_id": room, "date": day, **hours})
    fields = {"group_id": lessons.kamola.group, "room_id": room, "date": "2024-01-09", **HOURS}
    page = kamola.post("/session/create", fields)
    assert page.status_code == 400
    assert "The room is taken then: Yashirin group, Jan 9, 2024 18:00–19:00" in page_text(page)
    assert f"/admin/session/details/{taken.id}" not in page.text
