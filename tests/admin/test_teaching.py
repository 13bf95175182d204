"""Planning lessons, one or many, moving and cancelling them, and handing out work."""

from __future__ import annotations

import re
from datetime import date, time

import pytest

from educore import perform
from educore.assessment import Assignment, Exam
from educore.courses import Course
from educore.groups import Group
from educore.timetable import Series, Session
from educore_web.runtime.limits import MEGABYTE
from support.admin.browser import page_text

WEEKLY = {"first_date": "2024-02-05", "last_date": "2024-02-18", "start_time": "09:00", "end_time": "10:30"}


def errors(page, field: str) -> str:
    return page.text.partition(f'id="q-{field}-errors">')[2].partition("</div>")[0]


def test_a_weekly_series_is_planned_and_the_number_of_lessons_is_told(director, lessons, world):
    form = director.get("/series/create").text
    assert len(re.findall(r'type="checkbox" name="weekdays"', form)) == 7
    assert 'type="time"' in form
    fields = WEEKLY | {"group_id": lessons.kamola.group, "room_id": world.registon.room, "topic": "Verbs"}
    page = director.post("/series/create", fields | {"weekdays": ["mon", "wed", "fri"]})
    assert "Lessons planned: 6." in page_text(page)
    assert "Mon, Wed, Fri" in page_text(page)
    series = world.find(Series)[0]
    planned = world.find(Session, series_id=series.id)
    assert (series.weekdays, len(planned), planned[0].topic) == ("mon wed fri", 6, "Verbs")
    assert f'href="/admin/session/list?series_id={series.id}"' in page.text


def test_a_series_that_clashes_names_the_lessons_in_the_way_with_links(director, lessons, world):
    fields = WEEKLY | {"group_id": lessons.kamola.group, "first_date": "2024-01-01", "last_date": "2024-01-14"}
    page = director.post("/series/create", fields | {"weekdays": ["mon"]})
    assert page.status_code == 400
    assert "The group has another lesson then: Registon group, Jan 8, 2024 09:00–10:30" in errors(page, "group_id")
    assert f'data-in-the-way href="/admin/session/details/{lessons.kamola.coming}"' in page.text
    assert re.search(r'value="mon" checked', page.text), "what was ticked stays ticked"
    assert not world.find(Series)


