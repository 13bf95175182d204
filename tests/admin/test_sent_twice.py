"""A form that is sent twice, as by a double click, does one thing, and both times the same page is shown."""

from __future__ import annotations

from datetime import date, time

import pytest

from educore import perform
from educore.billing import AnsweredRequest, Payment
from educore.courses import Course
from educore.identity import Membership, User
from educore.organization import Room
from educore.people import Student
from educore.rewards import Wallet
from educore.timetable import Series, Timetable
from educore_web.admin.screen import RESTORE
from educore_web.admin.screens import SCREENS
from support.admin.browser import page_text
from support.admin.forms import (
    SCREENS_BY_NAME,
    possible_changes,
    read_form,
    reader_name,
    required_answers,
    screen_address,
    screen_rows,
    stored_data,
)

pytestmark = pytest.mark.usefixtures("structure")

MADE = [screen.name for screen in SCREENS if screen.create]
ACTIVE = [screen.name for screen in SCREENS if screen.all_actions()]
FILES = {"Contract": {"contract_file": ("contract.pdf", b"%PDF-1.4", "application/pdf")}}


@pytest.fixture
def boss(as_, lessons, office):
    return as_("sayyora")


def special(name, world, lessons):
    """Answers that depend on each other."""
    place = world.registon
    given = {
        "AbsenceFlag": {"student_id": place.student, "session_id": lessons.kamola.session},
        "FlagDocument": {"note": "A letter"},
        "Session": {"group_id": lessons.bobur.group, "date": "2024-02-05"},
        "Series": {"group_id": lessons.bobur.group, "first_date": "2024-02-05", "last_date": "2024-02-20"},
        "Exam": {"group_id": place.group, "passing_score": "5"},
        "ExamResult": {"exam_id": lessons.kamola.exam, "student_id": lessons.second, "score": "9"},
        "Enrollment": {"student_id": place.student, "group_id": lessons.bobur.group},
        "Payment": {"student_id": place.student},
        "Invoice": {"student_id": place.student},
        "Contract": {"student_id": place.student, "group_id": place.group},
        "ChargeRun": {"then": "do", "due_date": "2024-03-10"},
        "Group": {
            "name": "Cohort",
            "branch_id": place.branch,
            "course_id": place.course,
            "academic_year_id": "",
            "grade_level_id": "",
            "section": "",
        },
        "LessonResource": {"kind": "link", "url": "https://example.com/map"},
        "Room": {"branch_id": place.branch},
        "Branch": {"name": "Another"},
        "SmsTemplate": {"text": "Hello"},
        "Membership": {"role": "manager", "center_id": place.center},
        "AcademicYear": {"year": "2025-2026", "start_date": "2025-09-01", "end_date": "2026-06-30"},
        "GradeLevel": {"number": "7"},
        "RewardEntry": {"student_id": world.find(Wallet)[0].student_id, "type": "bonus", "points": "5"},
        "Guardianship": {"guardian_id": world.find(Membership, role="parent")[0].user_id},
    }
    return given.get(name, {})


@pytest.mark.parametrize("name", MADE)
def test_every_form_makes_one_row_however_often_it_is_sent(boss, world, lessons, name):
    screen = SCREENS_BY_NAME[name]
    path = f"/{screen_address(name)}/create"
    form = read_form(boss.get(path))
    assert form["once"]
    sent = form | required_answers(world, screen.create, **special(name, world, lessons))
    before = len(world.find(screen.kind))
    first = boss.post(path, sent, files=FILES.get(name), follow_redirects=False)
    assert first.status_code == 302, page_text(first)
    stored = stored_data(world)
    assert len(stored[name]) > before
    second = boss.post(path, sent, files=FILES.get(name), follow_redirects=False)
    assert (second.status_code, second.headers["location"]) == (302, first.headers["location"])
    assert stored_data(world) == stored
    assert "Something went wrong" not in page_text(boss.get("/"))


@pytest.mark.parametrize("name", [screen.name for screen in SCREENS if screen.edit])
def test_every_change_is_made_once_and_the_second_is_no_stale_form(boss, world, name):
    screen = SCREENS_BY_NAME[name]
    row = next(row for row in world.find(screen.kind) if screen.only.holds(row) and screen.editable.holds(row))
    path = f"/{screen_address(name)}/edit/{row.id}"
    form = read_form(boss.get(path))
    for field, text in possible_changes(screen, form).items():
        first = boss.post(path, form | {field: text}, follow_redirects=False)
        if first.status_code == 302:
            break
    stored = stored_data(world)
    second = boss.post(path, form | {field: text}, follow_redirects=False)
    assert (second.status_code, second.headers["location"]) == (302, first.headers["location"])
    assert stored_data(world) == stored


@pytest.mark.parametrize("name", ACTIVE)
def test_every_action_is_done_once_however_often_it_is_sent(as_, world, lessons, office, name):
    """Each action is tried on every row where it makes sense, again and again while others make it possible."""
    screen = SCREENS_BY_NAME[name]
    browser = as_(reader_name(screen))
    given = _given(world, lessons)
    _plan_a_series(world, lessons)
    last = ("convert", "delete", "drop_register")  # of what nothing is left to do with the row
    actions = sorted(screen.all_actions(), key=lambda action: action.name in last)
    waiting = {action.name: action for action in actions}
    progress = True
    while waiting and progress:
        progress = False
        for action in list(waiting.values()):
            here = f"/{screen_address(name)}/action/{action.name}?pks="
            rows = (row.id for row in _rows_to_act_on(world, screen, action))
            if any(_sent_twice(browser, world, action, f"{here}{id}", given) for id in rows):
                progress = bool(waiting.pop(action.name))
    assert set(waiting) == ({"delete"} if name in IN_USE else set())


