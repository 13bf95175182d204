"""The first page counts what the visitor may see, in the same few statements however much there is."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event

from educore import perform
from educore.courses import Course
from educore.groups import Group
from educore.organization import Branch
from educore.people import Student
from support.admin.browser import page_text
from support.plain_rows import change_row


def figures(page):
    return {name: int(value) for name, value in re.findall(r'data-figure="(\w+)">([\d,]+)<', page.text)}


def table(page, name):
    _, _, rest = page.text.partition(f'data-table="{name}">')
    return {
        label: int(value)
        for label, value in re.findall(r'<th scope="row">([^<]*)</th><td[^>]*>(\d+)<', rest.partition("</table>")[0])
    }


@pytest.fixture
def busy(world):
    """A second branch of Registon with a full group, an empty one and a blocked student."""
    place = world.registon
    with world.as_boss() as uow:
        branch = perform(uow, Branch, "create", fields={"center_id": place.center, "name": "Chilonzor"}).id
        course = perform(uow, Course, "create", fields={"center_id": place.center, "name": "Math"}).id
        full = perform(
            uow, Group, "create", fields={"name": "Full", "branch_id": branch, "course_id": course, "capacity": 2}
        ).id
        perform(
            uow, Group, "create", fields={"name": "Empty", "branch_id": branch, "course_id": course, "capacity": 10}
        )
        perform(
            uow,
            Group,
            "create",
            fields={"name": "Over", "branch_id": branch, "course_id": course, "capacity": 9, "status": "completed"},
        )
        for number in range(2):
            student = perform(
                uow,
                Student,
                "create",
                fields={"branch_id": branch, "group_id": full, "account": {"username": f"u{number}"}},
            )
        perform(uow, Student, "block", student.id)
    return world


def test_a_director_sees_the_numbers_of_their_center(director, busy):
    page = director.get("/")
    assert figures(page) == {
        "students": 2,
        "groups": 3,
        "teachers": 1,
        "branches": 2,
        "free_seats": 11,
        "lessons_today": 0,
    }
    assert table(page, "students_per_branch") == {"Registon branch": 1, "Chilonzor": 1}
    fills = {"Empty": 1, "Less than half": 0, "50–79 %": 1, "80–99 %": 0, "Full": 1}
    assert table(page, "groups_by_fill") == fills


def test_the_superadmin_sees_those_of_every_center(as_, busy):
    page = as_("sayyora").get("/")
    found = figures(page)
    assert found == {
        "centers": 2, "students": 3, "groups": 4, "teachers": 2, "branches": 3, "free_seats": 12, "lessons_today": 0,
    }  # fmt: skip
    assert table(page, "students_per_branch")["Zukko branch"] == 1


def test_nothing_of_another_center_is_on_the_page(as_, busy):
    for name in ("dilnoza-r", "malika", "aziz"):
        assert "Zukko" not in as_(name).get("/").text


def test_enrollments_are_counted_per_month_of_the_last_year(director, busy):
    busy.clock.advance(days=40)
    with busy.as_boss() as uow:
        perform(
            uow,
            Student,
            "create",
            fields={"branch_id": busy.registon.branch, "group_id": busy.registon.group, "account": {"username": "new"}},
        )
    director.sign_in("dilnoza-r")
    months = table(director.get("/"), "enrollments_per_month")
    assert len(months) == 12
    assert list(months.items())[-2:] == [("Jan 2024", 3), ("Feb 2024", 1)]
    busy.clock.advance(days=400)
    director.sign_in("dilnoza-r")
    assert sum(table(director.get("/"), "enrollments_per_month").values()) == 0


def test_a_month_begins_at_midnight_of_the_center(director, world):
    world.clock.time = world.clock.time.replace(month=1, day=31, hour=20)
    director.sign_in("dilnoza-r")
    assert list(table(director.get("/"), "enrollments_per_month"))[-1] == "Feb 2024"


def test_many_branches_are_shown_as_the_largest_and_the_rest(director, world):
    with world.as_boss() as uow:
        for number in range(14):
            branch = perform(
                uow, Branch, "create", fields={"center_id": world.registon.center, "name": f"B{number}"}
            ).id
            perform(uow, Student, "create", fields={"branch_id": branch, "account": {"username": f"u{number}"}})
    counted = table(director.get("/"), "students_per_branch")
    assert len(counted) == 13
    assert counted["Other"] == 3


def test_the_number_of_statements_does_not_grow(director, world):
    def statements():
        seen = []

        def see(connection, cursor, statement, *rest):
            seen.append(statement)

        event.listen(world.database.engine, "before_cursor_execute", see)
        director.get("/")
        event.remove(world.database.engine, "before_cursor_execute", see)
        return len(seen)

    few = statements()
    with world.as_boss() as uow:
        for number in range(10):
            branch = perform(
                uow, Branch, "create", fields={"center_id": world.registon.center, "name": f"B{number}"}
            ).id
            group = perform(
                uow,
                Group,
                "create",
                fields={"name": f"G{number}", "branch_id": branch, "course_id": world.registon.course},
            ).id
            perform(
                uow,
                Student,
                "create",
                fields={"branch_id": branch, "group_id": group, "account": {"username": f"u{number}"}},
            )
    assert statements() == few
    assert few <= 19


def test_an_empty_center_has_an_empty_page_and_no_broken_charts(as_, world):
    with world.as_boss() as uow:
        change_row(uow, uow.get(Student, world.registon.student), {"status": "graduated"})
    page = as_("dilnoza-r").get("/")
    assert page.status_code == 200
    assert "There is nothing to show yet." in page_text(page)


def test_each_chart_has_a_name_and_a_table_for_who_cannot_see_it(director):
    page = director.get("/")
    for name in re.findall(r'<canvas role="img" aria-labelledby="chart-(\w+)"', page.text):
        assert f'id="chart-{name}"' in page.text
        assert table(page, name)
    assert page.text.count("<canvas") == 3


def test_the_chart_library_is_served_from_here(director):
    page = director.get("/")
    for path in re.findall(r'<script src="/admin(/[^"]+)"', page.text):
        answer = director.get(path)
        assert answer.status_code == 200, path
        assert "javascript" in answer.headers["content-type"]
    assert "Chart.js v4.6.1" in director.get("/chart/chart.umd.min.js").text[:200]
