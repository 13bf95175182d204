"""Forms that are sent at the same moment, on a SQLite file and on PostgreSQL: one effect, and no lost change."""

from __future__ import annotations

import asyncio
import contextvars
from datetime import date, time

import pytest

from educore import perform
from educore.attendance import Attendance
from educore.courses import Course
from educore.identity import User
from educore.organization import Room
from educore.people import Student
from educore.timetable import Session
from educore_web.admin import sheet
from support.admin.browser import CSRF_TOKEN, Browser, page_text
from support.admin.forms import read_form
from support.admin.lessons import add_lessons, joined
from support.admin.town import SITE, build_town


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(request, tmp_path_factory):
    """The town behind a database that several threads use at once, and a director signed in to it.

    All tests share it, so each makes what it changes.
    """
    server = name = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        name = server.create()
    world = build_town(server.at(name) if server else f"sqlite:///{tmp_path_factory.mktemp('town') / 'town.db'}")
    lessons = add_lessons(world)
    joined(world, date(2023, 12, 1), lessons.kamola.student, lessons.second)
    browser = Browser(world.app)
    browser.sign_in("dilnoza-r")
    yield world, browser, lessons
    browser.close()
    world.database.close()
    if server:
        server.drop(name)


def at_once(browser, *requests):
    """Send several forms at the same moment; gives the answers in their order."""

    async def send_all():
        headers = {"origin": SITE}
        return await asyncio.gather(
            *(
                browser.client.post(f"/admin{path}", data=data, headers=headers, follow_redirects=False)
                for path, data in requests
            )
        )

    return browser.runner.run(send_all())


def a_lesson(world, lessons, *, day):
    """A lesson of Kamola's group that nobody has marked."""
    hours = {"start_time": time(9), "end_time": time(10)}
    with world.as_boss() as uow:
        return perform(
            uow, Session, "create", fields={"group_id": lessons.kamola.group, "date": date(2023, 12, day), **hours}
        ).id


def test_two_clicks_make_one_row(town):
    world, director, _ = town
    form = read_form(director.get("/course/create")) | {"name": "Chemistry"}
    answers = at_once(director, *[("/course/create", form)] * 4)
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len(world.find(Course, name="Chemistry")) == 1


def test_two_clicks_on_a_student_are_not_taken_for_two_people(town):
    """Before, the second click said that the user name was taken already."""
    world, director, _ = town
    form = read_form(director.get("/student/create"))
    form |= {"account.username": "laylo", "account.password": "gullola2024", "branch_id": str(world.registon.branch)}
    answers = at_once(director, *[("/student/create", form)] * 2)
    assert [answer.status_code for answer in answers] == [302, 302]
    assert len(world.find(User, username="laylo")) == 1


@pytest.mark.parametrize("does", ["block", "delete"])
def test_two_clicks_on_an_action_do_it_once(town, does):
    world, director, _ = town
    with world.as_boss() as uow:
        plan = {"branch_id": world.registon.branch, "account": {"username": f"new-{does}"}}
        student = perform(uow, Student, "create", fields=plan).id
    path = f"/student/action/{does}?pks={student}"
    form = read_form(director.get(path))
    answers = at_once(director, *[(path, form)] * 2)
    assert [answer.status_code for answer in answers] == [302, 302]
    assert {answer.headers["location"] for answer in answers} == {answers[0].headers["location"]}


def test_two_clicks_on_a_change_are_no_stale_form(town):
    world, director, _ = town
    path = f"/room/edit/{world.registon.room}"
    form = read_form(director.get(path)) | {"name": "Blue"}
    answers = at_once(director, *[(path, form)] * 3)
    assert {answer.status_code for answer in answers} == {302}
    assert world.get(Room, world.registon.room).name == "Blue"