IN_USE = {"Exam", "Assignment", "Teacher", "Branch", "Room", "User", "Student"}
"""Of these there are only such as have a history in the town, and are not deleted."""


def _rows_to_act_on(world, screen, action):
    if action != RESTORE:
        return [row for row in screen_rows(world, screen) if action.applies_to.holds(row)]
    with world.as_boss() as uow:
        return uow.find(screen.kind, to="restore")


def _plan_a_series(world, lessons):
    plan = {"weekdays": "mon", "first_date": date(2024, 2, 5), "last_date": date(2024, 2, 20)}
    with world.as_boss() as uow:
        hours = {"start_time": time(8), "end_time": time(9)}
        perform(uow, Series, "create", fields={"group_id": lessons.bobur.group, **plan, **hours})
        for week in uow.find(Timetable, limit=1):
            perform(uow, Series, "add_slot", fields={"timetable_id": week.id, "weekday": "sat", **hours})


def _given(world, lessons):
    return {
        "group_id": lessons.bobur.group,
        "username": "lead1",
        "assigned_to_id": world.get(Membership, world.registon.other["malika"]).user_id,
        "rating": "4",
        "message": "Hello",
    }


def _sent_twice(browser, world, action, path, given):
    """Whether the action could be done; if so, sending it again has changed nothing and shown the same."""
    page = browser.get(path)
    assert page.status_code == 200, path
    names = {question.name for question in action.questions}
    answers = required_answers(world, action.questions) | {
        name: value for name, value in given.items() if name in names
    }
    sent = read_form(page) | {"then": "do"} | answers
    first = browser.post(path, sent, follow_redirects=False)
    if first.status_code != 302:
        assert first.status_code == 400, page_text(first)
        return False
    words = page_text(browser.get(first.headers["location"].removeprefix("/admin")))
    stored = stored_data(world)
    second = browser.post(path, sent, follow_redirects=False)
    assert (second.status_code, second.headers["location"]) == (302, first.headers["location"])
    assert stored_data(world) == stored
    assert page_text(browser.get(second.headers["location"].removeprefix("/admin"))) == words
    return True


def test_two_buttons_that_save_are_one_intention(director, world):
    form = read_form(director.get("/course/create")) | {"name": "Chemistry"}
    director.post("/course/create", form | {"then": "another"})
    director.post("/course/create", form)
    assert len(world.find(Course, name="Chemistry")) == 1


def test_other_answers_are_meant_anew(director, world):
    form = read_form(director.get("/course/create"))
    for name in ("Chemistry", "Biology", "Chemistry"):
        assert "Saved" in page_text(director.post("/course/create", form | {"name": name}))
    assert {course.name for course in world.find(Course)} >= {"Chemistry", "Biology"}


def test_each_form_has_a_key_of_its_own(director, world):
    keys = [read_form(director.get("/course/create"))["once"] for _ in range(3)]
    assert len(set(keys)) == 3


def test_a_row_that_the_first_click_deleted_is_told_as_deleted(director, world):
    with world.as_boss() as uow:
        room = perform(
            uow, Room, "create", fields={"branch_id": world.registon.branch, "name": "Attic", "capacity": 1}
        ).id
    path = f"/room/action/delete?pks={room}"
    form = read_form(director.get(path))
    pages = [director.post(path, form) for _ in range(2)]
    assert [page.url.path for page in pages] == ["/admin/room/list"] * 2
    assert all("Deleted: 1." in page_text(page) for page in pages)


def test_a_refused_form_can_be_mended_and_sent_with_the_same_key(director, world):
    form = read_form(director.get("/room/create"))
    page = director.post("/room/create", form | {"branch_id": world.registon.branch})
    assert page.status_code == 400
    mended = read_form(page)
    assert mended["once"] == form["once"]
    assert "Saved" in page_text(director.post("/room/create", mended | {"name": "Attic"}))


def test_a_table_is_brought_once(director, world):
    form = read_form(director.get("/room/import"))
    file = {"file": ("rooms.csv", f"name,branch,capacity\nA,{'Registon branch'},5\n".encode(), "text/csv")}
    for _ in range(2):
        assert "Imported: 1." in page_text(director.post("/room/import", form, files=file))
    assert len(world.find(Room, name="A")) == 1


def test_nobody_elses_key_tells_or_keeps_anything(director, as_, world):
    """Two people who send the same form with the same key, as nobody's browser does, make two rows."""
    form = read_form(director.get("/course/create")) | {"name": "Chemistry"}
    director.post("/course/create", form)
    other = as_("sayyora")
    other.post("/course/create", form | {"center_id": world.zukko.center, "csrf": other.token()})
    assert len(world.find(Course, name="Chemistry")) == 2


def test_what_is_kept_of_a_form_tells_no_password(director, world):
    """Digests of what was written are kept for a day; nobody can try passwords against them."""
    form = read_form(director.get("/student/create"))
    answers = {"account.username": "laylo", "account.password": "gullola2024", "branch_id": world.registon.branch}
    assert "Saved" in page_text(director.post("/student/create", form | answers))
    kept = world.find(AnsweredRequest)
    assert len(kept) == 1
    assert form["once"] not in str(kept), "without the key of the form its digest cannot be made again"
    assert len(world.find(User, username="laylo")) == len(world.find(Student, id=int(kept[0].answer))) == 1


def test_a_payment_corrected_twice_is_corrected_once(director, world, office):
    path = f"/payment/edit/{office.registon.payment}"
    form = read_form(director.get(path)) | {"amount": "190000"}
    for _ in range(2):
        assert "Saved" in page_text(director.post(path, form))
    assert world.get(Payment, office.registon.payment).amount == 190000
