"""The same admin over PostgreSQL, which is stricter about types, order and transactions than SQLite."""

from __future__ import annotations

import re

import pytest

from educore.courses import Course
from educore.organization import CenterKind, Room
from educore_web.admin.screens import SCREENS
from support.admin.browser import Browser, page_text
from support.admin.forms import screen_address
from support.admin.lessons import add_lessons
from support.admin.structure import add_structure, archive_rows
from support.admin.town import build_town


@pytest.fixture
def kind():
    """The kind of the two Centers of the town."""
    return CenterKind.CENTER


@pytest.fixture
def far(postgres, kind):
    """The town in a database of PostgreSQL, and a director signed in to it."""
    name = postgres.create()
    world = build_town(postgres.at(name), kind=kind)
    browser = Browser(world.app)
    browser.sign_in("dilnoza-r")
    yield world, browser
    browser.close()
    world.database.close()
    postgres.drop(name)


@pytest.mark.long
@pytest.mark.parametrize("kind", [CenterKind.CENTER, CenterKind.SCHOOL])
def test_every_screen_lists_searches_sorts_and_exports(far, kind):
    world, director = far
    add_lessons(world)
    archive_rows(world, add_structure(world))
    assert director.get("/").status_code == 200
    for screen in SCREENS:
        address = screen_address(screen.name)
        if screen.in_schools and kind is not CenterKind.SCHOOL:
            assert director.get(f"/{address}/list").status_code == 403, address
            assert director.get(f"/{address}/export/csv").status_code == 403, address
            continue
        page = director.get(f"/{address}/list")
        assert page.status_code == 200, address
        assert "Zukko" not in page.text, address
        for column in set(re.findall(r"sortBy=([\w.]+)", page.text)):
            assert director.get(f"/{address}/list?sortBy={column}&sort=desc").status_code == 200, (address, column)
        assert director.get(f"/{address}/list", params={"search": "Ali \0 %"}).status_code == 200, address
        assert director.get(f"/{address}/list?branch_id=99999999999999999999&pageSize=50").status_code == 200, address
        archived = director.get(f"/{address}/list?archived=true")
        assert archived.status_code == 200, address
        assert "Zukko" not in archived.text, address
        exported = director.get(f"/{address}/export/csv")
        assert exported.status_code == 200, address
        assert "Zukko" not in exported.text, address


def test_rows_are_made_changed_imported_and_kept_from_harm(far):
    world, director = far
    assert "Saved." in page_text(director.post("/course/create", {"name": "Chemistry"}))
    page = director.post("/course/create", {"name": "Chemistry"})
    assert page.status_code == 400
    page = director.post(f"/branch/action/delete?pks={world.registon.branch}")
    assert "cannot be deleted" in page_text(page)
    rows = "name,branch,capacity\nA,Registon branch,5\nA,Registon branch,5\nB,Registon branch,x\n"
    page = director.post("/room/import", files={"file": ("rooms.csv", rows.encode(), "text/csv")})
    assert "Row 3." in page_text(page)
    assert "Row 4." in page_text(page)
    assert len(world.find(Room)) == 2
    assert len(world.find(Course)) == 3


def test_a_week_is_planned_a_class_marked_and_the_dashboard_counts_it(far):
    world, director = far
    lessons = add_lessons(world)
    mine = lessons.kamola
    week = {"first_date": "2024-02-05", "last_date": "2024-02-18", "start_time": "09:00", "end_time": "10:30"}
    page = director.post("/series/create", week | {"group_id": mine.group, "weekdays": ["mon", "wed"]})
    assert "Lessons planned: 4." in page_text(page)
    page = director.post("/series/create", week | {"group_id": mine.group, "weekdays": ["mon"]})
    assert "data-in-the-way" in page.text
    for path, field in (
        (f"/session/{mine.session}/marks", f"status-{mine.student}"),
        (f"/exam/{mine.exam}/results", f"score-{mine.student}"),
        (f"/assignment/{mine.assignment}/work", f"grade-{mine.student}"),
    ):
        assert field in director.get(path).text
        assert "Saved." in page_text(director.post(path, {field: "present" if "status" in field else "44.5"})), path
    for path in ("/", "/timetable?week=2024-01-01"):
        page = director.get(path)
        assert page.status_code == 200
        assert "Registon group" in page.text
        assert "Zukko" not in page.text
    assert "50 %" in page_text(director.get("/"))


def test_a_teacher_sees_exactly_their_groups(far):
    world, _ = far
    add_lessons(world)
    kamola = Browser(world.app)
    kamola.sign_in("teacher-r")
    for path in ("/", "/timetable?week=2024-01-01", "/student/list", "/session/list?search=group", "/submission/list"):
        page = kamola.get(path)
        assert page.status_code == 200, path
        assert "Yashirin" not in page.text, path
    assert "Ali Registon" in page_text(kamola.get("/student/list?search=Ali&sortBy=name"))
    kamola.close()