def test_the_first_few_of_many_clashes_are_named(director, lessons, world):
    daily = {"group_id": lessons.kamola.group, "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}
    assert director.post("/series/create", WEEKLY | daily).status_code == 200
    page = director.post("/series/create", WEEKLY | daily)
    assert errors(page, "group_id").count("The group has another lesson then") == 4
    assert "And 10 more." in errors(page, "group_id")


@pytest.mark.parametrize(
    ("wrong", "field", "why"),
    [
        ({"weekdays": []}, "weekdays", "This field is required."),
        ({"weekdays": ["someday"]}, "weekdays", "Name days of the week"),
        ({"last_date": "2024-02-01"}, "last_date", "The end lies before the start."),
        ({"end_time": "08:00"}, "end_time", "The end lies before the start."),
        ({"start_time": "soon"}, "start_time", "Write the time as HH:MM:SS."),
        ({"group_id": "9999"}, "group_id", "exists here"),
        ({"last_date": "2026-02-01"}, "last_date", "Plan at most 200 sessions at once"),
    ],
)
def test_what_is_wrong_with_a_series_is_told_beside_the_field(director, lessons, world, wrong, field, why):
    fields = WEEKLY | {"group_id": lessons.kamola.group, "weekdays": ["mon", "wed", "fri"]} | wrong
    page = director.post("/series/create", fields)
    assert page.status_code == 400
    assert why in errors(page, field)


@pytest.mark.parametrize(
    ("code", "words"), [("ar", "للمجموعة"), ("fr", "groupe"), ("ru", "группы"), ("uz", "[Gg]uruh")]
)
def test_a_clash_is_told_in_the_language_of_the_visitor(director, lessons, code, words):
    director.get(f"/?lang={code}")
    fields = {"group_id": lessons.kamola.group, "date": "2024-01-08", "start_time": "09:00", "end_time": "10:00"}
    assert re.search(words, errors(director.post("/session/create", fields), "group_id"))


def test_a_teacher_plans_their_own_groups_week(as_, lessons, world):
    fields = WEEKLY | {"group_id": lessons.kamola.group, "weekdays": ["tue"]}
    assert "Lessons planned: 2." in page_text(as_("teacher-r").post("/series/create", fields))
    assert world.find(Series)[0].teacher_id == world.registon.teacher


def test_a_lesson_is_planned_changed_cancelled_and_restored(director, lessons, world):
    fields = {"group_id": lessons.kamola.group, "date": "2024-01-10", "start_time": "12:00", "end_time": "13:00"}
    page = director.post("/session/create", fields)
    id = int(str(page.url).rsplit("/", 1)[1])
    assert "Registon group · Jan 10, 2024, 12:00" in page_text(page)
    change = {"date": "2024-01-11", "start_time": "12:30", "end_time": "13:15", "topic": "New"}
    assert director.post(f"/session/edit/{id}", change).status_code == 200
    lesson = world.get(Session, id)
    assert (lesson.date, lesson.start_time, lesson.minutes) == (date(2024, 1, 11), time(12, 30), 45)
    assert "Cancelled: 1." in page_text(director.post(f"/session/action/cancel?pks={id}"))
    assert world.get(Session, id).is_cancelled
    assert f"action/cancel?pks={id}" not in director.get(f"/session/details/{id}").text
    director.post(f"/session/edit/{id}", change)
    assert not world.get(Session, id).is_cancelled


def test_a_marked_lesson_is_not_cancelled(director, lessons, world):
    page = director.post(f"/session/action/cancel?pks={lessons.kamola.session}")
    assert page.status_code == 400
    assert "Attendance has been marked" in page_text(page)


def test_a_lesson_and_those_after_it_move_together_or_are_cancelled(director, lessons, world):
    fields = WEEKLY | {"group_id": lessons.kamola.group, "weekdays": ["mon", "wed"]}
    director.post("/series/create", fields)
    first, second, third, fourth = sorted(world.find(Session, series_id=world.find(Series)[0].id), key=lambda s: s.date)
    moved = {"date": "2024-02-08", "start_time": "16:00", "end_time": "17:30", "room_id": world.registon.room}
    page = director.post(f"/session/action/reschedule?pks={second.id}", moved)
    assert page.status_code == 200
    assert [world.get(Session, s.id).date.day for s in (first, second, third, fourth)] == [5, 8, 13, 15]
    assert world.get(Session, fourth.id).room_id == world.registon.room
    assert world.get(Session, first.id).start_time == time(9)
    director.post(f"/session/action/cancel_rest?pks={third.id}")
    cancelled = [world.get(Session, s.id).is_cancelled for s in (first, second, third, fourth)]
    assert cancelled == [False, False, True, True]
    assert director.get(f"/session/action/reschedule?pks={first.id},{second.id}").status_code == 400


def test_moving_into_another_lesson_says_which(director, lessons, world):
    path = f"/session/action/reschedule?pks={lessons.bobur.coming}"
    page = director.post(path, {"teacher_id": world.registon.teacher})
    assert page.status_code == 400
    assert "The teacher teaches then: Registon group" in errors(page, "teacher_id")
    assert f'href="/admin/session/details/{lessons.kamola.coming}"' in page.text


def test_a_lesson_gets_a_link_to_meet_at(director, lessons, world):
    director.post(f"/session/action/link?pks={lessons.kamola.coming}")
    link = world.get(Session, lessons.kamola.coming).online_link
    assert link.startswith("https://")
    assert link in director.get(f"/session/details/{lessons.kamola.coming}").text


def test_a_manager_plans_and_an_admin_only_marks(as_, lessons):
    fields = {"group_id": lessons.kamola.group, "date": "2024-01-12", "start_time": "12:00", "end_time": "13:00"}
    assert as_("malika").post("/session/create", fields).status_code == 200
    admin = as_("aziz")
    for path in ("session/create", "series/create", f"session/edit/{lessons.kamola.coming}"):
        assert admin.get(f"/{path}").status_code == 403
        assert admin.post(f"/{path}", fields).status_code == 403
    assert admin.post(f"/session/action/cancel?pks={lessons.kamola.coming}").status_code == 403


# -- work and exams ---------------------------------------------------------------------------------------


def test_an_assignment_carries_a_document(director, lessons, world):
    fields = {"group_id": str(lessons.kamola.group), "title": "Read", "due_date": "2024-02-01"}
    files = {"file": ("reading.pdf", b"%PDF-1.4\n%more", "application/pdf")}
    page = director.post("/assignment/create", fields, files=files)
    assert page.status_code == 200
    assert "reading.pdf" in page.text
    key = world.find(Assignment, title="Read")[0].file
    assert world.school.ports.files.read(key).startswith(b"%PDF")
    id = world.find(Assignment, title="Read")[0].id
    assert "Remove the present file" in page_text(director.get(f"/assignment/edit/{id}"))
    fields = {"title": "Read", "due_date": "2024-02-01", "status": "closed", "file.remove": "true"}
    director.post(f"/assignment/edit/{id}", fields)
    assert world.get(Assignment, id).file is None


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("page.html", b"<script>alert(1)</script>", "Send one of these kinds of file"),
        ("reading.pdf", b"not a pdf at all", "Send one of these kinds of file"),
        ("empty.pdf", b"", "The file is empty."),
        ("large.pdf", b"%PDF-1.4" + b"\0" * 25 * MEGABYTE, "larger than 25 MB"),
    ],
)
def test_a_document_of_another_kind_is_refused_beside_its_field(director, lessons, world, name, content, why):
    fields = {"group_id": str(lessons.kamola.group), "title": "Read", "due_date": "2024-02-01"}
    page = director.post("/assignment/create", fields, files={"file": (name, content, "application/pdf")})
    assert page.status_code == 400
    assert why in errors(page, "file")
    assert not world.find(Assignment, title="Read")


