"""The same admin over PostgreSQL, which is stricter about types, order and transactions than SQLite."""

from __future__ import annotations

import re

import pytest

from educore import Course, Room

from .browsing import Browser, said
from .town import build


@pytest.fixture
def far(postgres):
    """The town in a database of PostgreSQL, and a director signed in to it."""
    name = postgres.create()
    world = build(postgres.at(name))
    browser = Browser(world.app)
    browser.sign_in("dilnoza-r")
    yield world, browser
    browser.close()
    world.database.close()
    postgres.drop(name)


def test_every_screen_lists_searches_sorts_and_exports(far):
    _, director = far
    assert director.get("/").status_code == 200
    for (
        screen
    ) in "student group enrollment course teacher teacher-rating membership user sign-in center branch room".split():
        page = director.get(f"/{screen}/list")
        assert page.status_code == 200, screen
        assert "Zukko" not in page.text, screen
        for column in set(re.findall(r"sortBy=([\w.]+)", page.text)):
            assert director.get(f"/{screen}/list?sortBy={column}&sort=desc").status_code == 200, (screen, column)
        assert director.get(f"/{screen}/list", params={"search": "Ali \0 %"}).status_code == 200, screen
        assert director.get(f"/{screen}/list?branch_id=99999999999999999999&pageSize=50").status_code == 200, screen
        assert "Zukko" not in director.get(f"/{screen}/export/csv").text, screen


def test_rows_are_made_changed_imported_and_kept_from_harm(far):
    world, director = far
    assert "Saved." in said(director.post("/course/create", {"name": "Chemistry"}))
    page = director.post("/course/create", {"name": "Chemistry"})
    assert page.status_code == 400
    page = director.post(f"/branch/action/delete?pks={world.registon.branch}")
    assert "cannot be deleted" in said(page)
    rows = "name,branch,capacity\nA,Registon branch,5\nA,Registon branch,5\nB,Registon branch,x\n"
    page = director.post("/room/import", files={"file": ("rooms.csv", rows.encode(), "text/csv")})
    assert "Row 3." in said(page)
    assert "Row 4." in said(page)
    assert len(world.find(Room)) == 2
    assert len(world.find(Course)) == 3
