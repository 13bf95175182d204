"""A director's morning in a real browser: the dashboard, a new group, a blocked student, and nothing on the console."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, expect, sync_playwright

from educore.groups import Group
from educore.people import Student, StudentStatus
from support.admin.town import PASSWORD, World, build_town
from support.live_platform import CHROMIUM, open_browser

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed here")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[World, str]]:
    """The town behind a real server."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    world = build_town(f"sqlite:///{tmp_path / 'town.db'}", address)
    server = uvicorn.Server(uvicorn.Config(world.app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield world, address
    server.should_exit = True
    thread.join()
    listening.close()
    world.database.close()


@pytest.fixture(params=[(1280, 850), (390, 844)], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window of the size of a desk or of a phone, whose console must stay empty."""
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = open_browser(playwright)
        width, height = request.param
        opened = browser.new_page(viewport={"width": width, "height": height}, locale="en")
        opened.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
        browser.close()
    # what a browser says of every form that is refused
    refused = tuple(f"the server responded with a status of {status}" for status in (400, 401, 409))
    assert [said for said in complaints if not any(words in said for words in refused)] == []


def choose(page: Page, field: str, term: str, name: str) -> None:
    """Choose a row in a select that looks rows up."""
    page.locator(f"#q-{field} + .select2-container").click()
    page.locator(".select2-search__field").fill(term)
    page.locator(".select2-results__option", has_text=name).click()


def fits(page: Page) -> bool:
    """Whether nothing sticks out of the window sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_directors_morning(site: tuple[World, str], page: Page) -> None:
    world, address = site
    place = world.registon

    page.goto(f"{address}/admin/")
    page.get_by_label("User name, phone or e-mail").fill("90 123 45 64")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    expect(page.locator("[data-figure=students]")).to_have_text("1")
    expect(page.locator("canvas[data-drawn]")).to_have_count(3)
    expect(page.locator("canvas")).to_have_count(3)
    assert fits(page)

    page.goto(f"{address}/admin/group/create")
    page.get_by_label("Name").fill("Evening group")
    choose(page, "course_id", "regi", "Registon course")
    choose(page, "branch_id", "", "Registon branch")
    choose(page, "teacher_id", "kamola", "Kamola Registon")
    assert fits(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Evening group")).to_be_visible()
    made = world.find(Group, name="Evening group")[0]
    assert (made.course_id, made.branch_id, made.teacher_id) == (place.course, place.branch, place.teacher)

    page.goto(f"{address}/admin/student/list")
    assert fits(page)
    page.locator(f"[data-row='{place.student}']").check()
    page.locator("[data-bulk]").get_by_text("Block", exact=True).click()
    expect(page.get_by_text("Ali Registon")).to_be_visible()
    assert world.get(Student, place.student).status is StudentStatus.ACTIVE
    page.get_by_role("button", name="Block").click()
    expect(page.get_by_role("status")).to_contain_text("Blocked: 1.")
    assert world.get(Student, place.student).status is StudentStatus.BLOCKED

    page.goto(f"{address}/admin/student/list")
    page.locator("#filter-branch_id + .select2-container").click()
    page.locator(".select2-results__option", has_text="Registon branch").click()
    page.wait_for_url("**branch_id=*")
    expect(page.locator("[data-row]")).to_have_count(1)

    page.get_by_role("button", name="English").click()
    page.get_by_role("link", name="O‘zbekcha").click()
    expect(page.get_by_role("heading", name="O‘quvchilar")).to_be_visible()

    page.get_by_role("button", name="Dilnoza Registon").click()
    page.get_by_role("button", name="Chiqish").click()
    expect(page.get_by_role("heading", name="Kirish")).to_be_visible()
