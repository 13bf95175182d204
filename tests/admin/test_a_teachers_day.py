"""A week is planned, a class marked, work and an exam graded in a real browser, at a desk and on a phone."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page, expect

from educore.assessment import ExamResult, Submission
from educore.attendance import Attendance
from educore.timetable import Series, Session
from support.admin.lessons import TODAY, add_lessons
from support.admin.town import PASSWORD, World
from support.chromium import choose_row, fits_window, needs_chromium

pytestmark = needs_chromium


def test_a_teachers_day(site: tuple[World, str], page: Page) -> None:
    world, address = site
    lessons = add_lessons(world)
    mine = lessons.kamola

    page.goto(f"{address}/admin/")
    page.get_by_label("User name, phone or e-mail").fill("teacher-r")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    expect(page.locator("canvas[data-drawn]")).to_have_count(3)
    expect(page.locator("[data-today]")).to_have_count(1)
    assert fits_window(page)

    page.goto(f"{address}/admin/timetable?week=2024-02-05")
    assert fits_window(page)
    page.get_by_role("link", name="Plan a weekly series").click()
    choose_row(page, "group_id", term="regi", name="Registon group")
    page.get_by_label("Monday").check()
    page.get_by_label("Thursday").check()
    page.get_by_label("First day").fill("2024-02-05")
    page.get_by_label("Last day").fill("2024-02-18")
    page.get_by_label("Begins").fill("14:00")
    page.get_by_label("Ends").fill("15:30")
    assert fits_window(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Lessons planned: 4.")
    assert len(world.find(Session, series_id=world.find(Series)[0].id)) == 4

    page.goto(f"{address}/admin/timetable?week=2024-02-05")
    expect(page.locator("a.lesson")).to_have_count(2)
    page.goto(f"{address}/admin/session/create?date=2024-02-05&start_time=14:30&end_time=15:00&group_id={mine.group}")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#q-group_id-errors")).to_contain_text("Feb 5, 2024 14:00–15:30")
    page.locator("[data-in-the-way]").click()
    expect(page.get_by_role("heading", name="Registon group · Feb 5, 2024, 14:00")).to_be_visible()

    page.goto(f"{address}/admin/timetable?week={TODAY + timedelta(days=2)}")
    page.locator(f"[data-lesson='{mine.session}']").click()
    expect(page.get_by_role("button", name="All present")).to_be_visible()
    assert fits_window(page)
    page.get_by_role("button", name="All present").click()
    row = page.locator(f"[data-line='{mine.student}']")
    row.get_by_role("radio", name="Excused").check()
    row.get_by_role("radio", name="Excused").press("ArrowLeft")
    expect(row.get_by_role("radio", name="Late")).to_be_checked()
    row.get_by_role("radio", name="Absent").check()
    row.get_by_label("Note").fill("Ill")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(row.get_by_role("radio", name="Absent")).to_be_checked()
    marks = {mark.student_id: mark.status.value for mark in world.find(Attendance, session_id=mine.session)}
    assert marks == {mine.student: "absent", lessons.second: "present"}

    page.goto(f"{address}/admin/assignment/{mine.assignment}/work")
    assert fits_window(page)
    page.get_by_label("Grade: Ali Registon").fill("88")
    page.get_by_label("Feedback: Ali Registon").fill("Well done")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    assert world.get(Submission, mine.submission).grade == 88

    page.goto(f"{address}/admin/exam/{mine.exam}/results")
    assert fits_window(page)
    page.get_by_label("Score: Ali Registon").fill("51")
    page.get_by_label("Score: Ali Registon").press("Enter")
    expect(page.get_by_label("Score: Zilola Karimova")).to_be_focused()
    page.get_by_label("Score: Zilola Karimova").fill("25")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(f"[data-line='{mine.student}']")).to_contain_text("At most 50 points")
    page.get_by_label("Score: Ali Registon").fill("50")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    assert {str(r.grade) for r in world.find(ExamResult, exam_id=mine.exam)} == {"A", "D"}

    page.goto(f"{address}/admin/timetable")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_label("Address of your calendar")).to_be_visible()
    assert fits_window(page)