def test_an_exam_is_planned_and_its_rules_are_told(director, lessons, world):
    fields = {"group_id": lessons.kamola.group, "title": "Final", "exam_date": "2024-02-01", "start_time": "09:00"}
    fields |= {"end_time": "11:00", "total_points": "100", "passing_score": "101"}
    page = director.post("/exam/create", fields)
    assert page.status_code == 400
    assert "Write 100 or less." in errors(page, "passing_score")
    assert director.post("/exam/create", fields | {"passing_score": "60"}).status_code == 200
    assert world.find(Exam, title="Final")[0].teacher_id == world.registon.teacher


def test_a_result_is_entered_alone_and_its_letter_follows(director, lessons, world):
    page = director.post(
        "/exam-result/create", {"exam_id": lessons.kamola.exam, "student_id": lessons.second, "score": "45"}
    )
    assert page.status_code == 200
    assert "A" in page_text(page)
    page = director.post(
        "/exam-result/create", {"exam_id": lessons.kamola.exam, "student_id": lessons.second, "score": "45"}
    )
    assert page.status_code == 400


# -- groups without a limit, courses with a price ---------------------------------------------------------


def test_a_group_without_a_limit_shows_how_many_are_in_it_and_no_bar(director, lessons, world):
    with world.as_boss() as uow:
        perform(uow, Group, "update", lessons.bobur.group, {"capacity": None})
    page = director.get("/group/list")
    row = page.text.partition("Yashirin group")[2].partition("</tr>")[0]
    assert "progress" not in row
    assert 'data-label="Places taken"><bdi>1</bdi></td>' in row
    assert director.get("/").status_code == 200
    assert 'data-figure="free_seats">0<' in director.get("/").text


def test_a_course_has_a_price_a_length_and_can_be_inactive(director, world):
    fields = {"name": "Chess", "price": "450000", "duration_months": "6", "is_active": "true"}
    page = director.post("/course/create", fields)
    assert "450,000" in page_text(page)
    course = world.find(Course, name="Chess")[0]
    assert (course.price, course.duration_months, course.is_active) == (450000, 6, True)
    director.post(
        f"/course/edit/{course.id}", {"name": "Chess", "price": "0", "duration_months": "", "description": ""}
    )
    assert world.get(Course, course.id).is_active is False
