"""A director's morning in a real browser: the dashboard, a new group, a blocked student, and nothing on the console."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from educore.groups import Group
from educore.people import Student, StudentStatus
from support.admin.town import PASSWORD, World
from support.chromium import choose_row, fits_window, needs_chromium

pytestmark = needs_chromium


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
    assert fits_window(page)

    page.goto(f"{address}/admin/group/create")
    page.get_by_label("Name").fill("Evening group")
    choose_row(page, "course_id", term="regi", name="Registon course")
    choose_row(page, "branch_id", term="", name="Registon branch")
    choose_row(page, "teacher_id", term="kamola", name="Kamola Registon")
    assert fits_window(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Evening group")).to_be_visible()
    made = world.find(Group, name="Evening group")[0]
    assert (made.course_id, made.branch_id, made.teacher_id) == (place.course, place.branch, place.teacher)

    page.goto(f"{address}/admin/student/list")
    assert fits_window(page)
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
