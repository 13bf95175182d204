"""Lists are searched, filtered, sorted and paged, in a few statements whatever their size."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event

from educore import perform
from educore.courses import Course
from educore.groups import Group
from educore.organization import Branch, Center
from educore.people import Student, TeacherRating
from educore.values import APOSTROPHES
from support.admin.browser import page_text
from support.plain_rows import change_row


@pytest.fixture
def school(world):
    """Forty-five more students of Registon, some in a second branch, one blocked."""
    with world.as_boss() as uow:
        second = perform(uow, Branch, "create", fields={"center_id": world.registon.center, "name": "Chilonzor"}).id
        for number in range(45):
            perform(
                uow,
                Student,
                "create",
                fields={
                    "branch_id": second if number % 3 else world.registon.branch,
                    "account": {
                        "username": f"u{number}",
                        "first_name": f"Name{number:02}",
                        "last_name": "Karimov",
                        "phone": f"+9989100000{number:02}",
                    },
                },
            )
        perform(uow, Student, "block", 5)
    return second


def names(page):
    return re.findall(r'<td data-label="Student"><a [^>]*>([^<]*)</a>', page.text)


def test_a_page_holds_twenty_rows_and_leads_to_the_next(director, school):
    first = director.get("/student/list")
    assert "1–20 of 46" in page_text(first)
    assert len(names(first)) == 20
    last = director.get("/student/list?page=3")
    assert "41–46 of 46" in page_text(last)
    assert director.get("/student/list?page=999").text.count("data-row") == 6
    assert director.get("/student/list?pageSize=100").text.count("data-row") == 46
    assert director.get("/student/list?pageSize=100000").text.count("data-row") == 46


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=1e3", "pageSize=0", "pageSize=x", "page=" + "9" * 40]
)
def test_a_page_that_is_no_number_is_told(director, query):
    assert director.get(f"/student/list?{query}").status_code == 400


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("Name07", 1),
        ("karimov name0", 10),
        ("Name07 Karimov", 1),
        ("+998910000012", 1),
        ("nobody", 0),
        ("%", 0),
        ("_", 0),
        ("'", 0),
        ("a\0", 0),
    ],
)
def test_a_search_finds_people_by_every_word(director, school, term, found):
    page = director.get("/student/list", params={"search": term, "pageSize": 100})
    assert page.text.count("data-row") == found


def test_a_search_finds_a_name_with_any_apostrophe_and_people_without_a_name(director, school, world):
    with world.database.engine.begin() as connection:
        set_name = "UPDATE user_ SET first_name = ?, last_name = ? WHERE first_name = ?"
        connection.exec_driver_sql(set_name, ("Oʻg‘iloy", "Karimova", "Name07"))
        (nameless,) = connection.exec_driver_sql("SELECT username FROM user_ WHERE first_name = 'Name08'").one()
        connection.exec_driver_sql(set_name, ("", "", "Name08"))
    for apostrophe in ("'", *APOSTROPHES):
        page = director.get("/student/list", params={"search": f"o{apostrophe}g{apostrophe}il", "pageSize": 100})
        assert page.text.count("data-row") == 1, apostrophe
    assert nameless in page_text(director.get("/student/list", params={"search": nameless, "pageSize": 100}))


def test_filters_narrow_the_list_together(director, school):
    page = director.get(f"/student/list?branch_id={school}&status=blocked")
    assert page.text.count("data-row") <= 1
    page = director.get(f"/student/list?branch_id={school}&pageSize=100")
    assert page.text.count("data-row") == 30
    assert f'<option value="{school}" selected>Chilonzor</option>' in page.text
    page = director.get("/student/list?status=blocked")
    assert page.text.count("data-row") == 1


@pytest.mark.parametrize("query", ["status=haunted", "branch_id=x", "branch_id=", "center_id=2", "nothing=1"])
def test_a_filter_that_makes_no_sense_is_left_out(director, school, query):
    assert "of 46" in page_text(director.get(f"/student/list?{query}"))


def test_a_filter_that_finds_more_than_a_column_has_another_name(director):
    page = director.get("/student/list").text
    assert 'for="filter-group_id">Group<' in page, "any group, not only the main one"
    assert 'for="filter-branch_id">Branch<' in page
    assert "Main group" in page, "the column"


def test_lists_sort_both_ways_also_by_names_of_related_rows_and_lose_no_row(director, world):
    with world.as_boss() as uow:
        for name in ("banana", "Apple"):
            course = perform(uow, Course, "create", fields={"center_id": world.registon.center, "name": name})
            perform(
                uow,
                Group,
                "create",
                fields={"name": f"g {name}", "branch_id": world.registon.branch, "course_id": course.id},
            )
    up = director.get("/group/list?sortBy=course&sort=asc")
    assert re.findall(r'data-label="Subject"><a[^>]*>([^<]*)<', up.text) == ["Apple", "banana", "Registon course"]
    down = director.get("/group/list?sortBy=course&sort=desc")
    assert re.findall(r'data-label="Subject"><a[^>]*>([^<]*)<', down.text) == ["Registon course", "banana", "Apple"]
    assert director.get("/group/list?sortBy=teacher").text.count("data-row") == 3


@pytest.mark.parametrize(
    "screen", ["student", "group", "enrollment", "teacher", "membership", "user", "sign-in", "branch", "room", "course"]
)
def test_every_column_can_be_sorted(director, screen):
    columns = re.findall(r"sortBy=([\w.]+)", director.get(f"/{screen}/list").text)
    assert columns
    for column in set(columns):
        for order in ("asc", "desc"):
            assert director.get(f"/{screen}/list?sortBy={column}&sort={order}").status_code == 200, column


def test_rows_are_named_not_numbered(director, world):
    page = director.get("/enrollment/list")
    assert "Ali Registon" in page.text
    assert "Registon group" in page.text
    page = director.get(f"/group/details/{world.registon.group}")
    for name in ("Registon branch", "Registon course", "Kamola Registon"):
        assert name in page.text


def test_a_stored_file_is_opened_through_the_files_of_the_school(as_, world):
    with world.as_boss() as uow:
        key = uow.store_file(b"png", folder="logo", name="crest.png")
        change_row(uow, uow.get(Center, world.registon.center), {"logo": key})
    page = as_("dilnoza-r").get(f"/center/details/{world.registon.center}")
    assert f'<a href="memory://{key}"><img class="picture" src="memory://{key}" alt="crest.png"></a>' in page.text


def test_groups_show_how_full_they_are(director, world):
    assert "1 / 2" in page_text(director.get("/group/list"))


def test_a_row_links_to_the_lists_of_what_belongs_to_it(director, world):
    page = director.get(f"/group/details/{world.registon.group}")
    assert f"/admin/student/list?group_id={world.registon.group}" in page.text
    assert "1–1 of 1" in page_text(director.get(f"/student/list?group_id={world.registon.group}"))


@pytest.mark.parametrize("screen", ["student", "group", "enrollment", "user", "room"])
def test_the_number_of_statements_does_not_grow_with_the_rows(director, world, screen):
    few = _statements(world, lambda: director.get(f"/{screen}/list?pageSize=100"))
    with world.as_boss() as uow:
        for number in range(15):
            perform(
                uow, Group, "create", fields={"name": f"g{number}", "branch_id": 1, "course_id": 1, "teacher_id": 1}
            )
            perform(
                uow,
                Student,
                "create",
                fields={
                    "branch_id": 1,
                    "group_id": 2 + number if number else None,
                    "account": {"username": f"u{number}"},
                },
            )
    many = _statements(world, lambda: director.get(f"/{screen}/list?pageSize=100"))
    assert many == few
    assert few <= 6


def test_choices_are_few_however_many_rows_there_are(director, world):
    with world.as_boss() as uow:
        for number in range(40):
            perform(uow, Course, "create", fields={"center_id": world.registon.center, "name": f"Course {number}"})
    answer = director.get("/group/ajax/lookup?form=create&name=course_id&term=")
    assert len(answer.json()["results"]) == 20
    answer = director.get("/group/ajax/lookup?form=create&name=course_id&term=course+39")
    assert [row["text"] for row in answer.json()["results"]] == ["Course 39"]


def test_forms_offer_only_open_branches_and_active_groups(director, world):
    with world.as_boss() as uow:
        perform(uow, Branch, "close", world.registon.branch)
        perform(uow, Group, "update", world.registon.group, {"status": "completed"})
    assert director.get("/group/ajax/lookup?form=create&name=branch_id").json() == {"results": []}
    assert director.get("/student/ajax/lookup?form=move&name=group_id").json() == {"results": []}
    assert len(director.get("/student/ajax/lookup?form=list&name=group_id").json()["results"]) == 1
    assert not world.find(TeacherRating)


def _statements(world, act):
    seen = []

    def see(connection, cursor, statement, *rest):
        seen.append(statement)

    event.listen(world.database.engine, "before_cursor_execute", see)
    act()
    event.remove(world.database.engine, "before_cursor_execute", see)
    return len(seen)