def test_of_two_tabs_saved_at_once_one_is_refused(town):
    world, director, _ = town
    path = f"/teacher/edit/{world.registon.teacher}"
    for turn in range(3):
        tabs = [read_form(director.get(path)) for _ in range(2)]
        sent = [tabs[0] | {"account.last_name": f"A{turn}"}, tabs[1] | {"specialization": f"B{turn}"}]
        answers = at_once(director, *((path, form) for form in sent))
        assert sorted(answer.status_code for answer in answers) == [302, 409]


def test_two_people_mark_a_class_at_once(town):
    world, director, lessons = town
    session = a_lesson(world, lessons, day=20)
    path = f"/session/{session}/marks"
    form = read_form(director.get(path))
    mine = form | {f"status-{lessons.kamola.student}": "excused"}
    theirs = form | {f"status-{lessons.second}": "present"}
    answers = at_once(director, (path, mine), (path, theirs))
    assert [answer.status_code for answer in answers] == [302, 302]
    marks = {mark.student_id: mark.status.value for mark in world.find(Attendance, session_id=session)}
    assert marks == {lessons.kamola.student: "excused", lessons.second: "present"}


def test_two_people_mark_the_same_line_at_once(town):
    world, director, lessons = town
    session = a_lesson(world, lessons, day=21)
    path = f"/session/{session}/marks"
    form = read_form(director.get(path))
    sent = [form | {f"status-{lessons.second}": word} for word in ("present", "absent")]
    answers = at_once(director, *((path, form) for form in sent))
    assert sorted(answer.status_code for answer in answers) == [302, 409]


def test_a_mark_corrected_between_reading_and_writing_stops_the_sheet(town, monkeypatch):
    """A single mark is corrected without its lesson being held: so the rows themselves are compared."""
    world, director, lessons = town
    if world.database.engine.dialect.name == "sqlite":
        pytest.skip("there one writer waits for the other from the start")
    session = a_lesson(world, lessons, day=22)
    path = f"/session/{session}/marks"
    with world.as_boss() as uow:
        marks = [{"student_id": lessons.kamola.student, "status": "present"}]
        perform(uow, Session, "mark", session, {"marks": marks})
    form = read_form(director.get(path)) | {f"status-{lessons.second}": "present"}
    merge = sheet.SheetState.merge

    def correct_a_mark():
        mark = world.find(Attendance, session_id=session)[0]
        with world.as_boss() as uow:
            perform(uow, Attendance, "update", mark.id, {"notes": "Late by a bus"})

    def merge_late(*arguments):
        contextvars.Context().run(correct_a_mark)  # as another request does
        return merge(*arguments)

    monkeypatch.setattr(sheet.SheetState, "merge", merge_late)
    page = director.post(path, form)
    assert page.status_code == 409
    assert "Somebody has just changed this" in page_text(page)
    marks = world.find(Attendance, session_id=session)
    assert [mark.notes for mark in marks] == ["Late by a bus"]


def test_a_sender_who_goes_away_leaves_no_traceback(town, caplog):
    """A browser that closes a tab in the middle of sending a form."""
    world, director, _ = town
    token = CSRF_TOKEN.search(director.get("/course/create").text).group(1)
    sent = []

    async def go_away():
        cookie = "; ".join(f"{name}={value}" for name, value in director.client.cookies.items())
        head = {
            "cookie": cookie,
            "origin": SITE,
            "host": "testserver",
            "content-type": "application/x-www-form-urlencoded",
            "content-length": "999",
        }
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": "/admin/course/create", "raw_path": b"/admin/course/create", "query_string": b"", "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in head.items()],
            "client": ("127.0.0.1", 1), "server": ("testserver", 80),
        }  # fmt: skip
        messages = iter(
            [
                {"type": "http.request", "body": f"csrf={token}&name=Chem".encode(), "more_body": True},
                {"type": "http.disconnect"},
            ]
        )

        async def receive():
            return next(messages)

        async def send(message):
            sent.append(message)

        await world.app(scope, receive, send)

    director.runner.run(go_away())
    assert not world.find(Course, name="Chem")
    assert not [record for record in caplog.records if record.exc_info]
