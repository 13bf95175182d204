"""What forms promise, in a real browser: two quick clicks, two tabs, a session that ends, and work not yet saved."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from educore import perform
from educore.courses import Course
from educore.identity import User
from educore.people import Student
from support.admin.town import PASSWORD, World
from support.chromium import needs_chromium

pytestmark = needs_chromium


def picture(page: Page, name: str) -> None:
    """Keep a picture of a page, for whoever wants to look at it."""
    if folder := os.environ.get("EDUCORE_TEST_PICTURES"):
        width = (page.viewport_size or {"width": 0})["width"]
        page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/admin/login")
    page.get_by_label("User name, phone or e-mail").fill("dilnoza-r")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def test_a_double_click_makes_one_and_shows_it(site: tuple[World, str], page: Page) -> None:
    world, address = site
    sign_in(page, address)
    page.goto(f"{address}/admin/course/create")
    page.get_by_label("Name").fill("Chemistry")
    page.get_by_role("button", name="Save", exact=True).dblclick(delay=15)
    expect(page.get_by_role("heading", name="Chemistry")).to_be_visible()
    assert len(world.find(Course, name="Chemistry")) == 1
    page.go_back()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_enabled()


def test_the_second_of_two_tabs_chooses(site: tuple[World, str], page: Page) -> None:
    world, address = site
    sign_in(page, address)
    student = world.registon.student
    page.goto(f"{address}/admin/student/edit/{student}")
    page.get_by_label("First name").fill("Alisher")
    with world.as_boss() as uow:
        perform(
            uow, Student, "update", student, {"account": {"first_name": "Aliyor"}, "parent_name": "Nodira Karimova"}
        )
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-changed]")).to_contain_text("Somebody has just changed this")
    picture(page, "stale")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    first = page.locator("[data-stale='account.first_name']")
    expect(first.get_by_text("Alisher")).to_be_visible()
    expect(first.get_by_text("Aliyor")).to_be_visible()
    first.get_by_text("Aliyor").click()
    page.get_by_role("button", name="Save as chosen").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    found = world.get(Student, student)
    assert (world.get(User, found.user_id).first_name, found.parent_name) == ("Aliyor", "Nodira Karimova")


def test_a_session_that_ends_costs_no_word(site: tuple[World, str], page: Page) -> None:
    world, address = site
    sign_in(page, address)
    page.goto(f"{address}/admin/course/create")
    page.get_by_label("Name").fill("Chemistry")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Your session has ended")
    picture(page, "ended")
    page.get_by_label("User name, phone or e-mail").fill("dilnoza-r")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Name")).to_have_value("Chemistry")
    expect(page.get_by_role("alert")).to_contain_text("Nothing has been saved yet")
    picture(page, "resumed")
    assert not world.find(Course, name="Chemistry")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Chemistry")).to_be_visible()


def test_a_picker_says_that_the_session_ended(site: tuple[World, str], page: Page) -> None:
    _, address = site
    sign_in(page, address)
    page.goto(f"{address}/admin/group/create")
    page.context.clear_cookies()
    page.locator("#q-course_id + .select2-container").click()
    expect(page.locator(".select2-results")).to_contain_text("Your session has ended")


def test_leaving_unsaved_work_is_asked_about(site: tuple[World, str], page: Page) -> None:
    _, address = site
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    sign_in(page, address)
    page.goto(f"{address}/admin/course/create")
    page.goto(f"{address}/admin/course/create")
    assert asked == [], "nothing was written"
    page.get_by_label("Name").fill("Chemistry")
    page.goto(f"{address}/admin/course/list")
    assert asked == ["beforeunload"]
    page.goto(f"{address}/admin/course/create")
    page.get_by_label("Name").fill("Chemistry")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Chemistry")).to_be_visible()
    assert asked == ["beforeunload"], "what is sent is not left"
